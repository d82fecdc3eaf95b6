import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Encoder } from '../../core/encoder.ts';
import { openReranker } from '../../models/cross/open.ts';
import { openEncoder, writeModel } from '../../models/index.ts';
import type { Weights } from '../../tensor/index.ts';
import { openBackend } from '../../tensor/index.ts';
import { TrainingLog } from '../loop/log.ts';
import type { RankingSpec, Recipe } from '../loop/recipe.ts';
import { type TrainResult, train } from '../loop/train.ts';
import { crossShapeOf } from '../loop/work.ts';
import { recipeById } from '../recipes.ts';
import { Runs, tinyExamples, tinyRecipe, tinyRun, trainTiny } from '../tiny.testing.ts';
import { nearestUnits } from './nearest-units.ts';
import type { RankingSet } from './ranking-set.ts';
import { rankTask } from './task.ts';

const runs = new Runs();
afterAll(() => runs[Symbol.dispose]());

const ranking: RankingSpec = {
  negatives: 'ps',
  pool: 'all',
  start: 1,
  end: 12,
  count: 4,
  recalled: true,
  siblings: 0,
  sample: 250,
  questions: 1,
  paths: 0,
};

function recipeOf(
  changes: Partial<RankingSpec> = {},
  rest: Partial<Recipe> = {},
): Recipe & { ranking: RankingSpec } {
  return {
    ...recipeById('ranker'),
    dims: 16,
    sizes: { width: 16, inner: 32, heads: 2, layers: 2 },
    preparation: { query: 12, name: 8, doc: 8, code: 16 },
    batch: 8,
    epochs: 2,
    rate: 5e-3,
    dropout: 0.1,
    validations: 1,
    ...rest,
    ranking: { ...ranking, ...changes },
  };
}

/** A dual encoder that has learned a little, and what it makes of 300 examples. */
async function prepared(): Promise<{
  set: RankingSet;
  weights: Weights;
  tokenizer: Awaited<ReturnType<typeof tinyRun>>['tokenizer'];
}> {
  const recipe = tinyRecipe({ epochs: 1 });
  const { weights } = await trainTiny(runs.path('dual'), recipe);
  const { tokenizer, shape } = await tinyRun(recipe);
  await writeModel(runs.path('dual-model'), shape, weights, tokenizer, { id: 'tiny', precision: 'fp32' });
  const encoder: Encoder = await openEncoder(runs.path('dual-model'));
  const examples = tinyExamples(300);
  const held = tinyExamples(40, 7);
  const vectors = async (of: typeof examples) => ({
    queries: await encoder.encodeQueries(of.map(({ query }) => query)),
    units: await encoder.encodeUnits(of.map(({ unit }) => unit)),
  });
  const own = await vectors(held);
  const { dims } = encoder;
  const nearest = await nearestUnits({
    ...own,
    dims,
    asked: Int32Array.from(held.keys()),
    poolOf: () => 0,
    unitKey: i => i,
    queryKey: i => i,
    depth: 9,
    threads: 1,
  });
  const lists = held.map(({ query }, i) => {
    const found = [...nearest.subarray(i * 9, i * 9 + 9), i].filter(u => u >= 0);
    return {
      query,
      positive: found.indexOf(i),
      candidates: found.map(u => ({ ...held[u]!.unit, path: '' })),
    };
  });
  return {
    weights,
    tokenizer,
    set: {
      examples,
      ...(await vectors(examples)),
      dims,
      validation: new Map([['tiny', lists]]),
      counts: new Map([['tiny', 300]]),
    },
  };
}

const ready = prepared();

async function trained(
  name: string,
  recipe: Recipe & { ranking: RankingSpec },
  options: { resume?: boolean; signal?: AbortSignal; onProgress?: (progress: { step: number }) => void } = {},
): Promise<TrainResult & { task: ReturnType<typeof rankTask> }> {
  const { set, weights, tokenizer } = await ready;
  const shape = crossShapeOf(recipe, tokenizer.vocabularySize);
  const task = rankTask({ recipe, set, tokenizer, shape, seed: 1, threads: 1 });
  const result = await train({
    recipe,
    task,
    directory: runs.path(name),
    seed: 1,
    threads: 1,
    initial: weights,
    resume: false,
    log: new TrainingLog(join(runs.path(name), 'log.jsonl')),
    backend: ({ decay, ...rest }) => openBackend({ ...rest, optimizer: { decay } }),
    ...options,
  }).finally(() => task.close());
  return { ...result, task };
}

test.each<[string, Partial<RankingSpec>, Partial<Recipe>]>([
  ['hard negatives by rank', {}, {}],
  ['other units of the batch', { negatives: 'rr' }, {}],
  ['half of each', { negatives: 'both' }, {}],
  ['binary cross-entropy', {}, { loss: { kind: 'binary-cross-entropy', temperature: 0.07 } }],
  ['without match features', {}, { sizes: { width: 16, inner: 32, heads: 2, matching: 0 } }],
])('a ranker learns: %s', async (name, spec, rest) => {
  const recipe = recipeOf(spec, rest);
  const { set, tokenizer } = await ready;
  const shape = crossShapeOf(recipe, tokenizer.vocabularySize);
  const task = rankTask({ recipe, set, tokenizer, shape, seed: 1, threads: 1 });
  const [before] = await task.validate(task.initialWeights());
  await task.close();
  const { score, reason, weights } = await trained(name, recipe);
  expect(reason).toBe('finished');
  expect(score).toBeGreaterThan(before!.mrr);
  // The dual encoder's token vectors are not touched: they are what matches are measured by.
  const { weights: dual } = await ready;
  expect(weights.get('tokens')!.data).toEqual(dual.get('tokens')!.data);
});

test('what is stopped goes on to the bit', async () => {
  const recipe = recipeOf();
  const straight = await trained('straight', recipe);
  const stop = new AbortController();
  const stopped = await trained('stopped', recipe, {
    signal: stop.signal,
    onProgress: ({ step }) => step === 7 && stop.abort(),
  });
  expect(stopped).toMatchObject({ reason: 'aborted', step: 7 });
  const resumed = await trained('stopped', recipe, { resume: true });
  for (const [name, { data }] of straight.weights)
    expect(resumed.weights.get(name)!.data, name).toEqual(data);
});

test('the exported ranker gives the scores that validation saw', async () => {
  const recipe = recipeOf();
  const { tokenizer, set } = await ready;
  const shape = crossShapeOf(recipe, tokenizer.vocabularySize);
  const { weights } = await trained('exported', recipe);
  const task = rankTask({ recipe, set, tokenizer, shape, seed: 1, threads: 1 });
  const [first] = (await task.scoreValidation(weights)).get('tiny')!;
  await task.close();
  const { writeReranker } = await import('../../models/index.ts');
  await writeReranker(runs.path('exported-model'), shape, weights, tokenizer, {
    id: 'tiny',
    precision: 'fp32',
    temperature: recipe.loss.temperature!,
    calibration: { slope: 1, offset: 0 },
  });
  const reranker = await openReranker(runs.path('exported-model'));
  const scores = await reranker.score(first!.list.query, first!.list.candidates);
  await reranker.close();
  for (const [i, score] of scores.entries()) expect(score).toBeCloseTo(first!.logits[i]!, 2);
});
