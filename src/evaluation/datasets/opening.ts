import { createHash, type Hash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { QuarryError } from '../../core/errors.ts';
import type { Candidate, CollectionFile, OpenDataset, Query } from '../dataset.ts';
import { type DataReader, MalformedRow, Row } from './reading.ts';

/** The split asked for, or the first one. Throws QuarryError `usage` for one the data set does not have. */
export function splitOf(id: string, splits: readonly string[], options: OpenDataset): string {
  const split = options.split ?? splits[0]!;
  if (!splits.includes(split))
    throw new QuarryError(
      'usage',
      `${id} has no split ${JSON.stringify(split)}`,
      `it has ${splits.join(', ')}`,
    );
  return split;
}

/** What followed the colon, as directory and name. */
export interface GivenPath {
  path: string;
  isDirectory: boolean;
  /** The directory itself, or the one the file lies in. */
  directory: string;
  name: string;
}

/** Throws QuarryError `usage` if no path was given, `not-found` if it does not exist. */
export function givenPath(id: string, what: string, options: OpenDataset): GivenPath {
  const { path } = options;
  if (path === undefined) throw new QuarryError('usage', `${id} needs ${what}`, `write ${id}:PATH`);
  if (!existsSync(path)) throw new QuarryError('not-found', `missing: ${path}`, `${id} needs ${what}`);
  const isDirectory = statSync(path).isDirectory();
  return { path, isDirectory, directory: isDirectory ? path : dirname(path), name: basename(path) };
}

/** The folder of a data set below `--data`. Throws QuarryError `usage` or `not-found`. */
export function dataFolder(id: string, folder: string, source: string, options: OpenDataset): string {
  if (options.data === undefined)
    throw new QuarryError(
      'usage',
      `${id} needs a data directory`,
      `give --data DIR; ${folder}/ is looked for in it`,
    );
  const directory = join(options.data, folder);
  if (!existsSync(directory)) throw new QuarryError('not-found', `missing folder: ${directory}`, source);
  return directory;
}

/** `name` or `name.gz`, whichever is there; `name` if neither is. */
export function packedOrNot(directory: string, name: string): string {
  return !existsSync(join(directory, name)) && existsSync(join(directory, `${name}.gz`))
    ? `${name}.gz`
    : name;
}

/** The value of a JSON file. Throws QuarryError `format` if it is none. */
export async function readJson(reader: DataReader, path: string): Promise<unknown> {
  let text = '';
  for await (const [line] of reader.lines(path)) text += `${line}\n`;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new QuarryError('format', `${reader.locate(path)}: not JSON: ${(error as Error).message}`);
  }
}

/**
 * The items of a list in a JSON file that `parse` takes; the others are reported as `file:item` like malformed rows,
 * items counted from 1. Sets the number of rows.
 */
export function rowsOfList<T>(
  reader: DataReader,
  path: string,
  list: readonly unknown[],
  parse: (row: Row, index: number) => T,
): T[] {
  const rows: T[] = [];
  for (const [index, item] of list.entries()) {
    try {
      if (typeof item !== 'object' || item === null) throw new MalformedRow('not a JSON object');
      rows.push(parse(new Row(item as Record<string, unknown>), index));
    } catch (error) {
      if (!(error instanceof MalformedRow)) throw error;
      reader.skip(path, index + 1, `${error.message} (counted in items of the list)`);
    }
  }
  const account = reader.files.find(file => file.path === path);
  if (account) account.rows = rows.length;
  return rows;
}

/** `1 query`, `2 queries`, `1,000 files`. */
export function counted(count: number, one: string, many: string = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

/** Hash over what a collection consists of. Parts cannot run into each other. */
export class Fingerprint {
  private readonly hash: Hash = createHash('sha256');

  add(...parts: readonly string[]): void {
    for (const part of parts) this.hash.update(`${part.length}:`).update(part);
  }

  candidate({ id, text, language = '', name = '', path = '', places }: Candidate): void {
    this.add(id, text, language, name, path);
    if (places) this.add(JSON.stringify(places));
  }

  file({ path, text, language, role }: CollectionFile): void {
    this.add(path, text, language, role);
  }

  query(query: Query): void {
    this.add(
      JSON.stringify([query.id, query.text, query.judgments, query.pool ?? null, query.slices ?? null]),
    );
  }

  /** 32 hex digits. Nothing can be added afterwards. */
  digest(): string {
    return this.hash.digest('hex').slice(0, 32);
  }
}
