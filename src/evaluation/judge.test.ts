import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { QuarryError } from '../core/errors.ts';
import type { Query } from './dataset.ts';
import { judge } from './judge.ts';
import { measuresFor } from './measures.ts';
import type { QueryOutcome } from './result.ts';
import type { RankedItem } from './system.ts';

function query(judgments: Record<string, number>, rest: Partial<Query> = {}): Query {
  return { id: 'q', text: 'some words', judgments, ...rest };
}

/** `a9 b7 b7 c7`: id and score of each place. */
function listOf(text: string): RankedItem[] {
  return text
    .split(' ')
    .filter(Boolean)
    .map(place => ({ id: place[0]!, score: Number(place.slice(1)) }));
}

/** `id rank rawRank`, with a star if it was not returned. */
function ranks(outcome: QueryOutcome): string[] {
  return outcome.relevant.map(
    ({ id, rank, rawRank, returned }) => `${id} ${rank} ${rawRank}${returned ? '' : '*'}`,
  );
}

function ranked(text: string, asked: Query, pool = 10): string[] {
  return ranks(judge(listOf(text), asked, pool, 'c'));
}

describe('ranks', () => {
  test('without ties they are the places', () => {
    expect(ranked('a9 b8 c7 d6', query({ b: 1, d: 2, c: 0 }))).toEqual(['b 2 2', 'd 4 4']);
  });

  test('of equal scores the relevant ones come last, higher grades last of all', () => {
    expect(ranked('b9 a8 c8 d8 e8 f7', query({ a: 1, c: 2, b: 1 }))).toEqual(['b 1 1', 'a 4 4', 'c 5 5']);
    expect(ranked('c1 a1 d1', query({ a: 3, c: 1 }))).toEqual(['c 2 2', 'a 3 3']);
  });

  test('the best place of a candidate counts; raw, every place takes a rank', () => {
    expect(ranked('a9 a8 b7 a6 b5 c4', query({ b: 1, c: 1 }))).toEqual(['b 2 3', 'c 3 6']);
  });

  test('ties of several places of one candidate', () => {
    // Raw, the two places of `d` and those of `a` come before the relevant ones; of these `b` has two.
    expect(ranked('a9 b8 b8 c8 d8 d8 a8', query({ b: 1, c: 1 }))).toEqual(['b 3 5', 'c 4 7']);
    expect(ranked('a9 b8 c8 c8 d8 d8 a8', query({ b: 1, c: 1 }))).toEqual(['c 3 5', 'b 4 7']);
    expect(ranked('b8 b8 c8 c8', query({ b: 2, c: 1 }))).toEqual(['c 1 1', 'b 2 3']);
  });

  test('what was not returned has the last ranks of the pool', () => {
    expect(ranked('a9 b8', query({ b: 1, x: 1, y: 2, z: 1 }), 100)).toEqual([
      'b 2 2',
      'x 98 98*',
      'z 99 99*',
      'y 100 100*',
    ]);
    expect(ranked('', query({ x: 1 }), 7)).toEqual(['x 7 7*']);
  });

  test('repeated places push what was not returned further down in the raw list', () => {
    expect(ranked('a9 a8 a7 b6', query({ x: 1 }), 3)).toEqual(['x 3 5*']);
  });

  test('relevant candidates outside the pool come after it', () => {
    expect(ranked('a9 b8 c7', query({ b: 1, x: 1, y: 1 }), 3)).toEqual(['b 2 2', 'x 4 4*', 'y 5 5*']);
  });

  test('a list that does not descend is sorted', () => {
    expect(ranked('a1 b5 c3', query({ a: 1, b: 1 }))).toEqual(['b 1 1', 'a 3 3']);
  });

  test('infinite scores have their place', () => {
    const list = [
      { id: 'a', score: Number.NEGATIVE_INFINITY },
      { id: 'b', score: Number.POSITIVE_INFINITY },
      { id: 'c', score: Number.POSITIVE_INFINITY },
      { id: 'd', score: 0 },
    ];
    expect(ranks(judge(list, query({ a: 1, b: 1 }), 4, 'c'))).toEqual(['b 2 2', 'a 4 4']);
  });

  test('entries outside the pool of the query are as if they had not been returned', () => {
    const asked = query({ b: 1, x: 1 }, { pool: ['b', 'c', 'd', 'x'] });
    expect(ranked('a9 x8 b7 a6 c5', asked, 4)).toEqual(['x 1 1', 'b 2 2']);
    expect(judge(listOf('a9 b7'), asked, 4, 'c').top.map(({ id }) => id)).toEqual(['b']);
  });

  test('ids that are names of object properties', () => {
    const list = ['constructor', 'toString', 'x'].map((id, i) => ({ id, score: -i }));
    expect(ranks(judge(list, query({ toString: 1 }), 3, 'c'))).toEqual(['toString 2 2']);
    expect(judge(list, query({ x: 1 }), 3, 'c').top[0]).toEqual({ id: 'constructor', score: -0 });
  });

  test('a query without relevant candidates has no ranks', () => {
    expect(ranked('a9', query({ a: 0 }))).toEqual([]);
  });
});

