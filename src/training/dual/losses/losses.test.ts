import { expect, test } from 'vitest';
import { cpuBackend, Graph, type Node, type Weights } from '../../../tensor/index.ts';
import type { LossSpec } from './loss.ts';
import { losses, lossOf } from './registry.ts';

const n = 4;
const d = 6;

/** Rows of about length 1, each near its own axis. */
function rows(offset: number): Float32Array {
  return Float32Array.from({ length: n * d }, (_, i) => {
    const [row, column] = [Math.floor(i / d), i % d];
    return (row === column ? 0.6 : 0) + 0.3 * Math.sin(1.7 * i + offset);
  });
}

interface Step {
  loss: number;
  gradientNorm: number;
  weights: Weights;
}

/** One step of plain training on the vectors themselves. */
async function stepOf(spec: LossSpec, query: Float32Array, unit: Float32Array, rate = 1e-3): Promise<Step> {
  const shape = [n, d];
  const backend = cpuBackend({
    weights: new Map([
      ['query', { shape, data: query }],
      ['unit', { shape, data: unit }],
    ]),
    build: () => {
      const graph = new Graph();
      const pass = (): { query: Node; unit: Node } => ({
        query: graph.parameter('query', shape),
        unit: graph.parameter('unit', shape),
      });
      const { loss, spec: whole } = lossOf(spec);
      return loss.build({ ...pass(), again: pass }, whole);
    },
    optimizer: { decay: 0 },
    clip: Number.POSITIVE_INFINITY,
  });
  try {
    const { loss, gradientNorm } = await backend.step('', {}, rate);
    return { loss, gradientNorm, weights: await backend.weights() };
  } finally {
    await backend.close();
  }
}

const specs: LossSpec[] = [
  ...losses.map(({ id }) => ({ kind: id })),
  { kind: 'info-nce', similarity: 'euclidean' },
  { kind: 'info-nce', selfWeight: 0.3 },
  { kind: 'margin', margin: 0.3, similarity: 'euclidean' },
];

test.each(specs)('%j is finite and falls along its gradient', async spec => {
  const first = await stepOf(spec, rows(0), rows(1));
  expect(Number.isFinite(first.loss)).toBe(true);
  expect(first.gradientNorm).toBeGreaterThan(0);
  const { weights } = first;
  const second = await stepOf(spec, weights.get('query')!.data, weights.get('unit')!.data);
  expect(second.loss).toBeLessThan(first.loss);
});

test.each(
  specs
    .filter(({ kind }) => kind !== 'self-supervised')
    .map(spec => (spec.kind === 'margin' ? { ...spec, margin: 0.5 } : spec)),
)('%j is lower for a right pair that is closer', async spec => {
  const around = (own: number, rest: number) =>
    Float32Array.from({ length: n * d }, (_, i) => rest + (Math.floor(i / d) === i % d ? own : 0));
  const [query, unit] = [around(1, 0.2), around(0.2, 0.5)];
  // Along the last dimension only the first query goes.
  for (let i = 0; i < n; i++) query[i * d + d - 1] = i === 0 ? 0.9 : 0;
  const closer = unit.slice();
  closer[d - 1]! += 0.3;
  const [far, near] = [await stepOf(spec, query, unit), await stepOf(spec, query, closer)];
  expect(near.loss).toBeLessThan(far.loss);
});

test('a symmetric contrast does not know which side asks', async () => {
  const both = { kind: 'info-nce', symmetric: true };
  const [a, b] = [await stepOf(both, rows(0), rows(1)), await stepOf(both, rows(1), rows(0))];
  expect(a.loss).toBeCloseTo(b.loss, 5);
  const one = { kind: 'info-nce', symmetric: false };
  const [c, e] = [await stepOf(one, rows(0), rows(1)), await stepOf(one, rows(1), rows(0))];
  expect(c.loss).not.toBeCloseTo(e.loss, 5);
  expect((c.loss + e.loss) / 2).toBeCloseTo(a.loss, 5);
});

test('the margin loss is 0 where all right pairs are the margin ahead', async () => {
  const own = Float32Array.from({ length: n * d }, (_, i) => (Math.floor(i / d) === i % d ? 1 : 0));
  const { loss, gradientNorm } = await stepOf({ kind: 'margin', margin: 0.5 }, own, own.slice());
  expect(loss).toBe(0);
  expect(gradientNorm).toBe(0);
  const turned = Float32Array.from({ length: n * d }, (_, i) =>
    (Math.floor(i / d) + 1) % n === i % d ? 1 : 0,
  );
  const wrong = await stepOf({ kind: 'margin', margin: 0.5 }, own, turned);
  // Each row has one other unit that is ahead by 1, and n - 2 that are level, over n.
  expect(wrong.loss).toBeCloseTo((n * (1.5 + (n - 2) * 0.5)) / n, 4);
});

test('a loss that does not exist, or without a temperature, is refused', () => {
  expect(() => lossOf({ kind: 'info-nse' })).toThrow('there is no loss "info-nse"');
  expect(() => lossOf({ kind: 'info-nce', temperature: 0 })).toThrow('is not above 0');
});
