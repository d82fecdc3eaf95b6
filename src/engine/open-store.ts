// Opens an index file for the tree or workspace that it has to belong to.

import { QuarryError } from '../core/errors.ts';
import { IndexStore } from '../store/store.ts';

/** Words for the error of a file that belongs to something else. */
export interface StoreOwner {
  /** The tree or workspace, as people call it. */
  name: string;
  /** The option that names another one. */
  flag: string;
}

/** Opens an index file. Throws QuarryError as `IndexStore.open` does, and `usage` for the index of another root. */
export function openStore(
  file: string,
  root: string,
  options: { create?: boolean },
  { name, flag }: StoreOwner,
): IndexStore {
  const store = IndexStore.open(file, { create: options.create ?? true, root });
  const indexed = store.root;
  if (indexed === root) return store;
  store.close();
  throw new QuarryError(
    'usage',
    `the index ${file} belongs to ${indexed}, not to ${name}`,
    `name another ${flag}, or clear that one first`,
  );
}
