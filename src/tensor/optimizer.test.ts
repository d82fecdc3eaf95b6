import { expect, test } from 'vitest';
import { Random } from '../core/random.ts';
import type { Weights } from './initialise.ts';
import { expectClose } from './op-check.testing.ts';
import { AdamW } from './optimizer.ts';
import { addUpRows, clipByGlobalNorm, type Gradients } from './row-gradients.ts';

function dense(name: string, ...values: number[]): Gradients {
  return { dense: new Map([[name, Float32Array.from(values)]]), rows: new Map() };
}

function rows(name: string, ids: number[], values: number[]): Gradients {
  const given = { ids: Int32Array.from(ids), values: Float32Array.from(values) };
  return { dense: new Map(), rows: new Map([[name, given]]) };
}

test('two steps by hand', () => {
  const weights: Weights = new Map([['w', { shape: [1, 2], data: Float32Array.of(1, -2) }]]);
  const adam = new AdamW(weights, { decay: 0.1 });
  adam.update(dense('w', 0.5, -4), 0.01);
  // The first step is rate · sign of the gradient, after the weights lost rate · decay = 0.1 %.
  expectClose(weights.get('w')!.data, [1 * 0.999 - 0.01, -2 * 0.999 + 0.01], 1e-6);
  adam.update(dense('w', 0.1, 4), 0.01);
  const step = (g1: number, g2: number) => {
    const m = (0.9 * 0.1 * g1 + 0.1 * g2) / (1 - 0.9 ** 2);
    const v = (0.999 * 0.001 * g1 ** 2 + 0.001 * g2 ** 2) / (1 - 0.999 ** 2);
    return (0.01 * m) / (Math.sqrt(v) + 1e-8);
  };
  expectClose(weights.get('w')!.data, [0.989 * 0.999 - step(0.5, 0.1), -1.988 * 0.999 - step(-4, 4)], 1e-6);
});

test('biases do not decay', () => {
  const weights: Weights = new Map([['b', { shape: [1], data: Float32Array.of(1) }]]);
  new AdamW(weights, { decay: 0.5 }).update(dense('b', 0), 0.1);
  expect(weights.get('b')!.data[0]).toBe(1);
});

test('rows that are touched every time are as if dense', () => {
  const random = new Random(5);
  const start = Float32Array.from({ length: 6 }, () => random.normal());
  const [a, b] = [0, 1].map((): Weights => new Map([['t', { shape: [3, 2], data: start.slice() }]]));
  const [asDense, asRows] = [new AdamW(a!), new AdamW(b!)];
  for (let step = 1; step <= 5; step++) {
    const gradient = Array.from({ length: 6 }, () => random.normal());
    asDense.update(dense('t', ...gradient), 0.1 / step);
    asRows.update(rows('t', [2, 0, 1], [...gradient.slice(4), ...gradient.slice(0, 4)]), 0.1 / step);
  }
  expectClose(b!.get('t')!.data, a!.get('t')!.data, 1e-6);
});

test('rows make up for the decay they missed', () => {
  const weights: Weights = new Map([['t', { shape: [2, 1], data: Float32Array.of(1, 1) }]]);
  const adam = new AdamW(weights, { decay: 0.5 });
  for (const rate of [0.1, 0.2, 0.3]) adam.update(rows('t', [0], [0]), rate);
  expect(weights.get('t')!.data[1]).toBe(1);
  adam.settle();
  const decayed = 0.95 * 0.9 * 0.85;
  expectClose(weights.get('t')!.data, [decayed, decayed], 1e-6);
  adam.settle();
  expectClose(weights.get('t')!.data, [decayed, decayed], 1e-6);
});

test('the moments of a row decay while it is not touched', () => {
  const weights: Weights = new Map([['t', { shape: [2, 1], data: Float32Array.of(0, 0) }]]);
  const adam = new AdamW(weights, { decay: 0 });
  adam.update(rows('t', [0, 1], [1, 1]), 0.1);
  for (let i = 0; i < 3; i++) adam.update(rows('t', [0], [0]), 0.1);
  adam.update(rows('t', [0, 1], [0, 0]), 0.1);
  const { arrays } = adam.state();
  for (const [name, factor] of [
    ['mean/t', 0.1 * 0.9 ** 4],
    ['square/t', 0.001 * 0.999 ** 4],
  ] as const) {
    expectClose(arrays.get(name)!.data, [factor, factor], 1e-7);
  }
});

test('says which gradient does not belong', () => {
  const weights: Weights = new Map([['w', { shape: [2, 1], data: new Float32Array(2) }]]);
  const adam = new AdamW(weights);
  expect(() => adam.update(dense('x', 1), 0.1)).toThrow(/'x', which is no weight/);
  expect(() => adam.update(dense('w', 1), 0.1)).toThrow(/'w' is not of the kind or size/);
  expect(() => adam.update(rows('w', [0], [1, 2]), 0.1)).toThrow(/rows of 'w' must have 1 values/);
  expect(() => adam.restore({ step: 0, logDecay: 0, arrays: new Map() })).toThrow(
    /'mean\/w': needed \[2, 1\]/,
  );
});

test('rows of the same id are added up in order', () => {
  const parts = [
    { ids: Int32Array.of(4, 1, 4), values: Float32Array.of(1, 2, 10, 20, 5, 6) },
    { ids: Int32Array.of(1, 0), values: Float32Array.of(100, 200, 7, 8) },
  ];
  const summed = addUpRows(parts, 5, 2);
  expect([...summed.ids]).toEqual([4, 1, 0]);
  expect([...summed.values]).toEqual([6, 8, 110, 220, 7, 8]);
  expect(() => addUpRows(parts, 4, 2)).toThrow(/row 4 of a table of 4/);
});

test('clips to a common norm and refuses what is not finite', () => {
  const both: Gradients = {
    dense: new Map([['a', Float32Array.of(3)]]),
    rows: new Map([['b', { ids: Int32Array.of(0), values: Float32Array.of(4) }]]),
  };
  expect(clipByGlobalNorm(both, 10)).toBe(5);
  expect(clipByGlobalNorm(both, 2.5)).toBe(5);
  expect([both.dense.get('a')![0], both.rows.get('b')!.values[0]]).toEqual([1.5, 2]);
  expect(() => clipByGlobalNorm(dense('a', Number.NaN), 1)).toThrow(/gradient of 'a' is not finite/);
});
