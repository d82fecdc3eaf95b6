import { describe, expect, test } from 'vitest';
import { Scratch } from '../../../test/support/scratch.ts';
import { jsonlLoader } from './jsonl.ts';
import { failure, opened, packed, retrieved } from './published.testing.ts';

const lines = (...rows: unknown[]) =>
  rows.map(row => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n');

describe('a file of pairs', () => {
  const pairs = lines(
    { query: 'add', code: 'a + b', language: 'python', name: 'add', split: 'test' },
    { query: 'sum', code: 'a + b', id: 's', split: 'test' },
    { query: 'add', code: 'a.plus(b)', id: '1', split: 'dev' },
    { query: 'no code' },
    { query: 'twice', code: 'x', id: 's' },
    { query: 'bare', code: 'y' },
  );

  test('every code answers its query; equal codes and equal queries share their answers', async () => {
    using scratch = new Scratch({ 'mine.jsonl': pairs });
    const path = scratch.path('mine.jsonl');
    const { dataset, collections, skipped } = await retrieved(jsonlLoader, scratch, { path });
    const [{ queries, all }] = collections as [(typeof collections)[0]];
    expect(queries).toEqual([
      { id: '#1', text: 'add', judgments: { '#1': 1, 1: 1 }, slices: { language: 'python' } },
      { id: 's', text: 'sum', judgments: { '#1': 1 }, slices: {} },
      { id: '1', text: 'add', judgments: { '#1': 1, 1: 1 }, slices: {} },
      { id: '4', text: 'bare', judgments: { 4: 1 }, slices: {} },
    ]);
    expect(all).toEqual([
      { id: '#1', text: 'a + b', language: 'python', name: 'add' },
      { id: '1', text: 'a.plus(b)' },
      { id: '4', text: 'y' },
    ]);
    expect(skipped).toEqual([`${path}:4: no text in field code`, `${path}:5: id s occurs twice`]);
    expect(dataset).toMatchObject({ licence: 'your own', split: 'all' });
    expect(dataset.notes).toEqual([
      '1 code equal to an earlier one: one candidate answers all their queries',
      '1 query asked before: all answers of equal queries are relevant',
    ]);
  });

  test('splits and first', async () => {
    using scratch = new Scratch({ 'mine.jsonl': pairs });
    const path = scratch.path('mine.jsonl');
    const dev = await retrieved(jsonlLoader, scratch, { path, split: 'dev' });
    expect(dev.collections[0]!.all.map(({ id }) => id)).toEqual(['1']);
    expect(dev.dataset.notes).toEqual(['2 rows left out: split test', '1 row left out: split none']);
    const first = await retrieved(jsonlLoader, scratch, { path, first: 1 });
    expect(first.collections[0]!.all.length).toBe(1);
    expect(await failure(opened(jsonlLoader, scratch, { path, split: 'train' }))).toMatchObject({
      code: 'not-found',
      hint: 'there is test, dev, none: try --split, or leave it out for all',
    });
  });
});

describe('a folder', () => {
  const files = {
    'codebase.jsonl.gz': packed([
      { id: 'a', code: 'A' },
      { id: 'b', text: 'B', language: 'go', name: 'b' },
      { id: 'c', code: 'C' },
    ]),
    'queries.jsonl': lines(
      { query: 'first', relevant: ['a'] },
      { id: 'q', query: 'graded', relevant: { a: 2, b: 0, c: 1 }, candidates: ['a', 'b', 'c'] },
      { query: 'unknown', relevant: ['z'] },
      { query: 'outside', relevant: ['a'], candidates: ['b'] },
      { query: 'none', relevant: { a: 0 } },
    ),
  };

  test('judgments, grades and pools', async () => {
    using scratch = new Scratch(files);
    const { collections, skipped } = await retrieved(jsonlLoader, scratch, { path: scratch.root });
    expect(collections[0]!.queries).toEqual([
      { id: '1', text: 'first', judgments: { a: 1 }, slices: {} },
      { id: 'q', text: 'graded', judgments: { a: 2, b: 0, c: 1 }, pool: ['a', 'b', 'c'], slices: {} },
    ]);
    expect(collections[0]!.all.map(({ id, text }) => id + text)).toEqual(['aA', 'bB', 'cC']);
    const file = scratch.path('queries.jsonl');
    expect(skipped).toEqual([
      `${file}:3: z is not in the codebase`,
      `${file}:4: a is relevant and not among the candidates`,
      `${file}:5: nothing is relevant`,
    ]);
  });

  test('first keeps the codebase; strict and missing files are errors', async () => {
    using scratch = new Scratch(files);
    const path = scratch.root;
    const { collections } = await retrieved(jsonlLoader, scratch, { path, first: 1 });
    expect(collections[0]!.queries.length).toBe(1);
    expect(collections[0]!.all.length).toBe(3);
    expect((await failure(opened(jsonlLoader, scratch, { path, strict: true }))).message).toContain(':3: z');
    scratch.remove('codebase.jsonl.gz');
    expect((await failure(opened(jsonlLoader, scratch, { path }))).message).toBe(
      `missing file: ${scratch.path('codebase.jsonl')}`,
    );
  });
});
