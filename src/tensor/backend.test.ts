import { expect, test } from 'vitest';
import { Random } from '../core/random.ts';
import { type BackendOptions, cpuBackend, type TrainingBackend } from './backend.ts';
import type { Weights } from './initialise.ts';
import { batchOf, pairGraph, SMALL, weightsOf } from './transformer.testing.ts';

const LONG = { ...SMALL, n: 6 };

/** Two buckets that share all weights. */
function options(rate = 0.1): BackendOptions {
  const weights = weightsOf(SMALL, 3);
  return { weights, seed: 9, build: key => pairGraph(key === 'long' ? LONG : SMALL, weights, rate).loss };
}

async function train(backend: TrainingBackend, random: Random, steps: number): Promise<number[]> {
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    const long = backend.steps % 3 === 1;
    const feeds = batchOf(long ? LONG : SMALL, random);
    losses.push((await backend.step(long ? 'long' : 'short', feeds, 0.01)).loss);
  }
  return losses;
}

const plain = (weights: Weights) => Array.from(weights, ([name, { data }]) => [name, data] as const);

test('goes on from a state to the bit; looking at the weights changes nothing', async () => {
  const [whole, other] = [cpuBackend(options()), cpuBackend(options())];
  const random = new Random(4);
  await train(whole, random, 5);
  const state = await whole.state();
  await whole.weights();
  const place = random.state;
  const losses = await train(whole, random, 5);
  await other.restore(state);
  expect(other.steps).toBe(5);
  expect(await train(other, new Random(place), 5)).toEqual(losses);
  expect(await other.state()).toEqual(await whole.state());
  expect(plain(await other.weights())).toEqual(plain(await whole.weights()));
  await whole.close();
  await other.close();
});

test('the weights given stay as they were', async () => {
  const given = options();
  const backend = cpuBackend(given);
  await train(backend, new Random(4), 1);
  expect(plain(given.weights)).toEqual(plain(weightsOf(SMALL, 3)));
  expect(plain(await backend.weights())).not.toEqual(plain(given.weights));
});

test('a state of another model is refused, and nothing is changed', async () => {
  const backend = cpuBackend(options());
  const other = cpuBackend({ ...options(), weights: weightsOf({ ...SMALL, vocabulary: 12 }, 3) });
  const before = await backend.state();
  await expect(backend.restore(await other.state())).rejects.toThrow(
    /weight 'tokens': needed \[11, 8\], found \[12, 8\]/,
  );
  expect(await backend.state()).toEqual(before);
});

test('a loss that is not finite is refused, and no weight is changed', async () => {
  const backend = cpuBackend(options());
  const feeds = { ...batchOf(SMALL, new Random(1)), 'code.mask': new Float32Array(20).fill(Number.NaN) };
  await expect(backend.step('short', feeds, 0.01)).rejects.toMatchObject({ code: 'corrupt' });
  expect(backend.steps).toBe(0);
  expect(plain(await backend.weights())).toEqual(plain(weightsOf(SMALL, 3)));
});
