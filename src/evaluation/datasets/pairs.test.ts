import { describe, expect, test } from 'vitest';
import { Scratch } from '../../../test/support/scratch.ts';
import { conalaLoader } from './conala.ts';
import { mbxpLoader } from './mbxp.ts';
import { nl2bashLoader } from './nl2bash.ts';
import { classified, failure, opened, packed, retrieved } from './published.testing.ts';
import { staqcLoader, staqcRetrievalLoader } from './staqc.ts';
import { thirtySecondsLoader } from './thirty-seconds.ts';
import { tlCodesumLoader } from './tl-codesum.ts';

const pair = (
  id: string,
  query: string,
  code: string,
  split: string,
  lang = 'python',
  more: object = {},
) => ({
  id,
  query,
  code,
  split,
  lang,
  ...more,
});

describe('conala', () => {
  const rows = [
    pair('r1', 'train', 'z', 'train'),
    pair('t1', 'sort it', 'a.sort()', 'test'),
    pair('t2', 'order it', 'a.sort()', 'test'),
    pair('t3', 'sort it', 'sorted(a)', 'test'),
    pair('t4', 'drop it', 'del a', 'test'),
  ];

  test('equal snippets and answers to equal intents are right together; equal intents are one observation', async () => {
    using scratch = new Scratch({ 'conala/pairs.jsonl.gz': packed(rows) });
    const { dataset, collections } = await retrieved(conalaLoader, scratch);
    expect(collections.map(({ name, all }) => [name, all.map(code => code.id)])).toEqual([
      ['conala', ['t1', 't2', 't3', 't4']],
    ]);
    expect(collections[0]!.all[0]).toEqual({ id: 't1', text: 'a.sort()', language: 'python' });
    expect(collections[0]!.queries).toEqual([
      { id: 't1', text: 'sort it', judgments: { t1: 1, t2: 1, t3: 1 }, cluster: 'sort it' },
      { id: 't2', text: 'order it', judgments: { t1: 1, t2: 1 } },
      { id: 't3', text: 'sort it', judgments: { t1: 1, t2: 1, t3: 1 }, cluster: 'sort it' },
      { id: 't4', text: 'drop it', judgments: { t4: 1 } },
    ]);
    expect(dataset.notes).toContain('counts differ: test 4, published 500');
    expect(dataset.notes).toContain('counts differ: train 1, published 2,378');
  });

  test('the first pairs are cut before anything is judged', async () => {
    using scratch = new Scratch({ 'conala/pairs.jsonl.gz': packed(rows) });
    const { dataset, collections } = await retrieved(conalaLoader, scratch, { first: 2 });
    expect(collections[0]!.all.map(code => code.id)).toEqual(['t1', 't2']);
    expect(collections[0]!.queries[0]).toEqual({ id: 't1', text: 'sort it', judgments: { t1: 1, t2: 1 } });
    expect(dataset.files).toMatchObject([{ rows: 5 }]);
    expect(dataset.notes).toContain('only the first 2 queries, and only their codes');
    const whole = await retrieved(conalaLoader, scratch);
    expect(whole.collections[0]!.fingerprint).not.toBe(collections[0]!.fingerprint);
  });

  test('rows that are no pairs', async () => {
    using scratch = new Scratch({
      'conala/pairs.jsonl.gz': packed([
        rows[1],
        'broken',
        rows[1],
        { ...rows[2], code: ' ' },
        { ...rows[2], split: undefined },
      ]),
    });
    const { skipped, collections } = await retrieved(conalaLoader, scratch);
    expect(skipped.map(line => line.slice(scratch.root.length))).toEqual([
      '/conala/pairs.jsonl.gz:2: not JSON',
      '/conala/pairs.jsonl.gz:3: id t1 occurs twice',
      '/conala/pairs.jsonl.gz:4: field code is empty',
      '/conala/pairs.jsonl.gz:5: no text in field split',
    ]);
    expect(collections[0]!.queries.length).toBe(1);
    expect(await failure(opened(conalaLoader, scratch, { strict: true }))).toMatchObject({ code: 'usage' });
  });
});

