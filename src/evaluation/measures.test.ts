import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { QuarryError } from '../core/errors.ts';
import { judge } from './judge.ts';
import { measureNames, measuresFor, parseMeasure, recallCurve } from './measures.ts';
import type { QueryOutcome } from './result.ts';

/** Relevant candidates as `rank` or `rank:grade`; a third number is the raw rank. */
function outcome(...places: Array<[rank: number, grade?: number, rawRank?: number]>): QueryOutcome {
  const relevant = places.map(([rank, grade = 1, rawRank = rank], i) => ({
    id: `g${i}`,
    grade,
    rank,
    rawRank,
    returned: true,
  }));
  return { collection: 'c', query: 'q', pool: 100, relevant, top: [] };
}

function of(measure: string, judged: QueryOutcome): number {
  const [parsed] = measuresFor('retrieval', [measure]);
  return parsed!.of(judged);
}

function failure(run: () => unknown): QuarryError {
  try {
    run();
  } catch (error) {
    return error as QuarryError;
  }
  throw new Error('nothing was thrown');
}

describe('names', () => {
  test.each([
    ['mrr', 'mrr'],
    ['MRR', 'mrr'],
    ['map', 'map'],
    ['sr@5', 'success@5'],
    ['hit@1', 'success@1'],
    ['Acc@1', 'success@1'],
    ['r@10', 'recall@10'],
    ['NDCG@10', 'ndcg@10'],
    ['raw-ndcg@10000', 'raw-ndcg@10000'],
    ['precision@3', 'p@3'],
    ['all@5', 'all@5'],
  ])('%s is %s', (text, name) => {
    const measure = parseMeasure(text);
    expect(measure.name).toBe(name);
    expect(measure.task).toBe('retrieval');
  });

  test.each(['accuracy', 'f1', 'precision', 'recall'])('%s is for classification', name => {
    expect(parseMeasure(name)).toMatchObject({ name, task: 'classification' });
  });

  test.each([
    ['ncdg@10', 'did you mean ndcg@10?'],
    ['ndgc', 'did you mean ndcg@10?'],
    ['sucess@5', 'did you mean success@5?'],
    ['mmr', 'did you mean mrr?'],
    ['mrr@10', 'did you mean mrr?'],
    ['accurracy', 'did you mean accuracy?'],
    ['bleu', `known: ${measureNames.join(', ')}`],
    ['constructor@3', `known: ${measureNames.join(', ')}`],
    ['success', 'for example success@10'],
    ['ndcg@0', 'for example ndcg@10'],
    ['ndcg@10001', 'for example ndcg@10'],
    ['ndcg@1.5', 'for example ndcg@10'],
    ['ndcg@', 'for example ndcg@10'],
    ['', `known: ${measureNames.join(', ')}`],
  ])('%j is refused', (text, hint) => {
    const error = failure(() => parseMeasure(text));
    expect(error.code).toBe('usage');
    expect(error.hint).toBe(hint);
  });

  test('each measure once, and only those of the task', () => {
    expect(measuresFor('retrieval', ['mrr', 'acc@1', 'success@1']).map(({ name }) => name)).toEqual([
      'mrr',
      'success@1',
    ]);
    expect(failure(() => measuresFor('retrieval', ['recall'])).message).toBe(
      'measure "recall" is for classification, the data set for retrieval',
    );
    expect(failure(() => measuresFor('classification', ['mrr'])).code).toBe('usage');
  });
});

