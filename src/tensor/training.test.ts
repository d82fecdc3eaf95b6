import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Random } from '../core/random.ts';
import { checkShapes, loadCheckpoint, saveCheckpoint } from './checkpoint.ts';
import { dropout } from './composites/layers.ts';
import { DropoutMasks } from './dropout-masks.ts';
import { Graph } from './graph.ts';
import type { Weights } from './initialise.ts';
import { expectClose } from './op-check.testing.ts';
import { AdamW } from './optimizer.ts';
import { sum } from './primitives/layout.ts';
import { clipByGlobalNorm } from './row-gradients.ts';
import { readTensorFile } from './safetensors.ts';
import { constantRate, warmUp } from './schedule.ts';
import { TrainingStep } from './training-step.ts';
import { batchOf, pairGraph, SMALL, weightsOf } from './transformer.testing.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quarry-tensor-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A little trainer: batches and dropout come from one stream of random numbers. */
class Run {
  weights = weightsOf(SMALL, 3);
  adam = new AdamW(this.weights);
  random = new Random(8);
  losses: number[] = [];
  private readonly masks = new DropoutMasks(1);
  private readonly step: TrainingStep;

  constructor(step: TrainingStep) {
    this.step = step;
  }

  static async start(rate = 0.1, threads = 1): Promise<Run> {
    return new Run(await TrainingStep.compile(pairGraph(SMALL, weightsOf(SMALL, 3), rate).loss, { threads }));
  }

  async train(steps: number, fixed?: ReturnType<typeof batchOf>): Promise<this> {
    const schedule = warmUp(5, constantRate(0.01));
    for (let i = 0; i < steps; i++) {
      const batch = fixed ?? batchOf(SMALL, this.random);
      const feeds = { ...batch, ...this.masks.draw(this.step.dropout, this.random) };
      const { loss, gradients } = await this.step.run(feeds, this.weights);
      clipByGlobalNorm(gradients, 1);
      this.adam.update(gradients, schedule(this.adam.steps + 1));
      this.losses.push(loss);
    }
    return this;
  }

  async save(path: string): Promise<void> {
    const random = { all: this.random.state };
    const metadata = { place: this.adam.steps, name: 'übung' };
    await saveCheckpoint(path, { weights: this.weights, optimizer: this.adam.state(), random, metadata });
  }

  async load(path: string): Promise<this> {
    const expected = new Map(Array.from(this.weights, ([name, { shape }]) => [name, shape]));
    const checkpoint = await loadCheckpoint(path, expected);
    expect(checkpoint.metadata).toEqual({ place: checkpoint.optimizer.step, name: 'übung' });
    this.weights = checkpoint.weights;
    this.adam = new AdamW(this.weights);
    this.adam.restore(checkpoint.optimizer);
    this.random = new Random(checkpoint.random['all']!);
    return this;
  }
}

const copyOf = (weights: Weights) => Array.from(weights, ([name, { data }]) => [name, data.slice()] as const);

test('fits a batch it sees again and again', async () => {
  const run = await Run.start(0);
  const { n, t } = SMALL;
  const mask = new Float32Array(n * t).fill(1);
  const ids = (stride: number) =>
    Int32Array.from({ length: n * t }, (_, i) => (2 * Math.floor(i / t) + stride * (i % t)) % 11);
  await run.train(60, { 'query.ids': ids(1), 'query.mask': mask, 'code.ids': ids(2), 'code.mask': mask });
  expect(run.losses[0]).toBeGreaterThan(0.5);
  expect(run.losses.at(-1)).toBeLessThan(0.02);
});

test('same seed, same weights to the bit; two threads agree closely', async () => {
  const [a, b, c] = await Promise.all([Run.start(), Run.start(), Run.start(0.1, 2)]);
  for (const run of [a!, b!, c!]) await run.train(12);
  expect(copyOf(b!.weights)).toEqual(copyOf(a!.weights));
  for (const [name, data] of copyOf(a!.weights)) expectClose(c!.weights.get(name)!.data, data, 1e-3);
});

test('goes on from a checkpoint to the bit', async () => {
  const path = join(folder, 'resume.safetensors');
  const whole = await (await Run.start()).train(6);
  await whole.save(path);
  await whole.train(6);
  const resumed = await (await (await Run.start()).load(path)).train(6);
  expect(resumed.losses).toEqual(whole.losses.slice(6));
  expect(copyOf(resumed.weights)).toEqual(copyOf(whole.weights));
  expect(resumed.adam.state()).toEqual(whole.adam.state());
});

test('a checkpoint is a plain safetensors file', async () => {
  const path = join(folder, 'plain.safetensors');
  await (await (await Run.start()).train(1)).save(path);
  const bytes = await readFile(path);
  const length = Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<string, { shape: number[] }>;
  expect(length % 8).toBe(0);
  expect(header['weight/tokens']).toMatchObject({ dtype: 'F32', shape: [11, 8] });
  const end = Math.max(
    ...Object.values(header).map(entry =>
      'data_offsets' in entry ? Number((entry.data_offsets as number[])[1]) : 0,
    ),
  );
  expect(bytes.length).toBe(8 + length + end);
});

