import { expect, test } from 'vitest';
import type { Collection, Query, RetrievalDataset } from '../dataset.ts';
import { withPools } from './pools.ts';
import { failure } from './published.testing.ts';

function dataset(size: number, queries: readonly Query[]): RetrievalDataset {
  const collection: Collection = {
    name: 'c',
    fingerprint: 'f',
    slices: { language: 'go' },
    queries,
    async *candidates() {
      for (let i = 0; i < size; i++) yield { id: `k${i}`, text: `text ${i}` };
    },
  };
  const notes: string[] = ['first note'];
  return {
    task: 'retrieval',
    id: 'd',
    title: 'd',
    split: 'test',
    licence: '',
    source: '',
    files: [],
    notes,
    measures: ['mrr'],
    averaging: 'queries',
    async *collections() {
      yield collection;
      // As loaders do that count while they stream.
      notes.push('late note');
    },
  };
}

const one = (i: number): Query => ({ id: `q${i}`, text: 'x', judgments: { [`k${i}`]: 1 } });
const read = (set: RetrievalDataset) => Array.fromAsync(set.collections());
const idsOf = async (collection: Collection) =>
  (await Array.fromAsync(collection.candidates())).map(({ id }) => id);

test('pools of exactly the size, disjoint, each query where its answer is', async () => {
  const all = Array.from({ length: 23 }, (_, i) => one(i));
  const set = withPools(dataset(23, all), 5, 7);
  const pools = await read(set);
  expect(set.averaging).toBe('collections');
  expect(pools.map(({ name }) => name)).toEqual(['c pool 1/4', 'c pool 2/4', 'c pool 3/4', 'c pool 4/4']);
  const ids = await Promise.all(pools.map(idsOf));
  expect(ids.map(list => list.length)).toEqual([5, 5, 5, 5]);
  expect(new Set(ids.flat()).size).toBe(20);
  for (const [i, { queries, slices }] of pools.entries()) {
    expect(slices).toEqual({ language: 'go' });
    expect(queries.map(({ judgments }) => Object.keys(judgments)[0]!).toSorted()).toEqual(ids[i]!.toSorted());
  }
  expect(new Set(pools.map(({ fingerprint }) => fingerprint)).size).toBe(4);
  expect(set.notes[0]).toBe('first note');
  expect(set.notes).toContain('late note');
  expect(set.notes).toContain('c: 3 candidates, 3 queries left out by the division into pools');
  // Streaming again says nothing twice, and divides alike.
  expect(await Promise.all((await read(set)).map(idsOf))).toEqual(ids);
  expect(set.notes.filter(note => note.includes('left out')).length).toBe(1);
});

test('the seed decides', async () => {
  const ids = async (seed: number) =>
    idsOf((await read(withPools(dataset(20, [one(0), one(1)]), 20, seed)))[0]!);
  expect(await ids(1)).toEqual(await ids(1));
  expect(await ids(1)).not.toEqual(await ids(2));
  expect((await ids(1)).toSorted()).toEqual((await ids(2)).toSorted());
});

test('what is relevant in another pool does not count', async () => {
  const judgments = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`k${i}`, i === 0 ? 0 : 1]));
  const pools = await read(withPools(dataset(10, [{ id: 'q', text: 'x', judgments }]), 5, 1));
  expect(pools.length).toBe(1);
  const [pool] = pools as [Collection];
  const ids = await idsOf(pool);
  expect(ids).toContain('k1');
  expect(Object.keys(pool.queries[0]!.judgments).toSorted()).toEqual(ids.toSorted());
});

test('too few candidates and published pools are refused', async () => {
  expect(await failure(read(withPools(dataset(4, [one(0)]), 5, 1)))).toMatchObject({
    code: 'usage',
    message: 'c has 4 candidates, fewer than a pool of 5',
  });
  const published = { ...one(0), pool: ['k0', 'k1'] };
  expect(await failure(read(withPools(dataset(9, [published]), 5, 1)))).toMatchObject({ code: 'usage' });
});
