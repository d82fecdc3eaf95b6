import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { operators } from '../src/query/operators.ts';
import {
  hasValue,
  operatorsOf,
  withOperator,
  withoutOperator,
  withoutValue,
  withValue,
} from '../web/search/query/operators.ts';
import { Scratch } from './support/scratch.ts';
import { buildPage } from './support/search-page.ts';

test('the built page is small, and names nothing but its own files', async () => {
  using scratch = new Scratch();
  const built = join(scratch.directory, 'page');
  await buildPage(built);
  const names = readdirSync(join(built, 'assets'));
  const scripts = names.filter(name => name.endsWith('.js'));
  expect(scripts.length).toBeGreaterThan(0);
  const size = scripts.reduce(
    (sum, name) => sum + gzipSync(readFileSync(join(built, 'assets', name))).length,
    0,
  );
  expect(size).toBeLessThan(40_000);
  const html = readFileSync(join(built, 'index.html'), 'utf8');
  const addresses = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(match => match[1]!);
  expect(addresses.length).toBeGreaterThanOrEqual(3);
  for (const address of addresses) expect(names).toContain(address.replace('./assets/', ''));
  // The policy of the server lets nothing inline run.
  expect(html).not.toMatch(/<style|style="|<script(?![^>]*src=)|\son\w+=/);
});

test('chips know every operator of the query language by each of its names', () => {
  for (const { name, aliases } of operators)
    for (const one of [name, ...aliases])
      expect(operatorsOf(`words ${one}:x`), one).toMatchObject([{ name, value: 'x' }]);
});

test('operators are told from words, phrases and regular expressions', () => {
  const found = (query: string) => operatorsOf(query).map(({ text }) => text);
  expect(found('parse lang:go -is:test "lang:c" /kind:x/ std::vector http://a.b')).toEqual([
    'lang:go',
    '-is:test',
  ]);
  expect(found('(lang:go or path:"a b/**") sym:/^get [a-z]/i')).toEqual([
    'lang:go',
    'path:"a b/**"',
    'sym:/^get [a-z]/i',
  ]);
  expect(operatorsOf('a -LANGUAGE:go')).toMatchObject([
    { name: 'lang', value: 'go', isNegated: true, start: 2, end: 14 },
  ]);
});

test('operators come into the query and leave it, and the rest stays', () => {
  expect(withValue('', 'lang', 'go')).toBe('lang:go ');
  expect(withValue('parse dates', 'lang', 'go')).toBe('parse dates lang:go');
  expect(withValue('lang:go parse', 'lang', 'rust')).toBe('lang:go,rust parse');
  expect(withValue('-lang:go parse', 'lang', 'rust')).toBe('-lang:go parse lang:rust');
  expect(withValue('x', 'repo', 'two words')).toBe('x repo:"two words"');
  expect(withoutValue('x repo:"two words"', 'repo', 'two words')).toBe('x');
  expect(withoutValue('lang:go,rust parse', 'lang', 'go')).toBe('lang:rust parse');
  expect(withoutValue('a lang:go b', 'lang', 'go')).toBe('a b');
  expect(withoutValue('a lang:go b', 'lang', 'c')).toBe('a lang:go b');
  expect(hasValue('a l:go,c', 'lang', 'c')).toBe(true);
  expect(hasValue('a -lang:c', 'lang', 'c')).toBe(false);
  const query = withOperator('a', '-is:test');
  expect(query).toBe('a -is:test');
  expect(withoutOperator(query, operatorsOf(query)[0]!)).toBe('a');
});
