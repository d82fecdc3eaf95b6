import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { QuarryError, throwIfAborted } from '../core/errors.ts';
import { keyOf, type RunCache, type StoredRun } from './cache.ts';
import type { Candidate, Collection, RetrievalDataset } from './dataset.ts';
import { judge } from './judge.ts';
import type { QueryOutcome } from './result.ts';
import { Random } from './statistics.ts';
import type { PreparedSystem, System } from './system.ts';

/** Longest list a system is asked for. */
const listLimit = 1000;
/** Queries timed per collection, and how often each is asked. */
const timedQueries = 60;
/** Candidates of the list whose first lines are kept. */
const shownCandidates = 5;

/** One step of a running evaluation. */
export interface EvaluationProgress {
  phase: 'read' | 'index' | 'search' | 'time' | 'compare';
  dataset: string;
  collection: string;
  /** Collections finished so far. */
  collectionsDone: number;
  system: string;
  /** Queries of this step. */
  done: number;
  total: number;
  /** The step's result came from the cache. */
  cached?: boolean;
}

export interface RunOptions {
  dataset: RetrievalDataset;
  systems: readonly System[];
  /** Measure the time of single queries. */
  latency: boolean;
  seed: number;
  cache: RunCache | undefined;
  signal?: AbortSignal;
  onProgress?: (progress: EvaluationProgress) => void;
}

/** A collection with what every system did on it, in the order of the systems. */
export interface CollectionRun {
  collection: Collection;
  runs: StoredRun[];
  /** Whether each came from the cache. */
  cached: boolean[];
}

/**
 * Runs all systems on all collections of a data set, collection by collection. What the cache knows is not run again;
 * what was finished when the signal fires stays in the cache. Throws QuarryError `aborted`, and what a system throws.
 */
export async function* runSystems(options: RunOptions): AsyncGenerator<CollectionRun> {
  const { dataset, signal } = options;
  let collectionsDone = 0;
  const step = (part: Partial<EvaluationProgress> & Pick<EvaluationProgress, 'phase'>) =>
    options.onProgress?.({
      dataset: dataset.id,
      collection: '',
      collectionsDone,
      system: '',
      done: 0,
      total: 0,
      ...part,
    });
  step({ phase: 'read' });
  for await (const collection of dataset.collections(signal)) {
    throwIfAborted(signal);
    yield await runCollection(collection, options, part => step({ collection: collection.name, ...part }));
    collectionsDone++;
    step({ phase: 'read', collection: collection.name });
  }
  options.cache?.prune();
}

type Step = (part: Partial<EvaluationProgress> & Pick<EvaluationProgress, 'phase'>) => void;

async function runCollection(
  collection: Collection,
  { systems, cache, latency, seed, signal }: RunOptions,
  step: Step,
): Promise<CollectionRun> {
  const total = collection.queries.length;
  const keys = systems.map(system => keyOf([collection.fingerprint, system.fingerprint, listLimit]));
  const runs = keys.map(key => {
    const run = cache?.get<StoredRun>(key);
    // Times that are wanted and were not measured make a new run.
    return run && latency && run.latenciesMs.length === 0 ? undefined : run;
  });
  const cached = runs.map(run => run !== undefined);
  systems.forEach((system, s) => {
    if (cached[s]) step({ phase: 'search', system: system.name, done: total, total, cached: true });
  });
  if (runs.every(run => run !== undefined)) return { collection, runs, cached };

  await collection.materialise?.(signal);
  const kept = new KeptCandidates(collection);
  const prepared: Array<{ system: System; index: PreparedSystem; run: StoredRun; key: string }> = [];
  try {
    const { size, ids } = await kept.load(signal);
    checkPools(collection, ids);
    for (const [s, system] of systems.entries()) {
      if (runs[s] !== undefined) continue;
      step({ phase: 'index', system: system.name, total });
      const before = await memoryInUse();
      const begun = performance.now();
      const index = await system.prepare(kept.collection, signal);
      const indexMs = performance.now() - begun;
      const memoryBytes =
        index.indexBytes === undefined ? Math.max(0, (await memoryInUse()) - before) : index.indexBytes;
      const run: StoredRun = {
        outcomes: [],
        candidates: size,
        indexMs,
        memoryBytes,
        latenciesMs: [],
        snippets: {},
        warnings: [],
      };
      prepared.push({ system, index, run, key: keys[s]! });
      runs[s] = run;
      await searchAll(collection, system, index, run, size, signal, done =>
        step({ phase: 'search', system: system.name, done, total }),
      );
    }
    if (latency) {
      await timeQueries(collection, prepared, seed, signal, (done, all) =>
        step({ phase: 'time', system: 'all systems', done, total: all }),
      );
    }
    for (const { index, run, key } of prepared) {
      run.warnings = index.warnings?.() ?? [];
      run.snippets = kept.snippets(run.outcomes);
      cache?.put(key, run);
    }
  } finally {
    for (const { index } of prepared) await index.close?.();
  }
  return { collection, runs: runs as StoredRun[], cached };
}

