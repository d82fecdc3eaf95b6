import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { QuarryError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import { searchLimits } from '../../core/search-limits.ts';
import { gitUserFrom, Ignore, type IgnoreOptions } from '../../ingest/index.ts';
import type { OpenOptions } from '../open-options.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What can be configured. A setting that is absent was set nowhere: whoever uses it has the default. */
export interface Settings {
  /** Rules in gitignore syntax, relative to the root; those of all sources are joined. */
  ignore?: string[];
  /** Bytes; larger files are skipped. */
  maxFileSize?: number;
  /** Indexing threads, 1..64. */
  threads?: number;
  /** Files shown per search, 1..1000. */
  limit?: number;
  /** Units shown of each file, 1..1000. */
  perFile?: number;
  /** Directory of the index files. Not in a project's config: a repository must not decide where files are written. */
  indexDir?: string;
  /** Milliseconds one file may take to parse. */
  deadline?: number;
  color?: 'auto' | 'always' | 'never';
  /**
   * What searches by meaning: the name of a model, a folder, or `none`. Not in a project's config: a repository must not
   * decide which file is loaded as a model.
   */
  model?: string;
  /** The cross-encoder that re-ranks every search: a name, a folder, or `none`. Not in a project's config, as `model`. */
  reranker?: string;
  /** The workspace that is searched where no path is named. Not in a project's config: a repository says nothing of others. */
  workspace?: string;
}

/** Files read in a root; the first one found counts. */
const projectConfigNames: readonly string[] = ['quarry.config.json', '.quarryrc.json'];

type Read = (value: unknown) => unknown;

interface Setting {
  /** Gives the value or undefined when it is none. */
  read: Read;
  /** What a value looks like, for error messages. */
  expected: string;
  variable?: string;
}

function wholeSetting({ least, most }: { least: number; most: number }): Setting {
  return {
    read: value => {
      const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
      return Number.isInteger(number) && (number as number) >= least && (number as number) <= most
        ? number
        : undefined;
    },
    expected: `a whole number from ${least} to ${most}`,
  };
}

const settings: Record<keyof Settings, Setting> = {
  ignore: {
    read: value => (Array.isArray(value) && value.every(v => typeof v === 'string') ? value : undefined),
    expected: 'a list of patterns, such as ["*.min.js", "fixtures/"]',
  },
  maxFileSize: {
    read: value => parseBytes(value),
    expected: 'a number of bytes or a size such as "512kB" or "4MB"',
    variable: 'QUARRY_MAX_FILE_SIZE',
  },
  threads: { ...wholeSetting({ least: 1, most: 64 }), variable: 'QUARRY_THREADS' },
  limit: { ...wholeSetting(searchLimits.limit), variable: 'QUARRY_LIMIT' },
  perFile: { ...wholeSetting(searchLimits.perFile), variable: 'QUARRY_PER_FILE' },
  indexDir: {
    read: value => (typeof value === 'string' && value !== '' ? value : undefined),
    expected: 'a directory',
    variable: 'QUARRY_INDEX_DIR',
  },
  deadline: {
    read: value => parseDuration(value),
    expected: 'milliseconds or a time such as "500ms" or "5s", at most "10min"',
    variable: 'QUARRY_DEADLINE',
  },
  model: {
    read: value => (typeof value === 'string' && value !== '' ? value : undefined),
    expected: 'the name of a model, a folder, or "none"',
    variable: 'QUARRY_MODEL',
  },
  reranker: {
    read: value => (typeof value === 'string' && value !== '' ? value : undefined),
    expected: 'the name of a re-ranker, a folder, or "none"',
    variable: 'QUARRY_RERANKER',
  },
  workspace: {
    read: value => (typeof value === 'string' && value !== '' ? value : undefined),
    expected: 'the name of a workspace',
    variable: 'QUARRY_WORKSPACE',
  },
  color: {
    read: value => (value === 'auto' || value === 'always' || value === 'never' ? value : undefined),
    expected: '"auto", "always" or "never"',
    variable: 'QUARRY_COLOR',
  },
};

/**
 * Settings of the user's config file. Throws QuarryError `usage` with file and line for what is no setting,
 * `unreadable` for a file that cannot be read.
 */
export function userSettings(env: Environment): Settings {
  const home = env.HOME || homedir();
  const base = env.XDG_CONFIG_HOME || join(home, '.config');
  const file = join(base, 'quarry', 'config.json');
  const own = existsSync(file) ? readSettings(file) : {};
  if (own.indexDir !== undefined) {
    const path = own.indexDir.replace(/^~(?=\/|$)/, home);
    own.indexDir = isAbsolute(path) ? path : resolve(base, 'quarry', path);
  }
  // A folder that is written as one is relative to the file, as the index directory is.
  for (const name of ['model', 'reranker'] as const) {
    const path = own[name];
    if (path !== undefined && /^\.{1,2}\//.test(path)) own[name] = resolve(base, 'quarry', path);
  }
  return own;
}

/** Settings a root brings with it, from the first of `projectConfigNames`. Throws as `userSettings` does. */
export function projectSettings(root: string): Settings {
  const file = projectConfigNames.map(name => join(root, name)).find(path => existsSync(path));
  for (const name of ['.quarryrc.yaml', '.quarryrc.yml', '.quarryrc']) {
    if (existsSync(join(root, name)))
      throw new QuarryError(
        'usage',
        `${join(root, name)}: YAML is not read`,
        'write the same as quarry.config.json',
      );
  }
  if (file === undefined) return {};
  const found = readSettings(file);
  for (const [name, variable] of [
    ['indexDir', 'QUARRY_INDEX_DIR'],
    ['model', 'QUARRY_MODEL'],
    ['reranker', 'QUARRY_RERANKER'],
    ['workspace', 'QUARRY_WORKSPACE'],
  ] as const) {
    if (found[name] === undefined) continue;
    throw new QuarryError(
      'usage',
      `${file}:${lineOfKey(readFileSync(file, 'utf8'), name)}: ${name} is the user's choice, not the project's`,
      `set ${variable}, or ${name} in ~/.config/quarry/config.json`,
    );
  }
  return found;
}

/**
 * Joins settings, the later one outranks the earlier one; ignore patterns of all are kept, so that a project adds to
 * what its user never wants to see.
 */
export function joinSettings(...sources: Settings[]): Settings {
  const joined: Settings = Object.assign({}, ...sources);
  const ignore = sources.flatMap(source => source.ignore ?? []);
  if (ignore.length > 0) joined.ignore = ignore;
  return joined;
}

/** The files that an index with these settings leaves out. */
export function ignoreOf(from: Settings, env: Environment): IgnoreOptions {
  return { user: gitUserFrom(env), ...(from.ignore ? { patterns: from.ignore } : {}) };
}

/** Whether an index of `root` leaves out `path` (relative, `/`), so that searching there would find nothing. */
export function leavesOut(
  root: string,
  path: string,
  directory: boolean,
  from: Settings,
  env: Environment,
): boolean {
  return new Ignore(root, ignoreOf(from, env)).ignores(path, directory);
}

/** What `openIndex` takes of the settings. */
export function openOptionsOf(from: Settings, env: Environment): OpenOptions {
  return {
    ignore: ignoreOf(from, env),
    ...(from.threads === undefined ? {} : { workers: from.threads }),
    ...(from.maxFileSize === undefined ? {} : { maxFileBytes: from.maxFileSize }),
    ...(from.deadline === undefined ? {} : { deadlineMs: from.deadline }),
    ...(from.model === undefined ? {} : { model: from.model }),
    ...(from.reranker === undefined ? {} : { reranker: from.reranker }),
  };
}

/** Settings of environment variables. Throws QuarryError `usage` for values that are none. */
export function environmentSettings(env: Environment): Settings {
  const found: Record<string, unknown> = {};
  for (const [name, { variable, read, expected }] of Object.entries(settings)) {
    const value = variable === undefined ? undefined : env[variable];
    if (value === undefined || value === '') continue;
    found[name] = read(value);
    if (found[name] === undefined)
      throw new QuarryError('usage', `${variable} is ${JSON.stringify(value)}`, `it takes ${expected}`);
  }
  if (typeof found.indexDir === 'string') found.indexDir = resolve(found.indexDir);
  return found as Settings;
}

function readSettings(file: string): Settings {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').replace(/^\ufeff/, '');
  } catch (error) {
    throw new QuarryError('unreadable', `cannot read ${file}`, 'check its permissions', { cause: error });
  }
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    const at = /position (\d+)/.exec(String(error));
    const line = at ? `:${lineAt(text, Number(at[1]))}` : '';
    const what = String((error as Error).message).split(/ in JSON| \(line|, "/, 1)[0];
    throw new QuarryError(
      'usage',
      `${file}${line}: not valid JSON: ${what}`,
      'no comments, no trailing commas',
    );
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data))
    throw new QuarryError('usage', `${file}: must hold one object`, 'for example { "limit": 20 }');
  const found: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(data)) {
    if (name === '$schema') continue;
    const line = lineOfKey(text, name);
    if (!Object.hasOwn(settings, name)) {
      const near = nearest(name, Object.keys(settings));
      throw new QuarryError(
        'usage',
        `${file}:${line}: unknown setting ${JSON.stringify(name)}`,
        near === undefined
          ? `known: ${Object.keys(settings).join(', ')}`
          : `did you mean ${JSON.stringify(near)}?`,
      );
    }
    const { read, expected } = settings[name as keyof Settings];
    found[name] = read(value);
    if (found[name] === undefined)
      throw new QuarryError(
        'usage',
        `${file}:${line}: ${name} cannot be ${JSON.stringify(value)}`,
        `it takes ${expected}`,
      );
  }
  return found as Settings;
}

