import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Pattern } from '../../../query/ast.ts';
import { expressionOf } from './expression.ts';
import { matcherOf } from './matcher.ts';
import { scanBytes } from './scan.ts';

const literal = (text: string, options: Partial<Pattern> = {}): Pattern => ({
  text,
  isRegex: false,
  isCaseSensitive: true,
  isWholeWord: false,
  ...options,
});
const regex = (text: string, options: Partial<Pattern> = {}): Pattern =>
  literal(text, { isRegex: true, ...options });

/** Matched texts by line and column. */
function matches(pattern: Pattern, content: string | Buffer, most = 1000): string[] {
  const bytes = Buffer.from(content as string);
  const found = scanBytes(bytes, [matcherOf(pattern)], () => true, most)?.[0];
  const places = [...(found?.places ?? [])];
  const list: string[] = [];
  for (let i = 0; i < places.length; i += 3) list.push(`${places[i]}:${places[i + 1]}-${places[i + 2]}`);
  return found?.isCut ? [...list, 'more'] : list;
}

describe('places of matches', () => {
  test('lines begin with 1, columns with 0', () => {
    expect(matches(literal('b'), 'ab\nb\n\nxxb')).toEqual(['1:1-2', '2:0-1', '4:2-3']);
    expect(matches(literal('aa'), 'aaaaa')).toEqual(['1:0-2', '1:2-4']);
  });

  test('columns are UTF-16 units, without the byte order mark', () => {
    expect(matches(literal('b'), '\ufeffé😀b')).toEqual(['1:3-4']);
    expect(matches(regex('b'), '\ufeffé😀b')).toEqual(['1:3-4']);
  });

  test('line ends of Windows are no part of a line', () => {
    expect(matches(regex('b$'), 'ab\r\nb\r\n')).toEqual(['1:1-2', '2:0-1']);
    expect(matches(regex('b\\s*x'), 'ab\r\n\r\nx')).toEqual(['1:1-2']);
    expect(matches(regex('\\r\\n'), 'a\r\nb')).toEqual(['1:1-1']);
  });

  test('a match over several lines ends with its first', () => {
    expect(matches(literal('b\nc'), 'ab\ncd\nb\nc')).toEqual(['1:1-2', '3:0-1']);
    expect(matches(regex('b[^]*c'), 'ab\n\nc')).toEqual(['1:1-2']);
  });

  test('empty matches', () => {
    expect(matches(regex('^$'), 'a\n\nb\n')).toEqual(['2:0-0']);
    expect(matches(regex('x*'), '😀')).toEqual(['1:0-0', '1:1-1', '1:2-2']);
    expect(matches(regex('(?:😀)*'), 'é😀x')).toEqual(['1:0-0', '1:1-3', '1:3-3', '1:4-4']);
  });

  test('no more than are asked for', () => {
    expect(matches(literal('a'), 'aaa', 2)).toEqual(['1:0-1', '1:1-2', 'more']);
    expect(matches(literal('a'), 'aa', 2)).toEqual(['1:0-1', '1:1-2']);
    expect(matches(literal('a'), 'aa', 0)).toEqual(['more']);
  });

  test('UTF-16, invalid UTF-8 and binary content are read as the indexer reads them', () => {
    const wide = Buffer.from('\ufeffa größe\n', 'utf16le');
    expect(matches(literal('größe'), wide)).toEqual(['1:2-7']);
    const invalid = Buffer.concat([Buffer.from('x'), Buffer.from([0xff]), Buffer.from('größe')]);
    expect(matches(literal('größe'), invalid)).toEqual(['1:2-7']);
    expect(matches(literal('\ufffd'), invalid)).toEqual(['1:1-2']);
    expect(scanBytes(Buffer.from('a\0b'), [matcherOf(literal('a'))], () => true, 1)).toBeUndefined();
  });
});

