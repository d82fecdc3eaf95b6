import { expect, test } from 'vitest';
import type { MinedPair } from '../corpus/pair.ts';
import { splitByFile } from './own-pairs.ts';

function pairs(sizes: readonly number[]): MinedPair[] {
  return sizes.flatMap((size, f) =>
    Array.from({ length: size }, (_, i) => ({
      query: `query ${f} ${i}`,
      code: `code ${f} ${i}`,
      name: `f${i}`,
      language: 'go',
      path: `file${f}.go`,
      repository: 'own',
      kind: 'doc' as const,
      unit: 'function',
      doc: '',
    })),
  );
}

function counts(sizes: readonly number[], seed = 1): Record<string, number> {
  const splits = { train: 0, valid: 0, test: 0 };
  for (const { split } of splitByFile(pairs(sizes), seed)) splits[split]++;
  return splits;
}

test('a file is in one split, and the shares are about those meant', () => {
  const sizes = Array.from({ length: 200 }, (_, i) => 1 + (i % 9));
  const split = splitByFile(pairs(sizes), 1);
  for (const group of Map.groupBy(split, pair => pair.path).values())
    expect(new Set(group.map(pair => pair.split)).size).toBe(1);
  const { test: held, valid, train } = counts(sizes);
  const all = sizes.reduce((a, b) => a + b, 0);
  expect(held! / all).toBeCloseTo(0.15, 1);
  expect(valid! / all).toBeCloseTo(0.1, 1);
  expect(train! / all).toBeCloseTo(0.75, 1);
});

test('fifty pairs are held out of a small tree, and a file that has most pairs is learned from', () => {
  expect(counts(Array.from({ length: 40 }, () => 5))['test']).toBe(50);
  const split = splitByFile(pairs([400, ...Array.from({ length: 60 }, () => 5)]), 2);
  expect(new Set(split.filter(pair => pair.path === 'file0.go').map(pair => pair.split))).toEqual(
    new Set(['train']),
  );
});

test('the split depends on the seed alone', () => {
  const sizes = Array.from({ length: 60 }, () => 4);
  const held = (seed: number) =>
    splitByFile(pairs(sizes), seed)
      .filter(pair => pair.split === 'test')
      .map(pair => pair.path);
  expect(held(1)).toEqual(held(1));
  expect(held(1)).not.toEqual(held(2));
});
