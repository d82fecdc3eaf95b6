import type { Signal } from '../core/search.ts';
import type { SourceFile } from './dataset.ts';

/** How one system answered one query. */
export interface QueryOutcome {
  collection: string;
  query: string;
  /** Candidates the query was ranked against. */
  pool: number;
  /** Every relevant candidate, best rank first. */
  relevant: RelevantOutcome[];
  /** The beginning of the list as returned: at most ten candidates. */
  top: TopItem[];
}

export interface RelevantOutcome {
  id: string;
  /** Above 0. */
  grade: number;
  /** 1-based, over distinct candidates, the worst one among equal scores; the last ranks if it was not returned. */
  rank: number;
  /** The same when every returned place takes a rank of its own. */
  rawRank: number;
  returned: boolean;
}

export interface TopItem {
  id: string;
  score: number;
  /** Undefined: not judged. */
  grade?: number;
  signals?: readonly Signal[];
  lines?: readonly [number, number];
}

/** A mean with its 95 % interval. */
export type Range = [low: number, high: number];

/** A system compared with the baseline on one measure. */
export interface Comparison {
  /** System minus baseline. */
  difference: number;
  /** 95 % bootstrap interval of the difference. */
  interval: Range;
  /** Two-sided paired randomisation test, not corrected. */
  pUncorrected: number;
  /** Corrected by Holm's method over the systems of the experiment. */
  p: number;
  wins: number;
  losses: number;
  ties: number;
}

/** A part of the data set with its own means. */
export interface SliceResult {
  /** E.g. `category`. */
  slice: string;
  /** E.g. `semantic`. */
  value: string;
  queries: number;
  measures: Record<string, number>;
  intervals: Record<string, Range>;
}

export interface SystemResult {
  name: string;
  title: string;
  parameters: Readonly<Record<string, unknown>>;
  measures: Record<string, number>;
  intervals: Record<string, Range>;
  /** Holm-corrected p against the baseline by measure; empty for the baseline. */
  p: Record<string, number>;
  /** By measure; empty for the baseline. */
  comparisons: Record<string, Comparison>;
  /** Time of one query for its ten best candidates, systems interleaved; null if not measured. */
  latencyMs: { p50: number; p95: number; queries: number } | null;
  /** Milliseconds to index all collections. */
  indexMs: number | null;
  /** Growth of the process by the largest index, or size of the index file; null if unknown. */
  memoryBytes: number | null;
  /** Means over the values of a slice first (`language`), so that every value counts the same. */
  meansOver: Record<string, Record<string, number>>;
  slices: SliceResult[];
  /** Share of relevant candidates found among the first k, for k = 1, 2, 3, 5, 10, 20, 50, 100. */
  recallAt: Array<{ k: number; recall: number }>;
  /** Classification: threshold by rule, and what it gives. */
  thresholds?: Array<{ rule: string; threshold: number; measures: Record<string, number> }>;
  /** True when nothing was run: the lists came from the cache. */
  cached: boolean;
}

/** The result of one data set: what `--json` prints. */
export interface ExperimentResult {
  dataset: string;
  title: string;
  task: 'retrieval' | 'classification';
  split: string;
  /** Candidates per query; with pools of different size the mean over queries, rounded. */
  pool: number;
  pools: { collections: number; smallest: number; median: number; largest: number };
  queries: number;
  averaging: 'queries' | 'collections';
  /** Name of the baseline; null if there is one system only. */
  baseline: string | null;
  measures: string[];
  systems: SystemResult[];
  licence: string;
  source: string;
  files: readonly SourceFile[];
  notes: readonly string[];
  /** What made it: version and content hash of the code, seed, machine. */
  made: { quarry: string; code: string; node: string; machine: string; seed: number; at: string };
}

/** One query with everything the failure browser and per-query output show. */
export interface QueryRow {
  collection: string;
  query: string;
  text: string;
  slices: Readonly<Record<string, string>>;
  pool: number;
  systems: Record<string, { measures: Record<string, number>; relevant: RelevantOutcome[]; top: TopItem[] }>;
}

/** Everything a report is written from. */
export interface ReportData {
  result: ExperimentResult;
  /** All queries in retrieval order; empty for classification. */
  rows: readonly QueryRow[];
  /** First lines of candidates that occur in the failure browser, by `collection` + `\0` + `id`. */
  snippets: Readonly<Record<string, string>>;
}