describe('values worked out by hand', () => {
  test('one relevant candidate at rank 4', () => {
    const found = outcome([4]);
    expect(of('mrr', found)).toBe(0.25);
    expect(of('map', found)).toBe(0.25);
    expect(of('success@3', found)).toBe(0);
    expect(of('success@4', found)).toBe(1);
    expect(of('recall@4', found)).toBe(1);
    expect(of('p@5', found)).toBe(0.2);
    expect(of('ndcg@10', found)).toBeCloseTo(1 / Math.log2(5), 12);
    expect(of('ndcg@3', found)).toBe(0);
  });

  test('three of them at 1, 3 and 12', () => {
    const found = outcome([1], [3], [12]);
    expect(of('mrr', found)).toBe(1);
    expect(of('map', found)).toBeCloseTo((1 / 1 + 2 / 3 + 3 / 12) / 3, 12);
    expect(of('recall@10', found)).toBeCloseTo(2 / 3, 12);
    expect(of('p@10', found)).toBe(0.2);
    expect(of('all@10', found)).toBe(0);
    expect(of('all@12', found)).toBe(1);
    // (1 + 1/2) / (1 + 1/log2 3 + 1/2)
    expect(of('ndcg@10', found)).toBeCloseTo(1.5 / (1.5 + 1 / Math.log2(3)), 12);
    // With two places only two of the three can be there: (1) / (1 + 1/log2 3).
    expect(of('ndcg@2', found)).toBeCloseTo(1 / (1 + 1 / Math.log2(3)), 12);
  });

  test('graded: gains 1, 7 and 3 at 1, 2 and 4', () => {
    const found = outcome([1, 1], [2, 3], [4, 2]);
    const gained = 1 + 7 / Math.log2(3) + 3 / Math.log2(5);
    const ideal = 7 + 3 / Math.log2(3) + 1 / 2;
    expect(of('ndcg@10', found)).toBeCloseTo(gained / ideal, 12);
    expect(of('ndcg@1', found)).toBeCloseTo(1 / 7, 12);
  });

  test('raw ranks count for raw-ndcg only', () => {
    const found = outcome([2, 1, 7]);
    expect(of('ndcg@10', found)).toBeCloseTo(1 / Math.log2(3), 12);
    expect(of('raw-ndcg@10', found)).toBeCloseTo(1 / Math.log2(8), 12);
    expect(of('raw-ndcg@6', found)).toBe(0);
  });

  test('nothing relevant is nothing found', () => {
    for (const name of ['mrr', 'map', 'success@1', 'recall@1', 'p@1', 'all@1', 'ndcg@1', 'raw-ndcg@1'])
      expect(of(name, outcome())).toBe(0);
  });

  test('classification', () => {
    const counts = { truePositives: 6, falsePositives: 2, falseNegatives: 4, trueNegatives: 8 };
    const values = measuresFor('classification', ['accuracy', 'f1', 'precision', 'recall']).map(m =>
      m.of(counts),
    );
    expect(values).toEqual([0.7, 12 / 18, 0.75, 0.6]);
    const none = { truePositives: 0, falsePositives: 0, falseNegatives: 0, trueNegatives: 3 };
    expect(measuresFor('classification', ['f1', 'precision', 'recall']).map(m => m.of(none))).toEqual([
      0, 0, 0,
    ]);
  });

  test('recall curve', () => {
    const curve = recallCurve([outcome([1], [3]), outcome([2])], [1, 2, 3]);
    expect(curve).toEqual([
      { k: 1, recall: 0.25 },
      { k: 2, recall: 0.75 },
      { k: 3, recall: 1 },
    ]);
    expect(recallCurve([outcome([1]), outcome([2])], [1], [0.9, 0.1])).toEqual([{ k: 1, recall: 0.9 }]);
  });
});

describe('properties', () => {
  const names = ['mrr', 'map', 'success@3', 'recall@5', 'p@4', 'all@6', 'ndcg@5', 'raw-ndcg@5'];
  const places = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 4 })), {
    minLength: 1,
    maxLength: 8,
    selector: ([rank]) => rank,
  });

  test('every measure is in [0, 1], and 1 for the best order', () => {
    fc.assert(
      fc.property(places, list => {
        for (const name of names) {
          const value = of(name, outcome(...list));
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(1);
        }
        const best = list.map(([, grade]) => grade).sort((a, b) => b - a);
        const ideal = outcome(...best.map((grade, i): [number, number] => [i + 1, grade]));
        for (const name of ['mrr', 'map', 'success@3', 'ndcg@5']) expect(of(name, ideal)).toBeCloseTo(1, 12);
      }),
    );
  });

  test('a better rank never lowers a measure', () => {
    fc.assert(
      fc.property(places, fc.nat(), (list, pick) => {
        const i = pick % list.length;
        const [rank, grade] = list[i]!;
        fc.pre(rank > 1);
        // It moves up by one; a less or equally relevant candidate that stood there moves down.
        const above = list.find(place => place[0] === rank - 1);
        fc.pre(above === undefined || above[1] <= grade);
        const better = list.map(([r, g]): [number, number] => {
          if (r === rank) return [rank - 1, g];
          return r === rank - 1 ? [rank, g] : [r, g];
        });
        for (const name of names)
          expect(of(name, outcome(...better))).toBeGreaterThanOrEqual(of(name, outcome(...list)) - 1e-12);
      }),
    );
  });
});

test('the values of trec_eval', () => {
  const file = join(import.meta.dirname, '../../test/fixtures/evaluation/trec-eval.json');
  const { topics } = JSON.parse(readFileSync(file, 'utf8')) as {
    topics: Array<{ list: string; grades: Record<string, number>; expected: Record<string, number> }>;
  };
  expect(topics.length).toBe(30);
  for (const { list, grades, expected } of topics) {
    const ranked = list.split(' ').map((id, i) => ({ id, score: -i }));
    // trec_eval gives nothing for what was not returned: a pool so large that its last ranks are worth nothing.
    const judged = judge(ranked, { id: 'q', text: '', judgments: grades }, 1e12, 'c');
    expect(Object.keys(expected).length).toBe(22);
    for (const [name, value] of Object.entries(expected))
      expect(Math.abs(of(name, judged) - value), `${name} of ${list}`).toBeLessThan(1e-9);
  }
});
