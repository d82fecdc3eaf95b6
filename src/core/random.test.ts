import { expect, test } from 'vitest';
import { Random } from './random.ts';

test('the stream of a seed never changes', () => {
  const random = new Random(1);
  expect([random.bits(), random.bits(), random.bits()]).toEqual([2_693_262_067, 11_749_833, 2_265_367_787]);
  expect(new Random(7).shuffled([1, 2, 3, 4, 5])).toEqual(new Random(7).shuffled([1, 2, 3, 4, 5]));
});

test('goes on from its state, whatever was drawn', () => {
  const random = new Random(42);
  random.normal();
  random.below(10);
  const other = new Random(random.state);
  expect(other.normal()).toBe(random.normal());
  expect(other.bits()).toBe(random.bits());
});

test('normal numbers have mean 0 and variance 1', () => {
  const random = new Random(3);
  const drawn = Array.from({ length: 20_000 }, () => random.normal());
  const mean = drawn.reduce((a, b) => a + b, 0) / drawn.length;
  const variance = drawn.reduce((a, b) => a + (b - mean) ** 2, 0) / drawn.length;
  expect(Math.abs(mean)).toBeLessThan(0.03);
  expect(Math.abs(variance - 1)).toBeLessThan(0.03);
});
