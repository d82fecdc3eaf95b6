import { expect, test } from 'vitest';
import { QuarryError } from '../core/errors.ts';
import { readCursor, writeCursor } from './cursor.ts';

test('a cursor comes back as it was, for its own search', () => {
  for (const page of [undefined, 'abc.DEF_-', 'MS4x'])
    expect(readCursor(writeCursor({ page, skip: 3, limit: 10 }, ['q', 'p']), ['q', 'p'])).toEqual({
      page,
      skip: 3,
      limit: 10,
    });
});

test.each(['', 'x', '000000.1.2', '00000g.1.2.', `${'0'.repeat(6)}.1.9999.`, '\u0000'])(
  'no cursor: %j',
  text => {
    expect(() => readCursor(text, ['q'])).toThrow(QuarryError);
  },
);

test('a cursor of another search is refused', () => {
  const cursor = writeCursor({ page: undefined, skip: 0, limit: 5 }, ['q', '']);
  expect(() => readCursor(cursor, ['q', 'src'])).toThrow(/another search/);
});
