// The front door for programs: the only place that reads the process's environment for an index.

import { type CodeIndex, openTreeIndex } from './engine/code-index.ts';
import { indexSetup, type OpenOptions } from './engine/open-options.ts';
import {
  followTrees,
  type KeepFreshOptions,
  type KeptFresh,
  type Updatable,
} from './engine/watch/keep-fresh.ts';
import { openWorkspaceIndex, type WorkspaceOptions } from './engine/workspace.ts';
import { gitUserFrom } from './ingest/index.ts';

/**
 * Opens the index of a directory. Nothing is read of the tree until `update`. Throws QuarryError: `not-found` for a
 * missing directory or model, `format` and `corrupt` for an index file that cannot be used, `unreadable`, `no-space`.
 */
export async function openIndex(directory: string, options: OpenOptions = {}): Promise<CodeIndex> {
  return openTreeIndex(directory, options, indexSetup(options, process.env));
}

/**
 * Opens the index of a workspace: several repositories, and revisions of them that need not be checked out, in one file.
 * What they have in common is stored, parsed and encoded once. An empty one is made if it is missing; `addRepositories`
 * and `update` fill it. Throws QuarryError as `openIndex`, and `usage` for an invalid name.
 */
export async function openWorkspace(options: WorkspaceOptions = {}): Promise<CodeIndex> {
  return openWorkspaceIndex(options, indexSetup(options, process.env));
}

/**
 * Updates an index whenever its trees change, until it is closed or the signal fires. An update compares all files with
 * the index, so an event only says that there is something to do. Updates that fail are reported and tried again. Throws
 * QuarryError `not-found`, `usage` or `unreadable` for a root that is not a readable directory, `aborted`.
 */
export async function keepFresh<T>(index: Updatable<T>, options: KeepFreshOptions<T>): Promise<KeptFresh> {
  return followTrees(index, { ignore: { user: gitUserFrom(process.env) }, ...options });
}
