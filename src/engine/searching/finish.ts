// The last step of every search: hits learn whether their file has changed, and where it comes from.

import { defined } from '../../core/defined.ts';
import type { Hit } from '../../core/search.ts';
import type { Snapshot } from '../../store/snapshot.ts';
import type { UncheckedHit } from './hits.ts';
import type { SearchParts } from './search-parts.ts';

/** Tells of paths whether they are stale, and looks at each file once. */
export function staleness(
  parts: Pick<SearchParts, 'isStale'>,
  snapshot: Snapshot,
): (path: string) => boolean {
  const known = new Map<string, boolean>();
  return path => {
    let stale = known.get(path);
    if (stale === undefined) known.set(path, (stale = parts.isStale(path, snapshot)));
    return stale;
  };
}

/** Completes hits with what only their files can say. */
export function finishHits(
  hits: readonly UncheckedHit[],
  isStale: (path: string) => boolean,
  parts: Pick<SearchParts, 'repositoryOf'>,
): Hit[] {
  return hits.map(hit => {
    const stale = isStale(hit.path);
    const more = hit.more.map(other => ({ ...other, stale, more: [] }));
    return { ...hit, stale, more, ...defined({ repository: parts.repositoryOf(hit.path) }) };
  });
}
