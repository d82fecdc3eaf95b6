// Checks numbers that callers give.

import { QuarryError } from './errors.ts';

/** The value, if it is a whole number from `low` to `high`. Throws QuarryError `usage` that names the option. */
export function wholeNumber(
  name: string,
  value: number,
  low: number,
  high: number = Number.POSITIVE_INFINITY,
): number {
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  const range = high === Number.POSITIVE_INFINITY ? `from ${low}` : `from ${low} to ${high}`;
  throw new QuarryError('usage', `${name} must be a whole number ${range}, not ${value}`);
}
