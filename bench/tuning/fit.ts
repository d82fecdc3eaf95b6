import { bm25f, candidateFiles, hybrid, weights } from '../../src/engine/settings/parameters.ts';
import { judge } from '../../src/evaluation/judge.ts';
import { mean } from '../../src/evaluation/statistics.ts';
import type { Task } from './tasks.ts';

/** Numbers of the ranking by `group.name`. */
export type Setting = Record<string, number>;

/** What the product uses. */
export const current: Setting = {};
for (const [name, value] of Object.entries(bm25f)) current[`bm25f.${name}`] = value;
for (const [name, value] of Object.entries(weights)) current[`weights.${name}`] = value;
for (const [name, value] of Object.entries(hybrid)) current[`hybrid.${name}`] = value;

/**
 * Not fitted: roles do not occur in the sets, depth and units are a matter of speed, and what chooses units or says how
 * sure a hit is moves no file.
 */
const fixed = new Set([
  'bm25f.depth',
  'weights.test',
  'weights.generated',
  'weights.vendored',
  'hybrid.units',
  'hybrid.unit',
  'hybrid.unitFloor',
  'hybrid.similarity',
  'hybrid.highCoverage',
  'hybrid.highZ',
  'hybrid.noneCoverage',
  'hybrid.noneZ',
]);

/** A step is taken when the objective grows by more than this. */
const leastGain = 0.0004;

const cache = new Map<string, number>();

/** Mean of a task's measure under a setting. */
function scoreOf(task: Task, setting: Setting): number {
  const key = `${task.dataset} ${task.name} ${JSON.stringify(setting)}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const parameters = { ...bm25f };
  const ranking = { ...weights };
  const meaning = { ...hybrid };
  for (const [name, value] of Object.entries(setting)) {
    const [group, field] = name.split('.') as [string, string];
    const groups: Record<string, object> = { bm25f: parameters, weights: ranking, hybrid: meaning };
    Object.assign(groups[group]!, { [field]: value });
  }
  const options = { limit: 50, perFile: 1, parameters, weights: ranking, candidates: candidateFiles };
  const { dense } = task;
  const score = mean(
    task.queries.map(query => {
      const question = dense?.questions.get(query.text);
      const asked =
        dense && question ? { index: dense.index, ...question, parameters: meaning, only: false } : undefined;
      const { hits } = task.retriever.retrieve(query.text, { ...options, dense: asked });
      const ranked = hits.map(hit => ({ id: task.idOf(hit.path), score: hit.score }));
      return task.measure(judge(ranked, query, task.candidates, task.name));
    }),
  );
  task.retriever.forget();
  cache.set(key, score);
  return score;
}

/** Mean over the data sets of the mean over their tasks: every data set counts the same. */
export function objective(tasks: readonly Task[], setting: Setting): number {
  return mean(Object.values(byDataset(tasks, setting)));
}

/** The same, by data set. */
export function byDataset(tasks: readonly Task[], setting: Setting): Record<string, number> {
  const groups = Map.groupBy(tasks, task => task.dataset);
  return Object.fromEntries(
    [...groups].map(([dataset, list]) => [dataset, mean(list.map(task => scoreOf(task, setting)))]),
  );
}

/** Coordinate search: moves one number at a time while the objective grows by more than noise would make it. */
export function fitNumbers(tasks: readonly Task[], rounds: number, names?: readonly string[]): Setting {
  let best = { ...current };
  let bestScore = objective(tasks, best);
  for (let round = 0; round < rounds; round++) {
    const before = bestScore;
    for (const name of names ?? Object.keys(current)) {
      if (fixed.has(name) || (name.startsWith('hybrid.') && !tasks.some(task => task.dense))) continue;
      const value = best[name]!;
      const bounded = name === 'bm25f.decay' || name === 'bm25f.b';
      const steps = bounded
        ? [value - 0.1, value - 0.05, value + 0.05]
        : [0.5, 0.75, 1.33, 2].map(f => value * f);
      for (const step of steps.concat(value === 0 ? [0.05, 0.1] : [])) {
        if (bounded && (step <= 0 || step >= 1)) continue;
        const setting = { ...best, [name]: Number(step.toPrecision(3)) };
        const score = objective(tasks, setting);
        if (score > bestScore + leastGain) [best, bestScore] = [setting, score];
      }
    }
    if (bestScore < before + leastGain) break;
  }
  return best;
}

/** What fitting is worth on tasks it has not seen. */
export interface Fold {
  tasks: string[];
  current: number;
  leftOut: number;
  chosen: Setting;
}

/** Deals the tasks of every data set into folds and scores each fold with numbers fitted to the others. */
export function crossCheck(
  tasks: readonly Task[],
  { folds, rounds, names }: { folds: number; rounds: number; names?: readonly string[] },
  onFold: (fold: Fold) => void,
): { current: number; leftOut: number } {
  const foldOf = new Map<Task, number>();
  for (const list of Map.groupBy(tasks, task => task.dataset).values())
    for (const [i, task] of list.entries()) foldOf.set(task, i % folds);
  const rows = Array.from({ length: folds }, (_, fold) => {
    const held = tasks.filter(task => foldOf.get(task) === fold);
    const chosen = fitNumbers(
      tasks.filter(task => foldOf.get(task) !== fold),
      rounds,
      names,
    );
    const row: Fold = {
      tasks: held.map(task => task.name),
      current: objective(held, current),
      leftOut: objective(held, chosen),
      chosen,
    };
    onFold(row);
    return row;
  });
  return { current: mean(rows.map(row => row.current)), leftOut: mean(rows.map(row => row.leftOut)) };
}
