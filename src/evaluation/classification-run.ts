import { QuarryError, throwIfAborted } from '../core/errors.ts';
import { keyOf, type RunCache } from './cache.ts';
import type { ScoredSystem } from './classification.ts';
import type { Candidate, ClassificationDataset, Collection, LabelledPair } from './dataset.ts';
import type { EvaluationProgress } from './run.ts';
import type { System } from './system.ts';

export interface ClassificationRun {
  /** Systems whose scores compare across queries; the others are named in `notes`. */
  systems: System[];
  scored: ScoredSystem[];
  costs: Array<{ indexMs: number; memoryBytes: null; cached: boolean }>;
  notes: string[];
}

interface StoredScores {
  calibration: number[][];
  scores: number[];
  indexMs: number;
}

/**
 * Has every system score every pair, those for calibration included, over one index of all codes. Throws QuarryError
 * `usage` if no system can do that.
 */
export async function runClassification(options: {
  dataset: ClassificationDataset;
  systems: readonly System[];
  cache: RunCache | undefined;
  signal?: AbortSignal;
  onProgress?: (progress: EvaluationProgress) => void;
}): Promise<ClassificationRun> {
  const { dataset, cache, signal, onProgress } = options;
  const collection = collectionOf(dataset);
  const run: ClassificationRun = { systems: [], scored: [], costs: [], notes: [] };
  const lists = [...dataset.calibration.map(rule => rule.pairs), dataset.pairs];
  const total = lists.reduce((sum, list) => sum + list.length, 0);
  for (const system of options.systems) {
    const key = keyOf(['classification', collection.fingerprint, system.fingerprint]);
    let stored = cache?.get<StoredScores>(key);
    const cached = stored !== undefined;
    if (!stored) {
      const step = (phase: 'index' | 'search', done: number) =>
        onProgress?.({
          phase,
          dataset: dataset.id,
          collection: '',
          collectionsDone: 0,
          system: system.name,
          done,
          total,
        });
      step('index', 0);
      const begun = performance.now();
      const index = await system.prepare(collection, signal);
      const indexMs = performance.now() - begun;
      try {
        const { similarity } = index;
        if (!similarity) {
          run.notes.push(`${system.name}: its scores do not compare across queries; left out`);
          continue;
        }
        let done = 0;
        const all: number[][] = [];
        for (const list of lists) {
          const scores: number[] = [];
          for (const { query, code } of list) {
            throwIfAborted(signal);
            scores.push(await similarity.call(index, query, code.id));
            if (++done % 64 === 0) {
              step('search', done);
              await new Promise(resolve => setImmediate(resolve));
            }
          }
          all.push(scores);
        }
        stored = { calibration: all.slice(0, -1), scores: all.at(-1)!, indexMs };
        cache?.put(key, stored);
      } finally {
        await index.close?.();
      }
    }
    const { calibration, scores, indexMs } = stored;
    run.systems.push(system);
    run.scored.push({ name: system.name, calibration, scores });
    run.costs.push({ indexMs, memoryBytes: null, cached });
  }
  if (run.systems.length === 0)
    throw new QuarryError(
      'usage',
      `${dataset.id} needs systems whose scores compare across queries`,
      'for example bm25, tf-idf, codehow, lexical',
    );
  return run;
}

/** All codes of a data set, each once, as one collection. */
function collectionOf(dataset: ClassificationDataset): Collection {
  const codes = new Map<string, Candidate>();
  const lists: ReadonlyArray<readonly LabelledPair[]> = [
    ...dataset.calibration.map(rule => rule.pairs),
    dataset.pairs,
  ];
  for (const list of lists) for (const { code } of list) codes.set(code.id, code);
  return {
    name: dataset.id,
    fingerprint: keyOf([
      dataset.id,
      lists.map(list => list.map(({ id, query, code, label }) => [id, query, code.id, label])),
      [...codes.values()].map(({ id, text }) => [id, text]),
    ]),
    queries: [],
    async *candidates() {
      yield* codes.values();
    },
  };
}
