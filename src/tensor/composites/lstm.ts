import type { Node } from '../graph.ts';
import { add, mul, sigmoid, sub, tanh } from '../primitives/elementwise.ts';
import { reshape, transpose } from '../primitives/layout.ts';
import { matmul } from '../primitives/matmul.ts';
import { concat, slice } from '../primitives/pieces.ts';
import { misfit, sameShape } from '../shape.ts';
import { linear } from './layers.ts';

export interface LstmWeights {
  /** [in, 4h]; columns in the order input gate, forget gate, candidate, output gate. */
  readonly input: Node;
  /** [h, 4h] */
  readonly hidden: Node;
  /** [4h] */
  readonly bias: Node;
}

/**
 * Long short-term memory (Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000), unrolled over the
 * t steps: x [n, t, in], mask [n, t] of 0 and 1 → `states` [n, t, h] and the last state [n, h]. Where the mask is
 * 0, the state stays as it was, so the last state is that of the last real step. `backwards` reads from the end; its
 * states are in the order of x all the same.
 */
export function lstm(
  x: Node,
  mask: Node,
  weights: LstmWeights,
  backwards = false,
): { states: Node; last: Node } {
  const [n, t] = x.shape;
  const h = weights.hidden.shape[0];
  if (n === undefined || t === undefined || h === undefined || !sameShape(mask.shape, [n, t])) {
    throw misfit('lstm', [x.shape, mask.shape], 'needs [n, t, in] and a mask [n, t]');
  }
  // Time first: a step is then one piece of memory. All steps' inputs are multiplied at once.
  const inputs = linear(transpose(x, [1, 0, 2]), weights.input, weights.bias);
  const masks = reshape(transpose(mask), [t, n, 1]);
  let before: { state: Node; cell: Node } | undefined;
  const states: Node[] = [];
  for (let i = 0; i < t; i++) {
    const step = backwards ? t - 1 - i : i;
    const given = reshape(slice(inputs, 0, step, step + 1), [n, 4 * h]);
    const gates = before ? add(given, matmul(before.state, weights.hidden)) : given;
    const gate = (k: number) => slice(gates, 1, k * h, (k + 1) * h);
    const candidate = mul(sigmoid(gate(0)), tanh(gate(2)));
    const cell = before ? add(mul(sigmoid(gate(1)), before.cell), candidate) : candidate;
    const state = mul(sigmoid(gate(3)), tanh(cell));
    const real = reshape(slice(masks, 0, step, step + 1), [n, 1]);
    before = { state: chosen(real, state, before?.state), cell: chosen(real, cell, before?.cell) };
    states[step] = reshape(before.state, [1, n, h]);
  }
  return { states: transpose(concat(states, 0), [1, 0, 2]), last: before!.state };
}

/** `next` where `real` is 1, `before` where it is 0; before the first step all is 0. */
function chosen(real: Node, next: Node, before: Node | undefined): Node {
  return before ? add(before, mul(real, sub(next, before))) : mul(real, next);
}
