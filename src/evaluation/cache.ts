import { createHash, randomUUID } from 'node:crypto';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { QueryOutcome } from './result.ts';

/** Raise when what a run stores, or how lists are judged, changes. */
const runVersion = 1;

/** What one system did on one collection. */
export interface StoredRun {
  outcomes: QueryOutcome[];
  /** Candidates of the collection. */
  candidates: number;
  indexMs: number;
  memoryBytes: number | null;
  /** Milliseconds per timed query; empty if none was timed. */
  latenciesMs: number[];
  /** First lines of the candidates that occur in the lists, by id. */
  snippets: Record<string, string>;
  /** What went wrong without stopping anything. */
  warnings: string[];
}

/** Everything a stored value depends on, hashed. */
export function keyOf(parts: readonly unknown[]): string {
  return createHash('sha256')
    .update(JSON.stringify([runVersion, ...parts]))
    .digest('hex')
    .slice(0, 40);
}

/**
 * Runs on disk, one compressed file each, named by what they depend on, so that a rerun costs nothing and a stopped
 * evaluation goes on where it was. A damaged file counts as absent, and a folder that cannot be written to (a full disk)
 * costs the next run its head start, not this run its result: `problem` says what happened. When the folder grows beyond `maxBytes`, the files
 * not used for longest go first.
 */
export class RunCache {
  readonly directory: string;
  /** Why values are no longer stored; undefined while they are. */
  problem: string | undefined;
  private readonly maxBytes: number;

  constructor(directory: string, maxBytes: number = 1 << 30) {
    this.directory = directory;
    this.maxBytes = maxBytes;
  }

  get<T>(key: string): T | undefined {
    const file = this.fileOf(key);
    try {
      const value = JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')) as T;
      const now = new Date();
      utimesSync(file, now, now);
      return value;
    } catch {
      return undefined;
    }
  }

  /** Stores a value in one step: a reader sees all of it or nothing. */
  put(key: string, value: unknown): void {
    if (this.problem !== undefined) return;
    const temporary = join(this.directory, `.${randomUUID()}`);
    try {
      mkdirSync(this.directory, { recursive: true });
      writeFileSync(temporary, gzipSync(JSON.stringify(value), { level: 4 }));
      renameSync(temporary, this.fileOf(key));
    } catch (error) {
      try {
        rmSync(temporary, { force: true });
      } catch {
        // There may not even be a folder.
      }
      this.problem = (error as Error).message;
    }
  }

  /** Removes the oldest files until the folder is within its size. */
  prune(): void {
    let files: Array<{ path: string; bytes: number; at: number }>;
    try {
      files = readdirSync(this.directory).map(name => {
        const path = join(this.directory, name);
        const { size, mtimeMs } = statSync(path);
        return { path, bytes: size, at: mtimeMs };
      });
    } catch {
      return;
    }
    let total = files.reduce((sum, file) => sum + file.bytes, 0);
    for (const { path, bytes } of files.sort((a, b) => a.at - b.at)) {
      if (total <= this.maxBytes) break;
      rmSync(path, { force: true });
      total -= bytes;
    }
  }

  private fileOf(key: string): string {
    return join(this.directory, `${key}.json.gz`);
  }
}
