import { createHash } from 'node:crypto';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { QuarryError, throwIfAborted } from '../../core/errors.ts';
import type { OpenDataset, SourceFile } from '../dataset.ts';

/** Says what is wrong with a row: "no field query". Thrown by row parsers, turned into one line by the reader. */
export class MalformedRow extends Error {}

/**
 * Reads the files of one data set and keeps account of them: size, checksum, rows, rows left out. Files are streamed;
 * `.gz` is unpacked. Each file is accounted for once, when it has been read to its end.
 */
export class DataReader {
  readonly files: SourceFile[] = [];
  private readonly directory: string;
  private readonly options: Pick<OpenDataset, 'strict' | 'signal' | 'onSkipped'>;
  private readonly whereToGet: string;

  /** `directory` may be empty for absolute paths; `whereToGet` is the hint shown when a file is missing. */
  constructor(
    directory: string,
    whereToGet: string,
    options: Pick<OpenDataset, 'strict' | 'signal' | 'onSkipped'>,
  ) {
    this.directory = directory;
    this.whereToGet = whereToGet;
    this.options = options;
  }

  /** Absolute path of a file of the data set. Throws QuarryError `not-found` that names it and says where to get it. */
  locate(path: string): string {
    const whole = this.directory === '' ? path : join(this.directory, path);
    if (!existsSync(whole) || !statSync(whole).isFile())
      throw new QuarryError('not-found', `missing file: ${whole}`, this.whereToGet);
    return whole;
  }

  /**
   * Streams the rows of a JSON Lines file through `parse`. A row that is no JSON object, or that `parse` refuses with
   * MalformedRow, is reported as `file:line: what` and left out; with `strict` it throws QuarryError `usage`.
   */
  async *rows<T>(path: string, parse: (row: Row) => T): AsyncGenerator<T> {
    const account = this.begin(path);
    for await (const [text, line] of this.scan(path, account)) {
      if (text.trim() === '') continue;
      let value: T;
      try {
        value = parse(new Row(objectOf(text)));
      } catch (error) {
        if (!(error instanceof MalformedRow)) throw error;
        this.skip(path, line, error.message);
        continue;
      }
      if (account) account.rows++;
      yield value;
    }
  }

  /** Streams the lines of a text file with their 1-based numbers. */
  async *lines(path: string): AsyncGenerator<[text: string, line: number]> {
    yield* this.scan(path, this.begin(path));
  }

  /**
   * Reports a row that is left out; the same row is reported and counted once, however often the file is read.
   * Throws QuarryError `usage` if the data set is opened `strict`.
   */
  skip(path: string, line: number, what: string): void {
    const message = `${this.directory === '' ? path : join(this.directory, path)}:${line}: ${what}`;
    if (this.options.strict)
      throw new QuarryError('usage', message, 'mend the row, or leave --strict out to skip it');
    const left = this.leftOut.get(path) ?? new Set<number>();
    this.leftOut.set(path, left);
    if (left.has(line)) return;
    left.add(line);
    const account = this.files.find(file => file.path === path);
    if (account) account.skipped = left.size;
    this.options.onSkipped?.(message);
  }

  /** Lines that were left out, by path. */
  private readonly leftOut: Map<string, Set<number>> = new Map();
  /** Files that were read to their end: what is counted of them stays as it is. */
  private readonly complete: Set<string> = new Set();

  /** The account that a pass over a file keeps, undefined if one was completed before. Broken-off passes count for nothing. */
  private begin(path: string): SourceFile | undefined {
    const whole = this.locate(path);
    if (this.complete.has(path)) return undefined;
    const skipped = this.leftOut.get(path)?.size ?? 0;
    const account = { path, bytes: statSync(whole).size, sha256: '', rows: 0, skipped };
    this.put(account);
    return account;
  }

  private put(account: SourceFile): void {
    const at = this.files.findIndex(file => file.path === account.path);
    if (at < 0) this.files.push(account);
    else this.files[at] = account;
  }

  private async *scan(
    path: string,
    account: SourceFile | undefined,
  ): AsyncGenerator<[text: string, line: number]> {
    const whole = this.locate(path);
    const hash = createHash('sha256');
    const raw = createReadStream(whole).on('data', chunk => hash.update(chunk));
    const stream = whole.endsWith('.gz') ? raw.pipe(createGunzip()) : raw;
    raw.on('error', error => stream.destroy(error));
    const decoder = new TextDecoder();
    let rest = '';
    let line = 0;
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        throwIfAborted(this.options.signal);
        const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
        rest = parts.pop()!;
        for (const part of parts) yield [part.replace(/\r$/, ''), ++line];
      }
    } catch (error) {
      if (error instanceof QuarryError) throw error;
      throw new QuarryError(
        'unreadable',
        `cannot read ${whole}: ${(error as Error).message}`,
        this.whereToGet,
        {
          cause: error,
        },
      );
    } finally {
      raw.destroy();
    }
    rest += decoder.decode();
    if (rest !== '') yield [rest.replace(/\r$/, ''), ++line];
    if (account && !this.complete.has(path)) {
      account.sha256 = hash.digest('hex');
      account.skipped = this.leftOut.get(path)?.size ?? 0;
      this.complete.add(path);
      this.put(account); // passes side by side: the first one to end is the one that counts
    }
  }
}

function objectOf(text: string): Record<string, unknown> {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    throw new MalformedRow('not JSON');
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data))
    throw new MalformedRow('not a JSON object');
  return data as Record<string, unknown>;
}

/** A parsed row whose fields are checked when they are asked for; what is wrong is thrown as MalformedRow. */
export class Row {
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(fields: Readonly<Record<string, unknown>>) {
    this.fields = fields;
  }

  /** A text that is not blank. */
  text(name: string): string {
    const value = this.fields[name];
    if (typeof value !== 'string') throw new MalformedRow(`no text in field ${name}`);
    if (value.trim() === '') throw new MalformedRow(`field ${name} is empty`);
    return value;
  }

  optionalText(name: string): string | undefined {
    const value = this.fields[name];
    return typeof value === 'string' && value.trim() !== '' ? value : undefined;
  }

  /** A text or a number, as text: identifiers are written either way. */
  id(name: string): string {
    const value = this.fields[name];
    if (typeof value === 'number' && Number.isFinite(value)) return String(value);
    return this.text(name);
  }

  number(name: string): number {
    const value = this.fields[name];
    if (typeof value !== 'number' || !Number.isFinite(value))
      throw new MalformedRow(`no number in field ${name}`);
    return value;
  }

  /** The label of a pair. */
  label(name: string): 0 | 1 {
    const value = this.number(name);
    if (value !== 0 && value !== 1) throw new MalformedRow(`field ${name} is ${value}, not 0 or 1`);
    return value;
  }

  /** A list of texts or numbers, as texts. */
  ids(name: string): string[] {
    const value = this.fields[name];
    if (!Array.isArray(value)) throw new MalformedRow(`no list in field ${name}`);
    return value.map(item => {
      if (typeof item !== 'string' && typeof item !== 'number')
        throw new MalformedRow(`field ${name} holds something that is no id`);
      return String(item);
    });
  }
}