describe('mbxp', () => {
  const rows = [
    pair('MBCPP/3', 'non-prime', 'c3', 'all', 'cpp'),
    pair('MBCPP/5', 'heap', 'c5', 'all', 'cpp'),
    pair('MBPP/3', 'non-prime', 'p3', 'all'),
    pair('MBPP/4', 'non-prime', 'p4', 'all'),
    pair('MBPP/10', 'heap', 'p10', 'all'),
  ];

  test('one collection per language, split by task number', async () => {
    using scratch = new Scratch({ 'mbxp/pairs.jsonl.gz': packed(rows) });
    const idsOf = async (split: string) =>
      (await retrieved(mbxpLoader, scratch, { split })).collections.map(collection => [
        collection.name,
        collection.slices,
        ...collection.all.map(code => code.id),
      ]);
    expect(await idsOf('test')).toEqual([
      ['cpp', { language: 'cpp' }, 'MBCPP/3'],
      ['python', { language: 'python' }, 'MBPP/3', 'MBPP/4'],
    ]);
    expect(await idsOf('dev')).toEqual([
      ['cpp', { language: 'cpp' }, 'MBCPP/5'],
      ['python', { language: 'python' }, 'MBPP/10'],
    ]);
    expect(await idsOf('all')).toEqual([
      ['cpp', { language: 'cpp' }, 'MBCPP/3', 'MBCPP/5'],
      ['python', { language: 'python' }, 'MBPP/3', 'MBPP/4', 'MBPP/10'],
    ]);
  });

  test('the same task in other words of the same language, and the first of every language', async () => {
    using scratch = new Scratch({ 'mbxp/pairs.jsonl.gz': packed(rows) });
    const { dataset, collections } = await retrieved(mbxpLoader, scratch);
    expect(dataset).toMatchObject({ averaging: 'collections', split: 'test' });
    expect(collections[1]!.queries.map(query => query.judgments)).toEqual([
      { 'MBPP/3': 1, 'MBPP/4': 1 },
      { 'MBPP/3': 1, 'MBPP/4': 1 },
    ]);
    const first = await retrieved(mbxpLoader, scratch, { first: 1 });
    expect(first.collections.map(collection => collection.all.length)).toEqual([1, 1]);
    expect(first.dataset.notes).toContain('only the first 1 query of every language, and only their codes');
  });

  test('a row without a task number', async () => {
    using scratch = new Scratch({ 'mbxp/pairs.jsonl.gz': packed([...rows, pair('x', 'q', 'c', 'all')]) });
    const { skipped } = await opened(mbxpLoader, scratch);
    expect(skipped).toEqual([`${scratch.path('mbxp/pairs.jsonl.gz')}:6: id x has no task number`]);
  });
});

test('30 seconds: one pool, language slices, both languages right for the same description', async () => {
  using scratch = new Scratch({
    'thirty_seconds/pairs.jsonl.gz': packed([
      pair('js', 'Returns the mean.', 'const mean', 'all', 'javascript', { func_name: 'mean' }),
      pair('py', 'Returns the mean.', 'def mean', 'all'),
    ]),
  });
  const { collections } = await retrieved(thirtySecondsLoader, scratch);
  expect(collections.length).toBe(1);
  expect(collections[0]!.all[0]).toEqual({
    id: 'js',
    text: 'const mean',
    language: 'javascript',
    name: 'mean',
  });
  expect(collections[0]!.queries.map(query => [query.slices, query.judgments])).toEqual([
    [{ language: 'javascript' }, { js: 1, py: 1 }],
    [{ language: 'python' }, { js: 1, py: 1 }],
  ]);
});

test('tl-codesum: equal comments keep a method each, equal methods are right together', async () => {
  using scratch = new Scratch({
    'tlcodesum_java/pairs.jsonl.gz': packed([
      pair('v1', 'x', 'same', 'valid', 'java'),
      pair('a', 'get it', 'int a', 'test', 'java'),
      pair('b', 'get it', 'int b', 'test', 'java'),
      pair('c', 'fetch', 'int b', 'test', 'java'),
    ]),
  });
  const { collections } = await retrieved(tlCodesumLoader, scratch);
  expect(collections[0]!.queries).toEqual([
    { id: 'a', text: 'get it', judgments: { a: 1 } },
    { id: 'b', text: 'get it', judgments: { b: 1, c: 1 } },
    { id: 'c', text: 'fetch', judgments: { b: 1, c: 1 } },
  ]);
  const valid = await retrieved(tlCodesumLoader, scratch, { split: 'valid' });
  expect(valid.collections[0]!.all.map(code => code.id)).toEqual(['v1']);
});

