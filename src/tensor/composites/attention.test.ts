import { test } from 'vitest';
import { checkOp, type OpCase } from '../op-check.testing.ts';
import { mul } from '../primitives/elementwise.ts';
import { fill, get, type Plain, product, softmaxOf, total } from '../reference.testing.ts';
import { attention, graphAttention } from './attention.ts';

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

const attentions: OpCase[] = [
  {
    name: 'attention',
    inputs: [[[2, 2, 4]], [[2, 3, 4]], [[2, 3, 4]], [[2, 3], 'mask']],
    build: (q, k, v, mask) => attention(q, k, v, mask, 2),
    expected: (q, k, v, mask) =>
      fill([2, 2, 4], (n, s, c) => {
        const head = c < 2 ? 0 : 2;
        const seen = range(3).filter(t => get(mask, n, t) === 1);
        const score = (t: number) =>
          total(2, j => get(q, n, s, head + j) * get(k, n, t, head + j)) / Math.SQRT2;
        const weights = softmaxOf(seen.map(score));
        return total(seen.length, i => weights[i]! * get(v, n, seen[i]!, c));
      }),
  },
  ...[1, 0.2].map(
    (slope): OpCase => ({
      name: `graphAttention with slope ${slope}`,
      inputs: [[[2, 4, 3]], [[2, 4, 4], 'mask'], [[3, 4]], [[2, 2]], [[2, 2]]],
      build: (nodes, edges, projection, looking, seen) =>
        graphAttention(nodes, edges, { projection, looking, seen }, slope),
      expected: (nodes, edges, w, looking, seenBy) => {
        const h = product(nodes, w);
        return fill([2, 4, 4], (n, v, c) => {
          const head = c < 2 ? 0 : 1;
          const score = (a: Plain, u: number) => total(2, j => get(a, head, j) * get(h, n, u, 2 * head + j));
          const seen = range(4).filter(u => get(edges, n, v, u) === 1);
          const leaky = (x: number) => (x > 0 ? x : slope * x);
          const weights = softmaxOf(seen.map(u => leaky(score(looking, v) + score(seenBy, u))));
          return total(seen.length, i => weights[i]! * get(h, n, seen[i]!, c));
        });
      },
    }),
  ),
];

/** Which node sees which, for two graphs of three nodes; one node of the first sees nothing. */
const SEEN = [0, 1, 1, 1, 1, 0, 0, 0, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1];

const weighted: OpCase = {
  name: 'graphAttention with weighted edges',
  inputs: [[[2, 3, 3]], [[2, 3, 3], 'positive'], [[3, 4]], [[2, 2]], [[2, 2]]],
  build: (nodes, strengths, projection, looking, seen) => {
    const edges = mul(strengths, nodes.graph.constant(Float32Array.from(SEEN), [2, 3, 3]));
    // Without the LeakyReLU: finite differences across its kink would be wrong.
    return graphAttention(nodes, edges, { projection, looking, seen }, 1);
  },
  expected: (nodes, strengths, w, looking, seenBy) => {
    const h = product(nodes, w);
    return fill([2, 3, 4], (n, v, c) => {
      const head = c < 2 ? 0 : 1;
      const score = (a: Plain, u: number) => total(2, j => get(a, head, j) * get(h, n, u, 2 * head + j));
      const seen = range(3).filter(u => SEEN[9 * n + 3 * v + u] === 1);
      const shares = softmaxOf(seen.map(u => score(looking, v) + score(seenBy, u)));
      const scaled = seen.map((u, i) => shares[i]! * get(strengths, n, v, u));
      const all = total(seen.length, i => scaled[i]!);
      return total(seen.length, i => (scaled[i]! / all) * get(h, n, seen[i]!, c));
    });
  },
};

test.each([...attentions, weighted])('$name', checkOp);
