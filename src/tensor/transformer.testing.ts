import type { Random } from '../core/random.ts';
import { attention } from './composites/attention.ts';
import { dropout, linear } from './composites/layers.ts';
import { infoNce } from './composites/losses.ts';
import { maskedMean } from './composites/pooling.ts';
import { l2Normalise } from './composites/similarity.ts';
import { Graph, type Node } from './graph.ts';
import { constantOf, type Initialiser, initialise, normal, type Weights, xavier } from './initialise.ts';
import { add, gelu } from './primitives/elementwise.ts';
import { gather } from './primitives/gather.ts';
import { layerNorm } from './primitives/layer-norm.ts';
import { type Shape, sizeOf } from './shape.ts';

/** A Transformer encoder as the tests and the benchmark of the runtime use it. */
export interface Sizes {
  vocabulary: number;
  d: number;
  heads: number;
  inner: number;
  layers: number;
  /** Rows and tokens of a batch. */
  n: number;
  t: number;
}

export const SMALL: Sizes = { vocabulary: 11, d: 8, heads: 2, inner: 12, layers: 2, n: 4, t: 5 };

/** Shape and initialiser of every weight, in the order in which `encode` uses them. */
export function weightsOf({ vocabulary, d, inner, layers, t }: Sizes, seed: number): Weights {
  const all: [name: string, shape: Shape, how: Initialiser][] = [
    ['tokens', [vocabulary, d], normal(0.5)],
    ['places', [t, d], normal(0.1)],
  ];
  for (let i = 0; i < layers; i++) {
    for (const name of ['query', 'key', 'value', 'out']) all.push([`${i}.${name}`, [d, d], xavier]);
    all.push([`${i}.up`, [d, inner], xavier], [`${i}.down`, [inner, d], xavier]);
    all.push([`${i}.up.bias`, [inner], normal(0.1)], [`${i}.down.bias`, [d], normal(0.1)]);
    for (const norm of ['norm1', 'norm2']) {
      all.push([`${i}.${norm}.scale`, [d], constantOf(1)], [`${i}.${norm}.bias`, [d], normal(0.1)]);
    }
  }
  return new Map(all.map(([name, shape, how]) => [name, initialise(name, shape, how, seed)]));
}

/** Ids [n, t] and a mask [n, t] → [n, d], rows of length 1. Layer norm after each half, as in the paper. */
export function encode(ids: Node, mask: Node, sizes: Sizes, weights: Weights, rate = 0): Node {
  const weight = (name: string) => ids.graph.parameter(name, weights.get(name)!.shape);
  let x = add(gather(weight('tokens'), ids), weight('places'));
  for (let i = 0; i < sizes.layers; i++) {
    const norm = (y: Node, name: string) =>
      layerNorm(y, weight(`${i}.${name}.scale`), weight(`${i}.${name}.bias`));
    const [query, key, value] = ['query', 'key', 'value'].map(name => linear(x, weight(`${i}.${name}`)));
    const seen = linear(attention(query!, key!, value!, mask, sizes.heads), weight(`${i}.out`));
    x = norm(add(x, dropout(seen, rate)), 'norm1');
    const inner = gelu(linear(x, weight(`${i}.up`), weight(`${i}.up.bias`)));
    const outer = linear(inner, weight(`${i}.down`), weight(`${i}.down.bias`));
    x = norm(add(x, dropout(outer, rate)), 'norm2');
  }
  return l2Normalise(maskedMean(x, mask));
}

/** Symmetric InfoNCE between the two halves of each pair, one shared encoder. */
export function pairGraph(sizes: Sizes, weights: Weights, rate = 0): { loss: Node; query: Node; code: Node } {
  const graph = new Graph();
  const shape = [sizes.n, sizes.t];
  const side = (name: string) =>
    encode(
      graph.input(`${name}.ids`, shape, 'int32'),
      graph.input(`${name}.mask`, shape),
      sizes,
      weights,
      rate,
    );
  const [query, code] = [side('query'), side('code')];
  return { query, code, loss: infoNce(query, code, { temperature: 0.1, symmetric: true }) };
}

/** Ids at random; every row has at least one token. */
export function batchOf(
  { vocabulary, n, t }: Sizes,
  random: Random,
): Record<string, Float32Array | Int32Array> {
  const feeds: Record<string, Float32Array | Int32Array> = {};
  for (const side of ['query', 'code']) {
    const lengths = Array.from({ length: n }, () => 1 + random.below(t));
    feeds[`${side}.ids`] = Int32Array.from({ length: sizeOf([n, t]) }, () => random.below(vocabulary));
    feeds[`${side}.mask`] = Float32Array.from({ length: n * t }, (_, i) =>
      i % t < lengths[Math.floor(i / t)]! ? 1 : 0,
    );
  }
  return feeds;
}
