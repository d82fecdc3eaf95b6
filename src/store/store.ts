import * as crypto from 'node:crypto';
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { QuarryError } from '../core/errors.ts';
import { type Catalog, decodeCatalog, emptyCatalog, encodeCatalog } from './catalog.ts';
import { buildPathIndex, type PathParts } from './path-index.ts';
import {
  type SegmentData,
  type SegmentInfo,
  segmentParts,
  trigramPart,
  type VectorInfo,
  vectorPart,
} from './segment.ts';
import type { PartSource } from './segment-reader.ts';
import { translate } from './store-errors.ts';
import type { VectorData } from './vectors/segment-vectors.ts';

/** Raised whenever a stored byte changes its meaning. An index of another version is rebuilt, never guessed at. */
export const formatVersion = 1;

/** "Qrry" in the SQLite header, so that `file` and other tools can tell what it is. */
export const applicationId: number = 0x51727279;

const pageBytes = 1 << 16;

/** How often the making of a file is tried, some milliseconds apart, before another process is said to be busy. */
const mostAttempts = 1000;

const schema = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
  CREATE TABLE segments (id INTEGER PRIMARY KEY AUTOINCREMENT, info TEXT NOT NULL, crc INTEGER NOT NULL);
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
  /** Vectors that segments get instead of those they have, by id. */
  vectors?: ReadonlyMap<number, VectorData>;
  /** Called inside the transaction with the ids of the added segments, in order. Without it the catalog stays. */
  catalog?: (added: number[]) => Catalog;
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
  private decoded: { generation: number; catalog: Catalog } | undefined;
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
        store.prepare(options.root ?? '');
      } catch (error) {
        db.close();
        throw error;
      }
      return store;
    } catch (error) {
      throw translate(error, file);
    }
  }

  private prepare(root: string): void {
    for (let attempt = 0; ; attempt++) {
      try {
        this.prepareSchema(root);
        return;
      } catch (error) {
        // Processes that make the same file at once: SQLite does not wait for the switch to WAL.
        const { errcode } = error as { errcode?: number };
        if (attempt === mostAttempts || ((errcode ?? 0) & 0xff) !== 5) throw error;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5 + (attempt % 7));
      }
    }
  }

  private prepareSchema(root: string): void {
    // Looked at before anything is changed: the file may be somebody else's database.
    const found = this.transaction('DEFERRED', () => this.checkVersion());
    this.db.exec(
      'PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA mmap_size = 1073741824',
    );
    if (found === 'ours') return;
    this.transaction('IMMEDIATE', () => {
      // Another process may have been faster.
      if (this.checkVersion() === 'ours') return;
      this.db.exec(schema);
      this.db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${formatVersion}`);
      this.setMeta('root', root);
      this.setMeta('generation', 0);
      this.writeCatalog(emptyCatalog);
    });
  }

  /** Call inside a transaction. */
  private checkVersion(): 'ours' | 'empty' {
    const version = this.number('PRAGMA user_version', 'user_version');
    const ours = this.number('PRAGMA application_id', 'application_id') === applicationId;
    if (ours && version === formatVersion) return 'ours';
    if (ours) {
      throw new QuarryError(
        'format',
        `index format ${version}, this Quarry reads format ${formatVersion}`,
        'run `quarry clear`, then search again: the index is rebuilt',
      );
    }
    if (version === 0 && this.number('SELECT count(*) AS n FROM sqlite_master', 'n') === 0) return 'empty';
    throw new QuarryError(
      'corrupt',
      'the file is a database, but not a Quarry index',
      'name another --index',
    );
  }

  /** Runs `work` in one transaction, undone when it throws. Errors come as they are. Not nestable. */
  private transaction<T>(kind: 'DEFERRED' | 'IMMEDIATE', work: () => T): T {
    this.db.exec(`BEGIN ${kind}`);
    try {
      const result = work();
      this.db.exec('COMMIT');
      return result;
    } catch (error) {
      this.rollBack();
      throw error;
    }
  }

  private rollBack(): void {
    try {
      this.db.exec('ROLLBACK');
    } catch {
      // SQLite has done so already, as it does when the disk is full.
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
    return this.rows('SELECT value FROM meta WHERE key = ?', key)[0]?.['value'] as
      | string
      | number
      | undefined;
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
    return this.guarded(() => this.transaction('DEFERRED', read));
  }

  /** Like `read`, for work that takes long and must not hold up the process. Nothing else may use this store. */
  async readSlowly<T>(read: () => Promise<T>): Promise<T> {
    try {
      this.db.exec('BEGIN');
      return await read();
    } catch (error) {
      throw translate(error, this.file);
    } finally {
      this.rollBack();
    }
  }

  private guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw translate(error, this.file);
    }
  }

  /** The current generation's segments. Call inside `read`. */
  current(): Generation {
    const rows = this.statement('SELECT id, info, crc FROM segments ORDER BY id').all();
    return {
      generation: this.generation(),
      segments: rows.map(row => ({
        id: Number(row['id']),
        info: parseInfo(row),
      })),
    };
  }

  /** The current catalog; not to be changed, it is decoded once per generation. Call inside `read`. */
  catalog(): Catalog {
    const generation = this.generation();
    if (this.decoded?.generation !== generation) {
      this.decoded = { generation, catalog: decodeCatalog(this.wholePart(catalogSegment, 'catalog')) };
    }
    return this.decoded.catalog;
  }

  /** The index over the catalog's paths. Call inside `read`. */
  pathIndex(): PathParts {
    return {
      dictionary: this.wholePart(catalogSegment, 'path dictionary'),
      postings: this.wholePart(catalogSegment, 'path postings'),
    };
  }

  private writeCatalog(catalog: Catalog): void {
    this.writePages(catalogSegment, 'catalog', encodeCatalog(catalog));
    const paths = catalog.files.map(file => file.path);
    const key = crypto.hash('sha256', paths.join('\n'));
    if (this.getMeta('paths') === key) return;
    const { dictionary, postings } = buildPathIndex(paths);
    this.writePages(catalogSegment, 'path dictionary', dictionary);
    this.writePages(catalogSegment, 'path postings', postings);
    this.setMeta('paths', key);
  }

  /**
   * Bytes of one segment. Segments are immutable but for their vectors, so all other pages are
   * cached by segment id. Call inside `read`.
   */
  partSource(segment: number): PartSource {
    return {
      whole: part => this.wholePart(segment, part),
      range: (part, offset, length) => this.partRange(segment, part, offset, length),
    };
  }

  private wholePart(segment: number, part: string): Uint8Array {
    const sql = 'SELECT page, crc, data FROM pages WHERE segment = ? AND part = ? ORDER BY page';
    const rows = this.statement(sql).all(segment, part) as unknown as StoredPage[];
    if (rows.length === 0) throw new RangeError(`part ${part} of segment ${segment} is missing`);
    rows.forEach((row, i) => {
      if (row.page !== i || (i + 1 < rows.length && row.data.length !== pageBytes))
        throw new RangeError(`page ${i} of part ${part} of segment ${segment} is missing`);
      checkPage(row, segment, part);
    });
    const out = new Uint8Array(rows.reduce((sum, row) => sum + row.data.length, 0));
    let at = 0;
    for (const row of rows) {
      out.set(row.data, at);
      at += row.data.length;
    }
    return out;
  }

  private partRange(segment: number, part: string, offset: number, length: number): Uint8Array {
    const first = Math.floor(offset / pageBytes);
    const last = Math.floor((offset + Math.max(length, 1) - 1) / pageBytes);
    const within = offset - first * pageBytes;
    if (first === last) {
      const piece = this.page(segment, part, first).subarray(within, within + length);
      if (piece.length !== length) throw new RangeError(`part ${part} of segment ${segment} is too short`);
      return piece;
    }
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

  private page(segment: number, part: string, page: number): Uint8Array {
    const key = `${segment}/${part}/${page}`;
    const cached = this.pageCache.get(key);
    if (cached) return cached;
    const sql = 'SELECT page, crc, data FROM pages WHERE segment = ? AND part = ? AND page = ?';
    const row = this.statement(sql).get(segment, part, page) as unknown as StoredPage | undefined;
    if (!row) throw new RangeError(`page ${page} of part ${part} of segment ${segment} is missing`);
    checkPage(row, segment, part);
    if (part === vectorPart) return row.data;
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
    return this.exclusive(() => {
      const added: number[] = [];
      for (const data of commit.add ?? []) {
        const info = JSON.stringify(data.info);
        const insert = this.statement('INSERT INTO segments (info, crc) VALUES (?, ?)');
        const result = insert.run(info, crc32(info));
        const id = Number(result.lastInsertRowid);
        for (const part of segmentParts) this.writePages(id, part, data.parts[part]);
        if (data.vectors) this.writePages(id, vectorPart, data.vectors);
        if (data.trigrams) this.writePages(id, trigramPart, data.trigrams);
        added.push(id);
      }
      for (const id of commit.remove ?? []) {
        this.statement('DELETE FROM pages WHERE segment = ?').run(id);
        this.statement('DELETE FROM segments WHERE id = ?').run(id);
      }
      for (const [id, vectors] of commit.vectors ?? []) this.writeVectors(id, vectors);
      if (commit.catalog) this.writeCatalog(commit.catalog(added));
      const generation = this.generation() + 1;
      this.setMeta('generation', generation);
      return generation;
    });
  }

  private writeVectors(segment: number, { info, bytes }: VectorData): void {
    const row = this.statement('SELECT info, crc FROM segments WHERE id = ?').get(segment);
    if (!row) throw new RangeError(`segment ${segment} is missing`);
    const json = JSON.stringify({ ...parseInfo(row), vectors: info });
    this.statement('UPDATE segments SET info = ?, crc = ? WHERE id = ?').run(json, crc32(json), segment);
    this.writePages(segment, vectorPart, bytes);
  }

  private writePages(segment: number, part: string, data: Uint8Array): void {
    this.statement('DELETE FROM pages WHERE segment = ? AND part = ?').run(segment, part);
    const insert = this.statement(
      'INSERT INTO pages (segment, part, page, crc, data) VALUES (?, ?, ?, ?, ?)',
    );
    const pages = Math.max(1, Math.ceil(data.length / pageBytes));
    for (let p = 0; p < pages; p++) {
      const piece = data.subarray(p * pageBytes, (p + 1) * pageBytes);
      insert.run(segment, part, p, pageCrc(segment, part, p, piece), piece);
    }
  }

  /** Takes or asks for the writer's place; see `writer-lock.ts`. */
  exclusive<T>(work: (db: DatabaseSync) => T): T {
    return this.guarded(() => this.transaction('IMMEDIATE', () => work(this.db)));
  }

  /** Rows of a query on the container itself: for the doctor and the writer's place. */
  rows(sql: string, ...parameters: Array<string | number>): Array<Record<string, unknown>> {
    return this.guarded(() => this.statement(sql).all(...parameters) as Array<Record<string, unknown>>);
  }

  /** Pages of the file, how many of them are free, and bytes per page. */
  space(): { pages: number; free: number; pageSize: number } {
    return {
      pages: this.number('PRAGMA page_count', 'page_count'),
      free: this.number('PRAGMA freelist_count', 'freelist_count'),
      pageSize: this.number('PRAGMA page_size', 'page_size'),
    };
  }

  /** Gives the space of removed segments back to the file system when a good part of the file is free. */
  vacuum(): void {
    this.guarded(() => {
      const { free, pages } = this.space();
      if (free * 4 > pages && free > 256) this.db.exec('VACUUM');
      this.db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    });
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

interface StoredPage {
  page: number;
  crc: number;
  data: Uint8Array;
}

/** Over a page's place as well: a page that turns up in another's place is as bad as a changed one. */
function pageCrc(segment: number, part: string, page: number, data: Uint8Array): number {
  return crc32(data, crc32(`${segment}/${part}/${page}`));
}

/** Checked whenever a page comes from the disk (2 GB/s): damage must never look like an answer. */
function checkPage({ page, crc, data }: StoredPage, segment: number, part: string): void {
  if (!(data instanceof Uint8Array) || pageCrc(segment, part, page, data) !== crc)
    throw new RangeError(`page ${page} of part ${part} of segment ${segment} is not what was written`);
}

const infoCounts = [
  'documents',
  'windows',
  'units',
  'terms',
  'sourceBytes',
  'codeLength',
  'commentLength',
] as const;

/** What a row of `segments` says of its segment. Throws RangeError on damage. */
export function parseInfo(row: Record<string, unknown>): SegmentInfo {
  const json = String(row['info']);
  if (crc32(json) !== row['crc'])
    throw new RangeError('the description of a segment is not what was written');
  let info: SegmentInfo | undefined;
  try {
    info = JSON.parse(json) as SegmentInfo;
  } catch {
    // Said below.
  }
  if (!info || !Array.isArray(info.languages) || !infoCounts.every(key => Number.isInteger(info[key])))
    throw new RangeError('a segment is described wrongly');
  // Before there was late interaction nothing was said of it.
  if (info.vectors) info.vectors.terms ??= 0;
  if (info.vectors && !isVectorInfo(info.vectors)) throw new RangeError('vectors are described wrongly');
  if (info.trigrams !== undefined && !Number.isInteger(info.trigrams))
    throw new RangeError('trigrams are described wrongly');
  return info;
}

function isVectorInfo({ fingerprint, dims, terms, missing, crc }: VectorInfo): boolean {
  return (
    typeof fingerprint === 'string' &&
    dims > 0 &&
    terms >= 0 &&
    [dims, terms, missing, crc].every(Number.isInteger)
  );
}
