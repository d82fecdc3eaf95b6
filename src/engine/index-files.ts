import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { QuarryError } from '../core/errors.ts';
import { IndexStore } from '../store/store.ts';
import { cacheDirectory, removeCache } from './encoding/vector-cache.ts';
import { readSources, type Source } from './sources/source.ts';

/** What a removal freed. */
export interface RemovedIndex {
  file: string;
  /** What it was the index of; undefined if it could not be read. */
  root: string | undefined;
  bytes: number;
}

/** The tree or workspace an existing index file belongs to. Throws QuarryError as `IndexStore.open` does. */
export function rootOfIndex(file: string): string {
  return withStore(file, store => String(store.root));
}

/** What an existing index file holds. Throws QuarryError as `IndexStore.open` does. */
export function sourcesOfIndex(file: string): Source[] {
  return withStore(file, store => store.read(readSources));
}

function withStore<T>(file: string, read: (store: IndexStore) => T): T {
  const store = IndexStore.open(file, { create: false });
  try {
    return read(store);
  } finally {
    store.close();
  }
}

/**
 * Deletes an index file with its logs; undefined if there was none. Throws QuarryError `busy` while another process
 * writes to it, and `corrupt` for a file that is no index: a mistyped name must not cost anybody a file.
 */
export function removeIndex(file: string): RemovedIndex | undefined {
  if (!existsSync(file)) return undefined;
  let root: string | undefined;
  try {
    const store = IndexStore.open(file, { create: false });
    try {
      const writer = store.writer.holder();
      if (writer)
        throw new QuarryError(
          'busy',
          `process ${writer.pid} on ${writer.host} is writing to ${file}`,
          'stop it, or wait until it is done',
        );
      root = String(store.root);
    } finally {
      store.close();
    }
  } catch (error) {
    // Another format or damage is a reason to clear; the name tells that the file is an index.
    const known = error instanceof QuarryError && (error.code === 'format' || error.code === 'corrupt');
    if (!known || (error.code === 'corrupt' && !file.endsWith('.quarry'))) throw error;
  }
  let bytes = 0;
  for (const suffix of ['', '-wal']) bytes += statSync(file + suffix, { throwIfNoEntry: false })?.size ?? 0;
  IndexStore.remove(file);
  return { file, root, bytes };
}

/** All index files of a directory, by name; none if it does not exist. Throws QuarryError `unreadable`. */
export function indexFilesIn(directory: string): string[] {
  try {
    const names = readdirSync(directory).filter(name => name.endsWith('.quarry'));
    return names.sort().map(name => join(directory, name));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw new QuarryError('unreadable', `cannot read ${directory}: ${code}`, undefined, { cause: error });
  }
}

/** The caches of vectors beside the indexes of a directory, one per model. */
export function cacheFilesIn(directory: string): string[] {
  const folder = cacheDirectory(directory);
  try {
    const names = readdirSync(folder).filter(name => name.endsWith('.sqlite'));
    return names.sort().map(name => join(folder, name));
  } catch {
    return [];
  }
}

/** Deletes them; every index has its own copy of what it needs. */
export function removeCaches(directory: string): Array<{ file: string; bytes: number }> {
  return cacheFilesIn(directory).map(file => ({ file, bytes: removeCache(file) }));
}
