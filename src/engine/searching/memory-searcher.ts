import type { Encoder } from '../../core/encoder.ts';
import { QuarryError, throwIfAborted } from '../../core/errors.ts';
import type { Reranker } from '../../core/reranker.ts';
import type {
  Hit,
  RerankReport,
  Searcher,
  SearchMode,
  SearchOptions,
  SearchResult,
} from '../../core/search.ts';
import { searchLimits, wholeWithin } from '../../core/search-limits.ts';
import { type CascadeParameters, cascadeWeight } from '../../ranking/cascade.ts';
import { bestOf, type HybridParameters, parametersFor } from '../../ranking/meaning.ts';
import { nameShareOf } from '../../ranking/names.ts';
import { type AnalyzedQuery, analyzeQuery } from '../../ranking/query.ts';
import { type Bm25fParameters, Bm25fScorer } from '../../store/bm25f.ts';
import { type DenseEvidence, DenseIndex, encodedShare } from '../../store/vectors/dense.ts';
import { type LateQuery, lateScorerOf } from '../encoding/unit-encoder.ts';
import { type MemoryDocument, snapshotOf } from '../indexing/memory-index.ts';
import {
  bm25f,
  candidateFiles,
  cascadeDefaults,
  hybrid as defaultHybrid,
  weights,
} from '../settings/parameters.ts';
import { fileFilter, kindTest } from './filter.ts';
import { type FoundHit, rerankHits } from './reranking/rerank.ts';
import { coverageOf, type DenseQuery, queryTerms, Retriever, vectorQuery } from './retrieve.ts';

export interface MemorySearcherOptions {
  /** Makes search hybrid. Stays the caller's to close. */
  encoder?: Encoder;
  /** What searches do that do not say it. Default: hybrid if there is an encoder. */
  mode?: SearchMode;
  hybrid?: HybridParameters;
  /** Puts the first `cascade.top` results in order. Stays the caller's to close. */
  reranker?: Reranker;
  cascade?: CascadeParameters;
  signal?: AbortSignal;
}

/** The engine over texts in memory. Never stale. One search at a time. */
export interface MemorySearcher extends Searcher {
  /** Ranks these documents only, however little speaks for them; those nothing speaks for are left out. */
  rankPool(query: string, paths: readonly string[], limit: number): Promise<Hit[]>;
  /**
   * How well one document answers a query, comparable across queries. By words in [0, 3.25]: the share of the query's
   * idf found in it, plus its text evidence as a share of the most there can be in one window, plus the share of the
   * query that its best name is made of; 0 for a query without words. By meaning the cosine of its best unit, if that is
   * above 0; together a weighted sum. 0 for a path that is none.
   */
  similarity(query: string, path: string): Promise<number>;
}

/** A query and what is known of it. */
interface Asked {
  query: string;
  vector: Float32Array;
  late: () => LateQuery | undefined;
  evidence?: DenseEvidence;
}

