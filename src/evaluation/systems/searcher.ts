import type { Hit, Searcher } from '../../core/search.ts';
import type { Collection, Place } from '../dataset.ts';
import type { PreparedSystem, RankedItem, System } from '../system.ts';

/** A searcher over one collection, and how its paths and the candidates' ids belong together. */
export interface OpenSearcher {
  searcher: Searcher;
  /** Candidate of a place in the results; undefined for what is no candidate, which is left out. */
  idOf(place: Place): string | undefined;
  /** Path of a candidate, where one path is one candidate. */
  pathOf?(id: string): string | undefined;
  /** The candidates are units of the files that are searched, not files: how their places become a list. */
  units?: { perFile: number; order: PlaceOrder };
  /**
   * Ranks these paths only. Without it, a pool is searched for with `filter.paths`, and what comes back beyond it is
   * left out.
   */
  rankPool?(query: string, paths: readonly string[], limit: number): readonly Hit[] | Promise<readonly Hit[]>;
  /** See `PreparedSystem.similarity`. */
  similarity?(query: string, path: string): number | Promise<number>;
  /** Bytes of the index file. */
  indexBytes?: number;
  close?(): Promise<void> | void;
}

/**
 * `score`: all places by score, the further units of a file by their share of its score. `folded`: file by file, as
 * they stand on the screen.
 */
export type PlaceOrder = 'score' | 'folded';

export interface SearcherSystem {
  open(collection: Collection, signal?: AbortSignal): Promise<OpenSearcher>;
  /** Units of each file; the further ones are places of the same candidate. Default 1. */
  perFile?: number;
}

/** Longest list a searcher can be asked for. */
const mostResults = 1000;
/** Files asked for per unit wanted: many files, tests for instance, hold no candidate. */
const filesPerUnit = 10;

/** Makes a system of anything that searches. A query without a letter has no results instead of an error. */
export function searcherSystem({ open, perFile = 1 }: SearcherSystem): Pick<System, 'prepare'> {
  return {
    async prepare(collection, signal) {
      return prepared(await open(collection, signal), perFile);
    },
  };
}

function prepared(opened: OpenSearcher, ofTree: number): PreparedSystem {
  const { searcher, similarity, rankPool, units } = opened;
  const perFile = units?.perFile ?? ofTree;
  const pathOf = (id: string) => opened.pathOf?.(id);
  return {
    async rank({ text, pool }, { limit, signal }) {
      if (text.trim() === '') return [];
      const members = pool && new Set(pool);
      const paths = units ? undefined : pool?.map(pathOf).filter(path => path !== undefined);
      let hits: readonly Hit[];
      if (paths && rankPool) hits = await rankPool.call(opened, text, paths, limit);
      else {
        const options = { perFile, ...(signal ? { signal } : {}), ...(paths ? { filter: { paths } } : {}) };
        // A filter may let more through than is in the pool.
        const asked = pool ? mostResults : Math.min(units ? limit * filesPerUnit : limit, mostResults);
        hits = (await searcher.search(text, { ...options, limit: asked })).hits;
      }
      const items: RankedItem[] = [];
      for (const { path, firstLine, lastLine, score, signals } of hits.flatMap(hit => [hit, ...hit.more])) {
        const lines = [firstLine, lastLine] as const;
        const id = opened.idOf({ path, lines });
        if (id === undefined || (members && !members.has(id))) continue;
        // Lines of a file would be wrong ones in a unit.
        items.push({ id, score, signals, ...(units ? {} : { lines }) });
      }
      if (units?.order === 'folded') {
        const ranked = items.map((item, i) => ({ ...item, score: items.length - i }));
        return firstCandidates(ranked, limit);
      }
      if (perFile > 1) items.sort((a, b) => b.score - a.score);
      return firstCandidates(items, limit);
    },
    ...(similarity
      ? {
          async similarity(query: string, id: string): Promise<number> {
            const path = pathOf(id);
            return path === undefined ? 0 : similarity.call(opened, query, path);
          },
        }
      : {}),
    ...(opened.indexBytes === undefined ? {} : { indexBytes: opened.indexBytes }),
    ...(opened.close ? { close: () => opened.close!() } : {}),
  };
}

/** All places of the candidates that come first. */
function firstCandidates(items: readonly RankedItem[], limit: number): RankedItem[] {
  const ids = new Set<string>();
  return items.filter(({ id }) => {
    if (ids.size < limit) ids.add(id);
    return ids.has(id);
  });
}
