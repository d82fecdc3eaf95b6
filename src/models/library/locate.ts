import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { QuarryError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';

/** Where models are kept. Folders that do not exist hold no models. */
export interface ModelPlaces {
  /** Comes with the package: one folder per model, by its name. */
  readonly packageModels: string;
  /** Downloaded ones: `<owner>--<name>@<commit>`. */
  readonly userModels: string;
  /** What relative paths begin at; default: the process's directory. */
  readonly cwd?: string;
}

/** A model that has a name. */
export interface LocatedModel {
  /** `small` of a shipped one, `owner/name` of a downloaded one. */
  readonly name: string;
  readonly source: 'shipped' | 'downloaded';
  readonly directory: string;
  /** Of downloaded ones: what was downloaded, of when. */
  readonly record?: DownloadRecord;
}

/** `quarry-model.json` in the folder of a downloaded model. */
export interface DownloadRecord {
  /** `owner/name`. */
  readonly id: string;
  /** What was asked for, a branch or tag or commit, and the commit it was. */
  readonly revision: string;
  readonly commit: string;
  readonly endpoint: string;
  readonly quantized: boolean;
  /** Milliseconds since the epoch. */
  readonly addedAt: number;
  readonly files: ReadonlyArray<{ path: string; size: number; sha256: string }>;
}

export const recordFile = 'quarry-model.json';

/** Ends the name of a folder that a download has not finished. */
export const partialEnding = '.partial';

/** Where downloaded models are kept: `QUARRY_MODELS_DIR`, else `quarry/models` in the user's cache directory. */
export function modelsDirectory(env: Readonly<Record<string, string | undefined>>): string {
  if (env['QUARRY_MODELS_DIR']) return resolve(env['QUARRY_MODELS_DIR']);
  const cache = env['XDG_CACHE_HOME'] || join(env['HOME'] || homedir(), '.cache');
  return join(cache, 'quarry', 'models');
}

/** The places of this installation. */
export function modelPlaces(
  env: Readonly<Record<string, string | undefined>>,
  cwd: string = process.cwd(),
): ModelPlaces {
  const packageModels = resolve(import.meta.dirname, '../../../models');
  return { packageModels, userModels: modelsDirectory(env), cwd };
}

/** Shipped models by name, then downloaded ones, the newest first. Folders that are no models are passed over. */
export function knownModels({ packageModels, userModels }: ModelPlaces): LocatedModel[] {
  const shipped = foldersOf(packageModels)
    .filter(name => existsSync(join(packageModels, name, 'config.json')))
    .map((name): LocatedModel => ({ name, source: 'shipped', directory: join(packageModels, name) }));
  const finished = foldersOf(userModels).filter(name => !name.endsWith(partialEnding));
  const downloaded = finished.flatMap((folder): LocatedModel[] => {
    const directory = join(userModels, folder);
    const record = readRecord(directory);
    return record ? [{ name: record.id, source: 'downloaded', directory, record }] : [];
  });
  downloaded.sort((a, b) => b.record!.addedAt - a.record!.addedAt);
  return [...shipped, ...downloaded];
}

/**
 * The model that a name stands for: a shipped one, or a downloaded `owner/name`, the newest, or with `@` a revision or
 * the beginning of a commit. Undefined if there is none.
 */
export function findKnown(name: string, places: ModelPlaces): LocatedModel | undefined {
  const [id, revision] = name.split('@');
  return knownModels(places).find(model => {
    if (revision === undefined || !model.record) return model.name === name;
    const { record } = model;
    const isIt = record.revision === revision || (revision.length >= 6 && record.commit.startsWith(revision));
    return model.name === id && isIt;
  });
}

/**
 * The folder of a model: of a name as above, or a path to a folder or to a run of `quarry train`; what begins like a path (`./`, `/`, `~/`) is never
 * a name. `QuarryError` 'not-found' names the nearest model there is, or how to get it.
 */
export function resolveModel(nameOrPath: string, places: ModelPlaces): string {
  const isPath = /^(\.{1,2}([/\\]|$)|[/\\]|~[/\\]|[A-Za-z]:[/\\])/.test(nameOrPath);
  const known = isPath ? undefined : findKnown(nameOrPath, places);
  if (known) return known.directory;
  const path = resolve(places.cwd ?? '.', nameOrPath.replace(/^~(?=[/\\])/, homedir()));
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isDirectory()) return isRun(path) ? join(path, 'model') : path;
  // Someone who names the network means the folder around it.
  if (stat) throw new QuarryError('not-found', `${nameOrPath} is a file`, 'name the folder of the model');
  if (isPath) throw new QuarryError('not-found', `no such folder: ${nameOrPath}`, 'check the path');
  throw unknownModel(nameOrPath, places);
}

/** A directory that `quarry train` wrote means the model in it. */
function isRun(directory: string): boolean {
  return existsSync(join(directory, 'recipe.json')) && existsSync(join(directory, 'model', 'config.json'));
}

/** The error for a name that nothing has. */
export function unknownModel(name: string, places: ModelPlaces): QuarryError {
  const near = nearest(
    name,
    knownModels(places).map(model => model.name),
  );
  const isId = /^[\w.-]+\/[\w.-]+(@[\w./-]+)?$/.test(name);
  const hint = near !== undefined ? `did you mean ${near}?` : 'see: quarry models';
  return new QuarryError(
    'not-found',
    `there is no model ${JSON.stringify(name)} here`,
    isId ? `${near === undefined ? '' : `did you mean ${near}? or `}get it: quarry models add ${name}` : hint,
  );
}

function foldersOf(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter(entry => (entry.isDirectory() || entry.isSymbolicLink()) && !entry.name.startsWith('.'))
      .map(entry => entry.name)
      .sort();
  } catch {
    return [];
  }
}

/** Undefined for a folder without one: a download that is not finished, or something else. */
export function readRecord(directory: string): DownloadRecord | undefined {
  let found: Partial<DownloadRecord>;
  try {
    found = JSON.parse(readFileSync(join(directory, recordFile), 'utf8')) as Partial<DownloadRecord>;
  } catch {
    return undefined;
  }
  const { id, commit } = found;
  if (typeof id !== 'string' || typeof commit !== 'string') return undefined;
  return {
    id,
    commit,
    revision: found.revision ?? 'main',
    endpoint: found.endpoint ?? '',
    quantized: found.quantized === true,
    addedAt: found.addedAt ?? 0,
    files: found.files ?? [],
  };
}
