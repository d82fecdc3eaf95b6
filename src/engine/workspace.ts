import { join } from 'node:path';
import { QuarryError } from '../core/errors.ts';
import { IndexStore } from '../store/store.ts';
import { CodeIndex } from './code-index.ts';
import { findModel, findReranker, Model } from './encoding/model.ts';
import type { OpenOptions } from './open-options.ts';
import { defaultIndexDirectory } from './settings/locate.ts';
import { rootOfWorkspace } from './sources/source.ts';

/** How a workspace is opened: everything has a default. */
export interface WorkspaceOptions extends OpenOptions {
  /** Letters, digits and `. _ -`; default `default`. */
  name?: string;
}

export const defaultWorkspace = 'default';

/** The index file of a workspace. Throws QuarryError `usage` for a name that cannot be one. */
export function workspaceFile(name: string, directory: string): string {
  if (!/^(?!\.)[\w.-]{1,100}$/.test(name))
    throw new QuarryError(
      'usage',
      `${JSON.stringify(name)} cannot be the name of a workspace`,
      'letters, digits and . _ - are possible',
    );
  return join(directory, `workspace-${name}.quarry`);
}

/**
 * Opens the index of a workspace: several repositories, and revisions of them that need not be checked out, in one file. What
 * they have in common is stored, parsed and encoded once. An empty one is made if it is missing; `addRepositories` and
 * `update` fill it. Throws QuarryError as `openIndex`, `usage` for a name that cannot be.
 */
export async function openWorkspace(options: WorkspaceOptions = {}): Promise<CodeIndex> {
  const name = options.name ?? defaultWorkspace;
  const root = rootOfWorkspace(name);
  const file = options.indexFile ?? workspaceFile(name, defaultIndexDirectory(process.env));
  const store = IndexStore.open(file, { create: options.create ?? true, root });
  const indexed = store.root;
  if (indexed !== root) {
    store.close();
    throw new QuarryError(
      'usage',
      `the index ${file} belongs to ${indexed}, not to the workspace ${name}`,
      'name another --workspace, or clear that one first',
    );
  }
  const model = findModel(options.model, process.env);
  const reranker = findReranker(options.reranker, process.env);
  return new CodeIndex(root, store, options, model && new Model(model), reranker);
}
