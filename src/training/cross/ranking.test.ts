import { expect, test } from 'vitest';
import { Random } from '../../core/random.ts';
import type { RankingSpec } from '../loop/recipe.ts';
import { calibrationOf } from './calibrate.ts';
import { exampleLists } from './example-lists.ts';
import { nearestUnits } from './nearest-units.ts';
import type { RankingSet } from './ranking-set.ts';

const dims = 8;

/** Rows of length 1. */
function rows(count: number, seed: number): Float32Array {
  const random = new Random(seed);
  const all = new Float32Array(count * dims);
  for (let i = 0; i < count; i++) {
    const row = Array.from({ length: dims }, () => random.next() - 0.5);
    const length = Math.hypot(...row);
    row.forEach((x, k) => {
      all[i * dims + k] = x / length;
    });
  }
  return all;
}

function dot(a: Float32Array, i: number, b: Float32Array, j: number): number {
  let sum = 0;
  for (let k = 0; k < dims; k++) sum += a[i * dims + k]! * b[j * dims + k]!;
  return sum;
}

test('the nearest units are those of a full sort, without equal units and units of equal queries', async () => {
  const count = 5000;
  const [queries, units] = [rows(count, 1), rows(count, 2)];
  const asked = Int32Array.from([0, 17, 4999, 70, 71]);
  const poolOf = (i: number) => (i % 3 === 0 ? 0 : i % 3 === 1 ? 1 : -1);
  const unitKey = (i: number) => (i < 4000 ? i : i % 40);
  const queryKey = (i: number) => i % 1000;
  const depth = 12;
  const nearest = await nearestUnits({
    queries,
    units,
    dims,
    asked,
    poolOf,
    unitKey,
    queryKey,
    depth,
    threads: 2,
  });
  for (const [place, q] of asked.entries()) {
    const row = [...nearest.subarray(place * depth, (place + 1) * depth)];
    if (poolOf(q) < 0) {
      expect(row.every(i => i === -1)).toBe(true);
      continue;
    }
    const order = Array.from({ length: count }, (_, i) => i)
      .filter(i => poolOf(i) === poolOf(q))
      .sort((a, b) => dot(queries, q, units, b) - dot(queries, q, units, a));
    const seen = new Set([unitKey(q)]);
    const expected = order.filter(i => {
      const known = seen.has(unitKey(i));
      if (!known) seen.add(unitKey(i));
      return !known && queryKey(i) !== queryKey(q);
    });
    // Equal vectors do not occur, so the order is the only one.
    expect(row).toEqual(expected.slice(0, depth));
  }
});

test('a stopped scan says so', async () => {
  const given = rows(10, 1);
  const scan = nearestUnits({
    queries: given,
    units: given,
    dims,
    asked: Int32Array.of(0),
    poolOf: () => 0,
    unitKey: i => i,
    queryKey: i => i,
    depth: 3,
    threads: 1,
    signal: AbortSignal.abort(),
  });
  await expect(scan).rejects.toMatchObject({ code: 'aborted' });
});

const spec: RankingSpec = {
  negatives: 'ps',
  pool: 'all',
  start: 3,
  end: 12,
  count: 4,
  recalled: true,
  siblings: 0,
  sample: 100,
  questions: 0.5,
  paths: 1,
};

function setOf(count: number): RankingSet {
  const queries = rows(count, 3);
  // Units near their queries, so that most are found.
  const units = rows(count, 4).map((x, i) => 0.6 * queries[i]! + 0.4 * x);
  return {
    examples: Array.from({ length: count }, (_, i) => ({
      query: `query ${i}`,
      unit: { name: `f${i}`, doc: '', code: `code ${i}`, language: i % 2 === 0 ? 'go' : 'ruby' },
      kind: i % 10 === 0 ? 'rare' : 'common',
      ...(i % 10 === 0 ? {} : { repository: `r${i % 4}` }),
      path: `src/f${i}.go`,
    })),
    queries,
    units,
    dims,
    validation: new Map(),
    counts: new Map(),
  };
}

test('negatives come from the window of ranks, in the language of the query, and only where the right unit is found', async () => {
  const set = setOf(400);
  const lists = await exampleLists({ set, spec: { ...spec, sample: 400 }, seed: 1, threads: 1 });
  expect(lists.length).toBeGreaterThan(100);
  for (const { example, negatives } of lists) {
    const ranked = set.examples
      .map((_, i) => i)
      .filter(i => i !== example && set.examples[i]!.unit.language === set.examples[example]!.unit.language)
      .sort((a, b) => dot(set.queries, example, set.units, b) - dot(set.queries, example, set.units, a));
    const ranks = negatives.map(i => ranked.indexOf(i) + 1);
    expect(Math.min(...ranks)).toBeGreaterThanOrEqual(spec.start);
    expect(Math.max(...ranks)).toBeLessThanOrEqual(spec.end);
    expect(new Set(negatives).size).toBe(spec.count);
    const own = dot(set.queries, example, set.units, example);
    expect(own).toBeGreaterThanOrEqual(dot(set.queries, example, set.units, ranked[spec.end - 1]!) - 1e-6);
  }
  const all = await exampleLists({
    set,
    spec: { ...spec, sample: 400, recalled: false },
    seed: 1,
    threads: 1,
  });
  expect(all.length).toBeGreaterThan(lists.length);
});

test('a share of the negatives is from the own repository, where that is known', async () => {
  const set = setOf(400);
  const lists = await exampleLists({
    set,
    spec: { ...spec, siblings: 1, sample: 400, recalled: false },
    seed: 1,
    threads: 1,
  });
  const repository = (i: number) => set.examples[i]!.repository;
  const mined = lists.filter(({ example }) => repository(example) !== undefined);
  expect(mined.length).toBeGreaterThan(0);
  expect(
    mined.every(({ example, negatives }) => negatives.every(i => repository(i) === repository(example))),
  ).toBe(true);
});

test('with both kinds of negatives half are by rank, and the batch gives the rest', async () => {
  const set = setOf(400);
  const lists = await exampleLists({ set, spec: { ...spec, negatives: 'both' }, seed: 1, threads: 1 });
  expect(lists.length).toBeGreaterThan(0);
  expect(new Set(lists.map(({ negatives }) => negatives.length))).toEqual(
    new Set([Math.ceil(spec.count / 2)]),
  );
});

test('a sample has its share of questions, and another seed gives another', async () => {
  const set = setOf(400);
  const drawn = async (seed: number) =>
    (await exampleLists({ set, spec: { ...spec, negatives: 'rr' }, seed, threads: 1 })).map(
      ({ example }) => example,
    );
  const lists = await drawn(1);
  expect(lists).toHaveLength(100);
  // There are only forty.
  expect(lists.filter(i => i % 10 === 0)).toHaveLength(40);
  expect(await drawn(1)).toEqual(lists);
  expect(await drawn(2)).not.toEqual(lists);
});

test('calibration finds the line that scores were drawn from', () => {
  const random = new Random(5);
  const judged = Array.from({ length: 20_000 }, () => {
    const score = random.next() * 20 - 10;
    return { score, isRight: random.next() < 1 / (1 + Math.exp(-(0.7 * score - 2))) };
  });
  const { slope, offset } = calibrationOf(judged);
  expect(slope).toBeCloseTo(0.7, 1);
  expect(offset).toBeCloseTo(-2, 0);
  expect(calibrationOf([])).toEqual({ slope: 1, offset: 0 });
  const perfect = calibrationOf([
    { score: 1, isRight: false },
    { score: 2, isRight: true },
  ]);
  expect(Number.isFinite(perfect.slope)).toBe(true);
});
