import { expect } from 'vitest';
import { Random } from '../core/random.ts';
import { type BackendOptions, cpuBackend, type TrainingBackend } from './backend.ts';
import { DeviceBackend } from './device-backend.ts';
import type { Weights } from './initialise.ts';
import { expectClose } from './op-check.testing.ts';
import type { Device } from './session.ts';
import { batchOf, pairGraph, SMALL, weightsOf } from './transformer.testing.ts';

/** Steps over which courses are compared. */
const STEPS = 20;

const LONG = { ...SMALL, n: 6 };

/** The small Transformer with dropout; two buckets that share all weights, one of them frozen. */
export function options(rate = 0.1): BackendOptions {
  const weights = weightsOf(SMALL, 3);
  const build = (key: string) => pairGraph(key === 'long' ? LONG : SMALL, weights, rate).loss;
  // The norms of these gradients are on both sides of the limit.
  return { weights, seed: 9, build, clip: 5, optimizer: { decay: 0.01 }, frozen: ['0.query'] };
}

export interface Course {
  losses: number[];
  norms: number[];
}

export async function train(backend: TrainingBackend, random: Random, steps: number): Promise<Course> {
  const course: Course = { losses: [], norms: [] };
  for (let i = 0; i < steps; i++) {
    const long = backend.steps % 3 === 1;
    const feeds = batchOf(long ? LONG : SMALL, random);
    const { loss, gradientNorm } = await backend.step(long ? 'long' : 'short', feeds, 0.005);
    course.losses.push(loss);
    course.norms.push(gradientNorm);
  }
  return course;
}

export function expectSameWeights(found: Weights, wanted: Weights, tolerance: number): void {
  expect([...found.keys()]).toEqual([...wanted.keys()]);
  for (const [name, { data }] of wanted) expectClose(found.get(name)!.data, data, tolerance);
}

/**
 * Trains the same on the CPU, with TypeScript's optimizer, and as one graph on the device. The tolerance is relative to values above 1;
 * weights may be ten times as far apart, because Adam moves those whose gradient is near 0 by its sign.
 */
export async function expectSameCourse(device: Device, tolerance: number): Promise<void> {
  const [cpu, other] = [cpuBackend(options()), new DeviceBackend(options(), device)];
  const [a, b] = [await train(cpu, new Random(4), STEPS), await train(other, new Random(4), STEPS)];
  expect(Math.min(...a.norms)).toBeLessThan(5);
  expect(Math.max(...a.norms)).toBeGreaterThan(5);
  expectClose(b.losses, a.losses, tolerance);
  expectClose(b.norms, a.norms, tolerance);
  expectSameWeights(await other.weights(), await cpu.weights(), 10 * tolerance);
  await cpu.close();
  await other.close();
}

/** From the CPU to the device, from there to the CPU and to the device again, where `exact` asks for the same bits. */
export async function expectToGoOn(
  device: Device,
  steps: number,
  tolerance: number,
  exact: boolean,
): Promise<void> {
  const whole = cpuBackend(options());
  const [other, third] = [new DeviceBackend(options(), device), new DeviceBackend(options(), device)];
  const random = new Random(4);
  await train(whole, random, steps);
  const place = random.state;
  await other.restore(await whole.state());
  const here = await train(whole, random, steps);
  const there = await train(other, new Random(place), steps);
  expectClose(there.losses, here.losses, tolerance);

  const state = await other.state();
  const back = cpuBackend(options());
  await back.restore(state);
  await third.restore(state);
  const next = random.state;
  const wanted = await train(whole, random, steps);
  expectClose((await train(back, new Random(next), steps)).losses, wanted.losses, tolerance);
  const again = await train(third, new Random(next), steps);
  const straight = await train(other, new Random(next), steps);
  if (exact) expect(again).toEqual(straight);
  else expectClose(again.losses, straight.losses, tolerance);
  expectSameWeights(await third.weights(), await whole.weights(), 10 * tolerance);
  for (const backend of [whole, other, back, third]) await backend.close();
}