test('a damaged, cut or foreign file gives one clear line', async () => {
  const path = join(folder, 'damaged.safetensors');
  await (await (await Run.start()).train(1)).save(path);
  const good = await readFile(path);

  for (const place of [3, 20, good.length >> 1, good.length - 1]) {
    const bad = Buffer.from(good);
    bad[place]! ^= 0x10;
    await writeFile(path, bad);
    await expect(loadCheckpoint(path)).rejects.toMatchObject({ name: 'QuarryError', code: 'corrupt' });
  }
  await writeFile(path, good);
  for (const size of [good.length - 1, 100, 7, 0]) {
    await truncate(path, size);
    await expect(loadCheckpoint(path)).rejects.toMatchObject({ code: 'corrupt' });
  }
  await expect(loadCheckpoint(join(folder, 'none'))).rejects.toMatchObject({ code: 'not-found' });

  const entry = Buffer.from('{"a":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}  ');
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(entry.length));
  await writeFile(path, Buffer.concat([size, entry, Buffer.alloc(2)]));
  await expect(readTensorFile(path)).rejects.toMatchObject({ code: 'format' });
});

test('weights of another model are refused by name', () => {
  const shapes = new Map(Array.from(weightsOf(SMALL, 1), ([name, { shape }]) => [name, shape]));
  const other = weightsOf({ ...SMALL, vocabulary: 12 }, 1);
  expect(() => checkShapes('x', other, shapes)).toThrow(/'tokens': needed \[11, 8\], found \[12, 8\]/);
  other.delete('tokens');
  expect(() => checkShapes('x', other, shapes)).toThrow(/'tokens': needed \[11, 8\], found nothing/);
});

test('a loss that is not finite stops the step', async () => {
  const run = await Run.start();
  run.weights.get('tokens')!.data.fill(Number.NaN);
  await expect(run.train(1)).rejects.toThrow(/the loss is NaN/);
});

test('dropout masks have the right share, and depend on the seed and the stream only', async () => {
  const step = await TrainingStep.compile(pairGraph(SMALL, weightsOf(SMALL, 3), 0.25).loss);
  const draw = (masks: DropoutMasks, from: number) => masks.draw(step.dropout, new Random(from));
  const masks = new DropoutMasks(1);
  const first = draw(masks, 7);
  expect(Object.keys(first)).toHaveLength(2 * 2 * SMALL.layers);
  expect(draw(masks, 8)).not.toEqual(first);
  expect(draw(new DropoutMasks(1), 7)).toEqual(first);
  expect(draw(new DropoutMasks(2), 7)).not.toEqual(first);
  const elements = Array.from({ length: 50 }, (_, i) => Object.values(draw(masks, i)))
    .flat()
    .flatMap(mask => [...mask]);
  expect(new Set(elements)).toEqual(new Set([0, Math.fround(1 / 0.75)]));
  expect(elements.filter(value => value === 0).length / elements.length).toBeCloseTo(0.25, 1);
});

test('dropout multiplies by its mask, forwards and backwards', async () => {
  const graph = new Graph();
  const weight = graph.parameter('w', [3]);
  const step = await TrainingStep.compile(sum(dropout(weight, 0.5)));
  const weights: Weights = new Map([['w', { shape: [3], data: Float32Array.of(1, 2, 3) }]]);
  const { loss, gradients } = await step.run({ 'dropout.0': Float32Array.of(2, 0, 2) }, weights);
  expect(loss).toBe(8);
  expect(gradients.dense.get('w')).toEqual(Float32Array.of(2, 0, 2));
});

test('frozen weights get no gradient, extra outputs are handed out', async () => {
  const weights = weightsOf(SMALL, 3);
  const { loss, query } = pairGraph(SMALL, weights);
  const frozen = ['tokens', '0.query'];
  const step = await TrainingStep.compile(loss, { frozen, outputs: { query } });
  const { gradients, outputs } = await step.run(batchOf(SMALL, new Random(1)), weights);
  expect([...outputs['query']!.shape]).toEqual([SMALL.n, SMALL.d]);
  expect(gradients.rows.size).toBe(0);
  expect([...gradients.dense.keys()].sort()).toEqual(
    [...weights.keys()].filter(name => !frozen.includes(name)).sort(),
  );
});

test('an id outside of the table fails the run, in one line', async () => {
  const run = await Run.start(0);
  const batch = { ...batchOf(SMALL, new Random(1)), 'query.ids': new Int32Array(20).fill(SMALL.vocabulary) };
  await expect(run.train(1, batch)).rejects.toThrow(/^the model failed to run: [^\n]*out of[^\n]*$/);
});
