import { QuarryError } from '../core/errors.ts';
import type { Weights } from './initialise.ts';
import { formatShape, sameShape } from './shape.ts';

/** The same weights in arrays of their own. */
export function copyWeights(weights: Weights): Weights {
  return new Map(Array.from(weights, ([name, { shape, data }]) => [name, { shape, data: data.slice() }]));
}

/**
 * Writes the values of `from` into the arrays of `to`. `QuarryError` ('format') names the first weight that one of
 * them does not have in the shape of the other; then nothing is written.
 */
export function adoptWeights(to: Weights, from: Weights): void {
  for (const name of new Set([...to.keys(), ...from.keys()])) {
    const [needed, found] = [to.get(name)?.shape, from.get(name)?.shape];
    if (needed && found && sameShape(needed, found)) continue;
    const [a, b] = [needed, found].map(shape => (shape ? formatShape(shape) : 'nothing'));
    throw new QuarryError(
      'format',
      `weight '${name}': needed ${a}, found ${b}`,
      'the state belongs to another model',
    );
  }
  for (const [name, { data }] of from) to.get(name)!.data.set(data);
}
