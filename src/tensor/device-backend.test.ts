import { expect, test } from 'vitest';
import { Random } from '../core/random.ts';
import { expectSameCourse, expectSameWeights, expectToGoOn, options, train } from './backend.testing.ts';
import { type BackendState, cpuBackend } from './backend.ts';
import { DeviceBackend } from './device-backend.ts';
import { Graph } from './graph.ts';
import type { Weights } from './initialise.ts';
import { mul, sub } from './primitives/elementwise.ts';
import { gather } from './primitives/gather.ts';
import { sum } from './primitives/layout.ts';
import { batchOf, SMALL } from './transformer.testing.ts';

test('a step as one graph does what the optimizer in TypeScript does', () => expectSameCourse('cpu', 1e-4));

test('goes on from a state of either backend', () => expectToGoOn('cpu', 4, 1e-4, true));

test('rows that no id names keep their place, but for the decay', async () => {
  const build = () => {
    const graph = new Graph();
    const rows = gather(graph.parameter('t', [3, 2]), graph.input('ids', [3], 'int32'));
    return sum(mul(rows, graph.input('factors', [3, 2])));
  };
  const weights: Weights = new Map([['t', { shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) }]]);
  const given = { weights, build, optimizer: { decay: 0.5 }, clip: Number.POSITIVE_INFINITY };
  const [cpu, device] = [cpuBackend(given), new DeviceBackend(given, 'cpu')];
  for (const ids of [
    [0, 1, 0],
    [2, 1, 2],
    [2, 2, 2],
  ]) {
    const feeds = { ids: Int32Array.from(ids), factors: Float32Array.of(1, -2, 3, -4, 5, 6) };
    for (const backend of [cpu, device]) await backend.step('', feeds, 0.1);
  }
  expectSameWeights(await device.weights(), await cpu.weights(), 1e-5);
  const [a, b] = [(await cpu.state()).optimizer, (await device.state()).optimizer];
  expect([...b.arrays.keys()]).toEqual([...a.arrays.keys()]);
  expect([b.step, b.logDecay]).toEqual([a.step, a.logDecay]);
});

test('a loss or a gradient that is not finite changes nothing', async () => {
  const backend = new DeviceBackend(options(), 'cpu');
  await train(backend, new Random(4), 2);
  const before = await backend.state();
  const feeds = { ...batchOf(SMALL, new Random(1)), 'code.mask': new Float32Array(20).fill(Number.NaN) };
  await expect(backend.step('short', feeds, 0.01)).rejects.toMatchObject({ code: 'corrupt' });
  const after: BackendState = await backend.state();
  expect({ ...after, random: before.random }).toEqual(before);
});

test('a loss without parameters is refused', async () => {
  const build = () => sum(sub(new Graph().input('x', [2]), 1));
  await expect(new DeviceBackend({ ...options(), build }, 'cpu').step('', {}, 1)).rejects.toThrow(
    /depends on no parameter/,
  );
});
