import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EvaluationRepositories, slugOf } from './evaluation-repositories.ts';
import { isAllowed, parseManifest } from './manifest.ts';

const parse =
  (...sources: unknown[]) =>
  () =>
    parseManifest(JSON.stringify({ sources }), 'm.json');

describe('a manifest', () => {
  test('keeps its entries and a hash of them', () => {
    const entry = { name: 'a/b', licence: 'MIT', commit: 'abcdef1', split: 'valid' };
    const { entries, hash } = parse(entry)();
    expect(entries).toEqual([entry]);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(parse({ ...entry, commit: 'abcdef2' })().hash).not.toBe(hash);
  });

  test.each([
    [[{ licence: 'MIT' }], 'm.json: source 1: no name'],
    [[{ name: 'a', licence: 'MIT' }, { name: 'b' }], 'm.json: source 2: no licence of b'],
    [[{ name: 'a', licence: 'MIT', comit: 'x' }], 'source 1: unknown field "comit"'],
    [[{ name: 'a', licence: 'MIT', commit: 'main' }], 'commit main is no hexadecimal number'],
    [[{ name: 'a', licence: 'MIT', source: '../x' }], 'leads out of the directory'],
    [[{ name: 'a', licence: 'MIT', split: 'dev' }], 'unknown split "dev"'],
    [
      [
        { name: 'a', licence: 'MIT' },
        { name: 'A', licence: 'MIT' },
      ],
      'source 2: A is source 1 already',
    ],
    [[{ name: 'a', licence: 'GPL-3.0-only' }], 'a has licence GPL-3.0-only, which is not'],
    [['a'], 'source 1: not an object'],
    [[], 'no list of sources'],
  ])('says what is wrong with %j', (sources, message) => {
    expect(parse(...(sources as unknown[]))).toThrow(message);
  });

  test('takes other licences only when they are allowed', () => {
    const text = JSON.stringify({ sources: [{ name: 'a', licence: 'MPL-2.0' }] });
    expect(() => parseManifest(text, 'm.json')).toThrow('MPL-2.0');
    expect(parseManifest(text, 'm.json', ['MPL-2.0']).entries.length).toBe(1);
    expect(isAllowed('MIT OR GPL-2.0-only')).toBe(true);
    expect(isAllowed('(MIT OR Apache-2.0)')).toBe(true);
    expect(isAllowed('MIT AND GPL-2.0-only')).toBe(false);
    expect(isAllowed('Apache-2.0 WITH LLVM-exception')).toBe(true);
    expect(isAllowed('')).toBe(false);
  });
});

test('the manifest of the repository is well formed and names many sources', () => {
  const file = resolve(import.meta.dirname, '../../../corpora/manifest.json');
  const { entries } = parseManifest(readFileSync(file, 'utf8'), 'manifest.json');
  expect(entries.length).toBeGreaterThanOrEqual(60);
});

test('evaluation repositories are refused by slug, directory, address and own name', () => {
  const list = new EvaluationRepositories();
  list.add('psf/requests', 'EVAL-REPOS.txt', true);
  list.add('gobs/httpclient', 'CodeSearchNet annotations', false);
  const refused = (alias: string, unrelated = false) => list.refusal([alias], unrelated) !== undefined;
  for (const alias of [
    'psf/requests',
    'PSF/Requests',
    'psf+requests/repo',
    'psf__requests.git',
    'requests',
    'someone/requests',
    'https://github.com/psf/requests.git',
    'git@github.com:psf/requests.git',
    'git+https://github.com/psf/requests#readme',
    'github:psf/requests',
  ])
    expect(refused(alias), alias).toBe(true);
  expect(refused('someone/requests', true)).toBe(false);
  expect(refused('psf/requests', true)).toBe(true);
  expect(refused('gobs/httpclient')).toBe(true);
  expect(refused('other/httpclient')).toBe(false);
  expect(refused('psf/requests-oauthlib')).toBe(false);
  expect(slugOf('npm:lodash')).toBe('lodash');
});
