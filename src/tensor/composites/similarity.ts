import type { Node } from '../graph.ts';
import { add, div, mul, sqrt, sub } from '../primitives/elementwise.ts';
import { sum, swapLast } from '../primitives/layout.ts';
import { matmul } from '../primitives/matmul.ts';

/** Under roots, so that the gradient at 0 stays finite. */
const TINY = 1e-12;

/** x / ‖x‖ along the last axis; zeros stay zeros. */
export function l2Normalise(x: Node): Node {
  return div(x, sqrt(add(sum(mul(x, x), -1, true), TINY)));
}

/** a·b / (‖a‖ ‖b‖) along the last axis (Chen formula 1): [.., d] and [.., d] → [..]. */
export function cosine(a: Node, b: Node): Node {
  return sum(mul(l2Normalise(a), l2Normalise(b)), -1);
}

/** All cosines: [n, d] and [m, d] → [n, m]. */
export function cosines(a: Node, b: Node): Node {
  return matmul(l2Normalise(a), swapLast(l2Normalise(b)));
}

/** ‖a - b‖ along the last axis: [.., d] and [.., d] → [..]. */
export function euclidean(a: Node, b: Node): Node {
  const difference = sub(a, b);
  return sqrt(add(sum(mul(difference, difference), -1), TINY));
}
