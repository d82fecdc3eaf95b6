import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { QuarryError } from '../core/errors.ts';
import type { QueryNode } from './ast.ts';
import { explainQuery } from './explain.ts';
import { formatQuery } from './format.ts';
import { parseQuery } from './parse.ts';
import { bare } from './tree.testing.ts';

describe('formatQuery', () => {
  test.each([
    ['language:go  retry   NOT is:test', 'lang:go retry -is:test'],
    ['(lang:go OR lang:rust) x', 'lang:go,rust x'],
    ['lang:go "a" or "b"', 'lang:go ("a" OR "b")'],
    ['("a" OR ("b" "c")) "d"', '("a" OR "b" "c") "d"'],
    ['(lang:go "a") or "b"', '(lang:go "a") OR "b"'],
    ['file:"a b",c r:api@v1 branch:main', 'path:"a b",c repo:api@v1 rev:main'],
    ['f:\\.go$ sym:^Foo kind:fn', 'path:/\\.go$/ sym:/^Foo/ kind:function'],
    ['c:x content:/ y/ "q\\"\\\\"', '"x" content:/ y/ "q\\"\\\\"'],
    ['case:no "Foo"', 'case:no "Foo"'],
    ['case:yes "Foo"', '"Foo"'],
    ['case:yes "foo" /Bar/i', 'case:yes "foo" /Bar/i'],
    ['-(a or bb) -or', '-(a OR bb) -or'],
    ['"b" \\or "a"', '"b" \\or "a"'],
    ['"a"-bb NOT x NOT (C)', '"a" \\-bb NOT x -(C)'],
    ['"a" \\lang:x', '"a" \\lang:x'],
    ['', ''],
    ['how does  it "work"?', 'how does it "work"'],
  ])('%s', (text, expected) => {
    expect(formatQuery(parseQuery(text).node)).toBe(expected);
  });

  test('a tree of another maker means the same', () => {
    const span = { start: 0, end: 0 };
    const pattern = (
      text: string,
      flags: Partial<{ isRegex: true; isCaseSensitive: true; isWholeWord: true }>,
    ) => ({
      kind: 'content' as const,
      pattern: { text, isRegex: false, isCaseSensitive: false, isWholeWord: false, ...flags },
      span,
    });
    const node: QueryNode = {
      kind: 'and',
      children: [
        pattern('foo', { isCaseSensitive: true }),
        pattern('Bar.', {}),
        pattern('x', { isWholeWord: true }),
        pattern('a/b', { isRegex: true }),
        { kind: 'word', text: '/a/', span },
      ],
    };
    const text = formatQuery(node);
    expect(text).toBe('case:yes "foo" /Bar\\./i /(?<!\\w)(?:x)(?!\\w)/i /a\\/b/i \\/a/');
    expect(parseQuery(text).words).toBe('/a/');
  });
});

describe('explainQuery', () => {
  test.each([
    ['how does it work', []],
    ['lang:go,rust x path:src/** -is:test', ['in go or rust', 'files matching src/**', 'without tests']],
    ['"a b" /x\\(/ -"Q"', ['with "a b"', 'with a match of /x\\(/', 'without "Q", case as written']],
    ['sym:send kind:class,fn', ['named "send"', 'only classes or functions']],
    ['repo:api@v1 rev:main', ['in repository api at v1', 'in revision main']],
    ['-foo -path:a,b', ['without the word foo', 'without files matching a or b']],
    ['is:docs -lang:go -sym:x', ['only documentation', 'not in go', 'not named "x"']],
    [
      '-(is:test,docs) -(foo bar)',
      ['without tests or documentation', 'without the word foo and the word bar together'],
    ],
    ['"a" OR lang:go "b"', ['with "a" or (in go and with "b")']],
    ['-lang:go,rust -(lang:go "b")', ['not in go or rust', 'not (in go and with "b")']],
    ['-foo', ['without the word foo']],
  ])('%s', (text, expected) => {
    expect(explainQuery(parseQuery(text))).toEqual(expected);
  });
});

/** Pieces that mean something, alone or beside others. */
const pieces = (
  '( ) " / - \\ , : \' @ or OR AND NOT and not lang: path: f: repo: rev: sym: kind: type: content: c: is: case: lnag: go ts ' +
  'test function symbol yes no src/** ^x \\.go$ a@b Foo foo( () b) /a.b/ /X/i /a/s /usr x/ [ ] { } $ .* = é 😀 -> --x 1'
)
  .split(' ')
  .concat(' ', '  ', '\n', '"a b"');
const hostile = fc
  .array(
    fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(...pieces) },
      fc.string({ unit: 'grapheme', maxLength: 4 }),
    ),
    {
      maxLength: 24,
    },
  )
  .chain(parts => fc.constantFrom(parts.join(''), parts.join(' ')));

