import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { QuarryError } from '../../core/errors.ts';

/** A file of packed rows. */
export interface Shard {
  /** Relative to the corpus. */
  file: string;
  rows: number;
  bytes: number;
  /** Hex SHA-256 of the file as it lies there. */
  sha256: string;
}

/** Rows of one shard; with about 1.5 kB each a shard is 15 MB of text. */
export const rowsPerShard = 10_000;

/** Writes packed JSON lines into numbered files, each when it is full. Equal rows give equal bytes. */
export class ShardWriter {
  readonly shards: Shard[] = [];
  private readonly directory: string;
  private readonly prefix: string;
  private lines: string[] = [];

  /** Files are `PREFIX-00000.jsonl.gz` in the directory. */
  constructor(directory: string, prefix: string) {
    this.directory = directory;
    this.prefix = prefix;
  }

  add(row: object): void {
    this.lines.push(`${JSON.stringify(row)}\n`);
    if (this.lines.length >= rowsPerShard) this.flush();
  }

  /** Writes what is left. */
  flush(): void {
    if (this.lines.length === 0) return;
    const file = `${this.prefix}-${String(this.shards.length).padStart(5, '0')}.jsonl.gz`;
    this.shards.push({ ...writePacked(join(this.directory, file), this.lines), file });
    this.lines = [];
  }
}

/** Packs lines into a file that is there as a whole or not at all. */
export function writePacked(path: string, lines: readonly string[]): Shard {
  const bytes = gzipSync(lines.join(''));
  // Byte 9 names the system it was made on.
  bytes[9] = 255;
  writeWhole(path, bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { file: path, rows: lines.length, bytes: bytes.length, sha256 };
}

/** Throws QuarryError `no-space` or `unreadable` naming the file. */
export function writeWhole(path: string, content: string | Uint8Array): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.tmp`, content);
    renameSync(`${path}.tmp`, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new QuarryError(
      code === 'ENOSPC' ? 'no-space' : 'unreadable',
      `cannot write ${path}: ${code}`,
      'what is finished is kept; the next run goes on from there',
      { cause: error },
    );
  }
}

/** The rows of a packed file. Throws QuarryError `corrupt` if it is not the file it was, or holds no rows. */
export function readPacked(path: string, sha256: string): unknown[] {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new QuarryError(
      'corrupt',
      `cannot read ${path}: ${(error as NodeJS.ErrnoException).code}`,
      undefined,
      {
        cause: error,
      },
    );
  }
  if (createHash('sha256').update(bytes).digest('hex') !== sha256)
    throw new QuarryError('corrupt', `${path} was changed since it was written`, 'build the corpus again');
  try {
    return gunzipSync(bytes)
      .toString('utf8')
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line) as unknown);
  } catch (error) {
    throw new QuarryError('corrupt', `${path} holds no rows: ${(error as Error).message}`, undefined, {
      cause: error,
    });
  }
}
