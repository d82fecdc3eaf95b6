import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { QueryNode } from '../query/ast.ts';
import { parseQuery } from '../query/parse.ts';
import { type GrepFlags, grepQuery } from './grep-query.ts';

const none: GrepFlags = { patterns: [], fixed: false, ignoreCase: false, wholeWords: false };

function contents(node: QueryNode): Extract<QueryNode, { kind: 'content' }>[] {
  if (node.kind === 'content') return [node];
  return node.kind === 'and' || node.kind === 'or' ? node.children.flatMap(contents) : [];
}

/** What the parser makes of it. */
function read(query: string, flags: Partial<GrepFlags>) {
  const { node, words } = parseQuery(grepQuery(query, { ...none, ...flags }));
  return { kind: node.kind, words, patterns: contents(node).map(({ pattern }) => pattern) };
}

describe('flags of grep as a query', () => {
  test('-F is a literal, whatever it holds', () => {
    const odd = [
      'foo(',
      '"quoted"',
      'a\\b',
      '/slashes/',
      'lang:go',
      '-x',
      'or',
      ' ',
      'tab\there',
      '(a or b)',
    ];
    for (const text of odd) {
      const { patterns, words } = read(text, { fixed: true });
      expect(words).toBe('');
      expect(patterns).toEqual([{ text, isRegex: false, isCaseSensitive: true, isWholeWord: false }]);
    }
  });

  test('any literal survives', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: fc.constantFrom(...'ab"\\/()[]-:*? \n\tö€😀') }), text => {
        const [pattern] = read(text, { fixed: true }).patterns;
        expect(pattern?.text).toBe(text);
      }),
    );
  });

  test('-F -w finds the text and no longer word', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }), text => {
        const [pattern] = read(text, { fixed: true, wholeWords: true }).patterns;
        const regex = new RegExp(pattern!.text, 'm');
        expect(regex.exec(` ${text} `)?.[0]).toBe(text);
        expect(regex.test(`x${text}x`) && /^\w/.test(text) && /\w$/.test(text) && !text.includes('x')).toBe(
          false,
        );
      }),
    );
  });

  test('-e is a regular expression; several are alternatives, words rank', () => {
    expect(read('backoff with jitter', { patterns: ['retry\\('] })).toMatchObject({
      words: 'backoff with jitter',
      patterns: [{ text: 'retry\\(', isRegex: true, isCaseSensitive: true }],
    });
    const two = read('', { patterns: ['a/b', ' c '], ignoreCase: true });
    expect(two.kind).toBe('or');
    expect(two.patterns.map(({ text }) => text)).toEqual(['a\\/b', ' c ']);
    expect(two.patterns.every(({ isCaseSensitive }) => !isCaseSensitive)).toBe(true);
    expect(read('', { patterns: ['[/"]', 'x\\/y', '^  a$'] }).patterns.map(({ text }) => text)).toEqual([
      '[\\/"]',
      'x\\/y',
      '^  a$',
    ]);
  });

  test('an "or" of the words does not reach the patterns', () => {
    const { node } = parseQuery(grepQuery('lang:go or lang:ts', { ...none, patterns: ['x'] }));
    expect(node.kind).toBe('and');
    expect(grepQuery('something or', { ...none, patterns: ['x'] })).toBe(
      '(something or) content:/x/ case:yes',
    );
    expect(read('something or', { patterns: ['x'] }).kind).toBe('and');
  });

  test('the case in the query outranks the default', () => {
    expect(read('case:no', { patterns: ['Foo'] }).patterns[0]!.isCaseSensitive).toBe(false);
    expect(read('"Foo"', { ignoreCase: true }).patterns[0]!.isCaseSensitive).toBe(false);
    expect(grepQuery('plain words', none)).toBe('plain words');
  });

  test('what cannot be is said', () => {
    const failing = (flags: Partial<GrepFlags>) => () => grepQuery('q', { ...none, ...flags });
    expect(failing({ patterns: [''] })).toThrow('the pattern is empty');
    expect(failing({ patterns: ['a('] })).toThrow(/-e a\(: invalid regular expression: Unterminated group/);
    expect(failing({ patterns: ['a\\'] })).toThrow('invalid regular expression');
    expect(failing({ wholeWords: true })).toThrow('-w says how text is found');
  });
});
