import {
  add,
  crossEntropy,
  div,
  exp,
  l2Normalise,
  mean,
  mul,
  type Node,
  neg,
  stopGradient,
  sub,
  sum,
} from '../../../tensor/index.ts';
import type { Loss } from './loss.ts';
import { similarities } from './similarity.ts';

/**
 * L = -(1/n) Σ w_i log p_i + λ (1/n) Σ d(s_i, t_i) with p_i the probability of the right unit in the batch, d the cosine
 * distance of the pair, and weights that sum to n: a pair that is far from found counts more. The paper leaves
 * the weights open; here w_i grows with 1 - p_i.
 */
export const weightedCrossEntropyLoss: Loss = {
  id: 'weighted-cross-entropy',
  title: 'weighted cross-entropy with semantic distance',
  source: 'Chen 2025, formula 5',
  defaults: { temperature: 0.07, similarity: 'cosine', lambda: 0.1 },
  build({ query, unit }, spec) {
    const logits = div(similarities(query, unit, spec.similarity), spec.temperature);
    const n = query.shape[0]!;
    const classes = query.graph.constant(
      Int32Array.from({ length: n }, (_, i) => i),
      [n],
    );
    const distance = sub(1, sum(mul(l2Normalise(query), l2Normalise(unit)), 1));
    // exp(cos / τ) is p_i without its normaliser; the distance alone orders the pairs of a batch in the same way.
    const hard = stopGradient(add(1, sub(1, exp(neg(distance)))));
    const weights = div(mul(hard, n), sum(hard)) as Node;
    return add(crossEntropy(logits, classes, weights), mul(mean(distance), spec.lambda));
  },
};
