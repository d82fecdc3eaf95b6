import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { QuarryError } from '../core/errors.ts';
import type { CodeIndex } from '../engine/code-index.ts';
import { removeIndex } from '../engine/index-files.ts';
import type { NewRepository } from '../engine/indexing/edit-sources.ts';
import { defaultWorkspace } from '../engine/workspace.ts';
import type { Arguments } from './arguments.ts';
import { openPlace } from './opening.ts';
import { type Place, resolvePlaceOf, resolveUser, workspaceAsked } from './place.ts';
import type { Surroundings } from './surroundings.ts';

/** The workspace that the arguments of `index` speak of; undefined for the index of one tree. */
export function resolveWorkspace(args: Arguments, around: Surroundings): Place | undefined {
  const { positionals } = args;
  const isOne = positionals.length <= 1 && !args.has('rev') && !args.has('name');
  const named = workspaceAsked(positionals[0], args, resolveUser(around));
  if (isOne && named === undefined) return undefined;
  return workspacePlace(args, around);
}

/** The one a flag or setting names, else `default`. */
export function workspacePlace(args: Arguments, around: Surroundings): Place {
  const name = workspaceAsked(undefined, args, resolveUser(around)) ?? defaultWorkspace;
  return resolvePlaceOf(name, args, around);
}

/** What directories, `--name` and `--rev` ask for. Throws QuarryError `usage` for names that do not fit. */
export function newRepositories(
  directories: readonly string[],
  args: Arguments,
  around: Surroundings,
): NewRepository[] {
  const revisions = listOf(args, 'rev');
  const names = listOf(args, 'name');
  const isHere = directories.length === 0 && revisions.length + names.length > 0;
  const paths = isHere ? ['.'] : directories;
  if (names.length > 0 && names.length !== paths.length)
    throw new QuarryError(
      'usage',
      `--name has ${names.length} names for ${paths.length} directories`,
      'one for each, in their order: --name a,b',
    );
  return paths.map((path, i) => ({
    path: resolve(around.cwd, path),
    ...(names[i] === undefined ? {} : { name: names[i] }),
    ...(revisions.length > 0 ? { revisions } : {}),
  }));
}

/** Opens a workspace, which is made if there is none, and adds to it. The caller closes the index. */
export async function openToAdd(
  place: Place,
  repositories: readonly NewRepository[],
  around: Surroundings,
  wait: boolean,
): Promise<{ index: CodeIndex; added: string[] }> {
  const isNew = !existsSync(place.indexFile);
  const index = await openPlace(place, around, 'workspace');
  try {
    return { index, added: await index.addRepositories(repositories, { wait }) };
  } catch (error) {
    index.close();
    // Nothing is left of a workspace that could not be made.
    if (isNew) removeIndex(place.indexFile);
    throw error;
  }
}

function listOf(args: Arguments, flag: string): string[] {
  return args
    .texts(flag)
    .flatMap(text => text.split(','))
    .map(text => text.trim())
    .filter(text => text !== '');
}
