import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cascade, cascadeWeight } from './cascade.ts';

const list = (...scores: number[]) =>
  scores.map((score, i) => ({ id: i, score, signals: [{ name: 'text', value: score }] }));

test('the first so many are put in order by the sum of both stages, the rest stays behind', () => {
  const found = cascade(list(3, 2.5, 2, 1), [0, 1, 2], 1);
  expect(found.map(({ id }) => id)).toEqual([2, 1, 0, 3]);
  expect(found[3]).toEqual(list(3, 2.5, 2, 1)[3]);
});

test('with the weight 0 nothing moves', () => {
  expect(cascade(list(3, 2, 1), [1, 5, 9], 0).map(({ id }) => id)).toEqual([0, 1, 2]);
});

test('what could not be read counts as the median of the others', () => {
  const found = cascade(list(1, 1, 1), [9, Number.NaN, 1], 1);
  expect(found.map(({ id }) => id)).toEqual([0, 1, 2]);
  const none = cascade(list(2, 1), [Number.NaN, Number.NaN], 1);
  expect(none.map(({ id }) => id)).toEqual([0, 1]);
});

test('more scores than results, and none at all', () => {
  expect(cascade(list(2, 1), [0, 5, 7, 9], 1).map(({ id }) => id)).toEqual([1, 0]);
  expect(cascade([], [1], 1)).toEqual([]);
  expect(cascade(list(2, 1), [], 1)).toEqual(list(2, 1));
});

test('whatever the scores: nothing is lost, scores fall, and each is the sum of its signals', () => {
  const number = fc.double({ min: -50, max: 50, noNaN: true });
  fc.assert(
    fc.property(
      fc.array(number, { maxLength: 30 }),
      fc.array(fc.oneof(number, fc.constant(Number.NaN)), { maxLength: 30 }),
      fc.double({ min: 0, max: 20, noNaN: true }),
      (scores, crossed, weight) => {
        const given = list(...scores.toSorted((a, b) => b - a));
        const found = cascade(given, crossed, weight);
        expect(found.map(({ id }) => id).toSorted((a, b) => a - b)).toEqual(given.map(({ id }) => id));
        for (const [i, { score, signals }] of found.entries()) {
          if (i > 0) expect(score).toBeLessThanOrEqual(found[i - 1]!.score + 1e-9);
          expect(signals.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(score, 6);
        }
      },
    ),
  );
});

test('the weight is that of trees for a tree, and grows to that of snippets', () => {
  const parameters = { top: 20, inTrees: 0.1, amongSnippets: 2 };
  expect(cascadeWeight({ files: 100, units: 100 }, parameters)).toBe(2);
  expect(cascadeWeight({ files: 100, units: 10_000 }, parameters)).toBe(0.1);
  // Five units in a file are a tree, not a pool in part: its weight is the one fitted to trees.
  expect(cascadeWeight({ files: 100, units: 500 }, parameters)).toBe(0.1);
  expect(cascadeWeight({ files: 100, units: 150 }, parameters)).toBeGreaterThan(0.5);
  expect(cascadeWeight({ files: 0, units: 0 }, parameters)).toBeCloseTo(0.1);
});
