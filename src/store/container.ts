// The SQLite file under an index: its schema and version, transactions, and space on disk.

import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { QuarryError } from '../core/errors.ts';
import { translate } from './store-errors.ts';

/** Raised whenever a stored byte changes its meaning. An index of another version is rebuilt, never guessed at. */
export const formatVersion = 1;

/** "Qrry" in the SQLite header, so that `file` and other tools can tell what it is. */
export const applicationId: number = 0x51727279;

/** Attempts to make a file, some milliseconds apart, before the error says that another process is busy. */
const mostAttempts = 1000;

/** Fewer free pages than this are never given back. */
const fewestFreed = 256;

const schema = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
  CREATE TABLE segments (id INTEGER PRIMARY KEY AUTOINCREMENT, info TEXT NOT NULL, crc INTEGER NOT NULL);
  CREATE TABLE pages (
    segment INTEGER NOT NULL, part TEXT NOT NULL, page INTEGER NOT NULL, crc INTEGER NOT NULL, data BLOB NOT NULL,
    PRIMARY KEY (segment, part, page)
  );
  CREATE TABLE writer (id INTEGER PRIMARY KEY CHECK (id = 1), pid INTEGER, host TEXT, started TEXT, since INTEGER, beat INTEGER);
`;

/** Sizes in pages of SQLite, and the bytes of one page. */
export interface Space {
  pages: number;
  free: number;
  pageSize: number;
}

/**
 * One SQLite database in WAL mode. Readers of other processes are never blocked, and never block. Synchronous; only this
 * folder speaks SQL. Methods throw the errors of SQLite as they are, but for those that say otherwise.
 */
export class Container {
  readonly file: string;
  private readonly db: DatabaseSync;
  private readonly statements: Map<string, StatementSync> = new Map();

  private constructor(file: string, db: DatabaseSync) {
    this.file = file;
    this.db = db;
  }

  /**
   * Opens a file; with `create`, makes it if it is missing. `fill` writes the first rows of a new one. Throws QuarryError
   * `not-found` (no such file and not `create`), `format` (other version), `corrupt` (not an index), `unreadable` or
   * `no-space`.
   */
  static open(file: string, create: boolean, fill: (container: Container) => void): Container {
    const exists = existsSync(file);
    if (!exists && !create)
      throw new QuarryError('not-found', `no index at ${file}`, 'run `quarry index` first');
    try {
      if (!exists) mkdirSync(dirname(file), { recursive: true });
      const db = new DatabaseSync(file, { timeout: 10_000 });
      const container = new Container(file, db);
      try {
        container.prepare(fill);
      } catch (error) {
        db.close();
        throw error;
      }
      return container;
    } catch (error) {
      throw translate(error, file);
    }
  }

  private prepare(fill: (container: Container) => void): void {
    for (let attempt = 0; ; attempt++) {
      try {
        this.prepareSchema(fill);
        return;
      } catch (error) {
        // Processes that make the same file at once: SQLite does not wait for the switch to WAL.
        const { errcode } = error as { errcode?: number };
        if (attempt === mostAttempts || ((errcode ?? 0) & 0xff) !== 5) throw error;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5 + (attempt % 7));
      }
    }
  }

  private prepareSchema(fill: (container: Container) => void): void {
    // The version is checked before anything is changed: the file may be somebody else's database.
    const state = this.transaction('DEFERRED', () => this.checkVersion());
    this.db.exec(
      'PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA mmap_size = 1073741824',
    );
    if (state === 'ours') return;
    this.transaction('IMMEDIATE', () => {
      // Another process may have been faster.
      if (this.checkVersion() === 'ours') return;
      this.db.exec(schema);
      this.db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${formatVersion}`);
      fill(this);
    });
  }

  private checkVersion(): 'ours' | 'empty' {
    const version = this.number('PRAGMA user_version', 'user_version');
    const ours = this.number('PRAGMA application_id', 'application_id') === applicationId;
    if (ours && version === formatVersion) return 'ours';
    if (ours)
      throw new QuarryError(
        'format',
        `index format ${version}, this Quarry reads format ${formatVersion}`,
        'run `quarry clear`, then search again: the index is rebuilt',
      );
    if (version === 0 && this.number('SELECT count(*) AS n FROM sqlite_master', 'n') === 0) return 'empty';
    throw new QuarryError(
      'corrupt',
      'the file is a database, but not a Quarry index',
      'name another --index',
    );
  }

  /** Runs `work` in one transaction, undone when it throws. Not nestable. */
  transaction<T>(kind: 'DEFERRED' | 'IMMEDIATE', work: () => T): T {
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

  /** Like a transaction that changes nothing, for work that takes long and must not hold up the process. */
  async slowTransaction<T>(work: () => Promise<T>): Promise<T> {
    try {
      this.db.exec('BEGIN');
      return await work();
    } finally {
      this.rollBack();
    }
  }

  private rollBack(): void {
    try {
      this.db.exec('ROLLBACK');
    } catch {
      // SQLite has done so already, as it does when the disk is full.
    }
  }

  /** Runs `work` and throws its errors as those of the project: see `translate`. */
  guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw translate(error, this.file);
    }
  }

  /** A prepared statement, kept until the file is closed. */
  statement(sql: string): StatementSync {
    let statement = this.statements.get(sql);
    if (!statement) {
      statement = this.db.prepare(sql);
      this.statements.set(sql, statement);
    }
    return statement;
  }

  private number(sql: string, column: string): number {
    return Number(this.statement(sql).get()?.[column] ?? 0);
  }

  /** A value of the index as a whole; undefined if it was never set. */
  meta(key: string): string | number | undefined {
    return this.statement('SELECT value FROM meta WHERE key = ?').get(key)?.['value'] as
      | string
      | number
      | undefined;
  }

  setMeta(key: string, value: string | number): void {
    this.statement('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)').run(key, value);
  }

  /** The first thing that SQLite's own checks find wrong; undefined if nothing is. */
  damage(): string | undefined {
    for (const check of ['quick_check', 'integrity_check']) {
      const first = String(Object.values(this.statement(`PRAGMA ${check}(1)`).get() ?? {})[0]);
      if (first !== 'ok') return first;
    }
    return undefined;
  }

  space(): Space {
    return {
      pages: this.number('PRAGMA page_count', 'page_count'),
      free: this.number('PRAGMA freelist_count', 'freelist_count'),
      pageSize: this.number('PRAGMA page_size', 'page_size'),
    };
  }

  /** Folds the write-ahead log back, and gives free space to the file system where it is worth it. */
  vacuum(): void {
    if (isWorthVacuum(this.space())) this.db.exec('VACUUM');
    this.db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  }

  /** Bytes on disk, the write-ahead log included. */
  bytes(): number {
    let sum = 0;
    for (const suffix of ['', '-wal'])
      sum += statSync(this.file + suffix, { throwIfNoEntry: false })?.size ?? 0;
    return sum;
  }

  close(): void {
    this.statements.clear();
    if (this.db.isOpen) this.db.close();
  }

  /** Deletes a file and its logs. True if there was one. */
  static remove(file: string): boolean {
    const existed = existsSync(file);
    for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
    return existed;
  }
}

/** Whether a good part of a file is free. */
export function isWorthVacuum({ pages, free }: Space): boolean {
  return free * 4 > pages && free > fewestFreed;
}
