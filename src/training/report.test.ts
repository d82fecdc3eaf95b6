import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { LogEntry } from './loop/log.ts';
import { readRun } from './report.ts';
import { Runs, tinyRecipe } from './tiny.testing.ts';

const runs = new Runs();
afterAll(() => runs[Symbol.dispose]());

const recipe = tinyRecipe();
const start: LogEntry = {
  type: 'start',
  recipe,
  seed: 1,
  threads: 1,
  device: 'cpu',
  counts: { tiny: 300 },
  examples: 300,
  stepsPerEpoch: 10,
  steps: 2000,
  parameters: 6400,
};
const step = (at: number): LogEntry => ({
  type: 'step',
  step: at,
  epoch: at / 10,
  loss: 2 / at,
  gradientNorm: 1,
  rate: 1e-3,
  pairsPerSecond: 1000,
  seconds: at / 2,
});
const validation = (at: number, score: number): LogEntry => ({
  type: 'validation',
  step: at,
  pools: [{ name: 'tiny', queries: 4, units: 4, mrr: score, positive: 0.5, negative: 0.1 }],
  score,
  isBest: false,
  seconds: at / 2,
});

function written(name: string, entries: readonly LogEntry[], more = ''): string {
  const directory = runs.path(name);
  mkdirSync(directory);
  writeFileSync(join(directory, 'recipe.json'), JSON.stringify(recipe));
  writeFileSync(
    join(directory, 'log.jsonl'),
    entries.map(entry => `${JSON.stringify(entry)}\n`).join('') + more,
  );
  return directory;
}

test('a log becomes columns, with the best validation', () => {
  const end: LogEntry = { type: 'end', step: 40, reason: 'early', best: 0.6, seconds: 20 };
  const log = [
    start,
    step(20),
    validation(20, 0.6),
    { type: 'resume', step: 20 } as const,
    step(40),
    validation(40, 0.5),
    end,
  ];
  expect(readRun(written('whole', log))).toMatchObject({
    name: 'whole',
    state: 'early',
    made: 40,
    planned: 2000,
    seconds: 20,
    best: 0,
    steps: { step: [20, 40], loss: [0.1, 0.05], seconds: [10, 20] },
    validations: [
      { step: 20, epoch: 2, score: 0.6 },
      { step: 40, epoch: 4, score: 0.5 },
    ],
  });
});

test('a run that was killed while it wrote is read up to there', () => {
  expect(readRun(written('killed', [start, step(20)], '{"type":"step","st'))).toMatchObject({
    state: 'running',
    made: 20,
    best: -1,
    seconds: 10,
  });
});

test('a long run is averaged to a page of about the same size', () => {
  const { steps, made } = readRun(
    written('long', [start, ...Array.from({ length: 3000 }, (_, i) => step(i + 1))]),
  );
  expect(made).toBe(3000);
  expect(steps.step).toHaveLength(750);
  expect(steps.step[0]).toBe(2.5);
  expect(steps.loss).toHaveLength(750);
});

test('what is no run, or has made no step, says so', () => {
  mkdirSync(runs.path('empty'));
  expect(() => readRun(runs.path('empty'))).toThrow('is no run of quarry train');
  expect(() => readRun(written('early', []))).toThrow('no step was made yet');
});
