import type { Hit, Searcher } from '../../core/search.ts';
import type { Collection } from '../dataset.ts';
import type { PreparedSystem, RankedItem, System } from '../system.ts';

/** A searcher over one collection, and how its paths and the candidates' ids belong together. */
export interface OpenSearcher {
  searcher: Searcher;
  /** Candidate of a path in the results; undefined for paths that are no candidates, which are left out. */
  idOf(path: string): string | undefined;
  /** Path of a candidate. */
  pathOf(id: string): string | undefined;
  /**
   * Ranks these paths only. Without it, a pool is searched for with `filter.paths`, and what comes back beyond it is
   * left out.
   */
  rankPool?(query: string, paths: readonly string[], limit: number): Hit[];
  /** See `PreparedSystem.similarity`. */
  similarity?(query: string, path: string): number;
  /** Bytes of the index file. */
  indexBytes?: number;
  close?(): Promise<void> | void;
}

export interface SearcherSystem {
  open(collection: Collection, signal?: AbortSignal): Promise<OpenSearcher>;
  /** Units of each file; the further ones are places of the same candidate. Default 1. */
  perFile?: number;
}

/** Longest list a searcher can be asked for. */
const mostResults = 1000;

/** Makes a system of anything that searches. A query without a letter has no results instead of an error. */
export function searcherSystem({ open, perFile = 1 }: SearcherSystem): Pick<System, 'prepare'> {
  return {
    async prepare(collection, signal) {
      return prepared(await open(collection, signal), perFile);
    },
  };
}

function prepared(opened: OpenSearcher, perFile: number): PreparedSystem {
  const { searcher, similarity, rankPool } = opened;
  const pathsOf = (ids: readonly string[]) =>
    ids.map(id => opened.pathOf(id)).filter(path => path !== undefined);
  return {
    async rank({ text, pool }, { limit, signal }) {
      if (text.trim() === '') return [];
      const members = pool && new Set(pool);
      const paths = pool && pathsOf(pool);
      let hits: readonly Hit[];
      if (paths && rankPool) hits = rankPool.call(opened, text, paths, limit);
      else {
        const options = { perFile, ...(signal ? { signal } : {}), ...(paths ? { filter: { paths } } : {}) };
        // A filter may let more through than is in the pool.
        const asked = paths ? mostResults : Math.min(limit, mostResults);
        hits = (await searcher.search(text, { ...options, limit: asked })).hits;
      }
      const items: RankedItem[] = [];
      let candidates = 0;
      for (const hit of hits) {
        const id = opened.idOf(hit.path);
        if (id === undefined || (members && !members.has(id))) continue;
        if (++candidates > limit) break;
        for (const place of [hit, ...hit.more]) {
          const { score, signals, firstLine, lastLine } = place;
          items.push({ id, score, signals, lines: [firstLine, lastLine] });
        }
      }
      return perFile > 1 ? items.sort((a, b) => b.score - a.score) : items;
    },
    ...(similarity
      ? {
          async similarity(query: string, id: string): Promise<number> {
            const path = opened.pathOf(id);
            return path === undefined ? 0 : similarity.call(opened, query, path);
          },
        }
      : {}),
    ...(opened.indexBytes === undefined ? {} : { indexBytes: opened.indexBytes }),
    ...(opened.close ? { close: () => opened.close!() } : {}),
  };
}
