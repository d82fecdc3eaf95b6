import { expect, test } from 'vitest';
import { constantOf, initialise, kaiming, normal, xavier } from './initialise.ts';

const variance = (data: Float32Array) => data.reduce((sum, x) => sum + x * x, 0) / data.length;

test('variances are those of the papers', () => {
  expect(variance(initialise('w', [100, 300], xavier, 1).data)).toBeCloseTo(2 / 400, 3);
  expect(variance(initialise('w', [100, 300], kaiming, 1).data)).toBeCloseTo(2 / 100, 3);
  expect(variance(initialise('w', [3000], normal(0.5), 1).data)).toBeCloseTo(0.25, 1);
  expect([...initialise('w', [2], constantOf(3), 1).data]).toEqual([3, 3]);
  expect(() => initialise('w', [3], xavier, 1)).toThrow(/\[3\] has no two axes/);
});

test('same seed and name, same numbers; another of either, others', () => {
  const weight = (name: string, seed: number) => initialise(name, [2, 2], xavier, seed).data;
  expect(weight('a', 1)).toEqual(weight('a', 1));
  expect(weight('a', 1)).not.toEqual(weight('b', 1));
  expect(weight('a', 1)).not.toEqual(weight('a', 2));
});
