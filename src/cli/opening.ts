import { existsSync } from 'node:fs';
import { QuarryError } from '../core/errors.ts';
import type { CodeIndex } from '../engine/code-index.ts';
import { openOptionsOf } from '../engine/settings/config.ts';
import { openIndex, openWorkspace } from '../library.ts';
import type { Place } from './place.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * Opens the index of a place. Without `create` it has to be there: QuarryError `not-found` otherwise, with `hint` for a tree
 * that is not indexed. A workspace is made only by `create: 'workspace'`, as only its user knows what belongs to it.
 */
export async function openPlace(
  place: Place,
  around: Surroundings,
  create: boolean | 'workspace',
  hint = 'any search indexes it, or run: quarry index',
): Promise<CodeIndex> {
  const { root, indexFile, settings, workspace } = place;
  const options = { ...openOptionsOf(settings, around.env), indexFile, create: create !== false };
  const isThere = existsSync(indexFile);
  if (workspace) {
    const { name } = workspace;
    if (!isThere && create !== 'workspace')
      throw new QuarryError(
        'not-found',
        `there is no workspace ${name}`,
        `make it with: quarry index DIRECTORY... --workspace ${name}`,
      );
    return openWorkspace({ ...options, name });
  }
  if (!isThere && create === false) throw new QuarryError('not-found', `${root} is not indexed`, hint);
  return openIndex(root, options);
}
