// A workspace: the index of several repositories, known by a name instead of a directory.

import { join } from 'node:path';
import { QuarryError } from '../core/errors.ts';
import { CodeIndex } from './code-index.ts';
import type { IndexSetup, OpenOptions } from './open-options.ts';
import { openStore } from './open-store.ts';
import { rootOfWorkspace } from './sources/source.ts';

/** How a workspace is opened: everything has a default. */
export interface WorkspaceOptions extends OpenOptions {
  /** Letters, digits and `. _ -`; default `default`. */
  name?: string;
}

/** The name of the workspace that nobody named. */
export const defaultWorkspace = 'default';

/** The index file of a workspace. Throws QuarryError `usage` for an invalid name. */
export function workspaceFile(name: string, directory: string): string {
  if (!/^(?!\.)[\w.-]{1,100}$/.test(name))
    throw new QuarryError(
      'usage',
      `${JSON.stringify(name)} cannot be the name of a workspace`,
      'letters, digits and . _ - are possible',
    );
  return join(directory, `workspace-${name}.quarry`);
}

/** Opens the index of a workspace. Throws QuarryError as `openTreeIndex`, and `usage` for an invalid name. */
export function openWorkspaceIndex(options: WorkspaceOptions, setup: IndexSetup): CodeIndex {
  const name = options.name ?? defaultWorkspace;
  const root = rootOfWorkspace(name);
  const file = options.indexFile ?? workspaceFile(name, setup.indexDirectory);
  const owner = { name: `the workspace ${name}`, flag: '--workspace' };
  return new CodeIndex(root, openStore(file, root, options, owner), options, setup);
}
