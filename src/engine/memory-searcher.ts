import { QuarryError, throwIfAborted } from '../core/errors.ts';
import type { Hit, Searcher, SearchOptions, SearchResult } from '../core/search.ts';
import { type Bm25fParameters, Bm25fScorer } from '../index/bm25f.ts';
import { nameShareOf } from '../ranking/names.ts';
import { type AnalyzedQuery, analyzeQuery } from '../ranking/query.ts';
import { fileFilter } from './filter.ts';
import { type MemoryDocument, snapshotOf } from './memory-index.ts';
import { bm25f, candidateFiles, weights } from './parameters.ts';
import { queryTerms, Retriever } from './retrieve.ts';

/** The engine over texts in memory. Never stale. One search at a time. */
export interface MemorySearcher extends Searcher {
  /** Ranks these documents only, however little speaks for them; those nothing speaks for are left out. */
  rankPool(query: string, paths: readonly string[], limit: number): Hit[];
  /**
   * How well one document answers a query, in [0, 3.25] and comparable across queries: the share of the query's idf
   * found in it, plus its text evidence as a share of the most there can be in one window, plus the share of the query
   * that its best name is made of. 0 for a query without words and for a path that is none.
   */
  similarity(query: string, path: string): number;
}

/** Indexes texts and gives a searcher over them: the same ranking as that of an index on disk. */
export async function memorySearcher(documents: readonly MemoryDocument[]): Promise<MemorySearcher> {
  const snapshot = await snapshotOf(documents);
  const retriever = new Retriever(snapshot);
  const similar = new Bm25fScorer(snapshot, bm25f);
  const fileOf = new Map(snapshot.files.map((file, f) => [file.path, f]));

  const retrieve = (
    query: string,
    limit: number,
    { perFile = 1, filter }: Pick<SearchOptions, 'perFile' | 'filter'>,
    accept: ((file: number) => boolean) | undefined,
    candidates: number,
  ) =>
    retriever.retrieve(query, {
      limit,
      perFile,
      parameters: bm25f,
      weights,
      candidates,
      accept,
      ...(filter?.kinds ? { kinds: new Set(filter.kinds) } : {}),
    });
  const fresh = (hits: ReadonlyArray<Omit<Hit, 'stale'>>): Hit[] =>
    hits.map(hit => ({ ...hit, stale: false, more: hit.more.map(other => ({ ...other, stale: false })) }));

  return {
    async search(query, options = {}): Promise<SearchResult> {
      throwIfAborted(options.signal);
      const { limit = 10, filter } = options;
      if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
        throw new QuarryError('usage', `limit must be a whole number from 1 to 1000, not ${limit}`);
      if (query.trim() === '') throw new QuarryError('usage', 'the query is empty', 'say what the code does');
      const begun = performance.now();
      const accept = filter && fileFilter(filter, snapshot);
      const found = retrieve(query, limit, options, accept, Math.max(candidateFiles, limit));
      return {
        query,
        hits: fresh(found.hits),
        total: found.total,
        generation: snapshot.generation,
        tookMs: performance.now() - begun,
        unknownWords: found.unknown,
        ignoredWords: found.query.ignored,
      };
    },

    rankPool(query, paths, limit) {
      const pool = new Set(paths.map(path => fileOf.get(path)));
      return fresh(retrieve(query, limit, {}, file => pool.has(file), pool.size).hits);
    },

    similarity(text, path) {
      const file = fileOf.get(path);
      const query = analyzeQuery(text);
      if (file === undefined || query.words.length === 0) return 0;
      const terms = queryTerms(query);
      const evidence = similar.collect(terms, other => other === file, 1);
      const rarest = Math.log(1 + (snapshot.windows + 0.5) / 0.5);
      const idf = new Map(terms.map(({ term }, i) => [term, evidence.idf[i] || rarest]));
      const found = evidence.files[0];
      if (!found) return 0;
      return (
        covered(query, idf, found.words) +
        Math.min(1, found.text / mostText(query, idf, bm25f)) +
        bestName(file, query, idf)
      );
    },
  };

  function bestName(file: number, query: AnalyzedQuery, idf: ReadonlyMap<string, number>): number {
    const share = nameShareOf(query, stem => idf.get(stem) ?? 0);
    let best = 0;
    for (const unit of snapshot.segment(file).units(snapshot.files[file]!.document))
      best = Math.max(best, share(unit));
    return best;
  }
}

/** Share of the query's idf whose words are among the bits. */
function covered(query: AnalyzedQuery, idf: ReadonlyMap<string, number>, bits: number): number {
  let all = 0;
  let found = 0;
  for (const [i, { stem }] of query.words.entries()) {
    const mass = idf.get(stem)!;
    all += mass;
    if ((bits >>> i) & 1) found += mass;
  }
  return found / all;
}

/** What a window that says every word of the query without end would have. */
function mostText(query: AnalyzedQuery, idf: ReadonlyMap<string, number>, { k1 }: Bm25fParameters): number {
  return query.words.reduce((sum, { stem }) => sum + idf.get(stem)! * (k1 + 1), 0);
}
