import { QuarryError } from '../core/errors.ts';
import type { RunCache, StoredRun } from './cache.ts';
import { classify } from './classification.ts';
import { runClassification } from './classification-run.ts';
import type { Collection, Dataset, RetrievalDataset } from './dataset.ts';
import { measuresFor } from './measures.ts';
import type { ExperimentResult, ReportData, SystemResult } from './result.ts';
import { type EvaluationProgress, runSystems } from './run.ts';
import { quantile } from './statistics.ts';
import { summarise } from './summarise.ts';
import type { System } from './system.ts';

export interface EvaluateOptions {
  dataset: Dataset;
  /** In the order of the report. */
  systems: readonly System[];
  /** Default: those of the data set. Measures that do not fit its task are left out with a note. */
  measures?: readonly string[];
  /** Name of a system. Default: `bm25` if it is there, else the first one; none if there is one system only. */
  baseline?: string;
  seed: number;
  latency: boolean;
  cache: RunCache | undefined;
  /** Goes into the result: what made it. */
  made: Omit<ExperimentResult['made'], 'seed' | 'at'>;
  signal?: AbortSignal;
  onProgress?: (progress: EvaluationProgress) => void;
}

/**
 * Runs systems on a data set, judges and compares them: the one way every number about quality is made. Throws
 * QuarryError `usage` for measures and baselines that do not exist, `aborted` when the signal fires.
 */
export async function evaluateDataset(options: EvaluateOptions): Promise<ReportData> {
  const { dataset, systems } = options;
  if (systems.length === 0)
    throw new QuarryError('usage', 'no systems to evaluate', 'see: quarry eval --list');
  return dataset.task === 'retrieval'
    ? evaluateRetrieval({ ...options, dataset })
    : evaluateClassification({ ...options, dataset });
}

async function evaluateRetrieval(
  options: EvaluateOptions & { dataset: RetrievalDataset },
): Promise<ReportData> {
  const { dataset, systems, seed } = options;
  const { measures, notes } = measuresOf(options);
  const collections: Array<Pick<Collection, 'name' | 'slices' | 'queries'>> = [];
  const runs = systems.map((): StoredRun[] => []);
  const cached = systems.map(() => true);
  const snippets: Record<string, string> = {};
  const warnings = systems.map((): string[] => []);
  for await (const { collection, runs: own, cached: known } of runSystems(options)) {
    const { name, slices, queries } = collection;
    collections.push({ name, queries, ...(slices ? { slices } : {}) });
    for (const [s, run] of own.entries()) {
      runs[s]!.push(run);
      if (!known[s]) cached[s] = false;
      for (const warning of run.warnings) warnings[s]!.push(`${name}: ${warning}`);
      for (const [id, text] of Object.entries(run.snippets)) snippets[`${name}\0${id}`] = text;
    }
  }
  const asked = collections.reduce((sum, { queries }) => sum + queries.length, 0);
  if (asked === 0)
    throw new QuarryError('not-found', `${dataset.id}: no queries in split ${dataset.split}`, dataset.source);
  options.onProgress?.({
    phase: 'compare',
    dataset: dataset.id,
    collection: '',
    collectionsDone: collections.length,
    system: '',
    done: 0,
    total: 0,
  });
  // Progress is drawn before the arithmetic begins.
  await new Promise(resolve => setImmediate(resolve));
  for (const [s, list] of warnings.entries()) {
    if (list.length === 0) continue;
    const more = list.length === 1 ? '' : ` (and the like in ${list.length - 1} other collections)`;
    notes.push(`${systems[s]!.name}, ${list[0]}${more}`);
  }
  const baseline = baselineOf(systems, options.baseline);
  const summary = summarise({
    systems: systems.map(({ name }, s) => ({ name, outcomes: runs[s]!.flatMap(run => run.outcomes) })),
    collections,
    averaging: dataset.averaging,
    measures,
    baseline,
    seed,
  });
  const { rows, systems: summaries, ...totals } = summary;
  const result: ExperimentResult = {
    ...described(options, notes),
    ...totals,
    task: 'retrieval',
    averaging: dataset.averaging,
    baseline,
    systems: summaries.map((own, s): SystemResult => {
      const { title, parameters } = systems[s]!;
      return { title, parameters, ...own, ...costs(runs[s]!), cached: cached[s]! };
    }),
  };
  return { result, rows, snippets };
}

