import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bootstrapInterval,
  groupedMean,
  holm,
  mean,
  median,
  quantile,
  Random,
  randomisationTest,
  rangeOf,
  resample,
  weightsOf,
} from './statistics.ts';

interface Fixture {
  paired: Array<{ differences: number[]; weights: number[]; p: number }>;
  large: Array<{ differences: number[]; draws: number; p: number; interval: [number, number] }>;
  holm: Array<{ p: number[]; corrected: number[] }>;
}

const fixture = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../test/fixtures/evaluation/statistics.json'), 'utf8'),
) as Fixture;

/** Standard normal, by Box and Muller. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

function sample(n: number, draw: () => number): number[] {
  return Array.from({ length: n }, draw);
}

test('means and quantiles', () => {
  expect(mean([])).toBe(0);
  expect(mean([1, 2, 6])).toBe(3);
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(quantile([0, 10, 20, 30, 40], 0.9)).toBe(36);
  expect(quantile([10, 9, 8, -1], 0)).toBe(-1);
  expect(quantile([], 0.5)).toBeNaN();
});

test('the mean over groups of their means', () => {
  expect(groupedMean([1, 0, 0, 1, 1], [3, 2])).toBe((1 / 3 + 1) / 2);
  expect([...weightsOf([1, 2])]).toEqual([0.5, 0.25, 0.25]);
});

describe('random numbers', () => {
  test('are those of mulberry32', () => {
    // The first numbers of the reference implementation with seed 1.
    const random = new Random(1);
    expect(sample(3, () => random.next())).toEqual([
      0.6270739405881613, 0.002735721180215478, 0.5274470399599522,
    ]);
  });

  test('a shuffled list has the same members', () => {
    const list = sample(
      50,
      (() =>
        (
          i => () =>
            i++
        )(0))(),
    );
    const shuffled = new Random(3).shuffled(list);
    expect(shuffled).not.toEqual(list);
    expect(shuffled.toSorted((a, b) => a - b)).toEqual(list);
  });
});

describe('bootstrap', () => {
  /** Without columns or counts: each draw takes the members one by one. */
  function plain(groups: number[][], draws: number, seed: number): number[] {
    const random = new Random(seed);
    return sample(draws, () =>
      mean(groups.map(group => mean(sample(group.length, () => group[random.below(group.length)]!)))),
    );
  }

  test('is the same as drawing members one by one', () => {
    const groups = [
      [0.1, 0.9, 0.4],
      [1, 0],
      [0.3, 0.3, 0.2, 0.8, 0.7],
    ];
    const other = groups.flat().map(value => value ** 2);
    const [first, second] = resample([groups.flat(), other], [3, 2, 5], 300, 7);
    for (const [i, value] of plain(groups, 300, 7).entries()) expect(first![i]).toBeCloseTo(value, 12);
    // Columns are summed four at a time.
    for (const count of [1, 3, 4, 5, 9]) {
      const many = resample(
        Array.from({ length: count }, (_, i) => other.map(v => v + i)),
        [3, 2, 5],
        300,
        7,
      );
      expect(many.length).toBe(count);
      for (const [i, drawn] of many.entries()) expect(drawn[299]).toBeCloseTo(second![299]! + i, 12);
    }
    const squares = groups.map(group => group.map(value => value ** 2));
    for (const [i, value] of plain(squares, 300, 7).entries()) expect(second![i]).toBeCloseTo(value, 12);
    const { mean: value, low, high } = bootstrapInterval(groups, 300, 7);
    expect(value).toBeCloseTo(mean(groups.map(mean)), 12);
    expect([low, high]).toEqual(rangeOf(first!));
  });

  test('differences are paired: a constant difference has no spread', () => {
    const values = sample(
      40,
      (
        random => () =>
          random.next()
      )(new Random(5)),
    );
    const [a, b] = resample([values, values.map(value => value + 0.25)], [40], 200, 1);
    const [low, high] = rangeOf(b!, a!);
    expect(low).toBeCloseTo(0.25, 12);
    expect(high).toBeCloseTo(0.25, 12);
  });

  test('an interval of equal values is that value, exactly', () => {
    expect(
      bootstrapInterval([
        [1, 1, 1],
        [1, 1, 1, 1, 1, 1, 1],
      ]),
    ).toEqual({ mean: 1, low: 1, high: 1 });
  });

  test('nothing has no interval', () => {
    expect(bootstrapInterval([[], []])).toEqual({ mean: Number.NaN, low: Number.NaN, high: Number.NaN });
  });

  test('the intervals of scipy', () => {
    for (const { differences, interval } of fixture.large) {
      const { mean: middle, low, high } = bootstrapInterval([differences]);
      expect(middle).toBeCloseTo(mean(differences), 12);
      // An end is a quantile of 2,000 draws: with 95 % draws below 1.96 standard errors its own standard error is
      // √(.025 · .975 / 2000) / .058 = .06 of them, .03 of what an interval spans on one side. Five times that.
      const side = (interval[1] - interval[0]) / 2;
      expect(Math.abs(low - interval[0])).toBeLessThan(0.15 * side);
      expect(Math.abs(high - interval[1])).toBeLessThan(0.15 * side);
    }
  });

  test('about 95 % of intervals hold the true mean', () => {
    const random = new Random(11);
    // Two groups of skewed values of different means and sizes; the total's mean is (1 + 3) / 2.
    const exponential = (by: number) => () => -by * Math.log(1 - random.next());
    let held = 0;
    const rounds = 400;
    for (let i = 0; i < rounds; i++) {
      const { low, high } = bootstrapInterval(
        [sample(80, exponential(1)), sample(120, exponential(3))],
        400,
        i,
      );
      if (low <= 2 && high >= 2) held++;
    }
    // Binomial standard error 1.1 %; skew and finite samples cost a percent or two.
    expect(held / rounds).toBeGreaterThan(0.9);
    expect(held / rounds).toBeLessThan(0.985);
  });
});