async function searchAll(
  collection: Collection,
  system: System,
  index: PreparedSystem,
  run: StoredRun,
  size: number,
  signal: AbortSignal | undefined,
  onDone: (done: number) => void,
): Promise<void> {
  for (const query of collection.queries) {
    throwIfAborted(signal);
    const pool = query.pool?.length ?? size;
    const ranked = await index.rank(query, {
      limit: Math.min(listLimit, pool),
      ...(signal ? { signal } : {}),
    });
    try {
      run.outcomes.push(judge(ranked, query, pool, collection.name));
    } catch (error) {
      if (!(error instanceof QuarryError)) throw error;
      throw new QuarryError(error.code, `${system.name}: ${error.message}`, error.hint, { cause: error });
    }
    onDone(run.outcomes.length);
    // Systems that never wait would keep signals and progress from being served.
    if (run.outcomes.length % 16 === 0) await new Promise(resolve => setImmediate(resolve));
  }
}

/**
 * Times single queries for their ten best candidates. The systems take turns on every query and start in turn, so that
 * what else the machine does hits all of them alike. A first round is not counted.
 */
async function timeQueries(
  collection: Collection,
  prepared: ReadonlyArray<{ index: PreparedSystem; run: StoredRun }>,
  seed: number,
  signal: AbortSignal | undefined,
  onDone: (done: number, total: number) => void,
): Promise<void> {
  const chosen = new Random(seed).shuffled(collection.queries).slice(0, timedQueries);
  const options = { limit: 10, ...(signal ? { signal } : {}) };
  for (const { index } of prepared) await index.rank(chosen[0]!, options);
  for (const [q, query] of chosen.entries()) {
    throwIfAborted(signal);
    for (let i = 0; i < prepared.length; i++) {
      const { index, run } = prepared[(i + q) % prepared.length]!;
      const begun = performance.now();
      await index.rank(query, options);
      run.latenciesMs.push(performance.now() - begun);
    }
    onDone(q + 1, chosen.length);
  }
}

/** Candidates are read once for all systems of a collection, as long as they are not too many. */
class KeptCandidates {
  /** The collection, with candidates from memory. */
  readonly collection: Collection;
  private readonly origin: Collection;
  private list: Candidate[] = [];
  private complete = true;
  private readonly maxChars = 400e6;

  constructor(origin: Collection) {
    this.origin = origin;
    this.collection = { ...origin, candidates: signal => this.candidates(signal) };
  }

  async load(signal: AbortSignal | undefined): Promise<{ size: number; ids: ReadonlySet<string> }> {
    const ids = new Set<string>();
    let chars = 0;
    for await (const candidate of this.origin.candidates(signal)) {
      if (ids.has(candidate.id))
        throw new QuarryError('format', `${this.origin.name}: two candidates have the id ${candidate.id}`);
      ids.add(candidate.id);
      chars += candidate.text.length;
      if (this.complete && chars > this.maxChars) {
        this.complete = false;
        this.list = [];
      }
      if (this.complete) this.list.push(candidate);
    }
    if (ids.size === 0)
      throw new QuarryError(
        'not-found',
        `${this.origin.name}: no candidates`,
        'check the path and the split',
      );
    return { size: ids.size, ids };
  }

  /** First lines of the candidates at the top of lists and of the relevant ones. */
  snippets(outcomes: readonly QueryOutcome[]): Record<string, string> {
    const wanted = new Map<string, number>();
    for (const { top, relevant } of outcomes) {
      for (const item of top.slice(0, shownCandidates)) {
        if (!wanted.has(item.id)) wanted.set(item.id, item.lines?.[0] ?? 1);
      }
      for (const { id } of relevant.slice(0, shownCandidates)) if (!wanted.has(id)) wanted.set(id, 1);
    }
    const found: Record<string, string> = {};
    for (const { id, text } of this.list) {
      const firstLine = wanted.get(id);
      if (firstLine !== undefined) found[id] = beginning(text, firstLine);
    }
    return found;
  }

  private async *candidates(signal?: AbortSignal): AsyncGenerator<Candidate> {
    if (this.complete) yield* this.list;
    else yield* this.origin.candidates(signal);
  }
}

/** Ten lines from a line on, at most 400 characters. */
function beginning(text: string, firstLine: number): string {
  let start = 0;
  for (let line = 1; line < firstLine; line++) {
    const at = text.indexOf('\n', start);
    if (at < 0) break;
    start = at + 1;
  }
  return text
    .slice(start, start + 2000)
    .split('\n')
    .slice(0, 10)
    .join('\n')
    .slice(0, 400)
    .trimEnd();
}

/** Published pools must name candidates that exist. */
function checkPools(collection: Collection, ids: ReadonlySet<string>): void {
  for (const { id, pool } of collection.queries) {
    const unknown = pool?.find(candidate => !ids.has(candidate));
    if (unknown !== undefined)
      throw new QuarryError(
        'format',
        `query ${id}: its pool names ${unknown}, which is not in ${collection.name}`,
      );
  }
}

let collectGarbage: (() => void) | undefined;

/** Bytes of live objects and buffers of this process. */
async function memoryInUse(): Promise<number> {
  if (!collectGarbage) {
    setFlagsFromString('--expose-gc');
    collectGarbage = runInNewContext('gc') as () => void;
  }
  // Buffers are only let go in a later turn, and what held them in the collection after that.
  for (let i = 0; i < 3; i++) {
    collectGarbage();
    await new Promise(resolve => setImmediate(resolve));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
