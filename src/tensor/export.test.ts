import { expect, test } from 'vitest';
import { Random } from '../core/random.ts';
import { attention } from './composites/attention.ts';
import { conv1d, linear } from './composites/layers.ts';
import { attentionPool, maskedMax, maskedMean } from './composites/pooling.ts';
import { l2Normalise } from './composites/similarity.ts';
import { compareModels, exportDynamicModel, exportModel } from './export.ts';
import { Graph, type Node } from './graph.ts';
import { initialise, xavier } from './initialise.ts';
import { expectClose } from './op-check.testing.ts';
import { add, exp, mul, tanh } from './primitives/elementwise.ts';
import { gather } from './primitives/gather.ts';
import { expand, sum } from './primitives/layout.ts';
import { concat, slice } from './primitives/pieces.ts';
import { quantiseMatrix } from './quantise.ts';
import { compile, Program } from './session.ts';
import { batchOf, encode, type Sizes, weightsOf } from './transformer.testing.ts';

const sizes: Sizes = { vocabulary: 50, d: 32, heads: 4, inner: 64, layers: 2, n: 3, t: 6 };
const weights = weightsOf(sizes, 4);
const graph = new Graph();
const ids = graph.input('query.ids', [3, 6], 'int32');
const mask = graph.input('query.mask', [3, 6]);
const vector = encode(ids, mask, sizes, weights);

function feeds(seed: number): Record<string, Float32Array | Int32Array> {
  const { 'query.ids': tokens, 'query.mask': real } = batchOf(sizes, new Random(seed));
  return { 'query.ids': tokens!, 'query.mask': real! };
}

test('an exported model computes what the graph computes, without its weights', async () => {
  const program = await compile({ vector });
  const all = Object.fromEntries(Array.from(weights, ([name, { data }]) => [name, data]));
  const wanted = (await program.run({ ...feeds(1), ...all }))['vector']!;
  const exported = await Program.open(exportModel({ vector }, weights, { metadata: { name: 'tiny' } }));
  expect(exported.inputs.map(input => input.name).sort()).toEqual(['query.ids', 'query.mask']);
  const found = (await exported.run(feeds(1)))['vector']!;
  expect([...found.shape]).toEqual([3, 32]);
  expectClose(found.data as Float32Array, wanted.data as Float32Array, 1e-5);
});

test('equal models are equal bytes', () => {
  expect(exportModel({ vector }, weights)).toEqual(exportModel({ vector }, weights));
});

test.each([7, 8] as const)('int8 with %i bits is smaller and close', async bits => {
  const plain = exportModel({ vector }, weights);
  const small = exportModel({ vector }, weights, { quantise: { bits } });
  expect(small.length).toBeLessThan(plain.length * 0.55);
  const difference = await compareModels(plain, small, 'vector', [feeds(1), feeds(2), feeds(3)]);
  expect(difference.leastCosine).toBeGreaterThan(0.998);
  expect(difference.meanCosine).toBeLessThan(1);
  expect(difference.largest).toBeGreaterThan(0);
  expect(difference.rootMeanSquare).toBeLessThan(difference.largest);
  const none = await compareModels(plain, plain, 'vector', [feeds(1)]);
  expect([none.largest, none.rootMeanSquare]).toEqual([0, 0]);
});

test('an export names the weight that is missing', () => {
  const fewer = new Map(weights);
  fewer.delete('1.up');
  expect(() => exportModel({ vector }, fewer)).toThrow(/weight '1.up': needed \[32, 64\], found nothing/);
  expect(() => exportModel({ vector }, fewer, { quantise: true })).toThrow(/weight '1.up'/);
});

test('whole numbers are off by at most half a scale', () => {
  const random = new Random(1);
  const data = Float32Array.from({ length: 60 }, () => random.normal()).fill(0, 10, 20);
  for (const byRow of [true, false]) {
    const { values, scales } = quantiseMatrix(data, 10, 63, byRow);
    expect(scales).toHaveLength(byRow ? 6 : 10);
    for (const [i, value] of data.entries()) {
      const scale = scales[byRow ? Math.floor(i / 10) : i % 10]!;
      expect(Math.abs(values[i]! * scale - value)).toBeLessThanOrEqual(scale * 0.5001);
      expect(Math.abs(values[i]!)).toBeLessThanOrEqual(63);
    }
  }
});

function dynamic({ n, t }: Readonly<Record<string, number>>): Record<string, Node> {
  const own = new Graph();
  const shape = [n!, t!];
  const tokens = own.input('ids', shape, 'int32');
  const real = own.input('mask', shape);
  const weight = (name: string) => own.parameter(name, weights.get(name)!.shape);
  const x = gather(weight('tokens'), tokens);
  const seen = attention(linear(x, weight('0.query')), x, x, real, 4);
  const spread = conv1d(slice(add(x, seen), 1, 1, t!), own.parameter('conv', [96, 32]));
  const pooled = attentionPool(spread, slice(real, 1, 1, t!), sum(spread, 2));
  return { vector: l2Normalise(concat([pooled, maskedMax(x, real), maskedMean(x, real)], 1)) };
}

test('one model with free sizes computes what models with static sizes do', async () => {
  const all = new Map(weights).set('conv', initialise('conv', [96, 32], xavier, 1));
  const free = exportDynamicModel(dynamic, ['n', 't'], all);
  const small = exportDynamicModel(dynamic, ['n', 't'], all, { quantise: true });
  expect((await Program.open(free)).inputs[0]!.shape).toEqual([-1, -1]);
  for (const [n, t] of [
    [1, 2],
    [3, 6],
    [8, 3],
  ] as const) {
    const random = new Random(n);
    const shape = [n, t];
    const given = {
      ids: { data: Int32Array.from({ length: n * t }, () => random.below(50)), shape },
      mask: { data: Float32Array.from({ length: n * t }, () => 1), shape },
    };
    const fixed = exportModel(dynamic({ n, t }), all);
    expect((await compareModels(fixed, free, 'vector', [given])).largest).toBeLessThan(1e-6);
    expect((await compareModels(fixed, small, 'vector', [given])).leastCosine).toBeGreaterThan(0.99);
  }
});

test('says what cannot have a free size', () => {
  const build = (make: (own: Graph, n: number) => Node) => () =>
    exportDynamicModel(({ n }) => ({ y: make(new Graph(), n!) }), ['n'], weights);
  expect(build((own, n) => exp(own.parameter('w', [n])))).toThrow(
    /^export: Parameter 'w': \[29\] and \[41\]/,
  );
  expect(build((own, n) => expand(own.input('x', []), [n]))).toThrow(/^export: Expand/);
  expect(build((own, n) => mul(own.input('x', [n]), n))).toThrow(/^export: Constant/);
  expect(build((own, n) => (n < 40 ? exp : tanh)(own.input('x', [n])))).toThrow(
    /another one for other sizes/,
  );
});
