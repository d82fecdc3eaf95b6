import { expect, test } from 'vitest';
import { Random } from '../core/random.ts';
import { measureRepresentation } from './representation.ts';

function unitRows(count: number, dims: number, random: Random): Float32Array {
  const rows = new Float32Array(count * dims);
  for (let r = 0; r < count; r++) {
    const row = Float32Array.from({ length: dims }, () => random.normal());
    const norm = Math.hypot(...row);
    rows.set(
      row.map(value => value / norm),
      r * dims,
    );
  }
  return rows;
}

/** The formulas as they are written, over lists of lists. */
function reference(queries: Float32Array, codes: Float32Array, dims: number) {
  const split = (rows: Float32Array) =>
    Array.from({ length: rows.length / dims }, (_, r) => Array.from(rows.subarray(r * dims, (r + 1) * dims)));
  const distance = (x: number[], y: number[]) => x.reduce((sum, v, i) => sum + (v - y[i]!) ** 2, 0);
  const cosine = (x: number[], y: number[]) =>
    x.reduce((sum, v, i) => sum + v * y[i]!, 0) / (Math.hypot(...x) * Math.hypot(...y));
  const mean = (list: number[]) => list.reduce((a, b) => a + b, 0) / list.length;
  const [q, c] = [split(queries), split(codes)];
  const uniformity = (rows: number[][]) =>
    Math.log(
      mean(rows.flatMap((x, i) => rows.flatMap((y, j) => (i === j ? [] : [Math.exp(-2 * distance(x, y))])))),
    );
  const negatives = q.flatMap((x, i) => c.flatMap((y, j) => (i === j ? [] : [cosine(x, y)])));
  const meanPositive = mean(q.map((x, i) => cosine(x, c[i]!)));
  const meanNegative = mean(negatives);
  const deviation = Math.sqrt(mean(negatives.map(value => (value - meanNegative) ** 2)));
  return {
    pairs: q.length,
    alignment: mean(q.map((x, i) => distance(x, c[i]!))),
    queryUniformity: uniformity(q),
    codeUniformity: uniformity(c),
    uniformity: (uniformity(q) + uniformity(c)) / 2,
    meanPositive,
    meanNegative,
    separation: (meanPositive - meanNegative) / deviation,
  };
}

test('agrees with the formulas as they are written', () => {
  const random = new Random(7);
  for (const [count, dims] of [
    [2, 1],
    [3, 4],
    [17, 8],
    [40, 64],
  ] as const) {
    const [queries, codes] = [unitRows(count, dims, random), unitRows(count, dims, random)];
    const wanted = reference(queries, codes, dims);
    // Of one dimension all negatives may be alike.
    for (const [name, value] of Object.entries(measureRepresentation({ queries, codes, dims })))
      if (name !== 'separation' || dims > 1)
        expect(value).toBeCloseTo(wanted[name as keyof typeof wanted], 5);
  }
});

test('right pairs that are one, spread to opposite corners', () => {
  const rows = Float32Array.of(1, 0, -1, 0);
  expect(measureRepresentation({ queries: rows, codes: rows, dims: 2 })).toMatchObject({
    pairs: 2,
    alignment: 0,
    uniformity: -8,
    meanPositive: 1,
    meanNegative: -1,
    separation: 0,
  });
});

test('a space that has collapsed', () => {
  const rows = Float32Array.of(0.6, 0.8, 0.6, 0.8, 0.6, 0.8);
  const { alignment, uniformity, separation } = measureRepresentation({
    queries: rows,
    codes: rows,
    dims: 2,
  });
  expect(alignment).toBeCloseTo(0, 6);
  expect(uniformity).toBeCloseTo(0, 6);
  expect(separation).toBeCloseTo(0, 3);
});

test('zeros have no direction: their cosine is 0', () => {
  const { meanPositive } = measureRepresentation({
    queries: Float32Array.of(0, 0, 1, 0),
    codes: Float32Array.of(0, 1, 1, 0),
    dims: 2,
  });
  expect(meanPositive).toBe(0.5);
});

test('what are no pairs is refused', () => {
  const two = Float32Array.of(1, 0, 0, 1);
  const one = Float32Array.of(1, 0);
  for (const [queries, codes, dims] of [
    [two, one, 2],
    [two, two, 3],
    [two, two, 0],
    [one, one, 2],
  ] as const)
    expect(() => measureRepresentation({ queries, codes, dims })).toThrow(
      expect.objectContaining({ code: 'usage' }),
    );
});
