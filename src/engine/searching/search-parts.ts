// Everything a search takes from its index; on disk `CodeIndex` has it, in memory `memorySearcher`.

import type { RerankCandidate } from '../../core/reranker.ts';
import type { Hit } from '../../core/search.ts';
import type { HybridParameters } from '../../ranking/meaning.ts';
import type { Snapshot } from '../../store/snapshot.ts';
import type { Ranking } from '../settings/parameters.ts';
import type { MountedSource } from '../sources/source.ts';
import type { ContentFindings, ContentScope } from './content/findings.ts';
import type { NoScores, RerankScores } from './reranking/rerank-client.ts';
import type { QueryVector, VectorComparison } from './retrieval/meaning.ts';
import type { Retriever } from './retrieval/retriever.ts';

/** The parts of one open index that searches are put together from. */
export interface SearchParts {
  /**
   * Runs `work` over the newest generation in one consistent view of the store. Postings, units and vectors of its snapshot may
   * be read within `work` only.
   */
  read<T>(work: (retriever: Retriever) => T): T;
  readonly meaning: QueryMeaning;
  /** Undefined where nothing can be re-ranked. */
  readonly reranker: FileReranker | undefined;
  /** Files that are re-ranked in a search that names no number; 0 for none. */
  readonly rerankedFiles: number;
  readonly ranking: Ranking;
  readonly sources: readonly MountedSource[];
  /** Looks for patterns in files as they are now. Throws QuarryError `aborted`. */
  findInContents(
    scope: ContentScope,
    limits: { budgetMs: number; signal: AbortSignal | undefined },
  ): Promise<ContentFindings>;
  /** True when a file is no longer what the snapshot holds of it. */
  isStale(path: string, snapshot: Snapshot): boolean;
  /** The text of a file as it is now; undefined if it cannot be read. */
  textOf(path: string): string | undefined;
  /** A path as the re-ranker is told it; '' where it says nothing. */
  tellingPath(path: string): string;
  repositoryOf(path: string): Hit['repository'];
}

/** Search by meaning. */
export interface QueryMeaning {
  /** Encodes a query. Throws QuarryError `not-found` where the mode `dense` is asked for without a model. */
  encode(query: string, mode: QueryVector['mode'], signal: AbortSignal | undefined): Promise<QueryVector>;
  /** The vectors of a snapshot that a query is compared with; to be called within `SearchParts.read`. */
  over(snapshot: Snapshot, query: QueryVector, parameters: HybridParameters): VectorComparison;
}

/** A cross-encoder as a search uses it. */
export interface FileReranker {
  /** Gets ready, for `score` to find it so. */
  start(): void;
  /** Scores candidates in their order, or says why not. `budgetMs` may be ignored where time does not matter. */
  score(
    query: string,
    candidates: readonly RerankCandidate[],
    budgetMs: number,
    signal?: AbortSignal,
  ): Promise<RerankScores | NoScores>;
}
