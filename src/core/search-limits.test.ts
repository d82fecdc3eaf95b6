// Bounds are part of the range, and what is outside is named.

import { expect, test } from 'vitest';
import { numberWithin, searchLimits, wholeWithin } from './search-limits.ts';

test('a value within its bounds is taken, none is the default', () => {
  expect(wholeWithin('limit', undefined, searchLimits.limit)).toBe(10);
  for (const value of [1, 1000]) expect(wholeWithin('limit', value, searchLimits.limit)).toBe(value);
  expect(numberWithin('rerankBudgetMs', undefined, searchLimits.rerankBudgetMs)).toBe(1000);
  for (const value of [0, 0.5, 600_000])
    expect(numberWithin('rerankBudgetMs', value, searchLimits.rerankBudgetMs)).toBe(value);
});

test.each([0, 1001, 1.5, Number.NaN])('limit %s is refused', value => {
  expect(() => wholeWithin('limit', value, searchLimits.limit)).toThrow(
    `limit must be a whole number from 1 to 1000, not ${value}`,
  );
});

test.each([-1, 600_001, Number.NaN])('contentBudgetMs %s is refused', value => {
  expect(() => numberWithin('contentBudgetMs', value, searchLimits.contentBudgetMs)).toThrow(
    `contentBudgetMs must be from 0 to 600000, not ${value}`,
  );
});

test('every default lies within its bounds', () => {
  for (const { least, most, usual } of Object.values(searchLimits)) {
    expect(usual).toBeGreaterThanOrEqual(least);
    expect(usual).toBeLessThanOrEqual(most);
  }
});
