import {
  add,
  div,
  l2Normalise,
  matmul,
  mul,
  type Node,
  reshape,
  sub,
  sum,
  swapLast,
} from '../../../tensor/index.ts';
import type { Similarity } from './loss.ts';

/** Every row of a with every row of b, higher is closer: [n, d] and [m, d] → [n, m]. */
export function similarities(a: Node, b: Node, how: Similarity): Node {
  if (how === 'cosine') return matmul(l2Normalise(a), swapLast(l2Normalise(b)));
  // -‖a - b‖² / d, so that a temperature means about the same for every number of dimensions.
  const [n, d] = a.shape;
  const [m] = b.shape;
  const squares = add(reshape(sum(mul(a, a), 1), [n!, 1]), reshape(sum(mul(b, b), 1), [1, m!]));
  return div(sub(mul(matmul(a, swapLast(b)), 2), squares), d!);
}
