import { expect, test } from 'vitest';
import type { TrainProgress } from '../../training/loop/train.ts';
import type { Surroundings } from '../surroundings.ts';
import { styleFor, widthOf } from '../terminal.ts';
import { trainLine, trainView } from './progress.ts';

const progress: TrainProgress = {
  step: 300,
  steps: 1200,
  epoch: 1.5,
  loss: 0.61234,
  pairsPerSecond: 4321.4,
  eta: 75.2,
  score: 0.51234,
  best: 0.52,
};
const plain = { errorStyle: styleFor(false) };

test('a line for logs says everything', () => {
  expect(trainLine(progress, Number.POSITIVE_INFINITY, plain)).toBe(
    'step 300/1,200, loss 0.612, 1 min 15 s left, MRR 0.5123, best 0.5200, 4,321 pairs/s, epoch 1.50 (25 %)',
  );
});

test('before the first validation no score is shown, and none is made up after going on', () => {
  const first = { ...progress, score: Number.NaN, best: -1 };
  expect(trainLine(first, Number.POSITIVE_INFINITY, plain)).not.toMatch(/MRR|best|NaN/);
  const resumed = trainLine({ ...first, best: 0.5 }, Number.POSITIVE_INFINITY, plain);
  expect(resumed).toContain('best 0.5000');
  expect(resumed).not.toContain('NaN');
});

test('a bar fits into every width, and steps beyond the plan do not break it', () => {
  for (let width = 8; width < 140; width++) {
    for (const step of [0, 300, 1200, 1203])
      expect(widthOf(trainLine({ ...progress, step }, width, plain))).toBeLessThanOrEqual(width);
  }
  expect(trainLine(progress, 79, plain)).toMatch(/^█+[▏▎▍▌▋▊▉]?░+ {2}step 300\/1,200 {2}loss 0\.612/);
});

function surroundings(isTTY: boolean): { around: Surroundings; written: string[] } {
  const written: string[] = [];
  const stderr = { isTTY, columns: 100, write: (text: string) => written.push(text) };
  const around: Surroundings = {
    env: {},
    cwd: '/',
    stdout: stderr,
    stderr,
    stdin: () => process.stdin,
    style: styleFor(false),
    errorStyle: styleFor(false),
    quiet: false,
    version: () => '0',
  };
  return { around, written };
}

test('a terminal has one line that goes away, a log one every ten seconds and each phase', () => {
  let time = 0;
  const terminal = surroundings(true);
  const live = trainView(terminal.around, () => time);
  const log = surroundings(false);
  const lines = trainView(log.around, () => time);
  for (const view of [live, lines]) view.preparing({ phase: 'read', done: 1000 });
  for (; time < 25_000; time += 50) for (const view of [live, lines]) view.training(progress);
  for (const view of [live, lines]) view.end();
  expect(terminal.written).toHaveLength(1 + 250 + 1);
  expect(terminal.written.join('')).not.toContain('\n');
  expect(terminal.written.at(-1)).toBe('\r\u001b[2K');
  expect(log.written).toHaveLength(1 + 3);
  expect(log.written.every(line => /^quarry: .*\n$/.test(line))).toBe(true);
  const silent = surroundings(true);
  trainView({ ...silent.around, quiet: true }).training(progress);
  expect(silent.written).toEqual([]);
});
