import { describe, expect, test } from 'vitest';
import { Scratch } from '../../../test/support/scratch.ts';
import { codennCsharpLoader, codennSqlLoader } from './codenn.ts';
import { failure, opened, packed, retrieved } from './published.testing.ts';

const ask = (id: string, query: string, relevant: unknown[], candidates: unknown[], run = 0) => ({
  id,
  query,
  relevant,
  candidates,
  run,
});
const files = {
  'codenn/mrr_sql_codebase.jsonl.gz': packed(['1', '2', '3'].map(id => ({ id, code: `select ${id}` }))),
  'codenn/mrr_sql_eval.jsonl.gz': packed([
    ask('sql-eval-r0-0', 'first', ['1'], ['2', '1']),
    ask('sql-eval-r0-1', 'second', ['2'], ['3', '2']),
    ask('sql-eval-r1-0', 'second', ['2'], ['1', '2'], 1),
  ]),
};

describe('codenn', () => {
  test('pools as published; the runs of a question are a cluster, whatever their place in the run', async () => {
    using scratch = new Scratch(files);
    const { dataset, collections } = await retrieved(codennSqlLoader, scratch);
    expect(dataset).toMatchObject({ id: 'codenn-sql', split: 'eval' });
    expect(collections.length).toBe(1);
    expect(collections[0]!.all[0]).toEqual({ id: '1', text: 'select 1', language: 'sql' });
    expect(collections[0]!.queries).toEqual([
      { id: 'sql-eval-r0-0', text: 'first', judgments: { 1: 1 }, pool: ['2', '1'], cluster: 'first' },
      { id: 'sql-eval-r0-1', text: 'second', judgments: { 2: 1 }, pool: ['3', '2'], cluster: 'second' },
      { id: 'sql-eval-r1-0', text: 'second', judgments: { 2: 1 }, pool: ['1', '2'], cluster: 'second' },
    ]);
    expect(dataset.notes.filter(note => note.startsWith('counts differ'))).toEqual([
      'counts differ: codes 3, published 3,340',
      'counts differ: questions 2, published 100',
      'counts differ: queries (questions × runs) 3, published 2,000',
      'counts differ: queries with 50 candidates 0, published 2,000',
    ]);
  });

  test('rows whose candidates do not hold together', async () => {
    using scratch = new Scratch({
      ...files,
      'codenn/mrr_sql_eval.jsonl.gz': packed([
        ask('a', 'q', ['1'], ['2', '3']),
        ask('b', 'q', ['1'], ['1', '9']),
        ask('c', 'q', ['1'], ['1', '2', '1']),
        ask('d', 'q', [], ['1']),
        ask('e', 'q', ['1'], ['1', '2']),
        ask('e', 'q', ['1'], ['1', '2']),
      ]),
    });
    const { skipped, collections } = await retrieved(codennSqlLoader, scratch);
    const file = scratch.path('codenn/mrr_sql_eval.jsonl.gz');
    expect(skipped).toEqual([
      `${file}:1: relevant code 1 is not among the candidates`,
      `${file}:2: code 9 is not in the codebase`,
      `${file}:3: a candidate occurs twice`,
      `${file}:4: no relevant code`,
      `${file}:6: id e occurs twice`,
    ]);
    expect(collections[0]!.queries.map(query => query.id)).toEqual(['e']);
    expect(await failure(opened(codennSqlLoader, scratch, { strict: true }))).toMatchObject({
      code: 'usage',
    });
  });

  test('a missing file is named with where to get it', async () => {
    using scratch = new Scratch(files);
    const error = await failure(opened(codennCsharpLoader, scratch));
    expect(error.message).toBe(`missing file: ${scratch.path('codenn/mrr_csharp_codebase.jsonl.gz')}`);
    expect(error.hint).toContain('sriniiyer/codenn');
  });
});
