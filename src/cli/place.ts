import { existsSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { QuarryError } from '../core/errors.ts';
import { rootOfIndex, sourcesOfIndex } from '../engine/index-files.ts';
import {
  environmentSettings,
  joinSettings,
  leavesOut,
  projectSettings,
  type Settings,
  userSettings,
} from '../engine/settings/config.ts';
import {
  defaultIndexDirectory,
  findTarget,
  indexFileOf,
  realDirectory,
  type Target,
} from '../engine/settings/locate.ts';
import { Mounts } from '../engine/sources/mounts.ts';
import {
  isRevision,
  labelOf,
  rootOfWorkspace,
  type Source,
  workspaceOfRoot,
} from '../engine/sources/source.ts';
import { workspaceFile } from '../engine/workspace.ts';
import type { Arguments } from './arguments.ts';
import type { Surroundings } from './surroundings.ts';

/** Where a command works: the tree, the part of it that was asked for, its index, and all settings in force. */
export interface Place {
  root: string;
  /** Path below the root, `/` as separator; empty for the whole tree. */
  below: string;
  /** Absolute path of the directory that was asked for; a file's directory. Shown paths are relative to it. */
  directory: string;
  /** How the directory is written in front of shown paths: as the user gave it, so that output pastes back. */
  shownAs: string;
  indexFile: string;
  settings: Settings;
  /** Set where several repositories are searched together; `root` is then `workspace:` and its name. */
  workspace?: { name: string; sources: readonly Source[] };
}

/** Settings that hold for every tree, and where indexes are kept. */
export interface UserSettings {
  user: Settings;
  environment: Settings;
  indexDirectory: string;
}

export function resolveUser(around: Surroundings): UserSettings {
  const user = userSettings(around.env);
  const environment = environmentSettings(around.env);
  const indexDirectory = environment.indexDir ?? user.indexDir ?? defaultIndexDirectory(around.env);
  return { user, environment, indexDirectory };
}

/**
 * Resolves path, flags, environment and config files once: flag > environment > project > user. Throws QuarryError
 * for a path that does not exist and for settings that are none.
 */
export function resolvePlace(path: string | undefined, args: Arguments, around: Surroundings): Place {
  const { user, environment, indexDirectory } = resolveUser(around);
  const asked = resolve(around.cwd, path ?? '.');
  const named = args.text('index');
  const indexFile = named === undefined ? undefined : resolve(around.cwd, named);
  const flags = flagSettings(args, around);
  const workspace =
    workspaceAsked(path, args, { user, environment }) ??
    (indexFile === undefined ? undefined : workspaceOfIndex(indexFile));
  if (workspace !== undefined) return resolvePlaceOf(workspace, args, around, path);
  const settingsOf = (root: string) => joinSettings(user, projectSettings(root), environment, flags);

  let target = indexFile === undefined ? undefined : targetOfIndex(indexFile, asked, path !== undefined);
  let settings: Settings | undefined;
  if (target === undefined) {
    target = findTarget(asked, indexDirectory);
    settings = settingsOf(target.root);
    const { root, below } = target;
    const isFile = isFileAt(asked);
    if (below !== '' && leavesOut(root, below, !isFile, settings, around.env)) {
      // Asked for by name although the tree around it ignores it, as packages in node_modules are: a tree of its own.
      target = isFile
        ? { root: realDirectory(dirname(asked)), below: basename(asked) }
        : { root: realDirectory(asked), below: '' };
      settings = undefined;
    }
  }
  const directory = directoryOf(target);
  return {
    ...target,
    directory,
    shownAs: shownAs(path, isFileAt(asked), directory, around.cwd),
    indexFile: indexFile ?? indexFileOf(target.root, indexDirectory),
    settings: settings ?? settingsOf(target.root),
  };
}

/**
 * The workspace a command works on by its flags and settings: the one a flag names, else, where neither a path nor an index is
 * named, that of the settings.
 */
export function workspaceAsked(
  path: string | undefined,
  args: Arguments,
  { user, environment }: Pick<UserSettings, 'user' | 'environment'>,
): string | undefined {
  const named = args.text('workspace');
  if (named !== undefined) return named;
  return path === undefined && !args.has('index') ? (environment.workspace ?? user.workspace) : undefined;
}

/** The same for a workspace; `path` is something inside of it. */
export function resolvePlaceOf(
  workspace: string,
  args: Arguments,
  around: Surroundings,
  path?: string,
): Place {
  const { user, environment, indexDirectory } = resolveUser(around);
  const named = args.text('index');
  const file = named === undefined ? workspaceFile(workspace, indexDirectory) : resolve(around.cwd, named);
  const asked = path === undefined ? undefined : resolve(around.cwd, path);
  const place = placeOfWorkspace(workspace, file, asked, around);
  return { ...place, settings: joinSettings(user, environment, flagSettings(args, around)) };
}

function flagSettings(args: Arguments, around: Surroundings): Settings {
  const flags: Settings = {};
  const workers = args.whole('threads', 1, 64);
  if (workers !== undefined) flags.threads = workers;
  for (const name of ['model', 'reranker'] as const) {
    const wanted = args.text(name);
    if (wanted === undefined) continue;
    flags[name] = /^\.{1,2}(\/|$)/.test(wanted) ? resolve(around.cwd, wanted) : wanted;
  }
  return flags;
}

/** `asked`: absolute path of what was named within the workspace. */
function placeOfWorkspace(
  name: string,
  indexFile: string,
  asked: string | undefined,
  around: Surroundings,
): Omit<Place, 'settings'> {
  const sources = (existsSync(indexFile) && unlessDamaged(() => sourcesOfIndex(indexFile))) || [];
  const place = {
    root: rootOfWorkspace(name),
    below: '',
    directory: realDirectory(around.cwd),
    shownAs: '',
    indexFile,
    workspace: { name, sources },
  };
  if (asked === undefined) return place;
  const real = isFileAt(asked) ? join(realDirectory(dirname(asked)), basename(asked)) : realDirectory(asked);
  for (const source of sources) {
    if (isRevision(source)) continue;
    const below = relative(source.directory, real);
    if (below === '..' || below.startsWith(`..${sep}`) || isAbsolute(below)) continue;
    return { ...place, below: `${source.prefix}${below}`.replaceAll('\\', '/').replace(/\/$/, '') };
  }
  throw new QuarryError(
    'usage',
    `${asked} is not in the workspace ${name}`,
    `add it with: quarry repos add ${asked} --workspace ${name}`,
  );
}

function isFileAt(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** What an existing index file named by the user is an index of; undefined if it does not exist yet. */
function targetOfIndex(file: string, asked: string, explicit: boolean): Target | undefined {
  if (!existsSync(file)) return undefined;
  const root = unlessDamaged(() => rootOfIndex(file));
  if (root === undefined) return undefined;
  const real = isFileAt(asked) ? join(realDirectory(dirname(asked)), basename(asked)) : realDirectory(asked);
  const below = relative(root, real);
  if (below !== '..' && !below.startsWith(`..${sep}`) && !isAbsolute(below)) {
    return { root, below: below.replaceAll('\\', '/') };
  }
  // Without a path the index alone says where to search.
  if (!explicit) return { root, below: '' };
  throw new QuarryError(
    'usage',
    `${file} is the index of ${root}`,
    'name a path inside it, or another --index',
  );
}

/** Damage and other formats are the command's business: doctor and clear go on. */
function unlessDamaged<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof QuarryError && (error.code === 'corrupt' || error.code === 'format'))
      return undefined;
    throw error;
  }
}