/** Bytes of `1048576`, `"512kB"`, `"4 MiB"`; undefined for anything else. k, M, G count in 1024. */
export function parseBytes(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value > 0 ? value : undefined;
  const match = typeof value === 'string' ? /^(\d+(?:\.\d+)?)\s*([kmg])?(?:i?b)?$/i.exec(value.trim()) : null;
  if (!match) return undefined;
  const factor = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 }[(match[2] ?? '').toLowerCase()] ?? 1;
  const bytes = Math.round(Number(match[1]) * factor);
  return bytes > 0 ? bytes : undefined;
}

/** Milliseconds of `5000`, `"500ms"`, `"5s"`, `"1min"`; undefined for anything else and beyond ten minutes. */
export function parseDuration(value: unknown): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|min)?$/.exec(
    typeof value === 'number' ? String(value) : String(value ?? '').trim(),
  );
  if (!match) return undefined;
  const ms = Math.round(Number(match[1]) * ({ s: 1000, min: 60_000 }[match[2] ?? ''] ?? 1));
  return ms >= 1 && ms <= 600_000 ? ms : undefined;
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

/** 1-based line on which an object's key stands; 1 if it is written with escapes. */
function lineOfKey(text: string, key: string): number {
  const quoted = JSON.stringify(key);
  for (let at = text.indexOf(quoted); at >= 0; at = text.indexOf(quoted, at + 1)) {
    if (/^\s*:/.test(text.slice(at + quoted.length))) return lineAt(text, at);
  }
  return 1;
}
