import { expect, test } from 'vitest';
import { nearest } from './nearest.ts';

test.each([
  ['limt', 'limit'],
  ['lmiit', 'limit'],
  ['THREADS', 'threads'],
  ['thr', 'threads'],
  ['x', undefined],
  ['completely', undefined],
])('nearest to %s is %s', (word, expected) => {
  expect(nearest(word, ['limit', 'threads', 'color'])).toBe(expected);
});
