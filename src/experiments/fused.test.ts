import { expect, test } from 'vitest';
import type { RankedItem, SystemKind } from '../evaluation/system.ts';
import { collectionOf, idsOf, rankWith } from '../evaluation/systems/collection.testing.ts';
import { createSystem } from '../evaluation/systems/registry.ts';
import { fusedKind } from './fused.ts';
import { fuse } from './fusion.ts';

const list = (scores: Record<string, number>): RankedItem[] =>
  Object.entries(scores).map(([id, score]) => ({ id, score }));

/** A system that gives a fixed list. */
function fixed(id: string, items: readonly RankedItem[], closed: string[] = []): SystemKind {
  return {
    id,
    title: id,
    source: id,
    defaults: { twice: false },
    create: () => ({
      prepare: async () => ({
        rank: async (_, { limit }) => items.slice(0, limit),
        indexBytes: 10,
        close: () => void closed.push(id),
      }),
    }),
  };
}

test('reciprocal ranks: 1 / (60 + rank), what is in one list only gets one share', () => {
  const items = fuse(list({ x: 9, y: 8 }), list({ y: 3, z: 2 }), 'rrf', 0.5);
  expect(idsOf(items)).toEqual(['y', 'x', 'z']);
  expect(items[0]!.score).toBeCloseTo(0.5 / 62 + 0.5 / 61, 12);
  expect(items[1]!.score).toBeCloseTo(0.5 / 61, 12);
});

test('z-scores: in standard deviations, missing ones count as the last', () => {
  const items = fuse(list({ x: 3, y: 1 }), list({ y: 30, z: 20, x: 10 }), 'zscore', 0.25);
  const score = Object.fromEntries(items.map(item => [item.id, item.score]));
  const unit = 10 / Math.sqrt(200 / 3);
  expect(score['x']).toBeCloseTo(0.75 - 0.25 * unit, 12);
  expect(score['y']).toBeCloseTo(-0.75 + 0.25 * unit, 12);
  expect(score['z']).toBeCloseTo(-0.75, 12);
  expect(items.map(({ id }) => id)).toEqual(['x', 'y', 'z']);
  expect(items[0]!.signals!.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(items[0]!.score, 12);
});

test('lists that are empty, or all equal, leave the other as it is', () => {
  expect(fuse([], [], 'zscore', 0.5)).toEqual([]);
  expect(idsOf(fuse([], list({ x: 2, y: 1 }), 'zscore', 0.5))).toEqual(['x', 'y']);
  expect(idsOf(fuse(list({ p: 1, q: 1, r: 1 }), list({ r: 2, q: 1, p: 0 }), 'zscore', 0.5))).toEqual([
    'r',
    'q',
    'p',
  ]);
});

test('lines are those of the list where a candidate stands higher', () => {
  const a: RankedItem[] = [
    { id: 'x', score: 2, lines: [1, 2] },
    { id: 'y', score: 1, lines: [3, 4] },
  ];
  const b: RankedItem[] = [{ id: 'y', score: 2, lines: [5, 6] }];
  const lines = Object.fromEntries(fuse(a, b, 'rrf', 0.5).map(item => [item.id, item.lines]));
  expect(lines).toEqual({ x: [1, 2], y: [5, 6] });
});

test('the kind merges two systems and closes both', async () => {
  const closed: string[] = [];
  const kinds = [fixed('one', list({ x: 2, y: 1 }), closed), fixed('two', list({ y: 2, x: 1 }), closed)];
  const kind = fusedKind(() => ({ kinds, codeFingerprint: '' }));
  const rank = (weight: number) =>
    rankWith(kind, collectionOf({ x: 'x', y: 'y' }), 'q', { a: 'one', b: { system: 'two' }, weight });
  expect(idsOf(await rank(0.4))).toEqual(['x', 'y']);
  expect(idsOf(await rank(0.6))).toEqual(['y', 'x']);
  expect(closed).toEqual(['one', 'two', 'one', 'two']);
});

test('coverage: where the first list has all words of the query, the second says nothing', async () => {
  const kinds = [fixed('one', list({ x: 2, y: 1 })), fixed('two', list({ y: 2, x: 1 }))];
  const kind = fusedKind(() => ({ kinds, codeFingerprint: '' }));
  const texts = collectionOf({ x: 'parse date', y: 'send mail', z: 'other' });
  const rank = (query: string) =>
    rankWith(kind, texts, query, { a: 'one', b: 'two', method: 'coverage', weight: 0.9 });
  expect(idsOf(await rank('parse date'))).toEqual(['x', 'y']);
  expect(idsOf(await rank('quux frobnicate'))).toEqual(['y', 'x']);
});

test('its fingerprint is that of its parts; what is no system is refused', () => {
  const kinds = [fixed('one', []), fixed('two', [])];
  const kind = fusedKind(() => ({ kinds, codeFingerprint: '' }));
  const make = (b: string) =>
    createSystem({ system: 'fused', parameters: { a: 'one', b } }, { kinds: [kind], codeFingerprint: '' });
  expect(make('two').fingerprint).not.toBe(make('two(twice=true)').fingerprint);
  expect(() => make('three')).toThrow('unknown system "three"');
});
