import { describe, expect, test } from 'vitest';
import { type LateInteraction, noTerm } from '../../core/encoder.ts';
import { Random } from '../../core/random.ts';
import { LateScorer } from './late.ts';

const dims = 32;
const count = 300;

/** Token vectors of different lengths; the query's words are token ids. */
function lateOf(data: Int8Array | Float32Array): LateInteraction {
  const tokens = { count, dims, data };
  return {
    terms: 3,
    queryTokens: tokens,
    unitTokens: tokens,
    queryTerms: text => {
      const ids = Int32Array.from(text.split(' ').filter(Boolean), Number);
      return { ids, weights: new Float32Array(ids.length).fill(1 / ids.length) };
    },
    encodeUnits: () => Promise.reject(new Error('not asked for')),
  };
}

const random = new Random(9);
const bytes = Int8Array.from({ length: count * dims }, () => random.below(255) - 127);
const floats = Float32Array.from(bytes, (value, i) => value * (1 + Math.floor(i / dims)) * 0.01);

function cosine(a: number, b: number): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < dims; i++) {
    const [x, y] = [bytes[a * dims + i]!, bytes[b * dims + i]!];
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return dot / Math.sqrt(aa * bb);
}

describe.each([
  ['bytes', bytes],
  ['floats', floats],
])('late interaction over %s', (_, data) => {
  const scorer = new LateScorer(lateOf(data));

  test('is the mean of the best cosines, whatever the lengths', () => {
    const query = scorer.query('5 77')!;
    const units = [
      [5, 77, noTerm],
      [5, 3, 4],
      [1, 2, 3],
      [9, noTerm, 77],
    ];
    const terms = Uint16Array.from(units.flat());
    for (const [i, unit] of units.entries()) {
      // What comes after the end is not looked at.
      const known = unit.slice(0, unit.includes(noTerm) ? unit.indexOf(noTerm) : 3);
      const best = (token: number) => Math.max(0, ...known.map(term => cosine(token, term)));
      expect(query.score(terms, i * 3, i * 3 + 3)).toBeCloseTo((best(5) + best(77)) / 2, 2);
    }
    expect(query.score(terms, 0, 3)).toBeCloseTo(1, 2);
  });

  test('knows nothing of a query without tokens, and gives 0 to a unit without terms', () => {
    expect(scorer.query('')).toBeUndefined();
    expect(scorer.query('4')!.score(Uint16Array.of(noTerm, noTerm), 0, 2)).toBe(0);
  });

  test('forgets the oldest query tokens and gives the same when they come again', () => {
    const terms = Uint16Array.of(11, 12, 13);
    const before = scorer.query('7')!.score(terms, 0, 3);
    for (let id = 0; id < count; id++) scorer.query(String(id));
    expect(scorer.query('7')!.score(terms, 0, 3)).toBe(before);
  });
});
