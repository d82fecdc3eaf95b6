import { expect, test } from 'vitest';
import { defined } from './defined.ts';

test('properties without a value are left out, others stay', () => {
  const given: { a: number; b: string | undefined; c: null } = { a: 0, b: undefined, c: null };
  const left: { a: number; b?: string; c: null } = defined(given);
  expect(Object.keys(left)).toEqual(['a', 'c']);
});
