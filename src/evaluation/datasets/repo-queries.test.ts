import { describe, expect, test } from 'vitest';
import { Scratch } from '../../../test/support/scratch.ts';
import { readTree } from '../../engine/indexing/read-tree.ts';
import { readUnits } from '../../engine/indexing/read-units.ts';
import type { DatasetHost } from '../dataset.ts';
import { failure, opened, retrieved } from './published.testing.ts';
import { repoQueriesLoader } from './repo-queries.ts';

const host: DatasetHost = { readTree, readUnits };
const repository = (name: string, root: string | null) => ({
  name,
  language: 'go',
  slug: `o/${name}`,
  commit: 'c0ffee',
  root,
  pinned: true,
});
const question = (query: string, relevant: unknown[], secondary: unknown[] = []) => ({
  query,
  relevant,
  secondary,
  category: 'semantic',
});
const files = {
  'repo-queries/repos.json': JSON.stringify([repository('one', 'lib'), repository('two', null)]),
  'repo-queries/queries/one.json': JSON.stringify([
    question(
      'where is the Client',
      ['lib/client.go'],
      [{ path: 'lib/net/dial.go', start_line: 1, end_line: 2 }],
    ),
    question('how it waits', ['net/dial.go', 'lib/net/dial.go']),
    question('what is outside', ['other/x.go', 'lib/client.go']),
  ]),
  'repo-queries/queries/two.json': JSON.stringify([
    question('a', ['a.go']),
    question('b', ['a.go']),
    { query: 'c' },
  ]),
  'repos/one/lib/client.go': 'package lib\n',
  'repos/one/lib/net/dial.go': 'package net\n',
  'repos/two/a.go': 'package a\n',
};
const options = (scratch: Scratch) => ({ host, repos: scratch.path('repos') });

describe('repository questions', () => {
  test('targets become candidates; one that is not there stays in the ideal', async () => {
    using scratch = new Scratch(files);
    const { dataset, collections, skipped } = await retrieved(repoQueriesLoader, scratch, options(scratch));
    expect(dataset).toMatchObject({ split: 'dev', averaging: 'collections' });
    expect(collections.map(({ name, root, slices }) => [name, root, slices])).toEqual([
      ['one', scratch.path('repos/one/lib'), { language: 'go' }],
      ['two', scratch.path('repos/two'), { language: 'go' }],
    ]);
    expect(collections[0]!.all.map(({ id }) => id)).toEqual(['client.go', 'net/dial.go']);
    expect(collections[0]!.queries).toEqual([
      {
        id: 'one-1',
        text: 'where is the Client',
        judgments: { 'client.go': 1, 'net/dial.go': 1 },
        slices: { category: 'semantic', stem: 'named', spread: 'one file' },
      },
      {
        id: 'one-2',
        text: 'how it waits',
        judgments: { 'net/dial.go': 1 },
        slices: { category: 'semantic', stem: 'unnamed', spread: 'one file' },
      },
      {
        id: 'one-3',
        text: 'what is outside',
        judgments: { 'other/x.go': 1, 'client.go': 1 },
        slices: { category: 'semantic', stem: 'unnamed', spread: 'one file' },
      },
    ]);
    expect(dataset.notes.at(-1)).toContain('one: 1 target not in the tree');
    expect(dataset.notes.at(-1)).toContain('other/x.go');
    expect(skipped).toHaveLength(1);
    expect(skipped[0]).toContain('two.json:3: ');
  });

  test('first takes queries, without changing what is known of the repository', async () => {
    using scratch = new Scratch(files);
    const { collections } = await retrieved(repoQueriesLoader, scratch, { ...options(scratch), first: 1 });
    expect(collections.map(({ queries }) => queries.length)).toEqual([1]);
    expect(collections[0]!.queries[0]!.slices).toMatchObject({ spread: 'one file' });
  });

  test('missing checkouts', async () => {
    using scratch = new Scratch(files);
    scratch.remove('repos/two');
    const { dataset, collections } = await retrieved(repoQueriesLoader, scratch, options(scratch));
    expect(collections.map(({ name }) => name)).toEqual(['one']);
    expect(dataset.notes.join('\n')).toContain('1 repository without a checkout left out: two');
    const strict = await failure(opened(repoQueriesLoader, scratch, { ...options(scratch), strict: true }));
    expect(strict).toMatchObject({
      code: 'not-found',
      message: `missing checkout: ${scratch.path('repos/two')} (o/two at c0ffee)`,
    });
    scratch.remove('repos/one');
    const none = await failure(opened(repoQueriesLoader, scratch, options(scratch)));
    expect(none.message).toContain('o/one at c0ffee');
    expect(none.hint).toContain('git clone');
    expect(none.hint).toContain('archive c0ffee lib |');
    expect((await failure(opened(repoQueriesLoader, scratch, { host }))).hint).toContain('--repos');
    expect((await failure(opened(repoQueriesLoader, undefined, options(scratch)))).hint).toContain('--data');
  });
});
