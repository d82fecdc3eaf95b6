import { describe, expect, test } from 'vitest';
import { Scratch } from '../../../test/support/scratch.ts';
import { beirLoader } from './beir.ts';
import { failure, opened, packed, retrieved } from './published.testing.ts';

const lines = (...rows: object[]) => rows.map(row => JSON.stringify(row)).join('\n');
const files = {
  'corpus.jsonl.gz': packed([
    { _id: 'd1', title: 'One', text: 'first' },
    { _id: 'd2', title: '', text: 'second' },
    { _id: 'd2', text: 'again' },
    { _id: 3, text: 'third' },
    { _id: 'd4', title: '', text: ' ' },
  ]),
  'queries.jsonl': lines(
    { _id: 'q1', text: 'ask one' },
    { _id: 'q2', text: 'ask two' },
    { _id: 'q3', text: 'unjudged' },
    { _id: 'q4', text: 'nothing relevant' },
  ),
  'qrels/test.tsv':
    'query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t0\nq2\t3\t1\nq2\tnowhere\t1\nq9\td1\t1\nq2\td1\tmuch\nq4\td1\t-1\nq2\t3\t1\n',
  'qrels/dev.tsv': 'query-id\tcorpus-id\tscore\nq3\td2\t1\n',
};

describe('BEIR layout', () => {
  test('graded judgments; rows about what is not there are left out with file and line', async () => {
    using scratch = new Scratch(files);
    const { dataset, collections, skipped } = await retrieved(beirLoader, scratch, { path: scratch.root });
    expect(collections.length).toBe(1);
    expect(collections[0]!.queries).toEqual([
      { id: 'q1', text: 'ask one', judgments: { d1: 2, d2: 0 } },
      { id: 'q2', text: 'ask two', judgments: { 3: 1 } },
    ]);
    expect(collections[0]!.all).toEqual([
      { id: 'd1', text: 'One\nfirst' },
      { id: 'd2', text: 'second' },
      { id: '3', text: 'third' },
    ]);
    const qrels = scratch.path('qrels/test.tsv');
    const corpus = scratch.path('corpus.jsonl.gz');
    expect(skipped).toEqual([
      `${corpus}:3: _id d2 occurs twice`,
      `${corpus}:5: fields title and text are empty`,
      `${qrels}:5: nowhere is not in corpus.jsonl`,
      `${qrels}:6: query q9 is not in queries.jsonl`,
      `${qrels}:7: not query-id, corpus-id and score, parted by tabs`,
      `${qrels}:9: query q2 and 3 are judged twice`,
    ]);
    expect(dataset.notes).toEqual([
      '1 query without judgments in test left out',
      '1 query without a relevant candidate left out',
    ]);
    expect(dataset.files.map(({ path, rows, skipped: n }) => [path, rows, n])).toEqual([
      ['corpus.jsonl.gz', 3, 2],
      ['queries.jsonl', 4, 0],
      ['qrels/test.tsv', 4, 4],
    ]);
  });

  test('splits, first and what is missing', async () => {
    using scratch = new Scratch(files);
    const path = scratch.root;
    const dev = await retrieved(beirLoader, scratch, { path, split: 'dev' });
    expect(dev.collections[0]!.queries.map(({ id }) => id)).toEqual(['q3']);
    const first = await retrieved(beirLoader, scratch, { path, first: 1 });
    expect(first.collections[0]!.queries.map(({ id }) => id)).toEqual(['q1']);
    expect(first.collections[0]!.all.length).toBe(3);
    expect(first.dataset.notes.at(-1)).toBe('only the first 1 query');
    expect(await failure(opened(beirLoader, scratch, { path, split: 'train' }))).toMatchObject({
      code: 'not-found',
      hint: 'there is dev.tsv, test.tsv: try --split',
    });
    scratch.remove('queries.jsonl');
    expect((await failure(opened(beirLoader, scratch, { path }))).message).toBe(
      `missing file: ${scratch.path('queries.jsonl')}`,
    );
    expect((await failure(opened(beirLoader, scratch, { path, strict: true }))).message).toContain(':3: ');
  });
});