describe('staqc', () => {
  const files = {
    'staqc/manual_python.jsonl.gz': packed([
      pair('r1', 'how', 'train right', 'train', 'python', { label: 1 }),
      pair('r2', 'how', 'train wrong', 'train', 'python', { label: 0 }),
      pair('d1', 'how', 'right', 'dev', 'python', { label: 1 }),
      pair('d2', 'how', 'wrong', 'dev', 'python', { label: 0 }),
      pair('d3', 'how', 'right too', 'dev', 'python', { label: 1 }),
      pair('d4', 'why', 'no answer', 'dev', 'python', { label: 0 }),
      pair('d5', 'what', 'right', 'dev', 'python', { label: 1 }),
      pair('d6', 'what', 'unlabelled', 'dev'),
    ]),
  };

  test('dev is tested, train is for thresholds', async () => {
    using scratch = new Scratch(files);
    const { dataset, skipped } = await classified(staqcLoader, scratch);
    expect(skipped).toEqual([`${scratch.path('staqc/manual_python.jsonl.gz')}:8: no number in field label`]);
    expect(dataset.pairs.map(({ id, label, slices }) => [id, label, slices?.['question']])).toEqual([
      ['d1', 1, 'in train'],
      ['d2', 0, 'in train'],
      ['d3', 1, 'in train'],
      ['d4', 0, 'not in train'],
      ['d5', 1, 'not in train'],
    ]);
    expect(dataset.calibration.map(rule => [rule.name, rule.pairs.map(pair => pair.id)])).toEqual([
      ['staqc-train', ['r1', 'r2']],
    ]);
    expect(dataset.notes[0]).toContain('2 of 5 pairs have label 0: always saying no is right for 40.0 %');
  });

  test('as retrieval: right pairs ask, everything is in the pool, what was judged wrong is judged', async () => {
    using scratch = new Scratch(files);
    scratch.write('staqc/manual_python.jsonl.gz', files['staqc/manual_python.jsonl.gz']);
    const { collections } = await retrieved(staqcRetrievalLoader, scratch, { first: 2 });
    expect(collections[0]!.all.map(code => code.id)).toEqual(['d1', 'd2', 'd3', 'd4', 'd5', 'd6']);
    const how = { d1: 1, d2: 0, d3: 1, d5: 1 };
    expect(collections[0]!.queries).toEqual([
      { id: 'd1', text: 'how', judgments: how, cluster: 'how' },
      { id: 'd3', text: 'how', judgments: how, cluster: 'how' },
    ]);
  });
});

test('a missing file is named with where to get it', async () => {
  using scratch = new Scratch();
  for (const [loader, file, repository] of [
    [conalaLoader, 'conala/pairs.jsonl.gz', 'shilliscmu/TranxConalaBaseline'],
    [mbxpLoader, 'mbxp/pairs.jsonl.gz', 'amazon-science/mxeval'],
    [nl2bashLoader, 'nl2bash/pairs.jsonl.gz', 'TellinaTool/nl2bash'],
    [staqcLoader, 'staqc/manual_python.jsonl.gz', 'microsoft/CodeXGLUE'],
    [staqcRetrievalLoader, 'staqc/manual_python.jsonl.gz', 'microsoft/CodeXGLUE'],
    [thirtySecondsLoader, 'thirty_seconds/pairs.jsonl.gz', '30-seconds/30-seconds-of-code'],
    [tlCodesumLoader, 'tlcodesum_java/pairs.jsonl.gz', 'xing-hu/TL-CodeSum'],
  ] as const) {
    const error = await failure(opened(loader, scratch));
    expect(error).toMatchObject({ code: 'not-found', message: `missing file: ${scratch.path(file)}` });
    expect(error.hint).toContain(repository);
  }
});
