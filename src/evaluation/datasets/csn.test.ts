import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Scratch } from '../../../test/support/scratch.ts';
import { csnLoader } from './csn.ts';
import { failure, opened, packed, retrieved } from './published.testing.ts';

const row = (name: string, more: object = {}) => ({
  repo: 'o/r',
  path: 'a.py',
  func_name: name,
  code: `def ${name}(x):\n    """Does ${name} to x.\n\n    More.\n    """\n    return x`,
  docstring: `Does ${name}\n    to x.\n\n    More.`,
  docstring_tokens: ['Does', name],
  language: 'python',
  partition: 'test',
  url: `https://example.org/${name}`,
  ...more,
});

const files = {
  'python/final/jsonl/test/python_test_0.jsonl.gz': packed([
    row('one'),
    'not json',
    row('two'),
    row('three', { docstring: '', url: 'https://example.org/one' }),
  ]),
  'python/final/jsonl/train/python_train_0.jsonl.gz': packed([row('trained', { partition: 'train' })]),
  'go/final/jsonl/test/go_test_0.jsonl.gz': packed([
    row('Four', { language: 'go', code: 'func Four() {\n}', docstring: '// Four counts.' }),
  ]),
};

describe('CodeSearchNet files', () => {
  test('a collection per language, docstrings cut out of the code', async () => {
    using scratch = new Scratch(files);
    const { dataset, collections, skipped } = await retrieved(csnLoader, scratch, { path: scratch.root });
    expect(collections.map(({ name, slices }) => [name, slices])).toEqual([
      ['go', { language: 'go' }],
      ['python', { language: 'python' }],
    ]);
    const [go, python] = collections;
    expect(go!.queries[0]!.text).toBe('Four counts.');
    expect(python!.queries.map(({ text }) => text)).toEqual([
      'Does one to x.',
      'Does two to x.',
      'Does three',
    ]);
    const ids = ['https://example.org/one', 'https://example.org/two', 'https://example.org/one (2)'];
    expect(python!.queries.map(({ judgments }) => Object.keys(judgments))).toEqual(ids.map(id => [id]));
    expect(python!.all.map(({ id }) => id)).toEqual(ids);
    expect(python!.all[0]).toMatchObject({
      text: 'def one(x):\n    return x',
      name: 'one',
      language: 'python',
    });
    const path = 'python/final/jsonl/test/python_test_0.jsonl.gz';
    expect(skipped).toEqual([`${scratch.path(path)}:2: not JSON`]);
    expect(dataset.files.find(file => file.path === path)).toMatchObject({ rows: 3, skipped: 1 });
    expect(dataset.files.every(file => /^[0-9a-f]{64}$/.test(file.sha256))).toBe(true);
    expect(dataset.notes.join()).toContain('2 of 4 functions');
  });

  test('splits are told from folders, file names and rows', async () => {
    using scratch = new Scratch({
      ...files,
      'flat/java_valid_0.jsonl': JSON.stringify(row('flat', { language: undefined })),
      'mixed.jsonl': [row('a'), row('b', { partition: 'train' })].map(r => JSON.stringify(r)).join('\n'),
    });
    const names = async (path: string, split: string) => {
      const { collections } = await retrieved(csnLoader, scratch, { path: scratch.path(path), split });
      return collections.flatMap(({ name, all }) => all.map(one => `${name} ${one.name}`));
    };
    expect(await names('python', 'train')).toEqual(['python trained']);
    expect(await names('flat', 'valid')).toEqual(['java flat']);
    expect(await names('mixed.jsonl', 'train')).toEqual(['python b']);
    expect(await names('python/final/jsonl/test', 'test')).toHaveLength(3);
  });

  test('first takes pairs, with their candidates only', async () => {
    using scratch = new Scratch(files);
    const path = join(scratch.root, 'python');
    const { collections, dataset } = await retrieved(csnLoader, scratch, { path, first: 2 });
    expect(collections[0]!.queries.length).toBe(2);
    expect(collections[0]!.all.map(({ name }) => name)).toEqual(['one', 'two']);
    expect(dataset.notes.at(-1)).toContain('first 2 pairs');
  });

  test('what is missing is said', async () => {
    using scratch = new Scratch(files);
    const go = scratch.path('go');
    expect(await failure(opened(csnLoader, scratch, { path: go, split: 'valid' }))).toMatchObject({
      code: 'not-found',
      hint: 'there is test: try --split',
    });
    expect(await failure(opened(csnLoader, scratch, { path: go, split: 'dev' }))).toMatchObject({
      code: 'usage',
      hint: 'it has test, valid, train',
    });
    expect((await failure(opened(csnLoader, scratch, {}))).hint).toBe('write csn:PATH');
    expect((await failure(opened(csnLoader, scratch, { path: scratch.path('no') }))).code).toBe('not-found');
    expect(
      (await failure(opened(csnLoader, scratch, { path: scratch.root, strict: true }))).message,
    ).toContain('python_test_0.jsonl.gz:2: not JSON');
  });

  test('the fingerprint follows content', async () => {
    const fingerprint = async (code: string) => {
      using scratch = new Scratch({ 'a_test.jsonl': JSON.stringify(row('one', { code })) });
      return (await retrieved(csnLoader, scratch, { path: scratch.root })).collections[0]!.fingerprint;
    };
    expect(await fingerprint('x')).toBe(await fingerprint('x'));
    expect(await fingerprint('x')).not.toBe(await fingerprint('y'));
  });
});
