import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitIdentifier } from '../core/identifiers.ts';
import { characterClass, OPERATOR } from './characters.ts';
import { oddTexts, randomTexts, sourcePieces } from './corpus.testing.ts';
import { boundaryPattern, dataPattern, limits, preTokenPattern } from './patterns.ts';
import { detached, normaliseText, preTokens } from './pre-tokens.ts';

/** The pre-tokeniser as `patterns.ts` describes it, step by step. */
function reference(text: string): string[] {
  const normalised = text
    .normalize('NFKC')
    .replaceAll(new RegExp(dataPattern, 'gu'), ' ')
    .replaceAll(new RegExp(boundaryPattern, 'gu'), ' ')
    .replaceAll(/[Σς]/gu, 'σ')
    .replaceAll('İ', 'i')
    .toLowerCase();
  return normalised.match(new RegExp(preTokenPattern, 'gu')) ?? [];
}

describe('words', () => {
  test('spellings of one name give the same pre-tokens', () => {
    const words = ['parse', 'http', 'response'];
    for (const name of [
      'parseHTTPResponse',
      'ParseHttpResponse',
      'parse_http_response',
      'PARSE_HTTP_RESPONSE',
      '__parse__http_response',
      'parse http response',
      ' parse\n\tHTTP  response ',
    ]) {
      expect(preTokens(name), name).toEqual(words);
    }
  });

  test('digits are words of their own', () => {
    expect(preTokens('utf8String x86_64 base64Encode v2')).toEqual([
      'utf',
      '8',
      'string',
      'x',
      '86',
      '64',
      'base',
      '64',
      'encode',
      'v',
      '2',
    ]);
  });

  test('a plural of capitals is one word', () => {
    expect(preTokens('URLs userIDs getURLsOf XMLs2JSON')).toEqual([
      'urls',
      'user',
      'ids',
      'get',
      'urls',
      'of',
      'xmls',
      '2',
      'json',
    ]);
    expect(preTokens('HTTPServer HTTPsession')).toEqual(['http', 'server', 'htt', 'psession']);
  });

  test('identifiers are split as the index splits them', () => {
    const identifier = fc.string({ unit: fc.constantFrom(...'abzABZ019_'), minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(identifier, name => {
        const expected = splitIdentifier(name).flatMap(word => word.match(/\d{1,4}|\D+/g) ?? []);
        expect(preTokens(name)).toEqual(expected);
      }),
    );
  });

  test('scripts without case end where others begin', () => {
    expect(preTokens('解析HTTP响应 LoginHandlerを')).toEqual([
      '解析',
      'http',
      '响应',
      'login',
      'handler',
      'を',
    ]);
  });

  test('case is folded without looking around', () => {
    expect(preTokens('ΟΔΟΣ ΟΔΟΣ.Α İstanbul ＡＢＣ')).toEqual(['οδοσ', 'οδοσ', '.', 'α', 'istanbul', 'abc']);
  });
});

describe('symbols and data', () => {
  test('operators and brackets are kept, apart from each other', () => {
    expect(preTokens('(a, b) => a?.b[0] !== "x";')).toEqual([
      '(',
      'a',
      ',',
      'b',
      ')',
      '=>',
      'a',
      '?.',
      'b',
      '[',
      '0',
      ']',
      '!==',
      '"',
      'x',
      '";',
    ]);
  });

  test('hashes and embedded data are cut out, long names and paths stay', () => {
    expect(preTokens('a da39a3ee5e6b4b0d3255bfef95601890afd80709 b')).toEqual(['a', 'b']);
    expect(preTokens('"iVBORw0KGgoAAAANSUhEUgAA1234567890AAAFCAYAAACNbyblAAAA=="')).toEqual(['"', '"']);
    expect(preTokens('abstractAnnotationConfigDispatcherServletInitializer2')).toHaveLength(7);
    expect(preTokens('org/apache/commons/lang3/builder')).toHaveLength(10);
  });

  test('what one run may hold is bounded', () => {
    const { word, number, symbols } = limits;
    expect(preTokens('a'.repeat(1000)).map(piece => piece.length)).toEqual([
      word.chunk,
      word.keep - word.chunk,
    ]);
    expect(preTokens('7'.repeat(23)).map(piece => piece.length)).toEqual([4, 4, number.keep - 8]);
    expect(preTokens(`${'='.repeat(100)}${'('.repeat(100)}`)).toEqual([
      '='.repeat(symbols.keep),
      '('.repeat(symbols.keep),
    ]);
  });

  test('separators alone give nothing', () => {
    expect(preTokens(' _\t\r\n\0\u00a0\u2028\ufeff')).toEqual([]);
    expect(normaliseText('')).toBe('');
  });

  test('every code point has a class, lone surrogates too', () => {
    expect(characterClass(0xd800)).toBe(OPERATOR);
    expect(characterClass(0x10ffff)).toBe(OPERATOR);
    expect(preTokens('\ud800')).toEqual(['\ud800']);
  });
});

describe('the scanner equals the patterns', () => {
  test('on code, odd texts and random ones', () => {
    for (const text of [...oddTexts, ...sourcePieces(), ...randomTexts(2000)]) {
      expect(preTokens(text)).toEqual(reference(text));
    }
  });

  test('on any text', () => {
    const close = fc.constantFrom(...'aAsS1_ =(/+Éé解İς', 'ʰ', '\u0301', '𐐀', '𐐨', '\ud800', 'A'.repeat(31));
    const unit = fc.oneof(close, fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }));
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 60 }), units => {
        expect(preTokens(units.join(''))).toEqual(reference(units.join('')));
      }),
      { numRuns: 1000 },
    );
  });

  test('on long runs of the data alphabet', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'aB0123/+='), maxLength: 120 }), text => {
        expect(preTokens(text)).toEqual(reference(text));
      }),
    );
  });
});

test('a detached string is the same string', () => {
  for (const text of [...oddTexts, 'short', 'a longer piece of text']) expect(detached(text)).toBe(text);
});
