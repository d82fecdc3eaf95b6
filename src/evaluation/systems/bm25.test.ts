import { describe, expect, test } from 'vitest';
import { bm25 } from './bm25.ts';
import { collectionOf, idsOf, queryOf, rankWith } from './collection.testing.ts';
import { bm25Memory } from './memory.ts';

// Lengths 2, 4, 3: average 3.
const three = collectionOf({ a: 'openFile', b: 'open open close_door', c: 'read the line' });

describe('bm25', () => {
  test('scores worked by hand', async () => {
    const [first, second, ...rest] = await rankWith(bm25, three, 'open');
    // idf = ln(1 + (3 − 2 + .5) / (2 + .5)) = ln 1.6; a: tf 1, length 2/3; b: tf 2, length 4/3.
    expect(first!.id).toBe('b');
    expect(first!.score).toBeCloseTo((Math.log(1.6) * 2 * 2.2) / (2 + 1.2 * (0.25 + 0.75 * (4 / 3))), 12);
    expect(second!.id).toBe('a');
    expect(second!.score).toBeCloseTo((Math.log(1.6) * 2.2) / (1 + 1.2 * (0.25 + 0.75 * (2 / 3))), 12);
    expect(rest).toEqual([]);
  });

  test('k1 and b do what they are for', async () => {
    const [b, a] = await rankWith(bm25, three, 'open', { k1: 0 });
    expect(b!.score).toBe(a!.score);
    const flat = await rankWith(bm25, three, 'open', { b: 0 });
    expect(flat[0]!.score).toBeCloseTo((Math.log(1.6) * 2 * 2.2) / 3.2, 12);
  });

  test('a repeated word counts once, or as often as k3 lets it', async () => {
    const score = async (query: string, k3: number) => (await rankWith(bm25, three, query, { k3 }))[0]!.score;
    expect(await score('open open', 0)).toBe(await score('open', 0));
    expect(await score('open open', 1)).toBeCloseTo((4 / 3) * (await score('open', 1)), 12);
  });

  test('equal scores stay ties, in the order of the collection, and the limit holds', async () => {
    const same = collectionOf({ x: 'parse a', y: 'parse b', z: 'parse c', w: 'other' });
    const items = await rankWith(bm25, same, 'parse');
    expect(idsOf(items)).toEqual(['x', 'y', 'z']);
    expect(new Set(items.map(item => item.score)).size).toBe(1);
    expect(idsOf(await rankWith(bm25, same, 'parse b', {}, undefined, 2))).toEqual(['y', 'x']);
  });

  test('a pool is ranked alone, with statistics of the collection or of the pool', async () => {
    const inPool = await rankWith(bm25, three, 'open line', {}, ['a', 'c']);
    const all = await rankWith(bm25, three, 'open line');
    expect(inPool.toSorted((x, y) => (x.id < y.id ? -1 : 1))).toEqual(
      all.filter(item => item.id !== 'b').toSorted((x, y) => (x.id < y.id ? -1 : 1)),
    );
    const own = await rankWith(bm25, three, 'open', { idf: 'pool' }, ['a', 'c']);
    // N 2, n 1, lengths 2 and 3: average 2.5.
    expect(own).toHaveLength(1);
    expect(own[0]!.score).toBeCloseTo((Math.log(2) * 2.2) / (1 + 1.2 * (0.25 + 0.75 * (2 / 2.5))), 12);
  });

  test('queries without words and with unknown words find nothing, one after the other', async () => {
    const prepared = await bm25.create(bm25.defaults).prepare(three);
    const rank = (text: string) => prepared.rank(queryOf(text), { limit: 10 });
    const before = await rank('open');
    for (const text of ['', ' ?! ', 'xylophone']) expect(await rank(text)).toEqual([]);
    expect(await rank('open')).toEqual(before);
  });

  test('stems, stop words and names when asked for', async () => {
    const named = collectionOf({ a: { text: 'return 1', name: 'openingDoors' }, b: 'the door' });
    expect(idsOf(await rankWith(bm25, named, 'doors'))).toEqual([]);
    expect(idsOf(await rankWith(bm25, named, 'doors', { name: true }))).toEqual(['a']);
    expect(idsOf(await rankWith(bm25, named, 'doors', { stem: true }))).toEqual(['b']);
    expect(idsOf(await rankWith(bm25, named, 'the'))).toEqual(['b']);
    expect(idsOf(await rankWith(bm25, named, 'the', { stopWords: true }))).toEqual([]);
  });

  test('similarity is a share: more for more of the query, below 1, 0 for strangers', async () => {
    const { similarity } = await bm25
      .create(bm25.defaults)
      .prepare(three)
      .then(prepared => ({ similarity: prepared.similarity!.bind(prepared) }));
    const both = await similarity('open file', 'a');
    const one = await similarity('open file', 'b');
    expect(both).toBeGreaterThan(one);
    expect(one).toBeGreaterThan(0);
    expect(both).toBeLessThan(1);
    expect(await similarity('open file', 'c')).toBe(0);
    expect(await similarity('open file', 'none')).toBe(0);
    expect(await similarity('', 'a')).toBe(0);
    // A word that occurs nowhere is a word the candidate does not say.
    expect(await similarity('open xylophone', 'a')).toBeLessThan(await similarity('open', 'a'));
  });
});

describe('bm25-memory', () => {
  const texts = {
    a: { text: 'x1', trainingQueries: ['sort a list', 'order numbers'] },
    b: 'sort',
    c: 'list',
  };

  test('a code is found by the words of its training queries, and only there', async () => {
    const query = 'order numbers of a list';
    expect(idsOf(await rankWith(bm25, collectionOf(texts), query))).toEqual(['c']);
    expect(idsOf(await rankWith(bm25Memory, collectionOf(texts), query))[0]).toBe('a');
  });

  test('without training queries it is BM25', async () => {
    const bare = collectionOf({ ...texts, a: 'x1' });
    expect(await rankWith(bm25Memory, bare, 'sort list')).toEqual(await rankWith(bm25, bare, 'sort list'));
  });
});
