import { describe, expect, test } from 'vitest';
import { Scratch } from '../../../test/support/scratch.ts';
import { cosqaLoader, cosqaNodocLoader, cosqaTrainingPairs } from './cosqa.ts';
import { failure, opened, packed, retrieved } from './published.testing.ts';

const code = (id: number) => ({
  id,
  func_name: `f${id}`,
  code: `def f${id}(): pass`,
  code_with_doc: `def f${id}():\n  "doc ${id}"`,
});

/** Code 1 is the gold of test query t1, 2 of t2 and of dev query d1; 3 is nobody's. */
const files = {
  'cosqa/codebase.jsonl.gz': packed([1, 2, 3].map(code)),
  'cosqa/queries.dev.jsonl.gz': packed([{ id: 'd1', query: 'dev one', relevant: [2] }]),
  'cosqa/queries.test.jsonl.gz': packed([
    { id: 't1', query: 'test one', relevant: [1] },
    { id: 't2', query: 'test two', relevant: [2] },
  ]),
  'cosqa/train.jsonl.gz': packed([
    { id: 'r1', query: 'train a', code_id: 1, label: 1 },
    { id: 'r2', query: 'train b', code_id: 1, label: 1 },
    { id: 'r3', query: 'train c', code_id: 2, label: 0 },
    { id: 'r4', query: 'train d', code_id: 3, label: 1 },
    { id: 'r5', query: 'train e', code_id: 3, label: 0 },
  ]),
};

describe('retrieval', () => {
  test('queries, candidates and slices', async () => {
    using scratch = new Scratch(files);
    const { dataset, collections, skipped } = await retrieved(cosqaLoader, scratch);
    expect(skipped).toEqual([]);
    expect(dataset).toMatchObject({ id: 'cosqa', split: 'test', averaging: 'queries', licence: 'MIT' });
    expect(collections.length).toBe(1);
    expect(collections[0]!.queries).toEqual([
      { id: 't1', text: 'test one', judgments: { 1: 1 }, slices: { gold: 'seen' } },
      { id: 't2', text: 'test two', judgments: { 2: 1 }, slices: { gold: 'unseen' } },
    ]);
    expect(collections[0]!.all).toEqual([
      {
        id: '1',
        text: 'def f1():\n  "doc 1"',
        language: 'python',
        name: 'f1',
        trainingQueries: ['train a', 'train b'],
      },
      { id: '2', text: 'def f2():\n  "doc 2"', language: 'python', name: 'f2' },
      {
        id: '3',
        text: 'def f3():\n  "doc 3"',
        language: 'python',
        name: 'f3',
        trainingQueries: ['train d'],
      },
    ]);
    expect(dataset.files.map(file => [file.path, file.rows, file.sha256.length])).toEqual([
      ['cosqa/codebase.jsonl.gz', 3, 64],
      ['cosqa/queries.dev.jsonl.gz', 1, 64],
      ['cosqa/queries.test.jsonl.gz', 2, 64],
      ['cosqa/train.jsonl.gz', 5, 64],
    ]);
    expect(dataset.notes).toContain(
      '1 of 2 right codes also answer a query of the training split (slice gold: seen)',
    );
    expect(dataset.notes).toContain('counts differ: codes 3, published 6,267');
  });

  test('disjoint takes training queries of dev and test golds away, and leaves the slices alone', async () => {
    using scratch = new Scratch(files);
    const { dataset, collections } = await retrieved(cosqaLoader, scratch, { protocol: 'disjoint' });
    expect(collections[0]!.all.map(candidate => candidate.trainingQueries)).toEqual([
      undefined,
      undefined,
      ['train d'],
    ]);
    expect(collections[0]!.queries.map(query => query.slices)).toEqual([
      { gold: 'seen' },
      { gold: 'unseen' },
    ]);
    expect(dataset.notes.join()).toContain(
      'protocol disjoint: training pairs of dev and test codes are left out; 1 ',
    );
  });

  test('dev, the form without docstrings, and the first queries', async () => {
    using scratch = new Scratch(files);
    const dev = await retrieved(cosqaNodocLoader, scratch, { split: 'dev' });
    expect(dev.dataset).toMatchObject({ id: 'cosqa-nodoc', split: 'dev' });
    expect(dev.collections[0]!.queries.map(query => query.id)).toEqual(['d1']);
    expect(dev.collections[0]!.all[1]!.text).toBe('def f2(): pass');
    const first = await retrieved(cosqaLoader, scratch, { first: 1 });
    expect(first.collections[0]!.queries.map(query => query.id)).toEqual(['t1']);
    expect(first.collections[0]!.all.length).toBe(3);
    expect(first.dataset.notes).toContain('only the first 1 query');
  });

  test('the fingerprint follows content, form, protocol and number of queries', async () => {
    using scratch = new Scratch(files);
    const of = async (...rest: Parameters<typeof retrieved>) =>
      (await retrieved(...rest)).collections[0]!.fingerprint;
    const before = await of(cosqaLoader, scratch);
    expect(await of(cosqaLoader, scratch)).toBe(before);
    const others = [
      await of(cosqaNodocLoader, scratch),
      await of(cosqaLoader, scratch, { protocol: 'disjoint' }),
      await of(cosqaLoader, scratch, { first: 1 }),
    ];
    scratch.write('cosqa/codebase.jsonl.gz', packed([1, 2, 3, 4].map(code)));
    others.push(await of(cosqaLoader, scratch));
    expect(new Set([before, ...others]).size).toBe(5);
  });
});

