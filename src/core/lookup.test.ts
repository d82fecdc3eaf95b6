import { expect, test } from 'vitest';
import { byId } from './lookup.ts';
import { wholeNumber } from './numbers.ts';

const entries = [{ id: 'static' }, { id: 'transformer' }];

test('an entry is found by its id', () => {
  expect(byId(entries, 'static', 'encoder')).toBe(entries[0]);
});

test('an id that is nearly right names the one that was meant', () => {
  expect(() => byId(entries, 'transfromer', 'encoder')).toThrow(
    expect.objectContaining({
      code: 'usage',
      message: 'there is no encoder "transfromer"',
      hint: 'did you mean transformer?',
    }),
  );
});

test('an id that is like none lists all of them', () => {
  expect(() => byId(entries, 'zebra', 'encoder')).toThrow(
    expect.objectContaining({ hint: 'there are static, transformer' }),
  );
});

test('a whole number in its range is returned, anything else names option and range', () => {
  expect(wholeNumber('limit', 5, 1, 10)).toBe(5);
  expect(() => wholeNumber('limit', 0, 1, 10)).toThrow('limit must be a whole number from 1 to 10, not 0');
  expect(() => wholeNumber('limit', 1.5, 1)).toThrow('limit must be a whole number from 1, not 1.5');
  expect(() => wholeNumber('limit', Number.NaN, 1)).toThrow('not NaN');
});
