import { describe, expect, test } from 'vitest';
import type { Role, UnitKind } from '../core/unit.ts';
import { analyzeQuery } from './query.ts';
import { type DefinitionMatch, type FileCandidate, type RankingWeights, rankFiles } from './signals.ts';

const weights: RankingWeights = {
  stemWords: 0.2,
  path: 0.05,
  directory: 0.2,
  importers: 0.06,
  definition: 0.4,
  joinedDefinition: 0.1,
  coverage: 0.2,
  wholeName: 0.8,
  test: 0.3,
  generated: 0.3,
  vendored: 0.3,
  docs: 0.3,
  superseded: 0.3,
};

function candidate(file: number, more: Partial<FileCandidate> = {}): FileCandidate {
  return {
    file,
    path: `f${file}.ts`,
    role: 'source',
    superseded: false,
    importers: 0,
    text: 10,
    pathScore: 0,
    words: 0b1,
    stemTerms: [`f${file}`],
    directoryTerms: [],
    definitions: [],
    ...more,
  };
}

function defines(name: string, kind: UnitKind, more: Partial<DefinitionMatch> = {}): DefinitionMatch {
  return { name, kind, files: 1, adjacent: false, ...more };
}

function rank(query: string, ...candidates: FileCandidate[]): ReturnType<typeof rankFiles> {
  return rankFiles(analyzeQuery(query), () => 1, candidates, weights);
}

/** Files in their order. */
function order(query: string, ...candidates: FileCandidate[]): number[] {
  return rank(query, ...candidates).map(ranked => ranked.file);
}

function signalsOf(query: string, c: FileCandidate): Record<string, number> {
  return Object.fromEntries(
    rank(query, c)[0]!
      .signals()
      .map(signal => [signal.name, signal.value]),
  );
}

describe('rankFiles', () => {
  test('the score is the sum of its signals, and none of them is 0', () => {
    const full = candidate(1, {
      role: 'test',
      importers: 4,
      pathScore: 3,
      stemTerms: ['cach'],
      directoryTerms: ['store'],
      definitions: [defines('cache', 'class'), defines('cachestore', 'function', { adjacent: true })],
    });
    for (const { score, signals } of rank('cache store', full, candidate(2, { text: 5 }))) {
      const list = signals();
      expect(score).toBeCloseTo(
        list.reduce((sum, signal) => sum + signal.value, 0),
        12,
      );
      for (const signal of list) expect(signal.value).not.toBe(0);
      expect(list[0]!.name).toBe('text');
    }
    expect(Object.keys(signalsOf('cache store', full))).toEqual([
      'text',
      'file name',
      'path',
      'directory',
      'imported by',
      'defines',
      'defines words',
      'word coverage',
      'test code',
    ]);
  });

  test('text decides when nothing else differs, the place in the list when nothing does', () => {
    expect(order('cache', candidate(1, { text: 3 }), candidate(2, { text: 7 }))).toEqual([2, 1]);
    expect(order('cache', candidate(5), candidate(3), candidate(4))).toEqual([3, 4, 5]);
  });

  test('scales of text and path do not matter', () => {
    const list = (factor: number) => [
      candidate(1, { text: 3 * factor, pathScore: factor }),
      candidate(2, { text: 7 * factor, pathScore: 2 * factor }),
    ];
    const plain = (factor: number) => rank('cache', ...list(factor)).map(({ file, score }) => [file, score]);
    expect(plain(1)).toEqual(plain(1000));
  });

  test.each<[Role, string]>([
    ['test', 'test code'],
    ['generated', 'generated code'],
    ['vendored', 'vendored code'],
    ['docs', 'documentation'],
  ])('%s comes after source', (role, signal) => {
    expect(order('cache', candidate(1, { role }), candidate(2))).toEqual([2, 1]);
    expect(signalsOf('cache', candidate(1, { role }))[signal]).toBeLessThan(0);
  });

  test('an older copy comes after what it was a copy of', () => {
    expect(order('cache', candidate(1, { superseded: true }), candidate(2))).toEqual([2, 1]);
    expect(signalsOf('cache', candidate(1, { superseded: true }))['older copy']).toBeLessThan(0);
  });

  test('tests are not put back when they are asked for', () => {
    expect(signalsOf('test of the cache', candidate(1, { role: 'test' }))['test code']).toBeUndefined();
  });

  test('a definition comes before its uses, a class before a method', () => {
    const uses = candidate(1, { text: 11 });
    const kinds: UnitKind[] = ['class', 'function', 'method', 'section'];
    const values = kinds.map(
      kind => signalsOf('cache', candidate(1, { definitions: [defines('cache', kind)] }))['defines'] ?? 0,
    );
    expect(values.toSorted((a, b) => b - a)).toEqual(values);
    expect(values[3]).toBe(0);
    expect(order('cache entries', uses, candidate(2, { definitions: [defines('cache', 'class')] }))).toEqual([
      2, 1,
    ]);
  });

  test('a name that many files define says less', () => {
    const value = (files: number) =>
      signalsOf('cache', candidate(1, { definitions: [defines('cache', 'class', { files })] }))['defines']!;
    expect(value(1)).toBeGreaterThan(value(4));
    expect(value(4)).toBeGreaterThan(value(100));
  });

  test('a query that is a name asks for its definition', () => {
    const definition = candidate(2, { text: 1, definitions: [defines('lrucache', 'class')] });
    expect(order('LruCache', candidate(1), definition)).toEqual([2, 1]);
    expect(signalsOf('LruCache', definition)['is the name']).toBeGreaterThan(0);
    expect(signalsOf('LruCache eviction', definition)['is the name']).toBeUndefined();
  });

  test('a file named like the query, whole or in words', () => {
    const value = (query: string, stemTerms: string[]) =>
      signalsOf(query, candidate(1, { stemTerms }))['file name'] ?? 0;
    expect(value('path router', ['path', 'router', 'pathrouter'])).toBeGreaterThan(0);
    expect(value('router of the path', ['path', 'router', 'pathrouter'])).toBeGreaterThan(0);
    expect(value('router', ['path', 'router', 'pathrouter'])).toBe(0);
    expect(value('router', ['router'])).toBeGreaterThan(0);
  });

  test('more of the query’s words count, by what they say', () => {
    const both = candidate(1, { words: 0b11 });
    expect(order('cache session', both, candidate(2, { words: 0b10 }))).toEqual([1, 2]);
    const idf = (stem: string) => (stem === 'session' ? 5 : 1);
    const ranked = rankFiles(
      analyzeQuery('cache session'),
      idf,
      [candidate(1, { words: 0b01 }), candidate(2, { words: 0b10 })],
      weights,
    );
    expect(ranked.map(r => r.file)).toEqual([2, 1]);
  });

  test('a file that others import comes before one that nobody does', () => {
    expect(order('cache', candidate(1), candidate(2, { importers: 3 }))).toEqual([2, 1]);
  });

  test('no candidates', () => {
    expect(order('cache')).toEqual([]);
  });
});
