import fc from 'fast-check';
import { expect, test } from 'vitest';
import { QuarryError } from '../core/errors.ts';
import { parseQuery } from '../query/parse.ts';
import { narrowed, unshifted } from './query.ts';

const none = { path: '', languages: [] };

test('a query without parameters stays as it is', () => {
  expect(narrowed('a or (b', none)).toEqual({ text: 'a or (b', shift: 0 });
});

test('path and languages stand before the query', () => {
  const { text } = narrowed('read a file', { path: 'src/a b/**', languages: ['ts', 'go'] });
  expect(text).toBe('path:"src/a b/**" lang:ts,go read a file');
  expect(narrowed('a or b', { path: 'src', languages: [] }).text).toBe('path:"src" (a or b)');
  expect(narrowed('a or(b c)', { path: 'src', languages: [] }).text).toBe('path:"src" (a or(b c))');
});

test('no path can leave its quotes', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1 }).filter(path => path.trim() !== ''),
      path => {
        const { text } = narrowed('word', { path, languages: [] });
        const parsed = parseQuery(text);
        expect(parsed.words).toBe('word');
      },
    ),
  );
});

test('a parenthesis that would end the group around the query is an error of its own', () => {
  expect(() => narrowed('a) or (b', { path: 'src', languages: [] })).toThrow(/column 2: no parenthesis/);
  expect(narrowed('"a)" or "(b"', { path: 'src', languages: [] }).text).toBe('path:"src" ("a)" or "(b")');
});

test('what is no language is not put into the query', () => {
  for (const name of ['', 'go path:x', 'a"b', 'x'.repeat(50)])
    expect(() => narrowed('a', { path: '', languages: [name] })).toThrow(QuarryError);
  expect(narrowed('a', { path: '', languages: ['c++', 'c#', 'objective-c'] }).text).toContain('c++,c#');
});

test('columns of errors are those of the query as it was given', () => {
  const { text, shift } = narrowed('read "open', { path: 'src', languages: [] });
  let error: unknown;
  try {
    parseQuery(text);
  } catch (caught) {
    error = unshifted(caught, shift);
  }
  expect((error as QuarryError).message).toMatch(/^query, column 6:/);
  expect(unshifted(new Error('x'), 3)).toEqual(new Error('x'));
});
