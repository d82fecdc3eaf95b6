import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ClassifyOptions, chooseThreshold, classify, confusionOf, swapTest } from './classification.ts';
import { measuresFor } from './measures.ts';
import { Random } from './statistics.ts';

const measures = measuresFor('classification', ['accuracy', 'f1', 'precision', 'recall']);

/** `1010` as labels or predictions. */
function bits(text: string): number[] {
  return [...text].map(Number);
}

function measured(labels: number[], predicted: number[]): Record<string, number> {
  const confusion = confusionOf(labels, predicted);
  return Object.fromEntries(measures.map(({ name, of }) => [name, of(confusion)]));
}

/** Accuracy, then F1. */
function quality(scores: number[], labels: number[], threshold: number): [number, number] {
  const { accuracy, f1 } = measured(
    labels,
    scores.map(score => (score >= threshold ? 1 : 0)),
  );
  return [accuracy!, f1!];
}

describe('threshold', () => {
  test('half way between two scores', () => {
    expect(chooseThreshold([1, 2, 4, 8], [0, 0, 1, 1])).toBe(3);
    expect(chooseThreshold([8, 1, 4, 2], [1, 0, 1, 0])).toBe(3);
  });

  test('of equally accurate ones that with the better F1', () => {
    // 1.5 and 3.5 both leave one wrong; 1.5 finds both answers.
    expect(chooseThreshold([1, 2, 3, 4], [0, 1, 0, 1])).toBe(1.5);
  });

  test('all or none', () => {
    expect(chooseThreshold([1, 2, 3], [1, 1, 1])).toBe(0.5);
    expect(chooseThreshold([1, 2, 3], [0, 0, 0])).toBe(3.5);
    expect(chooseThreshold([5, 5, 5], [1, 1, 0])).toBe(4.5);
    expect(chooseThreshold([5, 5, 5], [1, 0, 0])).toBe(5.5);
    expect(chooseThreshold([7], [1])).toBe(6.5);
  });

  test('equal scores stay together', () => {
    expect(chooseThreshold([1, 1, 1, 2], [1, 0, 0, 1])).toBe(1.5);
  });

  test('neighbours without a number between them', () => {
    const next = 1 + Number.EPSILON;
    expect(chooseThreshold([1, next], [0, 1])).toBe(next);
    expect(chooseThreshold([-Number.MAX_VALUE, Number.MAX_VALUE], [0, 1])).toBe(0);
  });

  test('none is better', () => {
    const pair = fc.tuple(fc.integer({ min: -6, max: 6 }), fc.constantFrom(0, 1));
    fc.assert(
      fc.property(fc.array(pair, { minLength: 1, maxLength: 12 }), pairs => {
        const scores = pairs.map(([score]) => score);
        const labels = pairs.map(([, label]) => label);
        const [accuracy, f1] = quality(scores, labels, chooseThreshold(scores, labels));
        for (let threshold = -7.5; threshold <= 7.5; threshold++) {
          const other = quality(scores, labels, threshold);
          expect(accuracy).toBeGreaterThanOrEqual(other[0]);
          if (other[0] === accuracy) expect(f1).toBeGreaterThanOrEqual(other[1]);
        }
      }),
    );
  });
});

describe('other implementations', () => {
  const file = join(import.meta.dirname, '../../test/fixtures/evaluation/statistics.json');
  const { classification } = JSON.parse(readFileSync(file, 'utf8')) as {
    classification: Array<{
      labels: string;
      a: string;
      b: string;
      expected: {
        a: Record<string, number>;
        b: Record<string, number>;
        mcnemar: number;
        swap?: Record<string, number>;
      };
    }>;
  };
  const byName = new Map(measures.map(measure => [measure.name, measure]));

  test('the measures of scikit-learn', () => {
    for (const { labels, a, b, expected } of classification) {
      for (const [name, value] of Object.entries(expected.a))
        expect(measured(bits(labels), bits(a))[name]).toBeCloseTo(value, 9);
      for (const [name, value] of Object.entries(expected.b))
        expect(measured(bits(labels), bits(b))[name]).toBeCloseTo(value, 9);
    }
  });

  test("McNemar's test of statsmodels, for accuracy", () => {
    for (const { labels, a, b, expected } of classification) {
      const { p, wins, losses, ties } = swapTest(bits(labels), bits(a), bits(b), byName.get('accuracy')!);
      expect(p).toBeCloseTo(expected.mcnemar, 9);
      expect(wins + losses + ties).toBe(labels.length);
      expect((wins - losses) / labels.length).toBeCloseTo(
        expected.a['accuracy']! - expected.b['accuracy']!,
        9,
      );
    }
  });

  test('the permutation test of scipy, for the others', () => {
    let compared = 0;
    for (const { labels, a, b, expected } of classification) {
      for (const [name, p] of Object.entries(expected.swap ?? {})) {
        expect(swapTest(bits(labels), bits(a), bits(b), byName.get(name)!).p).toBeCloseTo(p, 9);
        compared++;
      }
    }
    expect(compared).toBe(9);
  });
});

