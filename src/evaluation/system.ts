import type { Signal } from '../core/search.ts';
import type { Collection, Query } from './dataset.ts';

/** One entry of a ranked list. Places of the same candidate may occur several times (several units of one file). */
export interface RankedItem {
  /** Candidate id. */
  id: string;
  /** Descending over the list. Equal scores are ties, which count against the system. */
  score: number;
  /** What the score is made of, if the system can say. */
  signals?: readonly Signal[];
  /** In the text of the candidate, 1-based, inclusive; absent when all of it is meant. */
  lines?: readonly [first: number, last: number];
}

export interface RankOptions {
  /** Most candidates to return; the lists of a whole evaluation are asked for with up to 1,000. */
  limit: number;
  signal?: AbortSignal;
}

/** A system with the candidates of one collection indexed. */
export interface PreparedSystem {
  /**
   * Ranks the candidates (only `query.pool`, if it has one), best first. Candidates it leaves out share the last
   * ranks. Must not look at `query.judgments`.
   */
  rank(query: Query, options: RankOptions): Promise<RankedItem[]>;
  /** How well one candidate answers a query, comparable across queries; higher is better. For classification. */
  similarity?(query: string, id: string): Promise<number>;
  /** Bytes of the index, if it is a file; null if it lies in another process. Absent: what this process grew by. */
  indexBytes?: number | null;
  /** What went wrong without stopping anything, one line each, for people; asked for before `close`. */
  warnings?(): string[];
  close?(): Promise<void> | void;
}

/** A method under evaluation. */
export interface System {
  /** Name in tables; unique within an experiment. */
  name: string;
  /** One line: what it is, with its source. */
  title: string;
  /** Values that were set, for the report. */
  parameters: Readonly<Record<string, unknown>>;
  /** Everything a cached run depends on besides the collection: kind, parameters, code. */
  fingerprint: string;
  prepare(collection: Collection, signal?: AbortSignal): Promise<PreparedSystem>;
}

/** A system as it stands in an experiment: the name of a registered kind, and values of its parameters. */
export interface SystemSpec {
  /** Name in tables; default: the kind. */
  name?: string;
  /** Registered kind, e.g. `bm25`, or `external`. */
  system: string;
  parameters?: Readonly<Record<string, unknown>>;
}

/** A line of the registry of systems. */
export interface SystemKind {
  id: string;
  title: string;
  /** Paper or other source of the method. */
  source: string;
  /** Defaults of all parameters it takes. Unknown ones are refused with the nearest name. */
  defaults: Readonly<Record<string, unknown>>;
  create(parameters: Readonly<Record<string, unknown>>): Omit<
    System,
    'name' | 'title' | 'parameters' | 'fingerprint'
  > & {
    /** Added to the fingerprint: content of files it depends on, for instance. */
    fingerprint?: string;
  };
}
