import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  identifierClass,
  identifiersOf,
  identifierTerms,
  splitIdentifier,
  textTerms,
} from './identifiers.ts';
import { stem } from './stem.ts';

describe('splitIdentifier', () => {
  test.each([
    ['parseHTTPResponse2', ['parse', 'http', 'response', '2']],
    ['MAX_RETRY', ['max', 'retry']],
    ['getUserName', ['get', 'user', 'name']],
    ['get_user_name', ['get', 'user', 'name']],
    ['__init__', ['init']],
    ['_private', ['private']],
    ['HTTPServer', ['http', 'server']],
    ['HTTP', ['http']],
    ['IOError', ['io', 'error']],
    ['aB', ['a', 'b']],
    ['utf8', ['utf', '8']],
    ['sha256sum', ['sha', '256', 'sum']],
    ['x', ['x']],
    ['XMLHttpRequest', ['xml', 'http', 'request']],
    ['größeÄndern', ['größeändern']],
    ['日本語', ['日本語']],
    ['日本Name', ['日本', 'name']],
    ['kebab-case', ['kebab', 'case']],
    ['___', []],
    ['', []],
  ])('%s', (identifier, words) => {
    expect(splitIdentifier(identifier)).toEqual(words);
  });

  /** Identifiers as they are written: letters of any script, digits, underscores. */
  const identifier = fc
    .string({
      unit: fc.oneof(fc.constantFrom(...'abzABZ019__'), fc.constantFrom(...'äßÉжЖ日本한ñ')),
      maxLength: 30,
    })
    .filter(text => /[^_]/.test(text));

  test('the words joined are the identifier without underscores, in lower case', () => {
    fc.assert(
      fc.property(identifier, text => {
        expect(splitIdentifier(text).join('')).toBe(text.replaceAll('_', '').toLowerCase());
      }),
    );
  });

  test('words are not empty, have one kind of character each, and do not split again', () => {
    fc.assert(
      fc.property(identifier, text => {
        for (const word of splitIdentifier(text)) {
          expect(word).not.toBe('');
          expect(/\d/.test(word)).toBe(/^\d+$/.test(word));
          expect(splitIdentifier(word)).toEqual([word]);
        }
      }),
    );
  });

  test('the style of writing makes no difference', () => {
    const word = fc.stringMatching(/^[a-z]{2,8}$/);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), words => {
        const camel = words.map((w, i) => (i === 0 ? w : w[0]!.toUpperCase() + w.slice(1))).join('');
        for (const form of [camel, words.join('_'), words.join('_').toUpperCase(), `_${camel}`]) {
          expect(splitIdentifier(form)).toEqual(words);
        }
      }),
    );
  });

  test('any text at all is split without trouble', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), text => {
        const separate = [...text].every(c => identifierClass(c.charCodeAt(0)) === 0);
        if (separate) expect(splitIdentifier(text)).toEqual([]);
        for (const word of splitIdentifier(text)) expect(word).not.toBe('');
      }),
    );
  });
});

describe('terms', () => {
  test('words are stemmed, the whole name is not', () => {
    expect(identifierTerms('getUserNames')).toEqual(['get', 'user', 'name', 'getusernames']);
    expect(identifierTerms('connections')).toEqual(['connect']);
  });

  test('long numbers and data give no terms', () => {
    expect(identifierTerms('12345')).toEqual([]);
    expect(identifierTerms('1234')).toEqual(['1234']);
    expect(identifierTerms('a'.repeat(41))).toEqual([]);
    expect(identifierTerms('error12345')).toEqual(['error', 'error12345']);
    expect(identifierTerms(`${'a'.repeat(40)}_${'b'.repeat(41)}`)).toEqual([stem('a'.repeat(40))]);
  });

  test('identifiersOf cuts at everything that cannot be in a name', () => {
    expect(identifiersOf('foo.bar(baz_1, "große Straße") → naïve×2…')).toEqual([
      'foo',
      'bar',
      'baz_1',
      'große',
      'Straße',
      'naïve',
      '2',
    ]);
  });

  test('the identifiers of a text are its parts, in order', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), text => {
        let at = 0;
        for (const identifier of identifiersOf(text)) {
          const found = text.indexOf(identifier, at);
          expect(found).toBeGreaterThanOrEqual(at);
          const between = text.slice(at, found);
          for (let i = 0; i < between.length; i++) expect(identifierClass(between.charCodeAt(i))).toBe(0);
          at = found + identifier.length;
        }
        for (let i = at; i < text.length; i++) expect(identifierClass(text.charCodeAt(i))).toBe(0);
      }),
    );
  });

  test('textTerms are the terms of the identifiers', () => {
    expect(textTerms('return parseHeaders(rawHeaders)')).toEqual([
      'return',
      'pars',
      'header',
      'parseheaders',
      'raw',
      'header',
      'rawheaders',
    ]);
  });
});
