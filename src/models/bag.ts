import {
  constantOf,
  gather,
  type Initialiser,
  mul,
  type Node,
  normal,
  oneHot,
  type Shape,
  sum,
  weightedSum,
} from '../tensor/index.ts';
import type { ModelShape, Tower } from './architecture.ts';
import { fields } from './prepare.ts';

/** The table of token vectors, and how much each token counts in each field. */
export function tableWeights({ vocabulary, dims }: ModelShape): Array<[string, Shape, Initialiser]> {
  return [
    ['tokens', [vocabulary, dims], normal(1 / Math.sqrt(dims))],
    ['gates', [vocabulary, fields.length], constantOf(1)],
  ];
}

/** Vectors of the tokens: [n, t, d]. */
export function tokenVectors({ inputs, parameter }: Tower): Node {
  return gather(parameter('tokens'), inputs.ids);
}

/** How much each token counts in this text, learned by token and field: [n, t], 0 beyond the end. */
export function tokenGates({ inputs, parameter }: Tower): Node {
  const gates = gather(parameter('gates'), inputs.ids);
  const own = sum(mul(gates, oneHot(inputs.fields, fields.length)), 2);
  return mul(own, inputs.weights);
}

/** Σ gate · vector: [n, d]. */
export function bagOf(vectors: Node, gates: Node): Node {
  return weightedSum(vectors, gates);
}
