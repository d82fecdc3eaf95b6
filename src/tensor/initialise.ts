import { QuarryError } from '../core/errors.ts';
import { Random } from '../core/random.ts';
import { formatShape, type Shape, sizeOf } from './shape.ts';

/** A named array of a model, row-major; training changes `data` in place. */
export interface Weight {
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** The weights of a model by name, in a fixed order. */
export type Weights = Map<string, Weight>;

/** Fills an array of the given shape from random numbers. */
export type Initialiser = (shape: Shape, random: Random) => Float32Array;

export function constantOf(value: number): Initialiser {
  return shape => new Float32Array(sizeOf(shape)).fill(value);
}

/** Normal numbers with mean 0. */
export function normal(deviation: number): Initialiser {
  return (shape, random) => Float32Array.from({ length: sizeOf(shape) }, () => random.normal() * deviation);
}

/** In [-bound, bound). */
export function uniform(bound: number): Initialiser {
  return (shape, random) =>
    Float32Array.from({ length: sizeOf(shape) }, () => (2 * random.next() - 1) * bound);
}

/** Uniform with the variance 2 / (in + out), for [.., in, out] (Glorot & Bengio 2010). */
export const xavier: Initialiser = (shape, random) => {
  const [fanIn, fanOut] = fans(shape);
  return uniform(Math.sqrt(6 / (fanIn + fanOut)))(shape, random);
};

/** Normal with the variance 2 / in, for layers that relu follows, [.., in, out] (He et al. 2015). */
export const kaiming: Initialiser = (shape, random) => normal(Math.sqrt(2 / fans(shape)[0]))(shape, random);

function fans(shape: Shape): [fanIn: number, fanOut: number] {
  const [fanIn, fanOut] = shape.slice(-2);
  if (fanIn === undefined || fanOut === undefined) {
    throw new QuarryError('usage', `initialise: ${formatShape(shape)} has no two axes`);
  }
  return [fanIn, fanOut];
}

/**
 * A weight's numbers from the seed of the model and the weight's name: they stay the same when other weights come
 * or go.
 */
export function initialise(name: string, shape: Shape, how: Initialiser, seed: number): Weight {
  let hash = 0x811c9dc5; // FNV-1a
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return { shape, data: how(shape, new Random(hash ^ Math.imul(seed, 0x9e3779b1))) };
}
