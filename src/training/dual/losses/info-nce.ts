import { add, crossEntropy, div, mul, type Node, swapLast } from '../../../tensor/index.ts';
import type { Loss, LossSpec } from './loss.ts';
import { similarities } from './similarity.ts';

/** -(1/n) Σ log softmax(sim(a, b) / τ)_ii, in both directions if asked for. */
export function contrast(a: Node, b: Node, spec: Required<LossSpec>): Node {
  const logits = div(similarities(a, b, spec.similarity), spec.temperature);
  const n = a.shape[0]!;
  const classes = a.graph.constant(
    Int32Array.from({ length: n }, (_, i) => i),
    [n],
  );
  const forwards = crossEntropy(logits, classes);
  return spec.symmetric ? mul(add(forwards, crossEntropy(swapLast(logits), classes)), 0.5) : forwards;
}

/**
 * InfoNCE with the other units of the batch as negatives, and with `selfWeight` the terms of SPENCER in which dropout
 * makes the positive of a text: L = L_cross + w (L_code + L_query).
 */
export const infoNceLoss: Loss = {
  id: 'info-nce',
  title: 'InfoNCE over the batch',
  source: 'R2PS formula 3; SPENCER formulas 1–4',
  defaults: { temperature: 0.07, similarity: 'cosine', symmetric: true, selfWeight: 0 },
  build({ query, unit, again }, spec) {
    const cross = contrast(query, unit, spec);
    if (spec.selfWeight === 0) return cross;
    const other = again();
    const own = add(contrast(query, other.query, spec), contrast(unit, other.unit, spec));
    return add(cross, mul(own, spec.selfWeight));
  },
};

/** No pairs at all: a text's only positive is itself under other dropout masks (SimCSE, Gao et al. 2021). */
export const selfSupervisedLoss: Loss = {
  id: 'self-supervised',
  title: 'each tower with itself under dropout, without pairs',
  source: 'Chen 2025, Table 4; SPENCER formulas 1 and 2',
  defaults: { temperature: 0.07, similarity: 'cosine', symmetric: true },
  build({ query, unit, again }, spec) {
    const other = again();
    return add(contrast(query, other.query, spec), contrast(unit, other.unit, spec));
  },
};
