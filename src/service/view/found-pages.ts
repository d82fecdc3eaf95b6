import type { Hit, SearchOptions, SearchResult } from '../../core/search.ts';
import type { FullSearch } from '../requests.ts';

/** Most files that pages reach: those of one search of the engine. */
export const mostFiles = 1000;

/** How far the second search goes; the third goes to the end. */
const secondFiles = 200;

/** A search of the engine with so many files. */
export type FindFiles = (limit: number, rerank: SearchOptions['rerank']) => Promise<SearchResult>;

/** The hits of one page, the result of the first search, and whether there are more. */
export interface FoundPage {
  first: SearchResult;
  hits: Hit[];
  hasMore: boolean;
}

/**
 * One page of a search. What the engine finds with a higher limit may be ordered otherwise, as it looks at more files; so
 * deeper searches only add what those before them have not shown: no file comes twice, none is left out, and the first page
 * costs no more than it has to.
 */
export async function pageOf(request: FullSearch, offset: number, find: FindFiles): Promise<FoundPage> {
  const { limit, rerank } = request;
  const end = offset + limit;
  const top = rerank === undefined || rerank === 0 ? rerankOf(rerank) : rerank;
  const first = await find(Math.max(limit, typeof top === 'number' ? top : 0), top);
  const hits = [...first.hits];
  let last = first;
  let reached = Math.max(limit, typeof top === 'number' ? top : 0);
  for (const depth of [secondFiles, mostFiles]) {
    // Less than was asked for: there is no more.
    if (hits.length >= end || last.hits.length < reached || depth <= reached) continue;
    last = await find(depth, false);
    reached = depth;
    const shown = new Set(hits.map(keyOf));
    hits.push(...last.hits.filter(hit => !shown.has(keyOf(hit))));
  }
  const isAll = last.hits.length < reached || last.total <= hits.length;
  const isAtEnd = end >= mostFiles || (hits.length <= end && isAll);
  return { first, hits: hits.slice(offset, end), hasMore: !isAtEnd && hits.length > 0 };
}

/** 0 is none; nothing said is what the index was opened with. */
function rerankOf(rerank: 0 | undefined): false | undefined {
  return rerank === 0 ? false : undefined;
}

function keyOf({ path, repository }: Hit): string {
  return repository ? `${repository.name}\0${repository.revision ?? ''}\0${path}` : path;
}