/** Indexes texts and gives a searcher over them: the same ranking as that of an index on disk. */
export async function memorySearcher(
  documents: readonly MemoryDocument[],
  {
    encoder,
    mode: usual,
    hybrid = defaultHybrid,
    reranker,
    cascade: cascadeParameters = cascadeDefaults,
    signal: stop,
  }: MemorySearcherOptions = {},
): Promise<MemorySearcher> {
  const snapshot = await snapshotOf(documents, encoder, stop);
  const retriever = new Retriever(snapshot);
  const similar = new Bm25fScorer(snapshot, bm25f);
  const fileOf = new Map(snapshot.files.map((file, f) => [file.path, f]));
  const index = encoder && new DenseIndex(snapshot, encoder.fingerprint);
  const scorer = encoder && lateScorerOf(encoder);
  let last: Asked | undefined;

  /** The vector of a query: many pairs of one query come one after the other. */
  const vectorOf = async (query: string, signal?: AbortSignal) => {
    if (!encoder) return undefined;
    if (last?.query !== query)
      last = {
        query,
        vector: await encoder.encodeQueries([query], signal),
        late: () => scorer?.query(query),
      };
    return last;
  };

  const retrieve = async (
    query: string,
    limit: number,
    { perFile = 1, filter, mode = usual ?? 'hybrid', signal }: SearchOptions,
    accept: ((file: number) => boolean) | undefined,
    candidates: number,
    pool?: readonly number[],
  ) => {
    if (mode === 'dense' && !index)
      throw new QuarryError('not-found', 'no search by meaning: there is no model', 'give an encoder');
    const asked = mode === 'lexical' ? undefined : await vectorOf(query, signal);
    const known = asked?.vector.some(value => value !== 0) ?? false;
    // What the model cannot read has no results by meaning alone, as words that are nowhere have none.
    const dense: DenseQuery | undefined =
      asked && index && (known || mode === 'dense')
        ? { index, vector: asked.vector, late: asked.late, parameters: hybrid, only: mode === 'dense' }
        : undefined;
    const found = retriever.retrieve(query, {
      limit,
      perFile,
      parameters: bm25f,
      weights,
      candidates,
      accept,
      isWanted: filter?.kinds && kindTest(filter.kinds, snapshot),
      dense,
      ...(pool ? { pool } : {}),
    });
    return { found, used: dense !== undefined };
  };
  const documentOf = reranker && new Map(documents.map(document => [document.path, document]));
  const weight = cascadeWeight(
    { files: snapshot.files.length, units: encodedShare(snapshot, '').totalUnits },
    cascadeParameters,
  );
  /** The first `top` hits in the re-ranker's order; as they are without one. */
  const reranked = async (
    query: string,
    hits: readonly FoundHit[],
    top: number,
    signal: AbortSignal | undefined,
  ): Promise<{ hits: FoundHit[]; said?: RerankReport }> =>
    reranker && documentOf && top > 0
      ? rerankHits({
          query,
          hits,
          top,
          weight,
          textOf: ({ path }) => documentOf.get(path)?.text,
          pathOf: ({ path }) => (documentOf.get(path)?.unnamed ? '' : path),
          async score(candidates) {
            const scores = await reranker.score(query, candidates, signal);
            return { scores, relevances: scores.map(score => reranker.relevanceOf(score)) };
          },
        })
      : { hits: [...hits] };
  const fresh = (hits: ReadonlyArray<Omit<Hit, 'stale'>>): Hit[] =>
    hits.map(hit => ({ ...hit, stale: false, more: hit.more.map(other => ({ ...other, stale: false })) }));

  return {
    async search(query, options = {}): Promise<SearchResult> {
      throwIfAborted(options.signal);
      const { filter } = options;
      const limit = wholeWithin('limit', options.limit, searchLimits.limit);
      if (query.trim() === '') throw new QuarryError('usage', 'the query is empty', 'say what the code does');
      const begun = performance.now();
      const accept = filter && fileFilter(filter, snapshot);
      const top = options.rerank === false ? 0 : (options.rerank ?? cascadeParameters.top);
      const asked = reranker ? Math.max(limit, top) : limit;
      const { found, used } = await retrieve(query, asked, options, accept, Math.max(candidateFiles, asked));
      const { hits, said } = await reranked(query, found.hits, top, options.signal);
      return {
        query,
        words: query,
        hits: fresh(hits.slice(0, limit)),
        ...(said ? { rerank: said } : {}),
        total: found.total,
        generation: snapshot.generation,
        tookMs: performance.now() - begun,
        unknownWords: found.unknown,
        ignoredWords: found.query.ignored,
        dense: { used, encodedUnits: index?.encodedUnits ?? 0, totalUnits: index?.totalUnits ?? 0 },
        confidence: found.confidence,
        notes: [],
      };
    },

    async rankPool(query, paths, limit) {
      const files = paths.map(path => fileOf.get(path)).filter(file => file !== undefined);
      const pool = new Set(files);
      const { top } = cascadeParameters;
      const asked = reranker ? Math.max(limit, top) : limit;
      const { found } = await retrieve(query, asked, {}, file => pool.has(file), pool.size, files);
      return fresh((await reranked(query, found.hits, top, undefined)).hits.slice(0, limit));
    },

    async similarity(text, path) {
      const file = fileOf.get(path);
      if (file === undefined) return 0;
      const asked = usual === 'lexical' ? undefined : await vectorOf(text);
      let cosine = 0;
      if (asked && index) {
        asked.evidence ??= index.search(
          vectorQuery({
            ...asked,
            parameters: parametersFor(index.size, hybrid),
          }),
          0,
          undefined,
          undefined,
        );
        cosine = Math.max(0, bestOf(asked.evidence.scoresOf(file)));
      }
      return usual === 'dense' ? cosine : byWords(text, file) + hybrid.similarity * cosine;
    },
  };

  function byWords(text: string, file: number): number {
    const query = analyzeQuery(text);
    if (query.words.length === 0) return 0;
    const terms = queryTerms(query);
    const evidence = similar.collect(terms, other => other === file, 1);
    const rarest = Math.log(1 + (snapshot.windows + 0.5) / 0.5);
    const idf = new Map(terms.map(({ term }, i) => [term, evidence.idf[i] || rarest]));
    const found = evidence.files[0];
    if (!found) return 0;
    return (
      coverageOf(query, stem => idf.get(stem)!, found.words) +
      Math.min(1, found.text / mostText(query, idf, bm25f)) +
      bestName(file, query, idf)
    );
  }

  function bestName(file: number, query: AnalyzedQuery, idf: ReadonlyMap<string, number>): number {
    const share = nameShareOf(query, stem => idf.get(stem) ?? 0);
    let best = 0;
    for (const unit of snapshot.segment(file).units(snapshot.files[file]!.document))
      best = Math.max(best, share(unit));
    return best;
  }
}

/** What a window that says every word of the query without end would have. */
function mostText(query: AnalyzedQuery, idf: ReadonlyMap<string, number>, { k1 }: Bm25fParameters): number {
  return query.words.reduce((sum, { stem }) => sum + idf.get(stem)! * (k1 + 1), 0);
}
