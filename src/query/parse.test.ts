import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { QuarryError } from '../core/errors.ts';
import type { ParsedQuery } from './ast.ts';
import { QueryError } from './errors.ts';
import { operators } from './operators.ts';
import { parseQuery, type QueryOptions } from './parse.ts';
import { bare } from './tree.testing.ts';

const known: Readonly<Record<string, string[]>> = {
  go: ['go'],
  rust: ['rust'],
  ts: ['typescript', 'tsx'],
  'c++': ['cpp'],
  'visual basic': ['visual-basic'],
};
const options: QueryOptions = {
  languages: name => known[name.toLowerCase()],
  languageNames: Object.keys(known),
};

const parse = (text: string): ParsedQuery => parseQuery(text, options);

/** A tree on one line: `and(lang go, not(word x))`; sensitive patterns with `!`. */
const outline = (text: string): string => bare(parse(text).node);

function failure(text: string): QueryError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof QueryError) return error;
    throw error;
  }
  throw new Error(`${text} was read`);
}

describe('operators', () => {
  test.each([
    ['lang:go', 'lang go'],
    ['language:Go', 'lang go'],
    ['l:c++', 'lang cpp'],
    ['LANG:go', 'lang go'],
    ['lang:"Visual Basic"', 'lang visual-basic'],
    ['lang:ts', 'or(lang typescript, lang tsx)'],
    ['lang:go,rust', 'or(lang go, lang rust)'],
    ['lang:go, retry', 'and(lang go, word retry)'],
    ['path:src/**', 'path src/**'],
    ['file:./src', 'path src'],
    ['f:/src/lib', 'path src/lib'],
    ['path:/', 'path .'],
    ['path:"my dir"', 'path my dir'],
    ['path:src/{a,b}/**,lib', 'or(path src/{a,b}/**, path lib)'],
    ['path:/_test\\.go$/', 'path /_test\\.go$/'],
    ['file:^src/', 'path /^src\\//'],
    ['f:\\.go$', 'path /\\.go$/'],
    ['-file:_test.go$', 'and(all, not(path /_test.go$/))'],
    ['filename:package.json', 'path package.json'],
    ['ext:.ts,tsx', 'or(path *.ts, path *.tsx)'],
    ['repo:api', 'repo api'],
    ['r:api@v2', 'repo api@v2'],
    ['repo:api@main:v2', 'or(repo api@main, repo api@v2)'],
    ['repo:"my api"@v2', 'repo my api@v2'],
    ['repo:"my api"@"v 2"', 'repo my api@v 2'],
    ['repo:/^api/@v2,web', 'or(repo /^api/@v2, repo web)'],
    ['repo:^github\\.com/a/b$@v1', 'repo /^github\\.com\\/a\\/b$/@v1'],
    ['repo:@scope/x', 'repo @scope/x'],
    ['rev:main', 'repo *@main'],
    ['b:feature/x', 'repo *@feature/x'],
    ['sym:Session.send', 'sym "Session.send"!'],
    ['symbol:/^new/', 'sym /^new/'],
    ['s:^get', 'sym /^get/'],
    ['kind:function,methods', 'or(kind function, kind method)'],
    ['kind:classes', 'kind class'],
    ['type:interface', 'kind interface'],
    ['content:a,b', 'content "a,b"'],
    ['c:"a b"', 'content "a b"'],
    ["content:'a b'", 'content "a b"'],
    ['content:/a b/i', 'content /a b/'],
    ['content:f(x)', 'content "f(x)"'],
    ['regex:a|b', 'content /a|b/'],
    ['is:test', 'role test'],
    ['is:vendor,doc', 'or(role vendored, role docs)'],
    ['path:a/b -path:a/b/c', 'and(path a/b, not(path a/b/c))'],
  ])('%s', (text, expected) => {
    expect(outline(text)).toBe(expected);
  });

  test.each(operators.map(operator => [operator.example]))('the example %s is read', example => {
    expect(parse(example).isPlain).toBe(example.startsWith('case:'));
  });

  test('no two operators share a name', () => {
    const names = operators.flatMap(({ name, aliases }) => [name, ...aliases]);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('phrases and regular expressions', () => {
  test.each([
    ['"a b"', 'content "a b"'],
    ['"say \\"hi\\""', 'content "say "hi""'],
    ['"C:\\\\x \\d"', 'content "C:\\x \\d"!'],
    ['"a", "b" or so', 'and(content "a", content "b", word or, word so)'],
    ['/retry\\(/', 'content /retry\\(/'],
    ['/a b/ c', 'and(content /a b/, word c)'],
    ['/[/]/', 'content /[/]/'],
    ['path:/[/', 'path [/'],
    ['/a\\/b/', 'content /a\\/b/'],
    ['/x/gim', 'content /x/'],
    // Smart case, and what overrides it.
    ['"Foo"', 'content "Foo"!'],
    ['/\\W\\S(?<Name>x)/', 'content /\\W\\S(?<Name>x)/'],
    ['/\\WFoo/', 'content /\\WFoo/!'],
    ['/Foo/i', 'content /Foo/'],
    ['"Foo" case:no', 'content "Foo"'],
    ['case:yes foo "foo"', 'and(word foo, content "foo"!)'],
    ['case:yes /foo/i', 'content /foo/'],
    ['"äÖ"', 'content "äÖ"!'],
  ])('%s', (text, expected) => {
    expect(outline(text)).toBe(expected);
  });

  test('the default of case: can be set', () => {
    expect(bare(parseQuery('"foo"', { defaultCase: 'yes' }).node)).toBe('content "foo"!');
    expect(bare(parseQuery('"Foo" case:auto', { defaultCase: 'no' }).node)).toBe('content "Foo"!');
  });
});

describe('not, and, or', () => {
  test.each([
    ['a -lang:go', 'and(word a, not(lang go))'],
    ['NOT lang:go', 'and(all, not(lang go))'],
    ['-foo -bar', 'and(all, not(word foo), not(word bar))'],
    ['x NOT foo', 'and(word x, not(word foo))'],
    ['-"a b"', 'and(all, not(content "a b"))'],
    ['-/a/', 'and(all, not(content /a/))'],
    ['NOT NOT "a"', 'and(all, not(not(content "a")))'],
    ['-(foo or bar)', 'and(all, not(or(word foo, word bar)))'],
    ['-(foo bar)', 'and(all, not(and(word foo, word bar)))'],
    ['"a" AND "b"', 'and(content "a", content "b")'],
    ['"a" or "b"', 'or(content "a", content "b")'],
    ['"a" OR "b" "c"', 'or(content "a", and(content "b", content "c"))'],
    ['("a" OR "b") "c"', 'and(or(content "a", content "b"), content "c")'],
    ['("a" "b") "c"', 'and(content "a", content "b", content "c")'],
    ['"a" or -is:test', 'or(content "a", not(role test))'],
    ['"a" or NOT "b"', 'or(content "a", not(content "b"))'],
    ['lang:go or lang:rust retry', 'or(lang go, and(lang rust, word retry))'],
    // Scopes at both ends are meant for all, as in Sourcegraph.
    ['lang:go "a" OR "b" -is:test', 'and(lang go, or(content "a", content "b"), not(role test))'],
    ['lang:go (a "b") OR c', 'and(lang go, or(and(word a, content "b"), word c))'],
    ['lang:go a path:x OR b', 'or(and(lang go, word a, path x), word b)'],
    ['(lang:go "a") OR "b"', 'or(and(lang go, content "a"), content "b")'],
    // Words do not filter.
    ['json or yaml lang:go', 'and(word json, word or, word yaml, lang go)'],
    ['json OR yaml lang:go', 'and(word json, word OR, word yaml, lang go)'],
    ['search AND split', 'and(word search, word AND, word split)'],
    ['(lang:go or "x") y', 'and(or(lang go, content "x"), word y)'],
    ['\\or "a"', 'and(word or, content "a")'],
    ['"a" \\OR "b"', 'and(content "a", word OR, content "b")'],
    ['\\lang:go \\-x \\(a', 'and(word lang:go, word -x, word (a)'],
    ['( ) "a"', 'content "a"'],
    ['', 'all'],
  ])('%s', (text, expected) => {
    expect(outline(text)).toBe(expected);
  });

  test('words are those that rank, in their order', () => {
    expect(parse('/retry\\(/ lang:go backoff (with -jitter "exact")  sleep')).toMatchObject({
      words: 'backoff with sleep',
      isPlain: false,
    });
    expect(parse('')).toMatchObject({ words: '', isPlain: true });
    expect(parse('case:yes foo')).toMatchObject({ words: 'foo', isPlain: true });
    expect(parse('-foo').isPlain).toBe(false);
  });

  test('spans are what was written', () => {
    const text = 'a -lang:go,rust "b c" NOT (is:test)';
    const { node } = parse(text);
    const spans = JSON.stringify(node, (_, value) =>
      value?.span ? { ...value, span: text.slice(value.span.start, value.span.end) } : value,
    );
    for (const part of ['"a"', '"-lang:go,rust"', '"go"', '"\\"b c\\""', '"NOT (is:test)"', '"is:test"']) {
      expect(spans).toContain(`"span":${part}`);
    }
  });
});

describe('errors', () => {
  test.each([
    ['lnag:go x', 1, 'unknown operator "lnag:"', 'did you mean lang:'],
    ['x langauge:go', 3, 'unknown operator', 'did you mean language:'],
    ['fil:x', 1, 'unknown operator', 'did you mean file:'],
    ['contnet:x', 1, 'unknown operator', 'did you mean content:'],
    ['x lang:rusty', 8, 'unknown language "rusty"', 'did you mean rust?'],
    ['lang:go,,rust', 9, 'empty value', 'lang:go,rust'],
    ['a lang:', 3, 'lang: has no value', 'without a blank'],
    ['lang: go', 1, 'lang: has no value', 'without a blank'],
    ['(path:) x', 2, 'path: has no value', 'path:'],
    ['content:""', 9, 'empty value', 'content:'],
    ['lang:/go/', 6, 'takes no regular expression', 'lang:go,rust'],
    ['kind:functoin', 6, 'unknown kind', 'did you mean function?'],
    ['is:archived', 4, 'unknown role', 'one of: source, test'],
    ['case:maybe', 6, 'yes, no or auto', 'one of'],
    ['-case:yes', 2, 'cannot be excluded', 'case:yes'],
    ['case:yes case:no', 10, 'twice', 'whole query'],
    ['repo:x@', 6, 'no revision', '@v2.1'],
    ['path:"a"b', 9, 'follows the closing quote', 'quote the whole'],
    ['a "b', 3, 'quote is not closed', '\\"'],
    ['a ("b" c', 3, 'parenthesis is not closed', '\\('],
    ['"a") b', 4, 'no parenthesis is open', 'quotes'],
    ['path:a) b', 7, 'no parenthesis is open', 'quotes'],
    ['x /re(/', 3, 'invalid regular expression: Unterminated group', 'quote'],
    ['/a.*b/s', 1, 'no flag s', 'only i'],
    ['"a" OR', 5, 'OR needs something on both sides', '\\OR'],
    ['OR "a"', 1, 'OR needs something on both sides', '\\OR'],
    ['"a" AND', 5, 'AND needs something on both sides', '\\AND'],
    ['-( ) x', 1, 'nothing follows', 'remove'],
    ['org:foo', 1, 'no operator org:', 'repo:name'],
    ['patternType:regexp x', 1, 'no operator patternType:', '/…/'],
    ['count:100 x', 1, 'no operator count:', '--limit'],
    ['type:symbol x', 6, 'type:symbol is not supported', 'sym:'],
    ['type:commit x', 6, 'type:commit is not supported', 'commits'],
    ['file:has.content(x)', 6, 'not supported', 'content:'],
    ['repo:has.path(x)', 6, 'not supported', 'repo:name'],
    ['😀 lnag:go', 3, 'unknown operator', 'lang:'],
  ])('%s', (text, column, message, hint) => {
    const error = failure(text);
    expect(error).toBeInstanceOf(QuarryError);
    expect(error.code).toBe('usage');
    expect(error.column).toBe(column);
    expect(error.message).toContain(`column ${column}: `);
    expect(error.message).toContain(message);
    expect(error.message).not.toContain('\n');
    expect(error.hint).toContain(hint);
  });

  test('limits', () => {
    expect(failure('a'.repeat(10_001)).message).toContain('longer than 10000 characters');
    expect(parse('word '.repeat(2000)).isPlain).toBe(true);
    const nested = (depth: number) => `${'('.repeat(depth)}"a"${')'.repeat(depth)}`;
    expect(outline(nested(50))).toBe('content "a"');
    expect(failure(nested(51))).toMatchObject({ column: 51 });
    expect(failure(`${'NOT '.repeat(51)}"a"`).message).toContain('nested deeper than 50');
    expect(outline('-ab '.repeat(200))).toContain('not(word ab)');
    expect(failure('-ab '.repeat(201)).message).toContain('more than 200 filters');
    expect(failure(`repo:a@${'v:'.repeat(201)}v`).message).toContain('more than 200 filters');
  });
});

describe('questions stay words', () => {
  test.each([
    "don't panic",
    'a/b and/or c',
    '/usr/bin /etc/passwd',
    '/api/v1/users/ route',
    'in / out / error',
    'remove /* comments */ from source',
    'foo(bar)',
    'foo(a, b) and bar(c)',
    'if (x > 0) {',
    'printf("hello %s", name);',
    'std::vector<int>',
    'File::open path::join',
    'http://x.org/a?b=c#d',
    'file:///etc/hosts',
    'c:\\windows\\system32',
    'TypeError: cannot read property x of undefined',
    'TypeError:cannot read',
    'open file: permission denied',
    'invalid path: foo',
    'Regex: how to match',
    'f: A -> B',
    'list all tasks at 10:30',
    '--flag and -1 and -r',
    'git commit -m',
    '-std=c++17',
    'runs -after- that',
    '(-x/4)**2',
    'x -> y => z',
    'parse json or yaml',
    'parse json OR yaml',
    'C# vs C++ or F#',
    'c++ - how to split a string',
    'how does it work?',
    'really?! yes...',
    "an unpaired ' apostrophe",
    "the users' table",
    'without ( in python',
    'check if " is there',
    'in the range [ 0 , 1 )',
    'a) first b) second',
    'a smile :) or :(',
    '🚀 launch emoji 🎉',
    'what () does',
    'main(): void',
    'an empty "" string',
    'remove \\n and \\r from \\section',
    'key:value pairs hh:mm:ss',
    'asp:Button xlink:href on:click',
    'next:10 text:x line:3 page:2 name:string id:int kid:1 dev:start bind:value user',
    'content: attribute',
    'type:string type:text',
    'timeout:abc count:few in:x',
    'IS NOT NULL and NOT IN',
    'is it NOT',
    'AND then what OR',
    '=> -> == != <= >= && || ! ~ ^ $ % @',
    '5" screen',
    'r:',
    '变量 переменная ça',
  ])('%s', text => {
    const parsed = parse(text);
    expect(parsed.isPlain).toBe(true);
    expect(letters(parsed.words)).toBe(letters(text));
  });

  test('real questions', () => {
    const path = join(import.meta.dirname, '../../test/fixtures/query/questions.txt');
    const questions = readFileSync(path, 'utf8').trim().split('\n').slice(1);
    expect(questions.length).toBeGreaterThanOrEqual(100);
    for (const question of questions) {
      expect(parse(question)).toMatchObject({ isPlain: true });
      expect(letters(parse(question).words)).toBe(letters(question));
    }
  });
});

/** The words without punctuation: parentheses of a group are not kept. */
function letters(text: string): string {
  return (text.match(/[\p{L}\p{N}_]+/gu) ?? []).join(' ');
}
