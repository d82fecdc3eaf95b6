import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { QuarryError } from '../core/errors.ts';
import { htmlPage } from '../evaluation/report/html.ts';
import { readLog } from './loop/log.ts';
import type { Recipe } from './loop/recipe.ts';
import { readRecipe, runFiles } from './loop/run-files.ts';
import type { PoolScore } from './loop/validate.ts';

/** Values over the steps of a run; lists of equal length. */
export interface StepColumns {
  step: number[];
  epoch: number[];
  /** Of training so far. */
  seconds: number[];
  loss: number[];
  rate: number[];
  pairsPerSecond: number[];
  gradientNorm: number[];
}

export interface ReportValidation {
  step: number;
  epoch: number;
  seconds: number;
  /** Mean MRR over the pools. */
  score: number;
  pools: PoolScore[];
}

/** A run as the page of a report shows it. */
export interface ReportRun {
  /** Unique within a report. */
  name: string;
  recipe: Recipe;
  seed: number;
  threads: number;
  device: string;
  /** Examples by kind. */
  counts: Record<string, number>;
  examples: number;
  parameters: number;
  /** Steps there were to make, and made. */
  planned: number;
  made: number;
  /** `running` too for one that was killed. */
  state: 'finished' | 'early' | 'aborted' | 'running';
  seconds: number;
  steps: StepColumns;
  validations: ReportValidation[];
  /** Position of the best validation; -1 if there was none. */
  best: number;
}

/** What the page gets. */
export interface TrainingPayload {
  training: ReportRun[];
}

/** Points of a line; what is more is averaged. */
const mostPoints = 800;

/** Reads the log of a run. Throws QuarryError `not-found` if the directory holds none, or no step was made. */
export function readRun(directory: string): ReportRun {
  const recipe = readRecipe(directory);
  const file = join(directory, runFiles.log);
  const entries = existsSync(file) ? readLog(file) : [];
  const start = entries.find(entry => entry.type === 'start');
  if (!start) throw new QuarryError('not-found', `${directory}: no step was made yet`, 'report on it later');
  const steps: StepColumns = {
    step: [],
    epoch: [],
    seconds: [],
    loss: [],
    rate: [],
    pairsPerSecond: [],
    gradientNorm: [],
  };
  const validations: ReportValidation[] = [];
  for (const entry of entries) {
    if (entry.type === 'step')
      for (const name of Object.keys(steps) as Array<keyof StepColumns>) steps[name].push(entry[name]);
    if (entry.type !== 'validation') continue;
    const { step, seconds, score, pools } = entry;
    validations.push({ step, epoch: step / start.stepsPerEpoch, seconds, score, pools });
  }
  const end = entries.findLast(entry => entry.type === 'end');
  const scores = validations.map(({ score }) => score);
  const { seed, threads, device, counts, examples, parameters } = start;
  return {
    name: basename(directory),
    recipe,
    seed,
    threads,
    device,
    counts,
    examples,
    parameters,
    planned: start.steps,
    made: Math.max(0, steps.step.at(-1) ?? 0, validations.at(-1)?.step ?? 0),
    state: end ? end.reason : 'running',
    seconds: end?.seconds ?? Math.max(steps.seconds.at(-1) ?? 0, validations.at(-1)?.seconds ?? 0),
    steps: thinned(steps),
    validations,
    best: scores.length === 0 ? -1 : scores.indexOf(Math.max(...scores)),
  };
}

/** One page over some runs. Throws QuarryError `not-found` if the page was not built. */
export function trainingReport(runs: readonly ReportRun[]): string {
  const known = new Set<string>();
  const named = runs.map(run => {
    let name = run.name;
    for (let n = 2; known.has(name); n++) name = `${run.name} (${n})`;
    known.add(name);
    return { ...run, name };
  });
  return htmlPage({ training: named } satisfies TrainingPayload);
}

/** Means of neighbours, so that a long run is no larger a page than a short one. */
function thinned(columns: StepColumns): StepColumns {
  const width = Math.ceil(columns.step.length / mostPoints);
  if (width <= 1) return columns;
  const mean = (list: number[]) =>
    Array.from({ length: Math.ceil(list.length / width) }, (_, i) => {
      const some = list.slice(i * width, (i + 1) * width);
      return some.reduce((a, b) => a + b, 0) / some.length;
    });
  return Object.fromEntries(
    Object.entries(columns).map(([name, list]) => [name, mean(list as number[])]),
  ) as unknown as StepColumns;
}
