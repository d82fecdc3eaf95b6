import { QuarryError } from '../core/errors.ts';
import type { Weights } from './initialise.ts';
import type { OptimizerState } from './optimizer.ts';
import { readTensorFile, type StoredArray, type TensorFile, writeTensorFile } from './safetensors.ts';
import { formatShape, type Shape, sameShape } from './shape.ts';

/** All that training needs to go on as if it had never stopped. */
export interface Checkpoint {
  readonly weights: Weights;
  readonly optimizer: OptimizerState;
  /** `Random.state` of each stream of random numbers. */
  readonly random: Readonly<Record<string, number>>;
  /** Whatever else there is to remember, as JSON: place in the data, best score, options. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

const FORMAT = 'quarry-checkpoint-1';

/** Saves in the safetensors format: `weight/<name>` and `optimizer/<name>`. The old file stays until the new is whole. */
export async function saveCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  const arrays: TensorFile['arrays'] = new Map();
  for (const [name, weight] of checkpoint.weights) arrays.set(`weight/${name}`, weight);
  for (const [name, array] of checkpoint.optimizer.arrays) arrays.set(`optimizer/${name}`, array);
  const { step, logDecay } = checkpoint.optimizer;
  const state = { step, logDecay, random: checkpoint.random, metadata: checkpoint.metadata };
  await writeTensorFile(path, { arrays, metadata: { format: FORMAT, state: JSON.stringify(state) } });
}

/**
 * Errors: 'not-found', 'unreadable', 'corrupt', and 'format' if the file is no checkpoint or, where `expected` says
 * which shape each weight must have, one of another model.
 */
export async function loadCheckpoint(
  path: string,
  expected?: ReadonlyMap<string, Shape>,
): Promise<Checkpoint> {
  const { arrays, metadata } = await readTensorFile(path);
  if (metadata['format'] !== FORMAT || metadata['state'] === undefined) {
    throw new QuarryError('format', `${path} is no checkpoint of this version`);
  }
  const state = JSON.parse(metadata['state']) as Pick<OptimizerState, 'step' | 'logDecay'> &
    Pick<Checkpoint, 'random' | 'metadata'>;
  const weights: Weights = new Map();
  const kept: OptimizerState['arrays'] = new Map();
  for (const [name, { shape, data }] of arrays) {
    if (name.startsWith('weight/'))
      weights.set(name.slice('weight/'.length), { shape, data: floats(path, name, data) });
    else if (!(data instanceof Int8Array)) kept.set(name.slice('optimizer/'.length), { shape, data });
  }
  if (expected) checkShapes(path, weights, expected);
  const optimizer = { step: state.step, logDecay: state.logDecay, arrays: kept };
  return { weights, optimizer, random: state.random, metadata: state.metadata };
}

/** Throws `QuarryError` ('format') at the first weight that is missing, too much or of another shape. */
export function checkShapes(path: string, weights: Weights, expected: ReadonlyMap<string, Shape>): void {
  for (const name of new Set([...expected.keys(), ...weights.keys()])) {
    const needed = expected.get(name);
    const found = weights.get(name)?.shape;
    if (needed && found && sameShape(needed, found)) continue;
    const [a, b] = [needed, found].map(shape => (shape ? formatShape(shape) : 'nothing'));
    throw new QuarryError(
      'format',
      `${path}: weight '${name}': needed ${a}, found ${b}`,
      'it belongs to another model',
    );
  }
}

function floats(path: string, name: string, data: StoredArray): Float32Array {
  if (data instanceof Float32Array) return data;
  throw new QuarryError('format', `${path}: '${name}' must be float32`);
}
