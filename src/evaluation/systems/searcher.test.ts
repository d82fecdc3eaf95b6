import { describe, expect, test, vi } from 'vitest';
import type { Hit, Searcher, SearchOptions } from '../../core/search.ts';
import type { Place } from '../dataset.ts';
import { collectionOf, queryOf } from './collection.testing.ts';
import { searcherSystem } from './searcher.ts';

const hit = (path: string, score: number, more: Hit[] = []) =>
  ({
    path,
    score,
    firstLine: 1,
    lastLine: 2,
    signals: [{ name: 'text', value: score }],
    more,
  }) as unknown as Hit;

function searcherOf(hits: Hit[]): Searcher & { asked: SearchOptions[] } {
  const asked: SearchOptions[] = [];
  return {
    asked,
    search: async (query, options = {}) => {
      asked.push(options);
      return { query, hits } as never;
    },
  };
}

const ids = { idOf: ({ path }: Place) => (path === 'x' ? undefined : path), pathOf: (id: string) => id };

test('hits become candidates; strangers are left out, the limit counts candidates', async () => {
  const searcher = searcherOf([hit('a', 3), hit('x', 2.5), hit('b', 2), hit('c', 1)]);
  const close = vi.fn();
  const prepared = await searcherSystem({
    open: async () => ({ searcher, ...ids, indexBytes: 7, close }),
  }).prepare(collectionOf({}));
  expect(await prepared.rank(queryOf('q'), { limit: 2 })).toEqual([
    { id: 'a', score: 3, lines: [1, 2], signals: [{ name: 'text', value: 3 }] },
    { id: 'b', score: 2, lines: [1, 2], signals: [{ name: 'text', value: 2 }] },
  ]);
  expect(await prepared.rank(queryOf('  '), { limit: 2 })).toEqual([]);
  expect(prepared.similarity).toBeUndefined();
  expect(prepared.indexBytes).toBe(7);
  await prepared.close!();
  expect(close).toHaveBeenCalledOnce();
});

test('several units of a file are places of one candidate, in the order of their scores', async () => {
  const searcher = searcherOf([hit('a', 3, [hit('a', 1)]), hit('b', 2)]);
  const system = searcherSystem({ perFile: 2, open: async () => ({ searcher, ...ids }) });
  const items = await (await system.prepare(collectionOf({}))).rank(queryOf('q'), { limit: 2 });
  expect(items.map(({ id, score }) => [id, score])).toEqual([
    ['a', 3],
    ['b', 2],
    ['a', 1],
  ]);
  expect(searcher.asked[0]).toMatchObject({ perFile: 2, limit: 2 });
});

describe('units of the files that are searched', () => {
  // Two units in a, one in b; the place in c is no candidate.
  const at = (path: string, line: number, score: number, more: Hit[] = []) =>
    ({ ...hit(path, score, more), firstLine: line, lastLine: line }) as Hit;
  const hits = [at('a', 1, 9, [at('a', 2, 3), at('a', 2, 1)]), at('c', 1, 8, [at('c', 2, 7)]), at('b', 1, 5)];
  const idOf = ({ path, lines }: Place) => (path === 'c' ? undefined : `${path}${lines[0]}`);
  const rank = async (order: 'score' | 'folded', limit: number, pool?: string[]) => {
    const searcher = searcherOf(hits);
    const system = searcherSystem({ open: async () => ({ searcher, idOf, units: { perFile: 7, order } }) });
    const items = await (await system.prepare(collectionOf({}))).rank(queryOf('q', pool), { limit });
    return { asked: searcher.asked[0]!, list: items.map(({ id, score }) => [id, score]) };
  };

  test('by score, or as they are shown; strangers are left out', async () => {
    const { asked, list } = await rank('score', 10);
    expect(asked).toEqual({ perFile: 7, limit: 100 });
    expect(list).toEqual([
      ['a1', 9],
      ['b1', 5],
      ['a2', 3],
      ['a2', 1],
    ]);
    expect((await rank('folded', 10)).list).toEqual([
      ['a1', 4],
      ['a2', 3],
      ['a2', 2],
      ['b1', 1],
    ]);
  });

  test('the limit counts candidates, a pool leaves the others out', async () => {
    expect((await rank('score', 2)).list.map(([id]) => id)).toEqual(['a1', 'b1']);
    expect((await rank('folded', 2)).list.map(([id]) => id)).toEqual(['a1', 'a2', 'a2']);
    const { asked, list } = await rank('score', 1, ['a2', 'b1']);
    expect(asked).toEqual({ perFile: 7, limit: 1000 });
    expect(list.map(([id]) => id)).toEqual(['b1']);
  });
});

test('a pool is ranked by the searcher if it can, else searched for by path', async () => {
  const searcher = searcherOf([hit('a', 3), hit('b', 2), hit('c', 1)]);
  const plain = await searcherSystem({ open: async () => ({ searcher, ...ids }) }).prepare(collectionOf({}));
  const items = await plain.rank(queryOf('q', ['b', 'c']), { limit: 1 });
  expect(items.map(item => item.id)).toEqual(['b']);
  expect(searcher.asked[0]).toMatchObject({ filter: { paths: ['b', 'c'] }, limit: 1000 });
  const rankPool = vi.fn(() => [hit('c', 1)]);
  const exact = await searcherSystem({
    open: async () => ({ searcher, ...ids, rankPool, similarity: () => 0.5 }),
  }).prepare(collectionOf({}));
  expect((await exact.rank(queryOf('q', ['b', 'c']), { limit: 1 }))[0]!.id).toBe('c');
  expect(rankPool).toHaveBeenCalledWith('q', ['b', 'c'], 1);
  expect(await exact.similarity!('q', 'a')).toBe(0.5);
});