describe('what is wrong with the files', () => {
  const broken = {
    ...files,
    'cosqa/codebase.jsonl.gz': packed([code(1), code(2), code(1), { id: 4, code: 'x' }, code(3)]),
    'cosqa/queries.test.jsonl.gz': packed([
      { id: 't1', query: 'test one', relevant: [1] },
      { id: 't2', query: 'test two', relevant: [9] },
      { id: 't1', query: 'again', relevant: [1] },
      { id: 't3', query: 'test three', relevant: [] },
    ]),
    'cosqa/train.jsonl.gz': packed([{ id: 'r1', query: 'a', code_id: 7, label: 1 }]),
  };
  const expected = [
    'codebase.jsonl.gz:3: id 1 occurs twice',
    'codebase.jsonl.gz:4: no text in field code_with_doc',
    'queries.test.jsonl.gz:2: relevant code 9 is not in the codebase',
    'queries.test.jsonl.gz:3: id t1 occurs twice',
    'queries.test.jsonl.gz:4: no relevant code',
    'train.jsonl.gz:1: code 7 is not in the codebase',
  ];

  test('is said with file and line, once, and counted', async () => {
    using scratch = new Scratch(broken);
    const { dataset, skipped, collections } = await retrieved(cosqaLoader, scratch);
    expect(skipped).toEqual(expected.map(line => scratch.path(`cosqa/${line}`)));
    expect(dataset.files.map(file => [file.rows, file.skipped])).toEqual([
      [3, 2],
      [1, 0],
      [1, 3],
      [0, 1],
    ]);
    expect(collections[0]!.all.map(candidate => candidate.id)).toEqual(['1', '2', '3']);
    expect(collections[0]!.queries.map(query => query.id)).toEqual(['t1']);
  });

  test('is an error when strict', async () => {
    using scratch = new Scratch(broken);
    const error = await failure(opened(cosqaLoader, scratch, { strict: true }));
    expect(error).toMatchObject({ code: 'usage', message: scratch.path(`cosqa/${expected[0]}`) });
  });

  test('a missing file is named with where to get it; so is a missing directory', async () => {
    using scratch = new Scratch(files);
    scratch.remove('cosqa/train.jsonl.gz');
    const error = await failure(opened(cosqaLoader, scratch));
    expect(error).toMatchObject({
      code: 'not-found',
      message: `missing file: ${scratch.path('cosqa/train.jsonl.gz')}`,
    });
    expect(error.hint).toContain('Jun-jie-Huang/CoCLR, data/search/');
    expect(await failure(opened(cosqaLoader, undefined))).toMatchObject({ code: 'usage' });
    expect(await failure(opened(cosqaLoader, scratch, { split: 'train' }))).toMatchObject({ code: 'usage' });
  });

  test('a signal stops it, before and while candidates are read', async () => {
    using scratch = new Scratch(files);
    const stopped = opened(cosqaLoader, scratch, { signal: AbortSignal.abort() });
    expect(await failure(stopped)).toMatchObject({ code: 'aborted' });
    const { collections } = await retrieved(cosqaLoader, scratch);
    const candidates = collections[0]!.candidates(AbortSignal.abort());
    expect(await failure(Array.fromAsync(candidates))).toMatchObject({ code: 'aborted' });
  });
});

test('training pairs by protocol, wrong ones included', async () => {
  using scratch = new Scratch(files);
  const data = scratch.root;
  const full = await Array.fromAsync(cosqaTrainingPairs({ data }));
  expect(full.length).toBe(5);
  expect(full[2]).toEqual({ query: 'train c', codeId: '2', label: 0 });
  expect(await Array.fromAsync(cosqaTrainingPairs({ data, protocol: 'disjoint' }))).toEqual([
    { query: 'train d', codeId: '3', label: 1 },
    { query: 'train e', codeId: '3', label: 0 },
  ]);
});
