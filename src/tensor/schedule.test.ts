import { expect, test } from 'vitest';
import { constantRate, cosineDecay, linearDecay, type Schedule, warmUp } from './schedule.ts';

const at = (schedule: Schedule, ...steps: number[]) => steps.map(step => Number(schedule(step).toFixed(6)));

test('schedules by hand', () => {
  expect(at(constantRate(0.5), 1, 100)).toEqual([0.5, 0.5]);
  expect(at(linearDecay(1, 10), 1, 5, 10, 20)).toEqual([0.9, 0.5, 0, 0]);
  expect(at(linearDecay(1, 10, 0.2), 5, 11)).toEqual([0.6, 0.2]);
  expect(at(cosineDecay(1, 12), 3, 6, 9, 12, 13)).toEqual([0.853553, 0.5, 0.146447, 0, 0]);
  expect(at(warmUp(4, constantRate(1)), 1, 2, 4, 5)).toEqual([0.25, 0.5, 1, 1]);
  expect(at(warmUp(0, constantRate(1)), 1)).toEqual([1]);
});
