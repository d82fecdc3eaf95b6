import { mkdirSync, rmSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { packRows, type RowShape, unpackRows, type VectorRows } from '../../store/vectors/rows.ts';
import { type EncodedSpan, spanNumbers } from './unit-text.ts';

/** The vectors of one document for the cache. */
export interface CachedDocument {
  /** Key of the document, 32 hex digits. */
  key: string;
  units: readonly EncodedSpan[];
  rows: VectorRows;
}

export interface CacheLimits {
  /** Beyond this size the documents that were not used for the longest time go; default 2 GiB. */
  most?: number;
  /** With less than this left on the disk nothing is added, for the index has the first claim to it; default 256 MiB. */
  leastFree?: number;
}

const mostBytes = 2 ** 31;
const leastFreeBytes = 2 ** 28;
/** What is left after that, as a share of the most. */
const keptShare = 0.8;
/** How often the making of a file is tried, some milliseconds apart. */
const mostAttempts = 500;
/** A use is only written down when the last one is this old: reading must not turn into writing. */
const dayMs = 86_400_000;

const schema = `
  CREATE TABLE IF NOT EXISTS documents (
    key BLOB PRIMARY KEY, used INTEGER NOT NULL, shape INTEGER NOT NULL, crc INTEGER NOT NULL, rows BLOB NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS by_use ON documents (used);
`;

/** Where the caches of an index directory lie, one file per encoder. */
export function cacheDirectory(indexDirectory: string): string {
  return join(indexDirectory, 'embeddings');
}

/**
 * Vectors of documents by content, for one encoder: what one index, branch or worktree has encoded, no other has to. A
 * convenience and never an error: without it, or with a broken one, everything is encoded again. Any number of
 * processes may use it.
 */
export class VectorCache {
  readonly file: string;
  private readonly shape: RowShape;
  private readonly most: number;
  private readonly leastFree: number;
  private db: DatabaseSync | undefined;
  private readonly statements: Map<string, StatementSync> = new Map();
  private problem: string | undefined;

  /** `directory` as of `cacheDirectory`. The file is opened, or made, at the first use. */
  constructor(directory: string, fingerprint: string, shape: RowShape, limits: CacheLimits = {}) {
    this.file = join(directory, `${fingerprint.replace(/[^\w-]/g, '_')}.sqlite`);
    this.shape = shape;
    this.most = limits.most ?? mostBytes;
    this.leastFree = limits.leastFree ?? leastFreeBytes;
  }

  /** One line if the cache could not be used. */
  get note(): string | undefined {
    return this.problem;
  }

  /** The vectors of a document that was cut into the same units, if they are there and sound. */
  get(key: string, units: readonly EncodedSpan[]): VectorRows | undefined {
    return this.attempt(() => {
      const found = this.statement('SELECT used, shape, crc, rows FROM documents WHERE key = ?').get(
        keyOf(key),
      );
      if (!found) return undefined;
      const rows = found['rows'] as Uint8Array;
      if (found['shape'] !== shapeOf(units) || found['crc'] !== crc32(rows)) return undefined;
      const now = Date.now();
      if (now - Number(found['used']) > dayMs)
        this.statement('UPDATE documents SET used = ? WHERE key = ?').run(now, keyOf(key));
      try {
        return unpackRows(rows, units.length, this.shape);
      } catch {
        return undefined;
      }
    });
  }

  /** Keeps documents, in one transaction. */
  put(documents: readonly CachedDocument[]): void {
    if (documents.length === 0) return;
    this.attempt(() => {
      const db = this.open();
      if (!this.hasRoom()) throw new Error('the disk is nearly full');
      const insert = this.statement(
        'INSERT OR REPLACE INTO documents (key, used, shape, crc, rows) VALUES (?, ?, ?, ?, ?)',
      );
      db.exec('BEGIN IMMEDIATE');
      try {
        for (const { key, units, rows } of documents) {
          const bytes = packRows(rows);
          insert.run(keyOf(key), Date.now(), shapeOf(units), crc32(bytes), bytes);
        }
        db.exec('COMMIT');
      } catch (error) {
        try {
          db.exec('ROLLBACK');
        } catch {
          // SQLite has done so already.
        }
        throw error;
      }
    });
  }

  /** Makes room if the file has become too large. */
  trim(): void {
    if (bytesOf(this.file) <= this.most) return;
    this.attempt(() => {
      const db = this.open();
      const size = 'SELECT sum(length(rows) + 64) AS bytes FROM documents';
      let left = Number(this.statement(size).get()?.['bytes'] ?? 0);
      const oldest = this.statement('SELECT key, length(rows) + 64 AS bytes FROM documents ORDER BY used');
      const drop = this.statement('DELETE FROM documents WHERE key = ?');
      for (const row of oldest.all()) {
        if (left <= this.most * keptShare) break;
        drop.run(row['key'] as Uint8Array);
        left -= Number(row['bytes']);
      }
      try {
        db.exec('VACUUM; PRAGMA wal_checkpoint(TRUNCATE)');
      } catch (error) {
        // Others use it: the room is there, and the file gets smaller another time.
        if (!isBusy(error)) throw error;
      }
    });
  }

  close(): void {
    this.statements.clear();
    try {
      this.db?.close();
    } catch {
      // It was broken before.
    }
    this.db = undefined;
  }

  private hasRoom(): boolean {
    const { bavail, bsize } = statfsSync(join(this.file, '..'));
    return bavail * bsize >= this.leastFree;
  }

  private open(): DatabaseSync {
    if (this.db) return this.db;
    mkdirSync(join(this.file, '..'), { recursive: true });
    for (let attempt = 0; ; attempt++) {
      const db = new DatabaseSync(this.file, { timeout: 10_000 });
      try {
        db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF');
        db.exec(schema);
        this.db = db;
        return db;
      } catch (error) {
        db.close();
        // Threads that make the same file at once: SQLite does not wait for the switch to WAL.
        if (attempt === mostAttempts || !isBusy(error)) throw error;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5 + (attempt % 7));
      }
    }
  }

  private statement(sql: string): StatementSync {
    let statement = this.statements.get(sql);
    if (!statement) this.statements.set(sql, (statement = this.open().prepare(sql)));
    return statement;
  }

  /** After the first failure the cache is left alone. */
  private attempt<T>(work: () => T): T | undefined {
    if (this.problem !== undefined) return undefined;
    try {
      return work();
    } catch (error) {
      this.problem = `the cache of vectors ${this.file} cannot be used: ${(error as Error).message}`;
      this.close();
      return undefined;
    }
  }
}

