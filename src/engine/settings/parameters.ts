import { searchLimits } from '../../core/search-limits.ts';
import type { CascadeParameters } from '../../ranking/cascade.ts';
import type { HybridParameters } from '../../ranking/meaning.ts';
import type { RankingWeights } from '../../ranking/signals.ts';
import type { Bm25fParameters } from '../../store/bm25f.ts';

/**
 * Chosen by hand on the public repository queries, CoSQA dev and 30 seconds of code, which are development data for that
 * reason: see the README's note on how to read their numbers, and bench/quality.
 */
export const bm25f: Bm25fParameters = {
  k1: 1.5,
  b: 0.65,
  code: 0.6,
  comment: 1,
  name: 0.6,
  stem: 4,
  directory: 1,
  spread: 0.6,
  decay: 0.95,
  depth: 20,
};

export const weights: RankingWeights = {
  stemWords: 0.2,
  path: 0.05,
  directory: 0.2,
  importers: 0.06,
  definition: 0.4,
  joinedDefinition: 0.05,
  coverage: 0.2,
  wholeName: 0.8,
  test: 0.5,
  generated: 0.3,
  vendored: 0.3,
  docs: 0.6,
  superseded: 0.3,
};

/**
 * Fitted to the public repository queries and CoSQA dev with the shipped static model, see bench/tuning; `none` is said of 3 % of
 * the questions that a repository was asked of, and of 40 % of those meant for another one.
 */
export const hybrid: HybridParameters = {
  units: 100,
  meaning: 0.125,
  alone: 11,
  late: 1,
  uncovered: 0.9,
  strongest: 3,
  symbol: 0.2,
  floor: 2,
  full: 4.5,
  further: 0.05,
  unit: 0.6,
  unitFloor: 0.75,
  similarity: 1,
  highCoverage: 0.75,
  highZ: 5,
  noneCoverage: 0.3,
  noneZ: 4,
};

/** Chosen on the development sets, with the shipped re-ranker: see docs/reranking.md. */
export const cascadeDefaults: CascadeParameters = {
  top: searchLimits.rerank.usual,
  inTrees: 0.02,
  amongSnippets: 1.5,
};

/** Files that are re-ranked where nobody says another number. */
export const rerankedFiles: number = searchLimits.rerank.usual;

/** Most files that can be re-ranked. */
export const mostReranked: number = searchLimits.rerank.most;

/** How many files the first stage hands to the signals. */
export const candidateFiles = 150;

/** The parts of the ranking that one searcher may have otherwise than another. */
export interface Ranking {
  hybrid: HybridParameters;
  cascade: CascadeParameters;
  /** Files that the first stage hands to the signals for each file wanted, if that makes more than `candidateFiles`. */
  candidatesPerFile: number;
}

/** The ranking of an index on disk. */
export const defaultRanking: Ranking = { hybrid, cascade: cascadeDefaults, candidatesPerFile: 3 };
