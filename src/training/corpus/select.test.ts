import { expect, test } from 'vitest';
import { Random } from '../../core/random.ts';
import { NearIndex, signatureOf, similarity } from './near.ts';
import type { MinedPair } from './pair.ts';
import { limited, Selection, splitOf } from './select.ts';
import { codeTokens } from './tokens.ts';

function pair(query: string, code: string, more: Partial<MinedPair> = {}): MinedPair {
  return {
    query,
    code,
    name: 'f',
    language: 'python',
    path: 'a.py',
    repository: 'a/b',
    kind: 'doc',
    unit: 'function',
    doc: query,
    ...more,
  };
}

const words = (seed: number, count: number) => {
  const random = new Random(seed);
  return Array.from({ length: count }, () => `w${random.below(5000)}`);
};

test('signatures estimate the Jaccard index of the sets of runs', () => {
  const random = new Random(3);
  let worst = 0;
  for (let i = 0; i < 30; i++) {
    const a = words(i, 200);
    const b = a.map(word => (random.below(40) === 0 ? 'x' : word));
    const runs = (list: string[]) => new Set(list.slice(4).map((_, j) => list.slice(j, j + 5).join(' ')));
    const exact = runs(a).intersection(runs(b)).size / runs(a).union(runs(b)).size;
    worst = Math.max(worst, Math.abs(exact - similarity(signatureOf(a, 5)!, signatureOf(b, 5)!)));
  }
  expect(worst).toBeLessThan(0.2);
  expect(signatureOf([], 5)).toBeUndefined();
});

test('the index finds what a comparison with all finds, also after it has grown', () => {
  const index = new NearIndex();
  const all = Array.from({ length: 3000 }, (_, i) => signatureOf(words(i % 2500, 40), 5)!);
  for (const [i, signature] of all.entries()) expect(index.add(signature)).toBe(i);
  for (const i of [0, 17, 499, 2600]) {
    const plain = all.flatMap((other, j) => (similarity(all[i]!, other) >= 0.8 ? [j] : []));
    expect(index.near(all[i]!, 0.8)).toEqual(plain);
  }
  expect(index.near(all[17]!, 0.8)).toEqual([17, 2517]);
});

test('near-duplicates of code and query go, other kinds of pairs of one unit stay', () => {
  const code = `def f(a):\n${words(1, 60).join('\n')}`;
  const almost = code.replace(/w\d+$/, 'changed');
  const selection = new Selection(undefined);
  expect(selection.take(pair('merges two sorted lists', code))).toBe(true);
  expect(selection.take(pair('merges the sorted runs', almost, { path: 'copy.py' }))).toBe(false);
  expect(selection.take(pair('keeps order of equal items', almost, { kind: 'test' }))).toBe(true);
  expect(selection.take(pair('an overload says something', almost))).toBe(false);
  expect(selection.take(pair('Merges two sorted lists', words(2, 60).join(' '), { name: 'g' }))).toBe(false);
  expect(selection.take(pair('entirely different words here', words(2, 60).join(' '), { name: 'g' }))).toBe(
    true,
  );
  expect(selection.removed.sorted()).toEqual({
    'code nearly equal to an earlier one': 2,
    'query nearly equal to an earlier one': 1,
  });
});

test('white space, case and separators make no difference to code', () => {
  expect(codeTokens('Foo( a,b );')).toEqual(codeTokens('foo ( a b )'));
});

test('a repository is in one split, most are for training', () => {
  const splits = Array.from({ length: 2000 }, (_, i) => splitOf(`owner/name${i}`, 1));
  expect(splits.filter(split => split === 'train').length / 2000).toBeCloseTo(0.9, 1);
  expect(new Set(splits)).toEqual(new Set(['train', 'valid', 'test']));
  expect(splitOf('Owner/Name', 1)).toBe(splitOf('owner/name', 1));
});

test('a limit keeps the same pairs in whatever order they come', () => {
  const pairs = Array.from({ length: 50 }, (_, i) =>
    pair(`query number ${i}`, 'x', { kind: i % 2 === 0 ? 'doc' : 'test' }),
  );
  const kept = limited(pairs, 5, 1);
  expect(kept.length).toBe(10);
  expect(new Set(limited(pairs.toReversed(), 5, 1))).toEqual(new Set(kept));
  expect(limited(pairs, 5, 2)).not.toEqual(kept);
});
