import type { Node } from '../graph.ts';
import { add, div, leakyRelu, mul, sign, sub } from '../primitives/elementwise.ts';
import { reshape, sum, swapLast, transpose } from '../primitives/layout.ts';
import { matmul } from '../primitives/matmul.ts';
import { softmax } from '../primitives/softmax.ts';
import { misfit, sameShape } from '../shape.ts';

/** Added to the logits of what a mask leaves out: exp of it is 0, and nothing becomes infinite. */
const NEVER = 1e9;

/** Large negative where a mask of 0 and 1 is 0, else 0; of the mask's shape. */
export function masked(mask: Node): Node {
  return mul(sub(mask, 1), NEVER);
}

/**
 * Scaled dot-product attention with several heads (Vaswani et al. 2017): query [n, s, d], key and value [n, t, d],
 * already projected; mask [n, t] of 0 and 1 says which of the t may be looked at → [n, s, d], the heads side by side.
 * `heads` divides d. With nothing to look at, all t weigh the same.
 */
export function attention(query: Node, key: Node, value: Node, mask: Node, heads: number): Node {
  const [n, s, d] = query.shape;
  const [, t] = key.shape;
  if (n === undefined || s === undefined || d === undefined || t === undefined || d % heads !== 0) {
    throw misfit('attention', [query.shape, key.shape], `needs [n, t, d] with d a multiple of ${heads}`);
  }
  if (!sameShape(key.shape, [n, t, d]) || !sameShape(value.shape, key.shape)) {
    throw misfit('attention', [query.shape, key.shape, value.shape], 'do not fit');
  }
  const split = (x: Node) => transpose(reshape(x, [n, -1, heads, d / heads]), [0, 2, 1, 3]);
  const logits = mul(matmul(split(query), swapLast(split(key))), Math.sqrt(heads / d));
  const weights = softmax(add(logits, reshape(masked(mask), [n, 1, 1, t])));
  return reshape(transpose(matmul(weights, split(value)), [0, 2, 1, 3]), [n, s, d]);
}

export interface GraphAttentionWeights {
  /** W: [in, heads · out] */
  readonly projection: Node;
  /** The half of a that meets W h_v, the node that looks: [heads, out] */
  readonly looking: Node;
  /** The half of a that meets W h_u, the node looked at: [heads, out] */
  readonly seen: Node;
}

/**
 * Graph attention (Veličković et al. 2018; Chen formula 4, CSSAM formula 5):
 * α_vu = softmax_u(LeakyReLU(aᵀ [W h_v ‖ W h_u])), h'_v = Σ_u α_vu W h_u.
 *
 * nodes [n, v, in], edges [n, v, v] → [n, v, heads · out]. `edges[i, v, u]` is 0 where v does not see u, else the
 * edge's weight, by which its share is multiplied before the shares are made to sum to 1 again; with 0 and 1 it is
 * a mask. A node that sees nothing becomes 0. A `slope` of 1 leaves the LeakyReLU out, as Chen does.
 */
export function graphAttention(nodes: Node, edges: Node, weights: GraphAttentionWeights, slope = 0.2): Node {
  const [n, v] = nodes.shape;
  const [heads, out] = weights.looking.shape;
  if (n === undefined || v === undefined || heads === undefined || out === undefined) {
    throw misfit('graphAttention', [nodes.shape, weights.looking.shape], 'needs [n, v, in] and [heads, out]');
  }
  if (!sameShape(edges.shape, [n, v, v])) {
    throw misfit('graphAttention', [nodes.shape, edges.shape], 'edges must be [n, v, v]');
  }
  const projected = reshape(matmul(nodes, weights.projection), [n, v, heads, out]);
  const score = (half: Node) => transpose(sum(mul(projected, half), 3), [0, 2, 1]);
  const looking = reshape(score(weights.looking), [n, heads, v, 1]);
  const seen = reshape(score(weights.seen), [n, heads, 1, v]);
  const edge = reshape(edges, [n, 1, v, v]);
  const shares = mul(softmax(add(leakyRelu(add(looking, seen), slope), masked(sign(edge)))), edge);
  const alpha = div(shares, add(sum(shares, 3, true), 1e-12));
  const gathered = matmul(alpha, transpose(projected, [0, 2, 1, 3]));
  return reshape(transpose(gathered, [0, 2, 1, 3]), [n, v, heads * out]);
}
