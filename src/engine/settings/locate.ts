import { createHash } from 'node:crypto';
import { existsSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { QuarryError } from '../../core/errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where indexes live: `QUARRY_INDEX_DIR`, else `quarry` in the user's cache directory. */
export function defaultIndexDirectory(env: Environment): string {
  if (env['QUARRY_INDEX_DIR']) return resolve(env['QUARRY_INDEX_DIR']);
  const cache = env['XDG_CACHE_HOME'];
  return join(
    cache !== undefined && cache !== '' ? cache : join(env['HOME'] ?? homedir(), '.cache'),
    'quarry',
  );
}

/** The index file of a root: readable name, and a hash of the whole path so that two roots never share one. */
export function indexFileOf(root: string, directory: string): string {
  const digest = createHash('sha256').update(root).digest('hex').slice(0, 12);
  const name = basename(root).replace(/[^\w.-]+/g, '_') || 'root';
  return join(directory, `${name}-${digest}.quarry`);
}

/**
 * The absolute, link-free path of a directory. Throws QuarryError `not-found` or `usage` when it is no directory.
 */
export function realDirectory(path: string): string {
  const absolute = resolve(path);
  let real: string;
  try {
    real = realpathSync(absolute);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new QuarryError('not-found', `no such directory: ${path}`, 'check the path', { cause: error });
    throw new QuarryError('unreadable', `cannot read ${path}: ${code}`, undefined, { cause: error });
  }
  if (!statSync(real).isDirectory())
    throw new QuarryError('usage', `not a directory: ${path}`, 'name a directory');
  return real;
}

/** A root to index, and the part of it that was asked for. */
export interface Target {
  root: string;
  /** Path below the root, `/` as separator; empty for the whole. */
  below: string;
}

/**
 * What a path given by a user means: a directory above it that has an index already, else the repository it lies
 * in, else the directory itself. A file stands for itself within the root of its directory.
 */
export function findTarget(path: string, indexDirectory: string): Target {
  const absolute = resolve(path);
  let isFile = false;
  try {
    isFile = statSync(absolute).isFile();
  } catch {
    // realDirectory says what is wrong.
  }
  const start = realDirectory(isFile ? dirname(absolute) : absolute);
  const target = isFile ? join(start, basename(absolute)) : start;
  let root: string | undefined;
  for (let at = start; root === undefined; at = dirname(at)) {
    if (existsSync(indexFileOf(at, indexDirectory))) root = at;
    if (at === dirname(at)) break;
  }
  for (let at = start; root === undefined; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) root = at;
    if (at === dirname(at)) break;
  }
  root ??= start;
  const below = target === root ? '' : target.slice(root.endsWith('/') ? root.length : root.length + 1);
  return { root, below: below.replaceAll('\\', '/') };
}
