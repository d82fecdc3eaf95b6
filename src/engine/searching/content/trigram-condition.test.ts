import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Pattern } from '../../../query/ast.ts';
import { meets } from '../../../store/trigrams/condition.ts';
import { trigramsOf } from '../../../store/trigrams/trigram.ts';
import { matcherOf } from './matcher.ts';
import { conditionOf } from './trigram-condition.ts';

const letters = [
  'a',
  'b',
  'A',
  'k',
  'K',
  'S',
  's',
  'é',
  'É',
  '\u212a',
  '\u017f',
  '\u0130',
  'ß',
  '日',
  '😀',
  '_',
  '1',
];
const word = fc
  .array(fc.constantFrom(...letters, ' ', '\n', '\r\n'), { maxLength: 14 })
  .map(parts => parts.join(''));

const escapes = [
  '\\b',
  '\\B',
  '\\d',
  '\\w',
  '\\W',
  '\\s',
  '\\x61',
  '\\x4b',
  '\\u0061',
  '\\u00e9',
  '\\u{61}',
  '\\u{1f600}',
];
const others = [
  '\\p{L}',
  '\\n',
  '\\_',
  '\\/',
  '.',
  '^',
  '$',
  '\\1',
  '\\2',
  '\\0',
  '\\k',
  '\\c',
  '{',
  '}',
  ']',
  '-',
  'a{',
  'b{1,',
];
const classes = [
  '[ab]',
  '[^a]',
  '[a-c]',
  '[\\w-]',
  '[-a]',
  '[a-]',
  '[kK]',
  '[é日]',
  '[😀]',
  '[]',
  '[^]',
  '[\\b]',
  '[A-Z]',
  '[a\\]b]',
];
const atom = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...letters) },
  { weight: 3, arbitrary: fc.constantFrom('ab', 'bab', 'aKs', 'baab', 'abé', 'é日') },
  { weight: 2, arbitrary: fc.constantFrom(...escapes, ...others) },
  { weight: 2, arbitrary: fc.constantFrom(...classes) },
);
const quantifier = fc.constantFrom(
  '',
  '',
  '',
  '',
  '',
  '*',
  '+',
  '?',
  '+?',
  '*?',
  '{2}',
  '{0}',
  '{1,2}',
  '{2,}',
  '{5}',
  '{5,6}',
);
const opening = fc.constantFrom('(', '(?:', '(?<name>', '(?=', '(?!', '(?<=', '(?<!', '(?i:', '(?-i:');

const { source } = fc.letrec<{ source: string; piece: string; term: string }>(tie => ({
  term: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    atom,
    fc.tuple(opening, tie('source')).map(([open, inside]) => `${open}${inside})`),
  ),
  piece: fc.tuple(tie('term'), quantifier).map(parts => parts.join('')),
  source: fc
    .array(fc.array(tie('piece'), { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 2 })
    .map(branches => branches.map(pieces => pieces.join('')).join('|')),
}));

function passes(pattern: Pattern, text: string): boolean {
  const trigrams = trigramsOf(Buffer.from(text));
  return meets(conditionOf(pattern), trigram => trigrams.has(trigram));
}

function isExpression(pattern: Pattern): boolean {
  try {
    matcherOf(pattern);
    return true;
  } catch {
    return false;
  }
}

describe('the condition of a pattern', () => {
  test('never rules out a text that has an expression', () => {
    let matches = 0;
    fc.assert(
      fc.property(
        source,
        fc.boolean(),
        fc.array(word, { minLength: 4, maxLength: 12 }),
        (text, isCaseSensitive, texts) => {
          const pattern = { text, isRegex: true, isCaseSensitive, isWholeWord: false };
          fc.pre(text !== '' && isExpression(pattern));
          const matcher = matcherOf(pattern);
          // Parts of the expression in it make matches likely.
          for (const whole of [...texts, text, text.replaceAll(/[^\p{L}_]/gu, ''), text.toUpperCase()]) {
            // Expressions made at random run away in long texts.
            const each = whole.slice(0, 14);
            if (!each.isWellFormed() || matcher.find(each, 1, false).length === 0) continue;
            matches++;
            expect(passes(pattern, each)).toBe(true);
          }
        },
      ),
      { numRuns: 1500 },
    );
    expect(matches).toBeGreaterThan(800);
  });

  test('never rules out a text that has a literal', () => {
    fc.assert(
      fc.property(
        word,
        word,
        word,
        fc.boolean(),
        fc.constantFrom('as', 'upper', 'lower'),
        (a, b, text, isCaseSensitive, how) => {
          fc.pre(text !== '');
          const pattern = { text, isRegex: false, isCaseSensitive, isWholeWord: false };
          const other = how === 'as' ? text : how === 'upper' ? text.toUpperCase() : text.toLowerCase();
          const whole = a + other + b;
          if (matcherOf(pattern).find(whole, 1, false).length > 0) expect(passes(pattern, whole)).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['hello', ['hello', 'say hello'], ['hell', 'help', 'olleh']],
    ['colou?r', ['color', 'colour'], ['colr', 'coler']],
    ['(?:foo|bar)Handler', ['fooHandler', 'barHandler'], ['bazhandler', 'foobar']],
    ['get[XYZ]Value', ['getXValue', 'getZValue'], ['getAValue']],
    ['func\\s+main', ['func  main'], ['func', 'main']],
    ['abc{3}d', ['abcccd'], ['abcd']],
    ['x(?:abc)+y', ['xabcabcy'], ['xaby']],
    ['\\bread(?!er)\\w*File', ['readBigFile'], ['readBig']],
    ['\\u{68}ello\\p{L}', ['hellos'], ['jello']],
    ['日本語', ['日本語'], ['日本']],
  ])('/%s/ narrows down', (text, yes, no) => {
    const pattern = { text, isRegex: true, isCaseSensitive: true, isWholeWord: false };
    for (const each of yes) expect(passes(pattern, each)).toBe(true);
    for (const each of no) expect(passes(pattern, each)).toBe(false);
  });

  test.each([
    ['(?i:éab)', true, 'ÉAB'],
    ['(?i:é日)é', true, 'É日é'],
    ['(?-i:abc)é', false, 'abcÉ'],
    ['\\u{6b}ss', false, '\u212a\u017fs'],
    ['\\u{61}(?i:kk)s', true, 'a\u212a\u212as'],
    ['[ké]ab', false, 'Éab'],
    ['größe', false, 'GRÖßE'],
  ])('/%s/ has letters with more cases than ASCII knows', (text, isCaseSensitive, content) => {
    const pattern = { text, isRegex: true, isCaseSensitive, isWholeWord: false };
    expect(matcherOf(pattern).find(content, 1, false)).not.toEqual([]);
    expect(passes(pattern, content)).toBe(true);
  });

  test('what is not understood rules nothing out', () => {
    for (const text of [
      '(?<a>abc)\\k<a>',
      'abc\\cx',
      '.*',
      'ab',
      `${'(?:'.repeat(150)}abc${')'.repeat(150)}`,
    ])
      expect(conditionOf({ text, isRegex: true, isCaseSensitive: true, isWholeWord: false }).kind).toBe(
        'any',
      );
  });
});
