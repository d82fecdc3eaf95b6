import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { QuarryError } from '../core/errors.ts';
import { RunCache } from './cache.ts';
import type { ClassificationDataset, LabelledPair } from './dataset.ts';
import { type EvaluateOptions, evaluateDataset } from './evaluate.ts';
import { systemOf, tinyDataset, words } from './tiny.testing.ts';

const made = { quarry: '0', code: 'x', node: 'v', machine: 'm' };
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'quarry-evaluate-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function options(part: Partial<EvaluateOptions>): EvaluateOptions {
  return {
    dataset: tinyDataset(),
    systems: [systemOf('words', words)],
    seed: 1,
    latency: false,
    cache: undefined,
    made,
    ...part,
  };
}

describe('retrieval', () => {
  test('numbers worked out by hand', async () => {
    const { result, rows, snippets } = await evaluateDataset(options({}));
    // q1: first. q2: mail and date tie, so the better grade comes last: ranks 1 (grade 1) and 2 (grade 2).
    const q2 = (1 + 3 / Math.log2(3)) / (3 + 1 / Math.log2(3));
    expect(result.systems[0]!.measures['mrr']).toBe(1);
    expect(result.systems[0]!.measures['ndcg@10']).toBeCloseTo((1 + q2) / 2, 12);
    expect(result).toMatchObject({
      dataset: 'tiny',
      pool: 4,
      queries: 6,
      baseline: null,
      notes: ['a note'],
      pools: { collections: 3, smallest: 4, median: 4, largest: 4 },
    });
    expect(result.systems[0]!.latencyMs).toBeNull();
    expect(rows).toHaveLength(6);
    expect(rows[1]!.systems['words']!.top.map(item => item.id)).toEqual(['alpha2', 'alpha3']);
    expect(snippets['alpha\0alpha2']).toBe('function f2() { parse date }\n// second line');
  });

  test('what was not returned has the last rank of the pool', async () => {
    const { result } = await evaluateDataset(options({ systems: [systemOf('none', () => 0)] }));
    // q1: one gold at rank 4. q2: two golds at 3 and 4.
    expect(result.systems[0]!.measures['mrr']).toBeCloseTo((1 / 4 + 1 / 3) / 2, 12);
  });

  test('the baseline is bm25 when it is there, and differences are against it', async () => {
    const systems = [systemOf('words', words), systemOf('bm25', () => 0)];
    const { result } = await evaluateDataset(options({ systems, latency: true }));
    expect(result.baseline).toBe('bm25');
    const [better, baseline] = result.systems;
    expect(baseline!.p).toEqual({});
    expect(better!.comparisons['mrr']).toMatchObject({ wins: 6, losses: 0, ties: 0 });
    // Six observations, all better: 2 of 64 sign patterns are as extreme.
    expect(better!.comparisons['mrr']!.pUncorrected).toBeCloseTo(2 / 64, 12);
    expect(better!.latencyMs!.queries).toBe(6);
    expect(better!.slices.map(slice => `${slice.slice} ${slice.value}`)).toEqual([
      'language go',
      'language rust',
      'kind easy',
      'kind hard',
    ]);
    // Mean over languages: go counts as much as rust, which has two collections.
    expect(better!.meansOver['language']).toBeDefined();
  });

  test('measures that do not fit the task are left out with a note', async () => {
    const { result } = await evaluateDataset(options({ measures: ['accuracy', 'map'] }));
    expect(result.measures).toEqual(['map']);
    expect(result.notes).toContain('accuracy is not for retrieval: left out');
  });

  test('a second run takes everything from the cache, with the same numbers', async () => {
    const cache = new RunCache(join(folder, 'second'));
    const counts = { prepared: 0, ranked: 0, closed: 0 };
    let reads = 0;
    const run = () =>
      evaluateDataset(
        options({
          dataset: tinyDataset({ onRead: () => reads++ }),
          systems: [systemOf('words', words, counts)],
          cache,
        }),
      );
    const first = await run();
    expect(counts).toEqual({ prepared: 3, ranked: 6, closed: 3 });
    expect(first.result.systems[0]!.cached).toBe(false);
    reads = 0;
    const second = await run();
    expect(counts.prepared).toBe(3);
    expect(reads).toBe(0);
    expect(second.result.systems[0]!.cached).toBe(true);
    expect(second.result.systems[0]!.measures).toEqual(first.result.systems[0]!.measures);
    expect(second.snippets).toEqual(first.snippets);
  });

  test('a damaged cache file counts as absent', async () => {
    const directory = join(folder, 'damaged');
    const cache = new RunCache(directory);
    const counts = { prepared: 0, ranked: 0, closed: 0 };
    await evaluateDataset(options({ systems: [systemOf('words', words, counts)], cache }));
    writeFileSync(join(directory, readdirSync(directory)[0]!), 'not gzip');
    await evaluateDataset(options({ systems: [systemOf('words', words, counts)], cache }));
    expect(counts.prepared).toBe(4);
  });

  test('a stopped run keeps the collections it finished, and closes what it opened', async () => {
    const cache = new RunCache(join(folder, 'stopped'));
    const counts = { prepared: 0, ranked: 0, closed: 0 };
    const stop = new AbortController();
    const stopping = systemOf(
      'words',
      (query, candidate) => {
        if (candidate.id.startsWith('beta')) stop.abort();
        return words(query, candidate);
      },
      counts,
    );
    await expect(
      evaluateDataset(options({ systems: [stopping], cache, signal: stop.signal })),
    ).rejects.toMatchObject({ code: 'aborted' });
    expect(counts.closed).toBe(counts.prepared);
    expect(readdirSync(join(folder, 'stopped'))).toHaveLength(1);
  });

  test('what went wrong in several collections is one note', async () => {
    const plain = systemOf('plain', words);
    const warning = {
      ...plain,
      prepare: async (...args: Parameters<typeof plain.prepare>) => ({
        ...(await plain.prepare(...args)),
        warnings: () => ['2 results were dropped'],
      }),
    };
    const { result } = await evaluateDataset(options({ systems: [warning] }));
    expect(result.notes).toEqual([
      'a note',
      'plain, alpha: 2 results were dropped (and the like in 2 other collections)',
    ]);
  });

  test('a system that returns what is not in the pool is named', async () => {
    const wrong = systemOf('wrong', words);
    const system = {
      ...wrong,
      prepare: async (...args: Parameters<typeof wrong.prepare>) => {
        const prepared = await wrong.prepare(...args);
        return { ...prepared, rank: async () => [{ id: 'alpha0', score: Number.NaN }] };
      },
    };
    await expect(evaluateDataset(options({ systems: [system] }))).rejects.toThrow(/^wrong: .*not a number/);
  });
});

