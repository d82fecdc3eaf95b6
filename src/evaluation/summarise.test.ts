import { describe, expect, test } from 'vitest';
import type { QuarryError } from '../core/errors.ts';
import type { Query } from './dataset.ts';
import type { QueryOutcome } from './result.ts';
import { partsOf } from './slices.ts';
import { Random, randomisationTest, weightsOf } from './statistics.ts';
import { type SummariseOptions, summarise } from './summarise.ts';

function query(id: string, rest: Partial<Query> = {}): Query {
  return { id, text: `text of ${id}`, judgments: { gold: 1 }, ...rest };
}

/** One relevant candidate at this rank. */
function outcome(collection: string, id: string, rank: number): QueryOutcome {
  return {
    collection,
    query: id,
    pool: 10,
    relevant: [{ id: 'gold', grade: 1, rank, rawRank: rank, returned: true }],
    top: [{ id: 'gold', score: 1, grade: 1 }],
  };
}

const collections = [
  {
    name: 'one',
    slices: { language: 'go' },
    queries: [
      query('a', { slices: { category: 'name' } }),
      query('b', { slices: { category: 'semantic' } }),
      query('c', { slices: { category: 'semantic' } }),
    ],
  },
  { name: 'two', slices: { language: 'go' }, queries: [query('a', { slices: { category: 'name' } })] },
  { name: 'three', slices: { language: 'rust' }, queries: [query('d')] },
];
const asked = collections.flatMap(({ name, queries }) =>
  queries.map(({ id }): [string, string] => [name, id]),
);

function outcomes(...ranks: number[]): QueryOutcome[] {
  return ranks.map((rank, i) => outcome(...asked[i]!, rank));
}

const options: SummariseOptions = {
  systems: [
    { name: 'base', outcomes: outcomes(1, 2, 4, 2, 5) },
    { name: 'other', outcomes: outcomes(1, 1, 2, 4, 5).reverse() },
  ],
  collections,
  averaging: 'queries',
  measures: ['mrr', 'success@1'],
  baseline: 'base',
};

describe('means', () => {
  test('over queries', () => {
    const { systems, measures, queries, pool, pools } = summarise(options);
    expect(measures).toEqual(['mrr', 'success@1']);
    expect({ queries, pool, pools }).toEqual({
      queries: 5,
      pool: 10,
      pools: { collections: 3, smallest: 10, median: 10, largest: 10 },
    });
    expect(systems[0]!.measures['mrr']).toBeCloseTo((1 + 1 / 2 + 1 / 4 + 1 / 2 + 1 / 5) / 5, 12);
    expect(systems[1]!.measures['mrr']).toBeCloseTo((1 + 1 + 1 / 2 + 1 / 4 + 1 / 5) / 5, 12);
    expect(systems[1]!.measures['success@1']).toBe(2 / 5);
  });

  test('over collections', () => {
    const [base] = summarise({ ...options, averaging: 'collections' }).systems;
    expect(base!.measures['mrr']).toBeCloseTo(((1 + 1 / 2 + 1 / 4) / 3 + 1 / 2 + 1 / 5) / 3, 12);
    expect(base!.recallAt.find(({ k }) => k === 2)!.recall).toBeCloseTo((2 / 3 + 1 + 0) / 3, 12);
  });

  test('over the values of a slice of the collections', () => {
    const [byQuery] = summarise(options).systems;
    expect(Object.keys(byQuery!.meansOver)).toEqual(['language']);
    expect(byQuery!.meansOver['language']!['mrr']).toBeCloseTo((9 / 16 + 1 / 5) / 2, 12);
    const [byCollection] = summarise({ ...options, averaging: 'collections' }).systems;
    expect(byCollection!.meansOver['language']!['mrr']).toBeCloseTo(((7 / 12 + 1 / 2) / 2 + 1 / 5) / 2, 12);
  });

  test('a cluster is one observation', () => {
    const clustered = {
      ...options,
      collections: collections.map(collection => ({
        ...collection,
        queries: collection.queries.map(q => (q.id === 'a' ? { ...q, cluster: 'runs of a' } : q)),
      })),
    };
    const [base] = summarise(clustered).systems;
    expect(base!.measures['mrr']).toBeCloseTo(((1 + 1 / 2) / 2 + 1 / 2 + 1 / 4 + 1 / 5) / 4, 12);
    expect(base!.recallAt[0]!.recall).toBeCloseTo(1 / 2 / 4, 12);
    const { wins, losses, ties } = summarise(clustered).systems[1]!.comparisons['mrr']!;
    expect(wins + losses + ties).toBe(4);
    // Within collections the two stay apart.
    const [apart] = summarise({ ...clustered, averaging: 'collections' }).systems;
    expect(apart!.measures['mrr']).toBe(
      summarise({ ...options, averaging: 'collections' }).systems[0]!.measures['mrr'],
    );
  });
});

