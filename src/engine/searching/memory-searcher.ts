// The engine over texts in memory, as evaluations use it: the search of an index on disk, over parts that are in memory.

import type { Encoder } from '../../core/encoder.ts';
import type { Reranker } from '../../core/reranker.ts';
import type { Hit, Searcher, SearchMode, SearchOptions, SearchResult } from '../../core/search.ts';
import type { CascadeParameters } from '../../ranking/cascade.ts';
import type { HybridParameters } from '../../ranking/meaning.ts';
import type { Snapshot } from '../../store/snapshot.ts';
import { type MemoryDocument, snapshotOf } from '../indexing/memory-index.ts';
import { bm25f, cascadeDefaults, hybrid as defaultHybrid, weights } from '../settings/parameters.ts';
import { BorrowedEncoder } from './borrowed-encoder.ts';
import { findInTexts } from './content/find-in-texts.ts';
import { finishHits } from './finish.ts';
import { PairSimilarity } from './pair-similarity.ts';
import { rerankHits, rerankWeight } from './reranking/rerank.ts';
import { Meaning } from './retrieval/meaning.ts';
import { Retriever } from './retrieval/retriever.ts';
import { search } from './search.ts';
import type { FileReranker, SearchParts } from './search-parts.ts';

export interface MemorySearcherOptions {
  /** Makes search hybrid. Stays the caller's to close. */
  encoder?: Encoder;
  /** The mode of searches that name none. Default: hybrid if there is an encoder. */
  mode?: SearchMode;
  hybrid?: HybridParameters;
  /** Puts the first `cascade.top` results in order. Stays the caller's to close. */
  reranker?: Reranker;
  cascade?: CascadeParameters;
  signal?: AbortSignal;
}

/** The engine over texts in memory. Never stale. Queries are plain words unless `syntax` says otherwise. One search at a time. */
export interface MemorySearcher extends Searcher {
  /** Ranks these documents only, however little speaks for them; those nothing speaks for are left out. */
  rankPool(query: string, paths: readonly string[], limit: number): Promise<Hit[]>;
  /** How well one document answers a query, comparable across queries: see `PairSimilarity`. */
  similarity(query: string, path: string): Promise<number>;
}

/** Indexes texts and gives a searcher over them: the same ranking as that of an index on disk. */
export async function memorySearcher(
  documents: readonly MemoryDocument[],
  options: MemorySearcherOptions = {},
): Promise<MemorySearcher> {
  return new SnapshotSearcher(
    await snapshotOf(documents, options.encoder, options.signal),
    documents,
    options,
  );
}

class SnapshotSearcher implements MemorySearcher {
  private readonly snapshot: Snapshot;
  private readonly mode: SearchMode;
  private readonly parts: SearchParts;
  private readonly pairs: PairSimilarity;

  constructor(snapshot: Snapshot, documents: readonly MemoryDocument[], options: MemorySearcherOptions) {
    const { encoder, reranker, hybrid = defaultHybrid, cascade = cascadeDefaults } = options;
    this.snapshot = snapshot;
    this.mode = options.mode ?? 'hybrid';
    const retriever = new Retriever(snapshot);
    const documentOf = new Map(documents.map(document => [document.path, document]));
    const textOf = (path: string) => documentOf.get(path)?.text;
    const meaning = new Meaning(encoder && new BorrowedEncoder(encoder));
    this.parts = {
      read: work => work(retriever),
      meaning,
      reranker: reranker && unhurried(reranker),
      rerankedFiles: reranker ? cascade.top : 0,
      // One candidate for each file wanted, not three as on disk: published numbers were measured so.
      ranking: { hybrid, cascade, candidatesPerFile: 1 },
      sources: [],
      findInContents: async scope => findInTexts(scope, textOf),
      isStale: () => false,
      textOf,
      tellingPath: path => (documentOf.get(path)?.unnamed ? '' : path),
      repositoryOf: () => undefined,
    };
    this.pairs = new PairSimilarity(snapshot, meaning, hybrid, this.mode);
  }

  async search(query: string, options: SearchOptions = {}): Promise<SearchResult> {
    this.pairs.forget();
    return search(this.parts, query, { syntax: 'words', mode: this.mode, ...options });
  }

  async rankPool(query: string, paths: readonly string[], limit: number): Promise<Hit[]> {
    this.pairs.forget();
    const { parts, snapshot } = this;
    const { hybrid, cascade } = parts.ranking;
    const top = parts.rerankedFiles;
    const pool = paths.map(path => snapshot.numberOf(path)).filter(file => file >= 0);
    const members = new Set(pool);
    const vector = await parts.meaning.encode(query, this.mode, undefined);
    const { hits } = parts.read(retriever =>
      retriever.retrieve(query, {
        limit: Math.max(limit, top),
        perFile: 1,
        parameters: bm25f,
        weights,
        candidates: members.size,
        accept: file => members.has(file),
        dense: parts.meaning.over(snapshot, vector, hybrid).dense,
        pool,
      }),
    );
    const isStale = () => false;
    const reranking = {
      top,
      budgetMs: 0,
      weight: rerankWeight(snapshot, cascade),
      isStale,
      signal: undefined,
    };
    const ordered = top > 0 ? (await rerankHits(parts, query, hits, reranking)).hits : hits;
    return finishHits(ordered.slice(0, limit), isStale, parts);
  }

  async similarity(query: string, path: string): Promise<number> {
    return this.pairs.of(query, path);
  }
}

/** A re-ranker in this thread, which takes the time it needs. */
function unhurried(reranker: Reranker): FileReranker {
  return {
    start() {},
    async score(query, candidates, _budgetMs, signal) {
      const scores = await reranker.score(query, candidates, signal);
      return { scores, relevances: scores.map(score => reranker.relevanceOf(score)) };
    },
  };
}
