import { expect, test } from 'vitest';
import {
  formatDifference,
  formatHalf,
  formatMs,
  formatP,
  formatRange,
  formatScore,
  formatSize,
  starsOf,
} from './format.ts';

test('measures have three places and no zero before the point', () => {
  expect([0.8125, 1, 0, -0.04, 12.345, 1234.5].map(formatScore)).toEqual([
    '.813',
    '1.000',
    '.000',
    '−.040',
    '12.3',
    '1235',
  ]);
  expect([null, undefined, Number.NaN].map(formatScore)).toEqual(['–', '–', '–']);
});

test('differences are signed unless nothing is seen of them', () => {
  expect([0.04, -0.04, 0.0001, -0.0001, 0, 1].map(formatDifference)).toEqual([
    '+.040',
    '−.040',
    '.000',
    '.000',
    '.000',
    '+1.000',
  ]);
});

test('intervals', () => {
  expect(formatRange([0.79, 0.834])).toBe('.790–.834');
  expect(formatRange([-0.01, 0.02])).toBe('−.010 to .020');
  expect(formatRange(undefined)).toBe('–');
  expect(formatHalf(0.81, [0.79, 0.834])).toBe('±.024');
});

test('stars and p agree at their borders', () => {
  expect([0.0009, 0.001, 0.0099, 0.01, 0.049, 0.05, undefined].map(starsOf)).toEqual([
    '***',
    '**',
    '**',
    '*',
    '*',
    '',
    '',
  ]);
  expect([0.0009, 0.031, 1].map(formatP)).toEqual(['< .001', '.031', '1.000']);
});

test('times and sizes', () => {
  expect([0.84, 1.6, 9.96, 57, 999.6, 10_800, 130_000, 3_600_000, 18_660_000].map(formatMs)).toEqual([
    '0.84 ms',
    '1.6 ms',
    '10 ms',
    '57 ms',
    '1.0 s',
    '10.8 s',
    '2 min 10 s',
    '1 h',
    '5 h 11 min',
  ]);
  expect([940, 4200, 38e6, 999_600].map(formatSize)).toEqual(['940 B', '4.2 kB', '38 MB', '1.0 MB']);
});