test('the top holds ten distinct candidates as returned, with grades where judged', () => {
  const list: RankedItem[] = Array.from({ length: 30 }, (_, i) => ({ id: `f${i >> 1}`, score: 100 - i }));
  list[2] = { ...list[2]!, signals: [{ name: 'name', value: 98 }], lines: [3, 9] };
  const { top } = judge(list, query({ f1: 2, f2: 0 }), 50, 'c');
  expect(top.map(({ id }) => id)).toEqual(Array.from({ length: 10 }, (_, i) => `f${i}`));
  expect(top[0]).toEqual({ id: 'f0', score: 100 });
  expect(top[1]).toEqual({
    id: 'f1',
    score: 98,
    grade: 2,
    signals: [{ name: 'name', value: 98 }],
    lines: [3, 9],
  });
  expect(top[2]).toEqual({ id: 'f2', score: 96, grade: 0 });
});

describe('faults of a system', () => {
  function failure(list: RankedItem[], pool: number): QuarryError {
    try {
      judge(list, query({ a: 1 }), pool, 'pool-7');
    } catch (error) {
      return error as QuarryError;
    }
    throw new Error('nothing was thrown');
  }

  test('a score that is not a number', () => {
    const error = failure([{ id: 'a', score: Number.NaN }], 9);
    expect(error.code).toBe('usage');
    expect(error.message).toBe('the system gave "a" a score that is not a number, for query "q" of "pool-7"');
  });

  test('more candidates than there are', () => {
    const error = failure(listOf('a3 b2 c1'), 2);
    expect(error.code).toBe('usage');
    expect(error.message).toBe('the system returned 3 candidates for query "q" of "pool-7", which has 2');
  });
});

const ids = [...'abcdefgh'];
const lists = fc.array(fc.record({ id: fc.constantFrom(...ids), score: fc.integer({ min: 0, max: 4 }) }), {
  maxLength: 14,
});
const judgments = fc.dictionary(fc.constantFrom(...ids), fc.integer({ min: 0, max: 3 }));

/** All orders in which a tie can be broken, for small ties. */
function orders<T>(list: readonly T[]): T[][] {
  if (list.length < 2) return [[...list]];
  return list.flatMap((item, i) =>
    orders([...list.slice(0, i), ...list.slice(i + 1)]).map(rest => [item, ...rest]),
  );
}

describe('properties', () => {
  test('the order of ties and of the list does not matter', () => {
    fc.assert(
      fc.property(lists, judgments, fc.infiniteStream(fc.nat()), (list, grades, stream) => {
        const asked = query(grades);
        const shuffled = list
          .map(item => ({ item, key: stream.next().value as number }))
          .sort((a, b) => a.key - b.key)
          .map(({ item }) => item);
        const expected = judge(list, asked, 20, 'c');
        expect(judge(shuffled, asked, 20, 'c').relevant).toEqual(expected.relevant);
      }),
    );
  });

  test('ranks are distinct, ascending, and within the pool', () => {
    fc.assert(
      fc.property(lists, judgments, fc.integer({ min: 8, max: 12 }), (list, grades, pool) => {
        const { relevant } = judge(list, query(grades), pool, 'c');
        const found = relevant.map(({ rank }) => rank);
        expect(found).toEqual([...new Set(found)].sort((a, b) => a - b));
        expect(found.every(rank => rank >= 1 && rank <= pool)).toBe(true);
        expect(relevant.every(({ rank, rawRank }) => rawRank >= rank)).toBe(true);
        expect(relevant.map(({ id }) => id).sort()).toEqual(
          Object.keys(grades)
            .filter(id => grades[id]! > 0)
            .sort(),
        );
      }),
    );
  });

  test('no way of breaking ties and placing the rest does worse', () => {
    const names = ['mrr', 'map', 'ndcg@3', 'success@2', 'recall@3', 'all@4'];
    const measures = measuresFor('retrieval', names);
    // With several places of several grades it depends on k which order is worst for raw-ndcg@k.
    const raw = measuresFor('retrieval', ['raw-ndcg@2', 'raw-ndcg@3', 'raw-ndcg@5']);
    const small = fc.array(
      fc.record({ id: fc.constantFrom(...'abcd'), score: fc.integer({ min: 0, max: 1 }) }),
      { maxLength: 5 },
    );
    const graded = fc.dictionary(fc.constantFrom(...'abcd'), fc.integer({ min: 0, max: 2 }));
    fc.assert(
      fc.property(small, graded, (list, grades) => {
        const worst = judge(list, query(grades), 4, 'c');
        const missing = [...'abcd'].filter(id => !list.some(item => item.id === id));
        const high = list.filter(({ score }) => score === 1).map(({ id }) => id);
        const low = list.filter(({ score }) => score === 0).map(({ id }) => id);
        const relevant = new Set(Object.values(grades).filter(grade => grade > 0));
        for (const measure of relevant.size > 1 ? measures : [...measures, ...raw]) {
          let least = Number.POSITIVE_INFINITY;
          for (const first of orders(high))
            for (const second of orders(low))
              for (const third of orders(missing)) {
                const places = [...first, ...second, ...third].map((id, i) => ({ id, score: -i }));
                least = Math.min(least, measure.of(judge(places, query(grades), 4, 'c')));
              }
          expect(measure.of(worst)).toBeCloseTo(least, 12);
        }
      }),
      { numRuns: 100 },
    );
  });
});