test('slices of queries and collections', () => {
  const { slices } = summarise(options).systems[0]!;
  expect(slices.map(({ slice, value, queries }) => `${slice}=${value} ${queries}`)).toEqual([
    'language=go 4',
    'language=rust 1',
    'category=name 2',
    'category=semantic 2',
  ]);
  expect(slices[2]!.measures['mrr']).toBe(0.75);
  const [low, high] = slices[2]!.intervals['mrr']!;
  expect([low, high]).toEqual([0.5, 1]);
  expect(slices[1]!.intervals['mrr']).toEqual([0.2, 0.2]);
});

test('parts: rows without a slice are in none, slices with one value are left out', () => {
  expect(partsOf([{ a: 'x', b: 'y' }, undefined, { a: 'z' }, { a: 'x' }])).toEqual([
    { slice: 'a', value: 'x', rows: [0, 3] },
    { slice: 'a', value: 'z', rows: [2] },
  ]);
});

describe('comparisons', () => {
  test('difference, wins and losses', () => {
    const [base, other] = summarise(options).systems;
    expect(base!.comparisons).toEqual({});
    expect(base!.p).toEqual({});
    const found = other!.comparisons['mrr']!;
    expect(found.difference).toBeCloseTo(0.1, 12);
    expect([found.wins, found.losses, found.ties]).toEqual([2, 1, 2]);
    // Of ±1/2, ±1/4, ±1/4 all but the four sums of 0 are as large as 1/2.
    expect(found.pUncorrected).toBe(randomisationTest([0.5, 0.25, -0.25]));
    expect(found.interval[0]).toBeLessThanOrEqual(0.1);
    expect(found.interval[1]).toBeGreaterThanOrEqual(0.1);
    expect(other!.p).toEqual({ mrr: found.p, 'success@1': other!.comparisons['success@1']!.p });
  });

  test('p is corrected over the systems of each measure', () => {
    const many = Array.from({ length: 60 }, (_, i) => query(`q${i}`));
    const random = new Random(4);
    const system = (name: string, best: number) => ({
      name,
      outcomes: many.map(({ id }) => outcome('c', id, best + random.below(6))),
    });
    const systems = [system('a', 4), system('base', 3), system('b', 2), system('c', 1)];
    const all = summarise({
      systems,
      collections: [{ name: 'c', queries: many }],
      averaging: 'queries',
      measures: ['mrr', 'ndcg@5'],
      baseline: 'base',
    }).systems;
    for (const measure of ['mrr', 'ndcg@5']) {
      const found = [all[0]!, all[2]!, all[3]!].map(({ comparisons }) => comparisons[measure]!);
      const ordered = found.toSorted((a, b) => a.pUncorrected - b.pUncorrected);
      expect(ordered[0]!.p).toBeCloseTo(3 * ordered[0]!.pUncorrected, 12);
      for (const { p, pUncorrected } of found) expect(p).toBeGreaterThanOrEqual(pUncorrected);
    }
    expect(all[0]!.comparisons['mrr']!.interval[1]).toBeLessThan(all[3]!.comparisons['mrr']!.interval[0]);
  });

  test('over collections the test weighs observations as the total does', () => {
    const [, other] = summarise({ ...options, averaging: 'collections' }).systems;
    const found = other!.comparisons['mrr']!;
    expect(found.difference).toBeCloseTo((0.75 / 3 - 1 / 4) / 3, 12);
    expect(found.pUncorrected).toBe(
      randomisationTest([0, 0.5, 0.25, -0.25, 0], { weights: weightsOf([3, 1, 1]) }),
    );
  });

  test('without a baseline there are none', () => {
    for (const system of summarise({ ...options, baseline: null }).systems)
      expect(system.comparisons).toEqual({});
  });
});

test('rows hold what every system did', () => {
  const { rows } = summarise(options);
  expect(rows.map(({ collection, query }) => [collection, query])).toEqual(asked);
  expect(rows[3]).toEqual({
    collection: 'two',
    query: 'a',
    text: 'text of a',
    slices: { language: 'go', category: 'name' },
    pool: 10,
    systems: {
      base: {
        measures: { mrr: 0.5, 'success@1': 0 },
        relevant: [expect.anything()],
        top: [expect.anything()],
      },
      other: {
        measures: { mrr: 0.25, 'success@1': 0 },
        relevant: [expect.anything()],
        top: [expect.anything()],
      },
    },
  });
});

test('the same seed gives the same summary', () => {
  expect(summarise({ ...options, seed: 9 })).toEqual(summarise({ ...options, seed: 9 }));
});

test('faults', () => {
  expect(() => summarise({ ...options, baseline: 'bsae' })).toThrow(
    expect.objectContaining<Partial<QuarryError>>({ code: 'usage', hint: 'systems: base, other' }),
  );
  expect(() => summarise({ ...options, measures: ['f1'] })).toThrow('is for classification');
  const short = [{ name: 'base', outcomes: outcomes(1, 2) }];
  expect(() => summarise({ ...options, systems: short })).toThrow('base: no outcome of query c of one');
});