async function evaluateClassification(
  options: EvaluateOptions & { dataset: Exclude<Dataset, RetrievalDataset> },
): Promise<ReportData> {
  const { dataset, seed } = options;
  const { measures, notes } = measuresOf(options);
  const run = await runClassification(options);
  const baseline = baselineOf(run.systems, options.baseline);
  const summary = classify({
    systems: run.scored,
    calibration: dataset.calibration,
    pairs: dataset.pairs,
    measures,
    baseline,
    seed,
  });
  const result: ExperimentResult = {
    ...described(options, [...notes, ...run.notes]),
    measures: summary.measures,
    task: 'classification',
    averaging: 'queries',
    baseline,
    queries: dataset.pairs.length,
    pool: 1,
    pools: { collections: 1, smallest: 1, median: 1, largest: 1 },
    systems: summary.systems.map((own, s): SystemResult => {
      const { title, parameters } = run.systems[s]!;
      const { indexMs, memoryBytes, cached } = run.costs[s]!;
      return { title, parameters, ...own, latencyMs: null, indexMs, memoryBytes, cached };
    }),
  };
  return { result, rows: [], snippets: {} };
}

function measuresOf({ dataset, measures }: EvaluateOptions): { measures: string[]; notes: string[] } {
  if (!measures) return { measures: [...dataset.measures], notes: [] };
  const fitting: string[] = [];
  const notes: string[] = [];
  for (const measure of measures) {
    try {
      // `recall` of a classification and `recall@10` of a list are told apart by the task.
      if (dataset.task === 'retrieval') measuresFor('retrieval', [measure]);
      else measuresFor('classification', [measure]);
      fitting.push(measure);
    } catch (error) {
      if (!(error instanceof QuarryError)) throw error;
      notes.push(`${measure} is not for ${dataset.task}: left out`);
    }
  }
  if (fitting.length > 0) return { measures: fitting, notes };
  return { measures: [...dataset.measures], notes: [...notes, 'the measures are those of the data set'] };
}

function baselineOf(systems: readonly System[], wanted: string | undefined): string | null {
  if (wanted !== undefined && systems.some(({ name }) => name === wanted)) return wanted;
  if (systems.length < 2) return null;
  return systems.some(({ name }) => name === 'bm25') ? 'bm25' : systems[0]!.name;
}

type Described = Pick<
  ExperimentResult,
  'dataset' | 'title' | 'split' | 'licence' | 'source' | 'files' | 'notes' | 'made'
>;

function described({ dataset, made, seed }: EvaluateOptions, more: readonly string[]): Described {
  const { id, title, split, licence, source, files, notes } = dataset;
  return {
    dataset: id,
    title,
    split,
    licence,
    source,
    files: files.map(file => ({ ...file })),
    notes: [...notes, ...more],
    made: { ...made, seed, at: new Date().toISOString() },
  };
}

/** What a system took over all collections. */
function costs(runs: readonly StoredRun[]): Pick<SystemResult, 'latencyMs' | 'indexMs' | 'memoryBytes'> {
  const times = runs.flatMap(run => run.latenciesMs);
  const memory = runs.flatMap(run => (run.memoryBytes === null ? [] : [run.memoryBytes]));
  return {
    latencyMs:
      times.length === 0
        ? null
        : { p50: quantile(times, 0.5), p95: quantile(times, 0.95), queries: times.length },
    indexMs: runs.length === 0 ? null : runs.reduce((sum, run) => sum + run.indexMs, 0),
    memoryBytes: memory.length === 0 ? null : Math.max(...memory),
  };
}
