import { afterAll, expect, test } from 'vitest';
import { Scratch } from '../../../test/support/scratch.ts';
import { datasetHost } from '../../experiments/host.ts';
import { corpusFormat } from '../../training/corpus/corpus.ts';
import { ShardWriter } from '../../training/corpus/shards.ts';
import type { CorpusRow, DatasetHost } from '../dataset.ts';
import { corpusLoader } from './corpus.ts';
import { failure, opened, retrieved } from './published.testing.ts';

const scratch = new Scratch();
afterAll(() => scratch[Symbol.dispose]());

function row(i: number, more: Partial<CorpusRow> = {}): CorpusRow {
  return {
    query: `does thing number ${i}`,
    code: `def thing_${i}():\n    return ${i}`,
    name: `thing_${i}`,
    language: 'python',
    path: 'src/a.py',
    repository: 'o/r',
    kind: 'doc',
    unit: 'function',
    ...more,
  };
}

function hostOf(rows: readonly CorpusRow[]): DatasetHost {
  return {
    ...datasetHost,
    async *readCorpus(_, { kinds }) {
      yield* rows.filter(({ kind }) => kinds.includes(kind));
    },
  };
}

const many = (count: number, language: string) =>
  Array.from({ length: count }, (_, i) => row(i, { language, path: `src/${language}` }));
const openWith = (rows: readonly CorpusRow[], more: object = {}) =>
  retrieved(corpusLoader, scratch, { path: scratch.root, host: hostOf(rows), ...more });

test('pools of 1,000 by language; a smaller one only where it is the only one and has 200', async () => {
  const rows = [...many(2300, 'python'), ...many(250, 'go'), ...many(199, 'rust')];
  const { dataset, collections } = await openWith(rows);
  expect(collections.map(({ name, all, queries }) => [name, all.length, queries.length])).toEqual([
    ['go', 250, 250],
    ['python pool 1/2', 1000, 1000],
    ['python pool 2/2', 1000, 1000],
  ]);
  expect(dataset.averaging).toBe('collections');
  expect(dataset.notes.join('\n')).toContain('300 codes of python, 199 codes of rust');
  expect(collections[1]!.slices).toEqual({ language: 'python' });
  const ids = collections.flatMap(({ all }) => all.map(({ id }) => id));
  expect(new Set(ids).size).toBe(2250);
  for (const { queries, all } of collections) {
    const own = new Set(all.map(({ id }) => id));
    for (const { judgments } of queries) expect(Object.keys(judgments).every(id => own.has(id))).toBe(true);
  }
  const [candidate] = collections[0]!.all;
  expect(candidate).toMatchObject({ language: 'go', name: expect.stringMatching(/^thing_\d+$/) });
});

test('the division is the same every time, and shuffled', async () => {
  const names = async () => {
    const { collections } = await openWith(many(1200, 'java'));
    return collections.flatMap(({ all, fingerprint }) => [fingerprint, ...all.map(({ name }) => name)]);
  };
  const first = await names();
  expect(await names()).toEqual(first);
  expect(first.slice(1, 6)).not.toEqual([0, 1, 2, 3, 4].map(i => `thing_${i}`));
});

test('equal codes are one candidate, types are not asked for, kinds can be chosen', async () => {
  const twice = row(3, { query: 'the third thing again', kind: 'test', path: 'test/a.py' });
  const rows = [...many(200, 'python'), twice, row(900, { unit: 'class' })];
  const doc = await openWith(rows);
  expect(doc.collections[0]!.all).toHaveLength(200);
  expect(doc.collections[0]!.queries).toHaveLength(200);
  const both = await openWith(rows, { kinds: ['doc', 'test'] });
  const [collection] = both.collections;
  expect(collection!.all).toHaveLength(200);
  const alike = collection!.queries.filter(({ text }) => text.includes('third') || text.endsWith(' 3'));
  expect(alike.map(({ slices }) => slices?.['kind'])).toEqual(['doc', 'test']);
  expect(alike[0]!.judgments).toEqual(alike[1]!.judgments);
});

test('only the first queries of every pool; the candidates stay', async () => {
  const { collections } = await openWith(many(300, 'python'), { first: 5 });
  expect(collections[0]!.queries).toHaveLength(5);
  expect(collections[0]!.all).toHaveLength(300);
});

test('a corpus on disk is read through the host; what is none is refused', async () => {
  const writer = new ShardWriter(scratch.path('corpus'), 'test');
  for (const one of many(220, 'go')) writer.add({ ...one, doc: one.query, split: 'test' });
  writer.flush();
  const shards = writer.shards.map(shard => ({ ...shard, split: 'test' }));
  scratch.write('corpus/corpus.json', JSON.stringify({ format: corpusFormat, shards }));
  const at = { path: scratch.path('corpus'), host: datasetHost };
  const { collections, dataset } = await retrieved(corpusLoader, scratch, at);
  expect(collections.map(({ name }) => name)).toEqual(['go']);
  expect(dataset.files).toMatchObject([{ path: 'corpus.json', rows: 220 }]);

  expect(await failure(opened(corpusLoader, scratch, { ...at, split: 'valid' }))).toMatchObject({
    code: 'not-found',
  });
  expect(await failure(opened(corpusLoader, scratch, { ...at, kinds: ['docs'] }))).toMatchObject({
    code: 'usage',
  });
  expect(
    await failure(opened(corpusLoader, scratch, { path: scratch.root, host: datasetHost })),
  ).toMatchObject({ code: 'not-found', message: expect.stringContaining('no corpus') });
});
