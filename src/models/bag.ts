import {
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

/**
 * What a token counts before anything is learned of it: most in the name of a unit. Tokens that training hardly sees stay
 * there, and how much the name weighs was the largest single gain of all that was tried.
 */
const firstGate: Record<(typeof fields)[number], number> = { query: 1, name: 3, doc: 1.5, code: 1 };

const firstGates: Initialiser = ([vocabulary]) =>
  Float32Array.from({ length: vocabulary! * fields.length }, (_, i) => firstGate[fields[i % fields.length]!]);

/** The table of token vectors, and how much each token counts in each field. */
export function tableWeights({ vocabulary, dims }: ModelShape): Array<[string, Shape, Initialiser]> {
  return [
    ['tokens', [vocabulary, dims], normal(1 / Math.sqrt(dims))],
    ['gates', [vocabulary, fields.length], firstGates],
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
