import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadCheckpoint, type Weights } from '../../tensor/index.ts';
import { Runs, tinyRecipe, trainTiny } from '../tiny.testing.ts';
import { readLog } from './log.ts';
import type { Recipe } from './recipe.ts';

const runs = new Runs();
afterAll(() => runs[Symbol.dispose]());

/** Equal to the bit. */
function expectSame(a: Weights, b: Weights): void {
  expect([...a.keys()]).toEqual([...b.keys()]);
  for (const [name, { data }] of a)
    expect(Buffer.from(data.buffer, data.byteOffset, data.byteLength).equals(bytes(b, name)), name).toBe(
      true,
    );
}

function bytes(weights: Weights, name: string): Buffer {
  const { data } = weights.get(name)!;
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

test('a model learns, and two runs with one seed are equal to the bit', async () => {
  const recipe = tinyRecipe();
  const one = await trainTiny(runs.path('one'), recipe);
  const two = await trainTiny(runs.path('two'), recipe);
  const other = await trainTiny(runs.path('other'), recipe, { seed: 2 });
  expect(one.reason).toBe('finished');
  expectSame(one.weights, two.weights);
  expect(bytes(other.weights, 'tokens').equals(bytes(one.weights, 'tokens'))).toBe(false);
  const log = readLog(join(runs.path('one'), 'log.jsonl'));
  const start = log[0]!;
  if (start.type !== 'start') throw new Error('the log begins with something else');
  expect(start).toMatchObject({ examples: 300, counts: { tiny: 300 }, device: 'cpu', seed: 1 });
  const validations = log.filter(entry => entry.type === 'validation');
  expect(validations).toHaveLength(recipe.epochs * recipe.validations);
  expect(validations.at(-1)!.score).toBeGreaterThan(0.5);
  expect(one.score).toBe(Math.max(...validations.map(({ score }) => score)));
  expect(log.at(-1)).toMatchObject({ type: 'end', reason: 'finished', step: one.step });
});

test.each<[string, Partial<Recipe>]>([
  ['static', {}],
  ['with dropout twice a step', { loss: { kind: 'info-nce', selfWeight: 0.5 } }],
])('what is stopped in the middle of an epoch goes on to the bit: %s', async (name, changes) => {
  const recipe = tinyRecipe(changes);
  const straight = await trainTiny(runs.path(`${name}-straight`), recipe);
  const directory = runs.path(`${name}-stopped`);
  for (const stopAt of [5, 23]) {
    const stop = new AbortController();
    const stopped = await trainTiny(directory, recipe, {
      resume: stopAt > 5,
      signal: stop.signal,
      onProgress: ({ step }) => step === stopAt && stop.abort(),
    });
    expect(stopped).toMatchObject({ reason: 'aborted', step: stopAt });
  }
  const resumed = await trainTiny(directory, recipe, { resume: true });
  expect(resumed).toMatchObject({ reason: 'finished', step: straight.step, score: straight.score });
  expectSame(resumed.weights, straight.weights);
  const last = (path: string) => loadCheckpoint(join(path, 'checkpoint.safetensors'));
  expectSame((await last(directory)).weights, (await last(runs.path(`${name}-straight`))).weights);
  const steps = readLog(join(directory, 'log.jsonl')).flatMap(entry =>
    entry.type === 'step' ? entry.step : [],
  );
  expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
});

test('a run does not go on with another seed', async () => {
  const directory = runs.path('seed');
  const stop = new AbortController();
  stop.abort();
  await trainTiny(directory, tinyRecipe(), { signal: stop.signal });
  await expect(trainTiny(directory, tinyRecipe(), { resume: true, seed: 5 })).rejects.toMatchObject({
    code: 'usage',
    message: 'the run began with the seed 1',
  });
});

test('a run ends after the steps it is given, with a validation', async () => {
  const directory = runs.path('steps');
  const { reason, step, score } = await trainTiny(directory, tinyRecipe({ epochs: 3, steps: 7 }));
  expect([reason, step]).toEqual(['finished', 7]);
  expect(score).toBeGreaterThan(0);
  const log = readLog(join(directory, 'log.jsonl'));
  expect(log.findLast(({ type }) => type === 'validation')).toMatchObject({ step: 7 });
});

test('frozen weights stay as they were given', async () => {
  const first = await trainTiny(runs.path('given'), tinyRecipe({ steps: 5 }));
  const recipe = tinyRecipe({ steps: 5, frozen: ['tokens'] });
  const { weights } = await trainTiny(runs.path('frozen'), recipe, { initial: first.weights });
  expect(weights.get('tokens')!.data).toEqual(first.weights.get('tokens')!.data);
  expect(weights.get('gates')!.data).not.toEqual(first.weights.get('gates')!.data);
});

test('patience stops early', async () => {
  // With this rate nothing is learned, so that no validation is better than the first.
  const recipe = tinyRecipe({ rate: 1e-7, epochs: 20, validations: 4, patience: 3, dropout: 0, decay: 0 });
  const { reason, step } = await trainTiny(runs.path('early'), recipe);
  expect(reason).toBe('early');
  expect(step).toBeLessThan(100);
});

test('a loss that is not finite names its step and batch', async () => {
  const recipe = tinyRecipe({ rate: 1e30, schedule: 'constant', warmUp: 0, clip: 1e9 });
  const directory = runs.path('nan');
  await expect(trainTiny(directory, recipe)).rejects.toMatchObject({
    code: 'corrupt',
    message: expect.stringMatching(/^step \d+ \(batch \d+ of epoch 1\): the (?:loss|gradient)/) as string,
    hint: expect.stringContaining('--rate') as string,
  });
});

test('a batch that cannot be filled is said', async () => {
  await expect(trainTiny(runs.path('large'), tinyRecipe({ batch: 299 }))).rejects.toMatchObject({
    code: 'usage',
    message: 'no batch can be filled',
  });
});