function workspaceOfIndex(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  const root = unlessDamaged(() => rootOfIndex(file));
  return root === undefined ? undefined : workspaceOfRoot(root);
}

function directoryOf({ root, below }: Target): string {
  const whole = below === '' ? root : join(root, below);
  return isFileAt(whole) ? dirname(whole) : whole;
}

function shownAs(path: string | undefined, isFile: boolean, directory: string, cwd: string): string {
  if (path !== undefined) return isFile ? dirname(path) : path;
  // An index named without a path may lie elsewhere.
  return directory === realDirectory(cwd) ? '' : directory;
}

/** A path relative to the root as it is relative to the searched directory; in a workspace, as people see it. */
export function pathBelow(path: string, place: Place): string {
  const { root, directory } = place;
  if (place.workspace) return pathInWorkspace(path, place.workspace.sources, directory);
  return relative(directory, join(root, path)).replaceAll('\\', '/');
}

/** A path relative to the root as people see it, after the way they named the directory. */
export function shownPath(path: string, place: Place): string {
  if (place.workspace) return pathBelow(path, place);
  return join(place.shownAs, pathBelow(path, place)).replaceAll('\\', '/');
}

/** Files of directories so that they can be opened from the current directory, those of revisions as `name@revision:path`. */
function pathInWorkspace(path: string, sources: readonly Source[], directory: string): string {
  const source = new Mounts(sources).find(path);
  if (!source) return path;
  const below = path.slice(source.prefix.length);
  if (isRevision(source)) return `${labelOf(source)}:${below}`;
  const file = join(source.directory, below);
  const near = relative(directory, file);
  return (near === '..' || near.startsWith(`..${sep}`) || isAbsolute(near) ? file : near).replaceAll(
    '\\',
    '/',
  );
}
