import type { Node } from '../graph.ts';
import { add, div, mul, sign } from '../primitives/elementwise.ts';
import { reshape, sum } from '../primitives/layout.ts';
import { matmul } from '../primitives/matmul.ts';
import { max } from '../primitives/reduce.ts';
import { softmax } from '../primitives/softmax.ts';
import { misfit, sameShape } from '../shape.ts';
import { masked } from './attention.ts';

/** Sizes of x [n, t, d] with a mask [n, t]. */
function sizes(op: string, x: Node, mask: Node): [n: number, t: number, d: number] {
  const [n, t, d] = x.shape;
  if (n === undefined || t === undefined || d === undefined || !sameShape(mask.shape, [n, t])) {
    throw misfit(op, [x.shape, mask.shape], 'needs [n, t, d] and [n, t]');
  }
  return [n, t, d];
}

/** Σ_t weights · x: [n, t, d] and [n, t] → [n, d]. One product reads x once. */
export function weightedSum(x: Node, weights: Node): Node {
  const [n, t, d] = sizes('weightedSum', x, weights);
  return reshape(matmul(reshape(weights, [n, 1, t]), x), [n, d]);
}

/**
 * Mean of the t vectors with the mask's weights (0 and 1, or any from 0 up): [n, t, d] and [n, t] → [n, d]. Zeros
 * where all weights are 0.
 */
export function maskedMean(x: Node, mask: Node): Node {
  sizes('maskedMean', x, mask);
  return div(weightedSum(x, mask), add(sum(mask, 1, true), 1e-9));
}

/** Largest value of each dimension where the mask (0 and 1) is 1; zeros where it is 0 everywhere. */
export function maskedMax(x: Node, mask: Node): Node {
  const [n, t] = sizes('maskedMax', x, mask);
  const highest = max(add(x, reshape(masked(mask), [n, t, 1])), 1);
  return mul(highest, sign(sum(mask, 1, true)));
}

/** Σ_t softmax_t(scores) · x over what the mask (0 and 1) leaves: x [n, t, d], scores [n, t] → [n, d]. */
export function attentionPool(x: Node, mask: Node, scores: Node): Node {
  sizes('attentionPool', x, mask);
  return weightedSum(x, softmax(add(scores, masked(mask)), 1));
}
