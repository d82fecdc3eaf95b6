import type { UnitText } from '../../core/encoder.ts';
import type { RerankCandidate } from '../../core/reranker.ts';

/** A query with the code unit that answers it. */
export interface TrainingExample {
  query: string;
  unit: UnitText;
  /** Id of a source, and what of it: `corpus test`. */
  kind: string;
  /** Where the unit was found, if that is known: a cross-encoder may read the path, and units of one repository are look-alikes. */
  repository?: string;
  path?: string;
}

/** A query with what a dual encoder found for it, one of it right: what a re-ranker has to put in order. */
export interface CandidateList {
  query: string;
  /** Position of the right one. */
  positive: number;
  candidates: readonly RerankCandidate[];
}

/** A question set that tells while training how good the model is: unit i is the right one for query i. */
export interface ValidationPool {
  name: string;
  queries: string[];
  units: UnitText[];
}

/** What the readers of sources get. */
export interface SourceContext {
  /** Directory with one folder per data set. */
  data: string | undefined;
  /** Of choices that are made by chance. */
  seed: number;
  /** Queries per validation pool. */
  poolSize: number;
  signal: AbortSignal | undefined;
}

/** A place that examples come from; named as `id` or `id:argument`. */
export interface TrainingSource {
  id: string;
  title: string;
  /** What the argument is, for messages. */
  argument?: string;
  licence: string;
  /** Streams the examples to train on. Throws QuarryError `usage`, `not-found`, `aborted`. */
  examples(argument: string | undefined, context: SourceContext): AsyncIterable<TrainingExample>;
  /** Pools of its dev split; none if it has no such split. */
  pools(argument: string | undefined, context: SourceContext): Promise<ValidationPool[]>;
}