/** Undefined if the file is sound or absent, else what is wrong with it. */
export function cacheProblem(file: string): string | undefined {
  if (bytesOf(file) === 0) return undefined;
  try {
    const db = new DatabaseSync(file, { timeout: 10_000 });
    try {
      const first = String(Object.values(db.prepare('PRAGMA quick_check(1)').get() ?? {})[0]);
      return first === 'ok' ? undefined : first.replaceAll(/\s+/g, ' ');
    } finally {
      db.close();
    }
  } catch (error) {
    return (error as Error).message;
  }
}

/** Deletes a cache file with its logs; gives the bytes freed. */
export function removeCache(file: string): number {
  const bytes = bytesOf(file);
  for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
  return bytes;
}

function bytesOf(file: string): number {
  let bytes = 0;
  for (const suffix of ['', '-wal']) bytes += statSync(file + suffix, { throwIfNoEntry: false })?.size ?? 0;
  return bytes;
}

function isBusy(error: unknown): boolean {
  return ((error as { errcode?: number }).errcode ?? 0) % 256 === 5;
}

function keyOf(key: string): Uint8Array {
  return Buffer.from(key, 'hex');
}

function shapeOf(units: readonly EncodedSpan[]): number {
  const numbers = spanNumbers(units);
  return crc32(new Uint8Array(numbers.buffer));
}
