import { describe, expect, test } from 'vitest';
import {
  bestOf,
  confidenceOf,
  type HybridParameters,
  meaningOf,
  meaningWeight,
  parametersFor,
  unitShares,
} from './meaning.ts';
import { analyzeQuery } from './query.ts';
import { type FileCandidate, rankFiles } from './signals.ts';

const parameters: HybridParameters = {
  late: 1,
  units: 100,
  meaning: 0.4,
  alone: 0.2,
  uncovered: 1,
  strongest: 3,
  symbol: 0.25,
  floor: 1,
  full: 4,
  further: 0,
  unit: 0.5,
  unitFloor: 0.7,
  similarity: 1,
  highCoverage: 0.7,
  highZ: 5,
  noneCoverage: 0.3,
  noneZ: 3,
};
const distribution = { mean: 0.1, deviation: 0.1 };

describe('evidence of vectors', () => {
  test('is that of the best unit above the floor, and of further ones with decay', () => {
    const scores = Float32Array.of(0, 0.4, 0.5, 0.15);
    expect(meaningOf(scores, distribution, parameters)).toBeCloseTo(3, 5);
    expect(meaningOf(scores, distribution, { ...parameters, further: 0.5 })).toBeCloseTo(4, 5);
    expect(meaningOf(Float32Array.of(0.1, -0.3), distribution, parameters)).toBe(0);
    expect(meaningOf(undefined, distribution, parameters)).toBe(0);
    expect(bestOf(Float32Array.of(0, -0.3, -0.1))).toBeCloseTo(-0.1);
    expect(bestOf(Float32Array.of(0, 0))).toBe(0);
  });

  test('of units is a share of the best one, and none of a unit without a vector', () => {
    const share = unitShares(Float32Array.of(0, 0.4, 0.5), distribution, parameters)!;
    expect([0, 1, 2, 9].map(unit => Number(share(unit).toFixed(4)))).toEqual([0, 0.6667, 1, 0]);
    expect(unitShares(Float32Array.of(0.1), distribution, parameters)).toBeUndefined();
  });

  test('asks less of few units, among which none can stand out', () => {
    const few = parametersFor({ files: 0, units: 3, encodedUnits: 3 }, parameters);
    expect(few.floor).toBeLessThan(Math.SQRT2);
    expect(few.noneZ).toBeLessThan(Math.SQRT2);
    const many = { files: 0, units: 1_000_000, encodedUnits: 1_000_000 };
    expect(parametersFor(many, parameters)).toEqual({ ...parameters, late: 0 });
  });

  test('decides nearly alone among snippets, but not in a tree that is encoded in part', () => {
    const snippets = parametersFor({ files: 1000, units: 1000, encodedUnits: 1000 }, parameters);
    expect(snippets.meaning).toBeCloseTo(parameters.meaning + parameters.alone);
    expect(snippets.late).toBe(parameters.late);
    const begun = parametersFor({ files: 1000, units: 20_000, encodedUnits: 1000 }, parameters);
    expect(begun.meaning).toBeLessThan(parameters.meaning + parameters.alone * 0.01);
    expect(begun.late).toBe(0);
  });
});

describe('words and meaning together', () => {
  const candidate = (file: number, fields: Partial<FileCandidate>): FileCandidate => ({
    file,
    path: `f${file}`,
    role: 'source',
    superseded: false,
    importers: 0,
    text: 0,
    pathScore: 0,
    words: 0,
    stemTerms: [],
    directoryTerms: [],
    definitions: [],
    ...fields,
  });
  const none = {
    stemWords: 0,
    path: 0,
    directory: 0,
    importers: 0,
    definition: 0,
    joinedDefinition: 0,
    coverage: 0,
    wholeName: 0,
    test: 0,
    generated: 0,
    vendored: 0,
    docs: 0,
    superseded: 0.3,
  };
  const rank = (query: string, ...candidates: FileCandidate[]) =>
    rankFiles(analyzeQuery(query), () => 1, candidates, none, parameters).map(({ file, signals }) => ({
      file,
      meaning: signals().find(signal => signal.name === 'meaning')?.value,
    }));

  test('the meaning weighs more when the words are not there', () => {
    const text = candidate(1, { text: 5, words: 0b11 });
    const meaning = candidate(2, { meaning: 6 });
    expect(rank('expel entries', text, meaning)).toEqual([
      { file: 1, meaning: undefined },
      { file: 2, meaning: 0.4 },
    ]);
    const half = candidate(1, { text: 5, words: 0b1 });
    expect(rank('expel entries', half, meaning)[1]!.meaning).toBeCloseTo(0.9);
    expect(rank('expel entries', meaning)[0]!.meaning).toBeCloseTo(1.4);
  });

  test('a best file that is not clear has less of the weight', () => {
    const [first, second] = rank(
      'expel entries',
      candidate(1, { meaning: 1.5 }),
      candidate(2, { meaning: 1 }),
    );
    expect(first!.meaning).toBeCloseTo(0.7);
    expect(second!.meaning).toBeCloseTo(1.4 / 3);
  });

  test('a symbol is asked for by name', () => {
    expect(meaningWeight(0, true, parameters)).toBeCloseTo(0.35);
    expect(rank('expelEntries', candidate(1, { meaning: 9 }))[0]!.meaning).toBeCloseTo(0.35);
  });
});

test('confidence', () => {
  expect(confidenceOf(0.8, 0, parameters)).toBe('high');
  expect(confidenceOf(0, 6, parameters)).toBe('high');
  expect(confidenceOf(0.2, 2, parameters)).toBe('none');
  expect(confidenceOf(0.2, undefined, parameters)).toBe('low');
  expect(confidenceOf(0.5, 2, parameters)).toBe('low');
});