describe('classification', () => {
  const pair = (id: string, query: string, text: string, label: 0 | 1): LabelledPair => ({
    id,
    query,
    code: { id: `code ${id}`, text },
    label,
  });
  const dataset: ClassificationDataset = {
    id: 'pairs',
    title: 'pairs',
    task: 'classification',
    split: 'test',
    licence: 'none',
    source: 'made up',
    files: [],
    notes: [],
    measures: ['accuracy', 'f1'],
    calibration: [
      {
        name: 'dev',
        pairs: [pair('c1', 'open file', 'open file', 1), pair('c2', 'open file', 'open door', 0)],
      },
    ],
    pairs: [
      pair('t1', 'send mail', 'send mail', 1),
      pair('t2', 'send mail', 'send letter', 0),
      pair('t3', 'send mail', 'nothing', 1),
    ],
  };

  test('threshold from the calibration pairs, numbers from the others', async () => {
    const cache = new RunCache(join(folder, 'pairs'));
    const counts = { prepared: 0, ranked: 0, closed: 0 };
    const systems = [systemOf('words', words, counts)];
    const { result } = await evaluateDataset(options({ dataset, systems, cache }));
    expect(result.systems[0]!.thresholds).toEqual([
      { rule: 'dev', threshold: 1.5, measures: { accuracy: 2 / 3, f1: 2 / 3 } },
    ]);
    const again = await evaluateDataset(options({ dataset, systems, cache }));
    expect(counts.prepared).toBe(1);
    expect(again.result.systems[0]!.measures).toEqual(result.systems[0]!.measures);
  });

  test('systems whose scores do not compare are left out, and it is an error when none is left', async () => {
    const plain = systemOf('plain', words);
    const without = {
      ...plain,
      prepare: async (...args: Parameters<typeof plain.prepare>) => {
        const { rank } = await plain.prepare(...args);
        return { rank };
      },
    };
    const { result } = await evaluateDataset(
      options({ dataset, systems: [without, systemOf('words', words)] }),
    );
    expect(result.systems.map(system => system.name)).toEqual(['words']);
    expect(result.notes.join()).toContain('plain: its scores do not compare');
    await expect(evaluateDataset(options({ dataset, systems: [without] }))).rejects.toThrow(QuarryError);
  });
});
