import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { QuarryError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import { findClone } from '../../evaluation/datasets/git-tree.ts';
import { type CorpusSplit, corpusSplits } from './pair.ts';

/** A repository or package that pairs are mined from. */
export interface ManifestEntry {
  /** `owner/name` of a repository, or the name of a package. Unique. */
  name: string;
  /** Directory below the sources' directory; absent: a clone of `name` in one of the usual layouts. */
  source?: string;
  /** As people write it; for the record. */
  version?: string;
  /** Hex, at least seven digits; absent: the commit the clone has checked out. */
  commit?: string;
  /** SPDX expression. */
  licence: string;
  /** Absent: by a hash of the name. */
  split?: CorpusSplit;
  /** The name equals that of an evaluation repository, and it is another project. */
  unrelated?: boolean;
}

export interface Manifest {
  /** Hex SHA-256 of the entries. */
  hash: string;
  entries: readonly ManifestEntry[];
}

/** SPDX ids under which code may be trained on without asking. */
export const permissiveLicences: readonly string[] =
  'MIT MIT-0 Apache-2.0 BSD-2-Clause BSD-3-Clause BSD-4-Clause BSD-2-Clause-Patent 0BSD ISC CC0-1.0 Unlicense Zlib Python-2.0 PSF-2.0 BSL-1.0 BlueOak-1.0.0 X11 NCSA WTFPL PostgreSQL Ruby curl Unicode-3.0'.split(
    ' ',
  );

const fields = ['name', 'source', 'version', 'commit', 'licence', 'split', 'unrelated'] as const;

/**
 * Reads a manifest: `{"sources": [entry, …]}`. `allowed`: licences besides the permissive ones. Throws QuarryError
 * `format` that names the file and the entry (counted from 1) and what is wrong with it.
 */
export function parseManifest(text: string, file: string, allowed: readonly string[] = []): Manifest {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new QuarryError('format', `${file}: not JSON: ${(error as Error).message}`);
  }
  const list: unknown = (data as { sources?: unknown } | null)?.sources;
  if (!Array.isArray(list) || list.length === 0)
    throw new QuarryError(
      'format',
      `${file}: no list of sources`,
      'write {"sources": [{"name": …, "licence": …}]}',
    );
  const seen = new Map<string, number>();
  const entries = (list as unknown[]).map((item, i) => {
    const place = `${file}: source ${i + 1}`;
    const entry = entryOf(item, place);
    const key = entry.name.toLowerCase();
    const before = seen.get(key);
    if (before !== undefined) throw wrong(place, `${entry.name} is source ${before} already`);
    seen.set(key, i + 1);
    if (!isAllowed(entry.licence, allowed))
      throw wrong(
        place,
        `${entry.name} has licence ${entry.licence}, which is not in the list of permissive ones`,
        `leave it out, or allow it: --allow-licence ${JSON.stringify(entry.licence)}`,
      );
    return entry;
  });
  return { hash: createHash('sha256').update(JSON.stringify(entries)).digest('hex'), entries };
}

