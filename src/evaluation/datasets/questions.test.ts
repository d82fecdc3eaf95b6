import { expect, test } from 'vitest';
import { Scratch } from '../../../test/support/scratch.ts';
import { readTree } from '../../engine/indexing/read-tree.ts';
import { readUnits } from '../../engine/indexing/read-units.ts';
import type { DatasetHost } from '../dataset.ts';
import { failure, opened, retrieved } from './published.testing.ts';
import { questionsLoader } from './questions.ts';

const host: DatasetHost = { readTree, readUnits };
const tree = { 'code/src/a.ts': 'export const a = 1;\n', 'code/src/b.ts': 'export const b = 2;\n' };
const lines = (...rows: unknown[]) => rows.map(row => JSON.stringify(row)).join('\n');
const rows = [
  { query: 'where is a', relevant: ['src/a.ts'], category: 'easy' },
  { query: 'both', relevant: { './src/a.ts': 2, 'src/b.ts': 1 } },
  { query: 'moved', relevant: ['lib/b.ts'] },
  { query: 'none', relevant: [] },
];
const expected = (file: string, first: number) => [
  { id: `${file}:${first}`, text: 'where is a', judgments: { 'src/a.ts': 1 }, slices: { category: 'easy' } },
  { id: `${file}:${first + 1}`, text: 'both', judgments: { 'src/a.ts': 2, 'src/b.ts': 1 } },
];

test('the first row names the root', async () => {
  using scratch = new Scratch({ ...tree, 'q/mine.jsonl': lines({ root: '../code' }, ...rows) });
  const path = scratch.path('q/mine.jsonl');
  const { dataset, collections, skipped } = await retrieved(questionsLoader, scratch, { path, host });
  expect(collections[0]!.queries).toEqual(expected('mine.jsonl', 2));
  expect(collections[0]!.root).toBe(scratch.path('code'));
  expect(collections[0]!.all.map(({ id }) => id)).toEqual(['src/a.ts', 'src/b.ts']);
  expect(skipped).toEqual([
    `${path}:5: nothing is relevant`,
    `${path}:4: no file lib/b.ts in the tree; did you mean src/b.ts?`,
  ]);
  expect(dataset.files).toMatchObject([{ path: 'mine.jsonl', rows: 2, skipped: 2 }]);
  expect((await failure(opened(questionsLoader, scratch, { path, host, strict: true }))).code).toBe('usage');
});

test('a JSON list; --repos is the root; the questions are no candidate', async () => {
  using scratch = new Scratch({
    ...tree,
    'code/q.json': JSON.stringify({ root: 'nowhere', questions: rows }),
  });
  const path = scratch.path('code/q.json');
  const repos = scratch.path('code');
  const { collections, skipped } = await retrieved(questionsLoader, scratch, { path, repos, host });
  expect(collections[0]!.queries).toEqual(expected('q.json', 1));
  expect(collections[0]!.all.map(({ id }) => id)).toEqual(['src/a.ts', 'src/b.ts']);
  expect(skipped.map(line => line.slice(path.length))).toEqual([
    ':4: nothing is relevant (counted in items of the list)',
    ':3: no file lib/b.ts in the tree; did you mean src/b.ts?',
  ]);
  expect((await failure(opened(questionsLoader, scratch, { path, host }))).code).toBe('not-found');
});

test('the fingerprint follows the tree; first takes questions', async () => {
  using scratch = new Scratch({ ...tree, 'code/q.jsonl': lines(...rows) });
  const open = () =>
    retrieved(questionsLoader, scratch, { path: scratch.path('code/q.jsonl'), host, first: 1 });
  const before = (await open()).collections[0]!;
  expect(before.queries.length).toBe(1);
  expect((await open()).collections[0]!.fingerprint).toBe(before.fingerprint);
  scratch.write('code/src/a.ts', 'export const a = 2;\n');
  expect((await open()).collections[0]!.fingerprint).not.toBe(before.fingerprint);
});
