import { add, mean, mul, relu, reshape, sub, sum } from '../../../tensor/index.ts';
import type { Loss } from './loss.ts';
import { similarities } from './similarity.ts';

/** Every other unit of the batch is a negative; the pair itself, whose term would be β, counts as 0. */
export const marginRankingLoss: Loss = {
  id: 'margin',
  title: 'margin ranking loss over the batch',
  source: 'CSSAM formula 18',
  defaults: { margin: 0.05, similarity: 'cosine' },
  build({ query, unit }, spec) {
    const all = similarities(query, unit, spec.similarity);
    const n = query.shape[0]!;
    const diagonal = Float32Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
    const own = query.graph.constant(diagonal, [n, n]);
    const right = reshape(sum(mul(all, own), 1), [n, 1]);
    const others = query.graph.constant(
      diagonal.map(x => 1 - x),
      [n, n],
    );
    // Most negatives are far away soon: the mean is over as many as there are rows.
    return mul(mean(mul(relu(add(sub(all, right), spec.margin)), others)), n);
  },
};
