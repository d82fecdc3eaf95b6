import type { Random } from '../../core/random.ts';
import { fields } from '../../models/index.ts';
import type { Weights } from '../../tensor/index.ts';
import type { PreparedSet } from '../data/prepared-set.ts';

/** Puts examples in an order in which each stretch of a batch's length holds similar ones. */
export type SimilarOrder = (examples: readonly number[], batch: number, random: Random) => number[];

/**
 * Negatives that are near (Xiong et al. 2021, ANCE) at no cost: examples are compared by the sum of their query's and unit's
 * bag-of-token vectors under the weights given, and halved again and again along the line between two of them chosen by
 * chance, until what is left fits a batch. Every epoch has other lines. Takes 4 bytes × dims per example.
 */
export function similarOrder(set: PreparedSet, weights: Weights, dims: number): SimilarOrder {
  const vectors = exampleVectors(set, weights, dims);
  const along = new Float32Array(set.size);
  const project = (items: Int32Array, from: number, to: number) => {
    const line = Float32Array.from(
      { length: dims },
      (_, k) => vectors[from * dims + k]! - vectors[to * dims + k]!,
    );
    for (const i of items) {
      let dot = 0;
      for (let k = 0, at = i * dims; k < dims; k++, at++) dot += vectors[at]! * line[k]!;
      along[i] = dot;
    }
  };
  return (examples, batch, random) => {
    const order = Int32Array.from(examples);
    const halve = (items: Int32Array) => {
      if (items.length <= batch) return;
      project(items, items[random.below(items.length)]!, items[random.below(items.length)]!);
      items.sort((a, b) => along[a]! - along[b]! || a - b);
      const middle = items.length >> 1;
      halve(items.subarray(0, middle));
      halve(items.subarray(middle));
    };
    halve(order);
    return [...order];
  };
}

/** [examples, dims]: query and unit count the same. */
function exampleVectors(set: PreparedSet, weights: Weights, dims: number): Float32Array {
  // Of separate towers the unit's; any table will do to tell what is similar.
  const table = (name: string) => (weights.get(name) ?? weights.get(`unit.${name}`))!.data as Float32Array;
  const [tokens, gates] = [table('tokens'), table('gates')];
  const vectors = new Float32Array(set.size * dims);
  const sum = new Float32Array(dims);
  for (let i = 0; i < set.size; i++) {
    for (const { ids, fields: inField, weights: counts } of [set.queries.get(i), set.units.get(i)]) {
      sum.fill(0);
      for (const [k, id] of ids.entries()) {
        const gate = gates[id * fields.length + inField[k]!]! * counts[k]!;
        for (let j = 0, at = id * dims; j < dims; j++, at++) sum[j]! += gate * tokens[at]!;
      }
      let squares = 0;
      for (const x of sum) squares += x * x;
      const scale = 1 / Math.max(1e-12, Math.sqrt(squares));
      for (let j = 0, at = i * dims; j < dims; j++, at++) vectors[at]! += sum[j]! * scale;
    }
  }
  return vectors;
}
