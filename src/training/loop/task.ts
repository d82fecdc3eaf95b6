import type { Node, Weights } from '../../tensor/index.ts';
import type { PoolScore } from './validate.ts';

/** A batch as the inputs of the loss's graph. */
export interface BatchFeeds {
  /** Names the graph: batches of the same sizes share one. */
  key: string;
  feeds: Readonly<Record<string, Int32Array | Float32Array>>;
  /** Training examples in it. */
  examples: number;
}

/**
 * What is trained: the batches of an epoch, the loss, and how good the weights are by now. The loop around it – steps,
 * schedule, checkpoints, the best weights, going on after a stop – is the same for all (`train`).
 */
export interface TrainingTask<Batch = unknown> {
  /** Different examples there are, and how many of each kind. */
  readonly size: number;
  readonly counts: ReadonlyMap<string, number>;
  /** First weights, decided by the seed. */
  initialWeights(): Weights;
  /** Of what a task adds to the recipe's. */
  readonly frozen: readonly string[];
  /** The batches of an epoch; they depend on the seed and the epoch only, so that a run can go on in the middle of it. */
  plan(epoch: number, signal?: AbortSignal): Promise<readonly Batch[]>;
  feeds(batch: Batch): BatchFeeds;
  /** The loss, a float32 scalar of a new graph, for batches of a key. */
  lossGraph(key: string): Node;
  /** Scores of the validation pools; none if there are no pools. */
  validate(weights: Weights, signal?: AbortSignal): Promise<PoolScore[]>;
  close(): Promise<void>;
}