describe('what matches', () => {
  test('case', () => {
    const content = 'Read READ read größe GRÖSSE GRÖßE';
    expect(matches(literal('read'), content)).toHaveLength(1);
    expect(matches(literal('read', { isCaseSensitive: false }), content)).toHaveLength(3);
    expect(matches(literal('read', { isCaseSensitive: false }), 'Read read')).toHaveLength(2);
    expect(matches(literal('Größe', { isCaseSensitive: false }), content)).toEqual(['1:15-20', '1:28-33']);
    expect(matches(regex('r[e-f]AD', { isCaseSensitive: false }), content)).toHaveLength(3);
    expect(matches(regex('GRÖß', { isCaseSensitive: false }), content)).toEqual(['1:15-19', '1:28-32']);
  });

  test('whole words', () => {
    const whole = { isWholeWord: true };
    expect(matches(literal('id', whole), 'id idx _id id2 éid (id) 𝒳id id')).toEqual([
      '1:0-2',
      '1:20-22',
      '1:29-31',
    ]);
    expect(matches(regex('id|idx', whole), 'idx id_ id')).toEqual(['1:0-3', '1:8-10']);
    expect(matches(regex('i.', whole), 'éid (id)')).toEqual(['1:5-7']);
    expect(matches(regex('\\p{L}d', whole), 'éid (id)')).toEqual(['1:5-7']);
    expect(matches(literal('ab', whole), 'abab ab')).toEqual(['1:5-7']);
  });

  test('characters of expressions are not special in literals', () => {
    for (const isCaseSensitive of [true, false]) {
      expect(matches(literal('a.*[b](\\d)', { isCaseSensitive }), 'a.*[b](\\d) axxb1')).toEqual(['1:0-10']);
      expect(matches(literal('\\u{61}', { isCaseSensitive }), 'a\\u{61}')).toEqual(['1:1-7']);
    }
  });

  test('wrong expressions are told in one line', () => {
    expect(() => matcherOf(regex('a('))).toThrow(/^not a regular expression: \/a\(\/gm: Unterminated group$/);
    expect(() => matcherOf(regex(')(', { isWholeWord: true }))).toThrow(/not a regular expression/);
    expect(() => matcherOf(literal(''))).toThrow(/empty/);
  });

  test('both cases spelled out are the flag i', () => {
    const piece = fc.constantFrom(
      'a',
      'B',
      'k',
      's',
      '[a-c]',
      '[^b]',
      '[K-]',
      '[-s]',
      '[^A-Z]',
      '\\x41',
      '\\w',
      '\\W',
      '.',
      '|',
      '_',
    );
    const around = fc.constantFrom('', '', '', '+', '*', '?');
    const source = fc
      .array(
        fc.tuple(piece, around).map(([a, b]) => (a === '|' ? a : a + b)),
        { minLength: 1, maxLength: 6 },
      )
      .map(pieces => pieces.join(''));
    const text = fc.string({ unit: fc.constantFrom(...'abABkKsS_-1ſKéÉ\n'), maxLength: 20 });
    fc.assert(
      fc.property(source, text, (text_, content) => {
        const expression = expressionOf(regex(text_, { isCaseSensitive: false }));
        expect(expression.flags).toBe('gm');
        const spelled = [...content.matchAll(expression)].map(match => [match.index, match[0]]);
        const flagged = [...content.matchAll(new RegExp(text_, 'gmi'))].map(match => [match.index, match[0]]);
        expect(spelled).toEqual(flagged);
      }),
      { numRuns: 2000 },
    );
  });

  test('literals are found where the plain way finds them', () => {
    const text = fc.string({ unit: fc.constantFrom(...'abAB_ é\n'), maxLength: 30 });
    const needle = fc.string({ unit: fc.constantFrom(...'abAB_'), minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(
        text,
        needle,
        fc.boolean(),
        fc.boolean(),
        (content, wanted, isCaseSensitive, isWholeWord) => {
          const pattern = literal(wanted, { isCaseSensitive, isWholeWord });
          expect(matches(pattern, content)).toEqual(matches({ ...pattern, isRegex: true }, content));
        },
      ),
      { numRuns: 1000 },
    );
  });
});