describe('randomisation test', () => {
  test('by hand', () => {
    expect(randomisationTest([])).toBe(1);
    expect(randomisationTest([0, 0, 0])).toBe(1);
    expect(randomisationTest([0.5])).toBe(1);
    // Only all signs equal are as extreme: 2 of 2^5.
    expect(randomisationTest([1, 1, 1, 1, 1, 0, 0])).toBe(2 / 32);
    // |2 + 1 − 1| = 2: all but 2 − 1 − 1 and its opposite.
    expect(randomisationTest([2, 1, -1])).toBe(6 / 8);
    // The weights make the first difference as large as the others together.
    expect(randomisationTest([1, 1, 1], { weights: [2, 1, 1] })).toBe(2 / 8);
    expect(randomisationTest([1, -1, -1], { weights: [2, 1, 1] })).toBe(1);
  });

  test('rounding does not make equal sums differ', () => {
    expect(randomisationTest([0.1, 0.2, -0.3, 1e-17])).toBe(1);
    expect(randomisationTest([0.3, 0.1, 0.2])).toBe(2 / 8);
  });

  test('the exact values of scipy', () => {
    for (const { differences, weights, p } of fixture.paired)
      expect(randomisationTest(differences, { weights })).toBeCloseTo(p, 9);
  });

  test('the drawn values of scipy', () => {
    for (const { differences, draws, p } of fixture.large) {
      const found = randomisationTest(differences);
      // Both are drawn; five standard errors.
      const error = Math.sqrt(p * (1 - p) * (1 / draws + 1 / 10_000));
      expect(Math.abs(found - p)).toBeLessThan(5 * error + 1 / 10_000);
      expect(randomisationTest(differences)).toBe(found);
      expect(randomisationTest(differences.map(difference => -difference))).toBeCloseTo(found, 1);
    }
  });

  test('never 0', () => {
    expect(randomisationTest(sample(1000, () => 1))).toBe(1 / 10_001);
    expect(
      randomisationTest(
        sample(1000, () => 1),
        { draws: 99 },
      ),
    ).toBe(0.01);
  });

  test('differences of 0 do not matter', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 40 }), list => {
        const options = { draws: 200 };
        expect(randomisationTest(list, options)).toBe(randomisationTest(list.filter(Boolean), options));
      }),
      { numRuns: 50 },
    );
  });

  test.each([
    ['one group', sample(30, () => 1 / 30)],
    ['two groups', weightsOf([5, 25])],
  ])('without an effect p is uniform: %s', (_, weights) => {
    const random = new Random(17);
    const rounds = 1000;
    const found = sample(rounds, () =>
      randomisationTest(
        sample(30, () => normal(random)),
        { weights, draws: 199, seed: random.bits() },
      ),
    ).sort((a, b) => a - b);
    // Kolmogorov and Smirnov: with 1,000 values the distance stays below 1.95 / √1000 = .062 in 999 of 1,000 cases.
    const distance = Math.max(...found.map((p, i) => Math.max((i + 1) / rounds - p, p - i / rounds)));
    expect(distance).toBeLessThan(0.062);
  });

  test('with an effect p is small', () => {
    const random = new Random(19);
    const found = sample(100, () =>
      randomisationTest(
        sample(50, () => normal(random) + 0.8),
        { draws: 999 },
      ),
    );
    expect(found.filter(p => p < 0.05).length).toBeGreaterThan(95);
  });
});

describe('Holm', () => {
  test('by hand', () => {
    expect(holm([])).toEqual([]);
    expect(holm([0.04])).toEqual([0.04]);
    expect(holm([0.04, 0.01, 0.03])).toEqual([0.06, 0.03, 0.06]);
    expect(holm([0.9, 0.6])).toEqual([1, 1]);
  });

  test('the values of statsmodels', () => {
    for (const { p, corrected } of fixture.holm)
      for (const [i, value] of holm(p).entries()) expect(value).toBeCloseTo(corrected[i]!, 9);
  });

  test('never lower than what it corrects, and in the same order', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 }), ps => {
        const corrected = holm(ps);
        for (const [i, p] of ps.entries()) {
          expect(corrected[i]).toBeGreaterThanOrEqual(p);
          expect(corrected[i]).toBeLessThanOrEqual(1);
          for (const [j, other] of ps.entries())
            if (p < other) expect(corrected[i]).toBeLessThanOrEqual(corrected[j]!);
        }
      }),
    );
  });
});
