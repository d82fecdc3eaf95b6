import { existsSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { QuarryError } from '../core/errors.ts';
import {
  environmentSettings,
  joinSettings,
  leavesOut,
  projectSettings,
  type Settings,
  userSettings,
} from '../engine/config.ts';
import { rootOfIndex } from '../engine/index-files.ts';
import {
  defaultIndexDirectory,
  findTarget,
  indexFileOf,
  realDirectory,
  type Target,
} from '../engine/locate.ts';
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
  const flags: Settings = {};
  const workers = args.whole('threads', 1, 64);
  if (workers !== undefined) flags.threads = workers;
  for (const name of ['model', 'reranker'] as const) {
    const wanted = args.text(name);
    if (wanted === undefined) continue;
    flags[name] = /^\.{1,2}(\/|$)/.test(wanted) ? resolve(around.cwd, wanted) : wanted;
  }
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

function isFileAt(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** What an existing index file named by the user is an index of; undefined if it does not exist yet. */
function targetOfIndex(file: string, asked: string, explicit: boolean): Target | undefined {
  if (!existsSync(file)) return undefined;
  let root: string;
  try {
    root = rootOfIndex(file);
  } catch (error) {
    // Damage and other formats are the command's business: doctor and clear go on.
    if (error instanceof QuarryError && (error.code === 'corrupt' || error.code === 'format'))
      return undefined;
    throw error;
  }
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

function directoryOf({ root, below }: Target): string {
  const whole = below === '' ? root : join(root, below);
  return isFileAt(whole) ? dirname(whole) : whole;
}

function shownAs(path: string | undefined, isFile: boolean, directory: string, cwd: string): string {
  if (path !== undefined) return isFile ? dirname(path) : path;
  // An index named without a path may lie elsewhere.
  return directory === realDirectory(cwd) ? '' : directory;
}

/** A path relative to the root as it is relative to the searched directory. */
export function pathBelow(path: string, { root, directory }: Place): string {
  return relative(directory, join(root, path)).replaceAll('\\', '/');
}

/** A path relative to the root as people see it, after the way they named the directory. */
export function shownPath(path: string, place: Place): string {
  return join(place.shownAs, pathBelow(path, place)).replaceAll('\\', '/');
}