test('many pairs that differ: p stays a number', () => {
  const n = 6000;
  const labels = Array.from({ length: n }, (_, i) => i % 2);
  const wrong = labels.map(label => 1 - label);
  for (const measure of measures) {
    expect(swapTest(labels, labels, labels, measure).p).toBe(1);
    expect(swapTest(labels, labels, wrong, measure).p).toBe(1e-30);
    const half = labels.map((label, i) => ((i >> 1) % 2 ? label : 1 - label));
    const other = half.map(value => 1 - value);
    expect(swapTest(labels, half, other, measure).p).toBeCloseTo(1, 6);
  }
});

describe('classify', () => {
  const pairs: ClassifyOptions['pairs'] = [
    { label: 1, slices: { kind: 'short' } },
    { label: 0, slices: { kind: 'short' } },
    { label: 1, slices: { kind: 'long' } },
    { label: 0, slices: { kind: 'long' } },
  ];
  const options: ClassifyOptions = {
    systems: [
      {
        name: 'base',
        calibration: [
          [1, 2, 3, 4],
          [5, 6],
        ],
        scores: [3, 1, 2, 3],
      },
      {
        name: 'good',
        calibration: [
          [0.1, 0.2, 0.3, 0.4],
          [0.35, 0.4],
        ],
        scores: [0.9, 0.1, 0.26, 0.2],
      },
    ],
    calibration: [
      { name: 'dev', pairs: [{ label: 0 }, { label: 0 }, { label: 1 }, { label: 1 }] },
      { name: 'train', pairs: [{ label: 0 }, { label: 1 }] },
    ],
    pairs,
    measures: ['accuracy', 'f1', 'precision', 'recall'],
    baseline: 'base',
  };

  test('thresholds by rule, measures by the first', () => {
    const { measures: names, systems } = classify(options);
    expect(names).toEqual(['accuracy', 'f1', 'precision', 'recall']);
    const [base, good] = systems;
    expect(base!.measures).toEqual({ accuracy: 0.5, f1: 0.5, precision: 0.5, recall: 0.5 });
    expect(good!.measures).toEqual({ accuracy: 1, f1: 1, precision: 1, recall: 1 });
    expect(base!.thresholds.map(({ rule, threshold }) => [rule, threshold])).toEqual([
      ['dev', 2.5],
      ['train', 5.5],
    ]);
    expect(base!.thresholds[0]!.measures).toEqual(base!.measures);
    expect(base!.thresholds[1]!.measures).toEqual({ accuracy: 0.5, f1: 0, precision: 0, recall: 0 });
    expect(good!.thresholds[1]!.threshold).toBeCloseTo(0.375, 12);
    expect(good!.intervals['accuracy']).toEqual([1, 1]);
  });

  test('comparisons and slices', () => {
    const [base, good] = classify(options).systems;
    expect(base!.comparisons).toEqual({});
    const { interval, ...rest } = good!.comparisons['accuracy']!;
    expect(rest).toEqual({ difference: 0.5, pUncorrected: 0.5, p: 0.5, wins: 2, losses: 0, ties: 2 });
    expect(interval).toEqual([0, 1]);
    expect(
      base!.slices.map(({ slice, value, queries, measures: found }) => [slice, value, queries, found['f1']]),
    ).toEqual([
      ['kind', 'short', 2, 1],
      ['kind', 'long', 2, 0],
    ]);
  });

  test('intervals hold the true value about as often as they should', () => {
    const random = new Random(23);
    // Labels are fair, predictions right with 80 %: all four measures are .8.
    let held = 0;
    const rounds = 200;
    for (let round = 0; round < rounds; round++) {
      const drawn = Array.from({ length: 200 }, (): { label: 0 | 1 } => ({
        label: random.next() < 0.5 ? 0 : 1,
      }));
      const scores = drawn.map(({ label }) => (random.next() < 0.8 ? label : 1 - label));
      const [system] = classify({
        systems: [{ name: 's', calibration: [[0, 1]], scores }],
        calibration: [{ name: 'dev', pairs: [{ label: 0 }, { label: 1 }] }],
        pairs: drawn,
        measures: ['f1'],
        baseline: null,
        draws: { bootstrap: 300 },
        seed: round,
      }).systems;
      const [low, high] = system!.intervals['f1']!;
      if (low <= 0.8 && high >= 0.8) held++;
    }
    expect(held / rounds).toBeGreaterThan(0.89);
  });

  test('faults', () => {
    const [base, good] = options.systems;
    const broken = { ...good!, scores: [1, Number.NaN, 1, 1] };
    expect(() => classify({ ...options, systems: [base!, broken] })).toThrow(
      'good gave pair 2 (tested) the score NaN',
    );
    expect(() => classify({ ...options, systems: [base!, { ...good!, scores: [1] }] })).toThrow(
      '1 scores for 4 pairs',
    );
    expect(() => classify({ ...options, calibration: [] })).toThrow('there are none');
    expect(() => classify({ ...options, measures: ['mrr'] })).toThrow('is for retrieval');
    expect(() => classify({ ...options, baseline: 'x' })).toThrow('not among the systems');
  });
});
