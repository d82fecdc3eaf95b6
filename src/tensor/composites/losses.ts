import type { Node } from '../graph.ts';
import {
  add,
  div,
  exp,
  log,
  mul,
  neg,
  type Operand,
  relu,
  stopGradient,
  sub,
} from '../primitives/elementwise.ts';
import { oneHot } from '../primitives/gather.ts';
import { reshape, sum, swapLast } from '../primitives/layout.ts';
import { matmul } from '../primitives/matmul.ts';
import { slice } from '../primitives/pieces.ts';
import { max, mean } from '../primitives/reduce.ts';
import { axisOf, misfit, sameShape } from '../shape.ts';

/** log Σ exp(x) along one axis, which goes, or stays with size 1 if `keep`; safe for large values. */
export function logSumExp(x: Node, axis = -1, keep = false): Node {
  const along = axisOf('logSumExp', x.shape, axis);
  // The shift cancels out, so it needs no gradient of its own.
  const highest = stopGradient(max(x, along, true));
  const result = add(log(sum(exp(sub(x, highest)), along, true)), highest);
  return keep ? result : reshape(result, x.shape.toSpliced(along, 1));
}

/** log softmax(x) along one axis. */
export function logSoftmax(x: Node, axis = -1): Node {
  return sub(x, logSumExp(x, axis, true));
}

/** (1/n) Σ weights · losses: [n] and [n] → scalar; the plain mean without weights. */
function weightedMean(op: string, losses: Node, weights: Node | undefined): Node {
  if (weights && !sameShape(weights.shape, losses.shape)) {
    throw misfit(op, [losses.shape, weights.shape], 'needs one weight for each loss');
  }
  return mean(weights ? mul(losses, weights) : losses);
}

/**
 * -(1/n) Σ w_i Σ_c targets_ic · log softmax(logits)_ic (the first term of Chen formula 5): logits [n, c]; targets are
 * classes (int32, [n]) or distributions ([n, c]); weights [n] → scalar.
 */
export function crossEntropy(logits: Node, targets: Node, weights?: Node): Node {
  const [n, c] = logits.shape;
  const chosen = targets.dtype === 'int32' ? oneHot(targets, c ?? 1) : targets;
  if (n === undefined || logits.shape.length !== 2 || !sameShape(chosen.shape, logits.shape)) {
    throw misfit('crossEntropy', [logits.shape, targets.shape], 'needs [n, c] and targets [n] or [n, c]');
  }
  return weightedMean('crossEntropy', neg(sum(mul(chosen, logSoftmax(logits)), 1)), weights);
}

/**
 * -(1/n) Σ w_i (t_i log σ(x_i) + (1 - t_i) log(1 - σ(x_i))) (SPENCER formula 5): logits, targets in [0, 1] and weights
 * are [n] → scalar.
 */
export function binaryCrossEntropy(logits: Node, targets: Node, weights?: Node): Node {
  if (!sameShape(logits.shape, targets.shape)) {
    throw misfit('binaryCrossEntropy', [logits.shape, targets.shape], 'must be equal');
  }
  // log(1 + exp(x)) - x t. Shifting by max(x, 0) avoids an overflow and cancels out, so it needs no gradient.
  const shift = stopGradient(relu(logits));
  const softplus = add(log(add(exp(neg(shift)), exp(sub(logits, shift)))), shift);
  const losses = sub(softplus, mul(logits, targets));
  return weightedMean('binaryCrossEntropy', losses, weights);
}

/**
 * Mean of max(0, margin - positive + negative) (CSSAM formula 18): positive [n, 1] or [n], negative [n, m] or [n] →
 * scalar.
 */
export function marginLoss(positive: Node, negative: Node, margin: number): Node {
  return mean(relu(add(sub(negative, positive), margin)));
}

export interface InfoNceOptions {
  /** τ, above 0; a node if it is learned. Default 0.07. */
  readonly temperature?: Operand;
  /** Adds the loss of the other direction, positives only, and halves the sum. */
  readonly symmetric?: boolean;
  /** [n] */
  readonly weights?: Node;
}

/**
 * InfoNCE (van den Oord et al. 2018; SPENCER formula 3, R2PS formula 3): -(1/n) Σ log softmax(a bᵀ / τ)_ii with a [n, d]
 * and b [m, d], m ≥ n: row i of b belongs to row i of a, all other rows of b are its negatives. Rows should have the
 * length 1.
 */
export function infoNce(a: Node, b: Node, options: InfoNceOptions = {}): Node {
  const { temperature = 0.07, symmetric = false, weights } = options;
  const [n] = a.shape;
  const [m] = b.shape;
  if (n === undefined || m === undefined || m < n || a.shape.length !== 2 || b.shape.length !== 2) {
    throw misfit('infoNce', [a.shape, b.shape], 'needs [n, d] and [m, d] with m at least n');
  }
  const logits = div(matmul(a, swapLast(b)), temperature);
  const classes = a.graph.constant(
    Int32Array.from({ length: n }, (_, i) => i),
    [n],
  );
  const forwards = crossEntropy(logits, classes, weights);
  if (!symmetric) return forwards;
  const backwards = crossEntropy(swapLast(slice(logits, 1, 0, n)), classes, weights);
  return mul(add(forwards, backwards), 0.5);
}
