import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { QuarryError } from '../core/errors.ts';
import { type Catalog, decodeCatalog, emptyCatalog, encodeCatalog } from './catalog.ts';
import { type SegmentData, type SegmentInfo, type SegmentPart, segmentParts } from './segment.ts';
import type { PartSource } from './segment-reader.ts';

/** Raised whenever a stored byte changes its meaning. An index of another version is rebuilt, never guessed at. */
export const formatVersion = 1;

/** "Qrry" in the SQLite header, so that `file` and other tools can tell what it is. */
const applicationId = 0x51727279;

const pageBytes = 1 << 16;

const schema = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
  CREATE TABLE segments (id INTEGER PRIMARY KEY AUTOINCREMENT, info TEXT NOT NULL);
  CREATE TABLE pages (
    segment INTEGER NOT NULL, part TEXT NOT NULL, page INTEGER NOT NULL, crc INTEGER NOT NULL, data BLOB NOT NULL,
    PRIMARY KEY (segment, part, page)
  );
  CREATE TABLE writer (id INTEGER PRIMARY KEY CHECK (id = 1), pid INTEGER, host TEXT, started TEXT, since INTEGER, beat INTEGER);
`;

/** The catalog's pages are kept under this segment number. */
const catalogSegment = 0;

/** What a reader sees of one generation. */
export interface Generation {
  generation: number;
  segments: Array<{ id: number; info: SegmentInfo }>;
}

/** One commit: everything in it becomes visible at once. */
export interface Commit {
  add?: SegmentData[];
  remove?: number[];
  /** Called inside the transaction with the ids of the added segments, in order. */
  catalog: (added: number[]) => Catalog;
}

/**
 * The index file: one SQLite database in WAL mode with the segments' parts as checksummed pages and the catalog.
 * Every change is one transaction, so a process killed at any moment leaves the old or the new generation.
 * Synchronous; readers of other processes are never blocked, and never block.
 */
export class IndexStore {
  readonly file: string;
  private readonly db: DatabaseSync;
  private readonly statements: Map<string, StatementSync> = new Map();
  private readonly pageCache: Map<string, Uint8Array> = new Map();
  private pageCacheBytes = 0;
  /** Pages kept in memory, in bytes; the oldest go first. */
  private readonly maxPageCacheBytes = 64 << 20;

  private constructor(file: string, db: DatabaseSync) {
    this.file = file;
    this.db = db;
  }

  /**
   * Opens an index file; with `create`, makes it if it is missing. Throws QuarryError `not-found` (no such file and
   * not `create`), `format` (other version), `corrupt` (not an index), `unreadable` or `no-space`.
   */
  static open(file: string, options: { create: boolean; root?: string }): IndexStore {
    const exists = existsSync(file);
    if (!exists && !options.create)
      throw new QuarryError('not-found', `no index at ${file}`, 'run `quarry index` first');
    try {
      if (!exists) mkdirSync(dirname(file), { recursive: true });
      const db = new DatabaseSync(file, { timeout: 10_000 });
      const store = new IndexStore(file, db);
      try {
        store.prepareSchema(options.root ?? '');
      } catch (error) {
        db.close();
        throw error;
      }
      return store;
    } catch (error) {
      throw translate(error, file);
    }
  }

  private prepareSchema(root: string): void {
    this.db.exec('PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA mmap_size = 1073741824');
    const known = this.number('PRAGMA user_version', 'user_version');
    if (known === formatVersion) return;
    this.db.exec('BEGIN IMMEDIATE');
    try {
      // Another process may have been faster.
      const version = this.number('PRAGMA user_version', 'user_version');
      const tables = this.number('SELECT count(*) AS n FROM sqlite_master', 'n');
      if (version === 0 && tables === 0) {
        this.db.exec(schema);
        this.db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${formatVersion}`);
        this.setMeta('root', root);
        this.setMeta('generation', 0);
        this.writePages(catalogSegment, 'catalog', encodeCatalog(emptyCatalog));
      } else if (version !== formatVersion) {
        const ours = this.number('PRAGMA application_id', 'application_id') === applicationId;
        throw ours
          ? new QuarryError(
              'format',
              `index format ${version}, this Quarry reads format ${formatVersion}`,
              'run `quarry clear`, then search again: the index is rebuilt',
            )
          : new QuarryError('corrupt', 'the file is a database, but not a Quarry index', 'name another --index');
      }
      this.db.exec('COMMIT');
    } catch (error) {
      this.db.exec('ROLLBACK');
      throw error;
    }
  }

  private statement(sql: string): StatementSync {
    let statement = this.statements.get(sql);
    if (!statement) {
      statement = this.db.prepare(sql);
      this.statements.set(sql, statement);
    }
    return statement;
  }

  private number(sql: string, column: string): number {
    return Number((this.statement(sql).get() as Record<string, unknown> | undefined)?.[column] ?? 0);
  }

  getMeta(key: string): string | number | undefined {
    const row = this.statement('SELECT value FROM meta WHERE key = ?').get(key);
    return row?.['value'] as string | number | undefined;
  }

  private setMeta(key: string, value: string | number): void {
    this.statement('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)').run(key, value);
  }

  /** Number of the current generation: grows with every commit of any process. Some microseconds. */
  generation(): number {
    return Number(this.getMeta('generation') ?? 0);
  }

  /** Runs `read` on one consistent state, whatever other processes commit meanwhile. Not nestable. */
  read<T>(read: () => T): T {
    try {
      this.db.exec('BEGIN');
      try {
        return read();
      } finally {
        this.db.exec('COMMIT');
      }
    } catch (error) {
      throw translate(error, this.file);
    }
  }

  /** The current generation's segments. Call inside `read`. */
  current(): Generation {
    const rows = this.statement('SELECT id, info FROM segments ORDER BY id').all();
    return {
      generation: this.generation(),
      segments: rows.map(row => ({
        id: Number(row['id']),
        info: JSON.parse(String(row['info'])) as SegmentInfo,
      })),
    };
  }

  /** The current catalog. Call inside `read`. */
  catalog(): Catalog {
    return decodeCatalog(this.wholePart(catalogSegment, 'catalog'));
  }

  /** Bytes of one segment. Segments are immutable, so pages are cached by segment id. Call inside `read`. */
  partSource(segment: number): PartSource {
    return {
      whole: part => this.wholePart(segment, part),
      range: (part, offset, length) => this.partRange(segment, part, offset, length),
    };
  }

  private wholePart(segment: number, part: string): Uint8Array {
    const rows = this.statement('SELECT data FROM pages WHERE segment = ? AND part = ? ORDER BY page').all(
      segment,
      part,
    ) as Array<{ data: Uint8Array }>;
    if (rows.length === 0) throw new RangeError(`part ${part} of segment ${segment} is missing`);
    const out = new Uint8Array(rows.reduce((sum, row) => sum + row.data.length, 0));
    let at = 0;
    for (const row of rows) {
      out.set(row.data, at);
      at += row.data.length;
    }
    return out;
  }

  private partRange(segment: number, part: SegmentPart, offset: number, length: number): Uint8Array {
    const first = Math.floor(offset / pageBytes);
    const last = Math.floor((offset + Math.max(length, 1) - 1) / pageBytes);
    const within = offset - first * pageBytes;
    if (first === last) return this.page(segment, part, first).subarray(within, within + length);
    const out = new Uint8Array(length);
    let filled = 0;
    for (let p = first; p <= last; p++) {
      const data = this.page(segment, part, p);
      const from = p === first ? within : 0;
      const piece = data.subarray(from, Math.min(data.length, from + length - filled));
      out.set(piece, filled);
      filled += piece.length;
    }
    if (filled !== length) throw new RangeError(`part ${part} of segment ${segment} is too short`);
    return out;
  }

  private page(segment: number, part: SegmentPart, page: number): Uint8Array {
    const key = `${segment}/${part}/${page}`;
    const cached = this.pageCache.get(key);
    if (cached) return cached;
    const row = this.statement('SELECT data FROM pages WHERE segment = ? AND part = ? AND page = ?').get(
      segment,
      part,
      page,
    ) as { data: Uint8Array } | undefined;
    if (!row) throw new RangeError(`page ${page} of part ${part} of segment ${segment} is missing`);
    this.pageCache.set(key, row.data);
    this.pageCacheBytes += row.data.length;
    for (const [oldest, data] of this.pageCache) {
      if (this.pageCacheBytes <= this.maxPageCacheBytes) break;
      this.pageCache.delete(oldest);
      this.pageCacheBytes -= data.length;
    }
    return row.data;
  }

  /** Applies a commit in one transaction and returns the new generation. */
  commit(commit: Commit): number {
    try {
      this.db.exec('BEGIN IMMEDIATE');
      try {
        const added: number[] = [];
        for (const data of commit.add ?? []) {
          const result = this.statement('INSERT INTO segments (info) VALUES (?)').run(JSON.stringify(data.info));
          const id = Number(result.lastInsertRowid);
          for (const part of segmentParts) this.writePages(id, part, data.parts[part]);
          added.push(id);
        }
        for (const id of commit.remove ?? []) {
          this.statement('DELETE FROM pages WHERE segment = ?').run(id);
          this.statement('DELETE FROM segments WHERE id = ?').run(id);
        }
        this.writePages(catalogSegment, 'catalog', encodeCatalog(commit.catalog(added)));
        const generation = this.generation() + 1;
        this.setMeta('generation', generation);
        this.db.exec('COMMIT');
        return generation;
      } catch (error) {
        this.db.exec('ROLLBACK');
        throw error;
      }
    } catch (error) {
      throw translate(error, this.file);
    }
  }

  private writePages(segment: number, part: string, data: Uint8Array): void {
    this.statement('DELETE FROM pages WHERE segment = ? AND part = ?').run(segment, part);
    const insert = this.statement('INSERT INTO pages (segment, part, page, crc, data) VALUES (?, ?, ?, ?, ?)');
    const pages = Math.max(1, Math.ceil(data.length / pageBytes));
    for (let p = 0; p < pages; p++) {
      const piece = data.subarray(p * pageBytes, (p + 1) * pageBytes);
      insert.run(segment, part, p, crc32(piece), piece);
    }
  }

  /** Takes or asks for the writer's place; see `writer-lock.ts`. */
  exclusive<T>(work: (db: DatabaseSync) => T): T {
    try {
      this.db.exec('BEGIN IMMEDIATE');
      try {
        const result = work(this.db);
        this.db.exec('COMMIT');
        return result;
      } catch (error) {
        this.db.exec('ROLLBACK');
        throw error;
      }
    } catch (error) {
      throw translate(error, this.file);
    }
  }

  /** Rows of a query on the container itself: for the doctor and the writer's place. */
  rows(sql: string, ...parameters: Array<string | number>): Array<Record<string, unknown>> {
    return this.statement(sql).all(...parameters) as Array<Record<string, unknown>>;
  }

  /** Gives the space of removed segments back to the file system when a good part of the file is free. */
  vacuum(): void {
    const free = this.number('PRAGMA freelist_count', 'freelist_count');
    const pages = this.number('PRAGMA page_count', 'page_count');
    if (free * 4 > pages && free > 256) this.db.exec('VACUUM');
    this.db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  }

  /** Bytes on disk, the write-ahead log included. */
  bytes(): number {
    let sum = 0;
    for (const suffix of ['', '-wal']) {
      try {
        sum += statSync(this.file + suffix).size;
      } catch {
        // No log: nothing to add.
      }
    }
    return sum;
  }

  close(): void {
    this.statements.clear();
    this.pageCache.clear();
    if (this.db.isOpen) this.db.close();
  }

  /** Deletes an index file and its logs. True if there was one. */
  static remove(file: string): boolean {
    const existed = existsSync(file);
    for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
    return existed;
  }
}

/** Turns errors of SQLite and the file system into the project's own, with advice. */
function translate(error: unknown, file: string): unknown {
  if (error instanceof QuarryError) return error;
  const { code, errcode, message } = error as { code?: string; errcode?: number; message?: string };
  const cause = { cause: error };
  const primary = (errcode ?? 0) & 0xff;
  if (code === 'ENOSPC' || primary === 13)
    return new QuarryError('no-space', `no space left for the index ${file}`, 'free some disk space; nothing was lost', cause);
  if (primary === 5 || primary === 6)
    return new QuarryError('busy', 'another process is writing to the index', 'try again in a moment', cause);
  if (primary === 11 || primary === 26 || error instanceof RangeError)
    return new QuarryError(
      'corrupt',
      `the index ${file} is damaged: ${message}`,
      'run `quarry doctor` to look, `quarry clear` to start afresh',
      cause,
    );
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || primary === 14 || primary === 8)
    return new QuarryError(
      'unreadable',
      `cannot open the index ${file}: ${message}`,
      'choose another place with --index or QUARRY_INDEX_DIR',
      cause,
    );
  return error;
}