function entryOf(item: unknown, place: string): ManifestEntry {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) throw wrong(place, 'not an object');
  const row = item as Record<string, unknown>;
  for (const field of Object.keys(row)) {
    if ((fields as readonly string[]).includes(field)) continue;
    const near = nearest(field, fields);
    throw wrong(
      place,
      `unknown field ${JSON.stringify(field)}`,
      near ? `did you mean ${near}?` : `known: ${fields.join(', ')}`,
    );
  }
  const text = (field: (typeof fields)[number]): string | undefined => {
    const value = row[field];
    if (value === undefined) return undefined;
    if (typeof value !== 'string' || value.trim() === '') throw wrong(place, `${field} is no text`);
    return value.trim();
  };
  const name = text('name');
  const licence = text('licence');
  if (name === undefined) throw wrong(place, 'no name');
  if (licence === undefined) throw wrong(place, `no licence of ${name}`, 'give its SPDX id, e.g. MIT');
  const commit = text('commit');
  if (commit !== undefined && !/^[0-9a-f]{7,64}$/.test(commit))
    throw wrong(place, `commit ${commit} is no hexadecimal number`);
  const source = text('source');
  if (source !== undefined && (isAbsolute(source) || source.split(/[\\/]/).includes('..')))
    throw wrong(place, `source ${source} leads out of the directory of sources`);
  const split = text('split');
  if (split !== undefined && !(corpusSplits as readonly string[]).includes(split))
    throw wrong(place, `unknown split ${JSON.stringify(split)}`, `one of ${corpusSplits.join(', ')}`);
  const unrelated = row['unrelated'];
  if (unrelated !== undefined && typeof unrelated !== 'boolean')
    throw wrong(place, 'unrelated is neither true nor false');
  const version = text('version');
  return {
    name,
    licence,
    ...(source === undefined ? {} : { source }),
    ...(version === undefined ? {} : { version }),
    ...(commit === undefined ? {} : { commit }),
    ...(split === undefined ? {} : { split: split as CorpusSplit }),
    ...(unrelated === undefined ? {} : { unrelated }),
  };
}

function wrong(place: string, what: string, hint?: string): QuarryError {
  return new QuarryError('format', `${place}: ${what}`, hint);
}

/** True if an SPDX expression leaves a choice of allowed licences only. `A OR B` needs one, `A AND B` both. */
export function isAllowed(expression: string, allowed: readonly string[] = []): boolean {
  const known = new Set([...permissiveLicences, ...allowed].map(licence => licence.toLowerCase()));
  if (known.has(expression.toLowerCase())) return true;
  if (/[()]/.test(expression) && !/^\([^()]*\)$/.test(expression)) return false;
  return expression
    .replace(/^\(|\)$/g, '')
    .split(/\s+OR\s+|\s*\/\s*/i)
    .some(choice =>
      choice.split(/\s+AND\s+/i).every(part =>
        known.has(
          part
            .replace(/\s+WITH\s+\S+$/i, '')
            .trim()
            .toLowerCase(),
        ),
      ),
    );
}

/** Where a source lies: a git directory, or a plain directory. */
export type Located = { gitDir: string } | { root: string };

/** Finds a source below the directory of sources; undefined if it is not there. */
export function locate(entry: ManifestEntry, sources: string): Located | undefined {
  if (entry.source === undefined) {
    const gitDir = findClone(sources, entry.name);
    if (gitDir !== undefined) return { gitDir };
  }
  const path = resolve(sources, entry.source ?? entry.name);
  if (relative(sources, path).startsWith('..') || !statSync(path, { throwIfNoEntry: false })?.isDirectory())
    return undefined;
  if (existsSync(join(path, '.git'))) return { gitDir: join(path, '.git') };
  if (existsSync(join(path, 'HEAD')) && existsSync(join(path, 'objects'))) return { gitDir: path };
  return { root: path };
}

/** Names and addresses a source goes by: its own, its directory's, its remotes', its package's. */
export function aliasesOf(entry: ManifestEntry, located: Located): string[] {
  const names = [entry.name];
  if (entry.source !== undefined) names.push(entry.source);
  if ('gitDir' in located) {
    const config = readIfThere(join(located.gitDir, 'config'));
    for (const [, url] of config.matchAll(/^\s*url\s*=\s*(\S+)/gm)) names.push(url!);
  } else {
    const { repository } = jsonIfThere(join(located.root, 'package.json')) as { repository?: unknown };
    if (typeof repository === 'string') names.push(repository);
    else if (typeof (repository as { url?: unknown } | undefined)?.url === 'string')
      names.push((repository as { url: string }).url);
  }
  return names;
}

function readIfThere(path: string): string {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ? readFileSync(path, 'utf8') : '';
}

function jsonIfThere(path: string): object {
  try {
    return (JSON.parse(readIfThere(path) || '{}') as object | null) ?? {};
  } catch {
    return {};
  }
}
