import type { UnitText } from './encoder.ts';

/** A code unit that a re-ranker reads together with the query. */
export interface RerankCandidate extends UnitText {
  /** Of its file, relative to the root, with `/`; '' where the file's name says nothing. */
  path: string;
}

/**
 * Reads a query and a code unit together and says how well the one answers the other: slower and better than comparing
 * two vectors, so it gets the best of a search only (R2PS, section 3.1). One call at a time.
 */
export interface Reranker {
  /** What people call the model. */
  readonly id: string;
  /** Hex; equal exactly if scores can be compared. */
  readonly fingerprint: string;
  /**
   * One score for each candidate, the log-odds that it is right: comparable within a query, and by `relevanceOf` across
   * queries. A query without a known token gives zeros. Units that are longer than the window are cut: of the code, the
   * signature and the head of the body stay. Throws QuarryError `aborted`, between two batches.
   */
  score(query: string, candidates: readonly RerankCandidate[], signal?: AbortSignal): Promise<Float32Array>;
  /** Probability in (0, 1) that a candidate of a score answers the query; calibrated on validation lists. */
  relevanceOf(score: number): number;
  /** Frees what the runtime holds. */
  close(): Promise<void>;
}