/** Well-formed queries of some depth. */
const wellFormed = fc.letrec<{ query: string; item: string }>(tie => ({
  item: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constantFrom(
      ...(
        'foo Bar or OR AND x(y) a( b) /usr it/ "a" /r.x/ /R/i lang:go lang:go,rust path:src repo:a@b rev:m is:test sym:Foo ' +
        'kind:fn -foo -lang:go case:yes \\or \\-x \\( ext:ts -"q" -> -1 \\/a/'
      ).split(' '),
      '"B c"',
      '/ y/',
      'path:"a b",/x/',
      'content:/ x/',
    ),
    tie('query').map(query => `(${query})`),
    tie('query').map(query => `-(${query})`),
    tie('item').map(item => `NOT ${item}`),
  ),
  query: fc
    .array(fc.tuple(tie('item'), fc.constantFrom(' ', ' ', ' or ', ' OR ', ' AND ')), {
      minLength: 1,
      maxLength: 5,
    })
    .map(items => items.map(([item, join], i) => (i === items.length - 1 ? item : item + join)).join('')),
})).query;

function parsed(text: string): ReturnType<typeof parseQuery> | undefined {
  try {
    return parseQuery(text);
  } catch (error) {
    if (error instanceof QuarryError && error.code === 'usage' && !/\n/.test(error.message)) return undefined;
    throw error;
  }
}

describe('any text', () => {
  test('is read or fails with a usage error; what is read is written and read again', () => {
    const roundTrips = (text: string): void => {
      const query = parsed(text);
      if (!query) return;
      const written = formatQuery(query.node);
      expect(bare(parseQuery(written).node)).toBe(bare(query.node));
      expect(formatQuery(parseQuery(written).node)).toBe(written);
      expect(parseQuery(written)).toMatchObject({ words: query.words, isPlain: query.isPlain });
      expect(explainQuery(query).length > 0).toBe(!query.isPlain);
    };
    fc.assert(fc.property(hostile, roundTrips), { numRuns: 3000 });
    fc.assert(fc.property(wellFormed, roundTrips), { numRuns: 3000 });
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 60 }), roundTrips), { numRuns: 1000 });
  });

  test('spans lie in it, and a child in its parent', () => {
    fc.assert(
      fc.property(wellFormed, text => {
        const query = parsed(text);
        const visit = (node: QueryNode, start: number, end: number): void => {
          if ('children' in node) for (const child of node.children) visit(child, start, end);
          if (!('span' in node)) return;
          expect(node.span.start).toBeGreaterThanOrEqual(start);
          expect(node.span.end).toBeLessThanOrEqual(end);
          expect(node.span.end).toBeGreaterThan(node.span.start);
          if (node.kind === 'not') visit(node.child, node.span.start, node.span.end);
        };
        if (query) visit(query.node, 0, text.length);
      }),
    );
  });

  test.each(
    [
      ...pieces,
      '/[ ',
      '(a ',
      'foo( ',
      '/a\\',
      'lang:a,',
      "c:'a ",
      '-(',
      'NOT ',
      'a OR ',
      'f: ',
      '\\\\',
      '/(((',
      '"\\',
    ].map(piece => [piece]),
  )('ten thousand characters of %j end', piece => {
    parsed(piece.repeat(Math.floor(10_000 / piece.length)));
    parsed(`${piece.repeat(Math.floor(9_000 / piece.length))} lang:go`);
  });
});

// Questions beside the checkout, where they are.
const data = resolve(import.meta.dirname, '../../../shared/data');

test.skipIf(!existsSync(data))('questions of published data sets are plain words', () => {
  const sets = [
    'cosqa/queries.test',
    'cosqa/queries.dev',
    'webquery/test',
    'csn/queries99',
    'thirty_seconds/pairs',
    'mbxp/pairs',
  ];
  const questions = new Set<string>();
  for (const set of sets) {
    const text = gunzipSync(readFileSync(join(data, `${set}.jsonl.gz`))).toString('utf8');
    for (const line of text.trimEnd().split('\n'))
      questions.add((JSON.parse(line) as { query: string }).query);
  }
  for (const file of globSync(join(data, 'repo-queries/queries/*.json'))) {
    for (const { query } of JSON.parse(readFileSync(file, 'utf8')) as Array<{ query: string }>)
      questions.add(query);
  }
  const letters = (text: string) => (text.match(/[\p{L}\p{N}_]+/gu) ?? []).join(' ');
  const others = [...questions].filter(question => {
    const query = parsed(question);
    return !query?.isPlain || letters(query.words) !== letters(question);
  });
  if (others.length > 0) console.log(`not plain words:\n  ${others.join('\n  ')}`);
  expect(questions.size).toBeGreaterThan(3000);
  expect(others.length / questions.size).toBeLessThan(0.01);
});
