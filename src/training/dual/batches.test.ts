import { expect, test } from 'vitest';
import { architectureById, initialWeights } from '../../models/index.ts';
import type { PreparedSet } from '../data/prepared-set.ts';
import { tinyRecipe, tinyRun } from '../tiny.testing.ts';
import { type PlannedBatch, type PlanOptions, planEpoch } from './batches.ts';
import { similarOrder } from './similar.ts';

const options: PlanOptions = {
  batch: 16,
  sameLanguage: 0.5,
  queryLengths: [16, 32],
  unitLengths: [16, 32, 64, 192],
  seed: 3,
};

async function tinySet(): Promise<PreparedSet> {
  return (await tinyRun(tinyRecipe())).set;
}

const numbers = (batches: readonly PlannedBatch[]) => batches.map(({ examples }) => [...examples]);

test('no batch has a query or a code twice, and every example comes at most once an epoch', async () => {
  const set = await tinySet();
  const batches = planEpoch(set, 0, options);
  expect(batches.length).toBeGreaterThan(12);
  for (const { examples } of batches) {
    expect(examples).toHaveLength(16);
    expect(new Set(Array.from(examples, i => set.queryKey(i))).size).toBe(16);
    expect(new Set(Array.from(examples, i => set.unitKey(i))).size).toBe(16);
  }
  const all = numbers(batches).flat();
  expect(new Set(all).size).toBe(all.length);
});

test('texts fit into the lengths of their batch', async () => {
  const set = await tinySet();
  for (const { examples, queryLength, unitLength } of planEpoch(set, 0, options)) {
    const longest = (of: 'queries' | 'units') => Math.max(...Array.from(examples, i => set[of].lengthOf(i)));
    expect(longest('queries')).toBeLessThanOrEqual(queryLength);
    expect(longest('units')).toBeLessThanOrEqual(unitLength);
    expect(options.unitLengths).toContain(unitLength);
  }
});

test('a plan depends on seed and epoch alone', async () => {
  const set = await tinySet();
  const plan = (epoch: number, seed: number) => numbers(planEpoch(set, epoch, { ...options, seed }));
  expect(plan(1, 3)).toEqual(plan(1, 3));
  expect(plan(1, 3)).not.toEqual(plan(2, 3));
  expect(plan(1, 3)).not.toEqual(plan(1, 4));
});

test('batches of one language are there as often as asked for', async () => {
  const set = await tinySet();
  const single = (sameLanguage: number) =>
    planEpoch(set, 0, { ...options, batch: 8, sameLanguage }).filter(
      ({ examples }) => new Set(Array.from(examples, i => set.groupOf(i))).size === 1,
    ).length;
  expect(single(1)).toBeGreaterThan(20);
  expect(single(0)).toBeLessThan(3);
});

test('batches of similar examples hold what is alike', async () => {
  const { set, shape } = await tinyRun(tinyRecipe());
  const weights = initialWeights(architectureById('static'), shape, 1);
  const order = similarOrder(set, weights, shape.dims);
  const alike = planEpoch(set, 0, { ...options, batch: 8, sameLanguage: 0, similar: { share: 1, order } });
  const mixed = planEpoch(set, 0, { ...options, batch: 8, sameLanguage: 0 });
  // Even random token vectors tell apart what shares a verb or a thing; the words that all queries have do not count.
  const own = (i: number) => new Set(set.queries.get(i).ids);
  const everywhere = own(0).intersection(own(1)).intersection(own(200));
  const shared = (batches: readonly PlannedBatch[]) => {
    let [common, all] = [0, 0];
    for (const { examples } of batches) {
      const texts = Array.from(examples, i => own(i).difference(everywhere));
      for (const [a, one] of texts.entries()) {
        for (const other of texts.slice(a + 1)) {
          common += one.intersection(other).size;
          all++;
        }
      }
    }
    return common / all;
  };
  expect(alike.length).toBeGreaterThan(20);
  expect(shared(alike)).toBeGreaterThan(shared(mixed) * 1.1);
  const again = planEpoch(set, 0, { ...options, batch: 8, sameLanguage: 0, similar: { share: 1, order } });
  expect(numbers(again)).toEqual(numbers(alike));
});
