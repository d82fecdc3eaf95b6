import { expect, test } from 'vitest';
import { evaluateDataset } from './evaluate.ts';
import { compareGolden, type Golden, goldenOf, goldenText, parseGolden } from './golden.ts';
import { systemOf, tinyDataset, words } from './tiny.testing.ts';

const made = { quarry: '0', code: 'x', node: 'v', machine: 'm' };

async function golden(scoreOf: typeof words): Promise<Golden> {
  const report = await evaluateDataset({
    dataset: tinyDataset(),
    systems: [systemOf('bm25(k1=2, b=1)', scoreOf)],
    seed: 1,
    latency: false,
    cache: undefined,
    made,
  });
  return goldenOf(report, ['2026-01-01 an older change']);
}

test('what is written is read back', async () => {
  const first = await golden(words);
  const text = goldenText(first);
  expect(text).toContain('== alpha-q1\n   open\n   bm25(k1=2, b=1): wanted alpha0 1\n   1 alpha0 1.000 *\n');
  const read = parseGolden(text, 'ranks.txt');
  expect(read).toEqual(first);
  expect(compareGolden(read, await golden(words))).toEqual({ drops: [], moved: [], queries: [], same: true });
});

test('a fall is told from a rise, and the queries are named', async () => {
  const good = await golden(words);
  const bad = await golden((query, candidate) => (query === 'open' ? 0 : words(query, candidate)));
  const fall = compareGolden(good, bad);
  expect(fall.drops).toEqual(fall.moved);
  expect(fall.drops.join()).toMatch(/bm25\(k1=2, b=1\) mrr 1\.0000 -> 0\.6250 \(-0\.3750\)/);
  expect(fall.queries[0]).toBe('alpha-q1 (bm25(k1=2, b=1)): alpha0 1 -> alpha0 -');
  expect(fall.queries).toHaveLength(3);
  const rise = compareGolden(bad, good);
  expect(rise.drops).toEqual([]);
  expect(rise.moved).toHaveLength(2);
  expect(rise.same).toBe(false);
});

test('a measure that is no longer there counts as fallen', async () => {
  const before = await golden(words);
  const after = { ...before, measures: {} };
  expect(compareGolden(before, after).drops).toEqual([
    'bm25(k1=2, b=1) mrr is gone',
    'bm25(k1=2, b=1) ndcg@10 is gone',
  ]);
});

test('another file is not taken for golden ranks', () => {
  expect(() => parseGolden('hello\n', 'notes.txt')).toThrow('notes.txt holds no golden ranks');
});
