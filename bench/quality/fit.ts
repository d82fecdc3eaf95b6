import { bm25f, candidateFiles, weights } from '../../src/engine/parameters.ts';
import { mean } from '../lib/statistics.ts';
import type { Prepared } from './repositories.ts';
import { ndcg10 } from './repository-queries.ts';

/** Numbers of the ranking by `group.name`. */
export type Setting = Record<string, number>;

/** What the product uses. */
export const current: Setting = {};
for (const [name, value] of Object.entries(bm25f)) current[`bm25f.${name}`] = value;
for (const [name, value] of Object.entries(weights)) current[`weights.${name}`] = value;

const fixed = new Set([
  'bm25f.depth',
  'weights.test',
  'weights.generated',
  'weights.vendored',
  'weights.docs',
]);

/** Mean NDCG@10 of one repository under a setting. */
const cache = new Map<string, number>();
function scoreOf({ task, prefix, retriever }: Prepared, setting: Setting): number {
  const key = `${task.name} ${JSON.stringify(setting)}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const parameters = { ...bm25f };
  const ranking = { ...weights };
  for (const [name, value] of Object.entries(setting)) {
    const [group, field] = name.split('.') as [string, string];
    Object.assign(group === 'bm25f' ? parameters : ranking, { [field]: value });
  }
  const scores = task.queries.map(query => {
    const { hits } = retriever.retrieve(query.query, {
      limit: 10,
      perFile: 1,
      parameters,
      weights: ranking,
      candidates: candidateFiles,
    });
    return ndcg10(
      hits.map(hit => prefix + hit.path),
      query.targets,
    );
  });
  retriever.forget();
  const score = mean(scores);
  cache.set(key, score);
  return score;
}

export function meanOver(list: readonly Prepared[], setting: Setting): number {
  return mean(list.map(one => scoreOf(one, setting)));
}

/** Coordinate search: moves one number at a time while the mean grows by more than noise would make it. */
export function fitNumbers(list: readonly Prepared[], rounds: number): Setting {
  let best = { ...current };
  let bestScore = meanOver(list, best);
  for (let round = 0; round < rounds; round++) {
    const before = bestScore;
    for (const name of Object.keys(current)) {
      if (fixed.has(name)) continue;
      const value = best[name]!;
      const bounded = name === 'bm25f.decay' || name === 'bm25f.b';
      const steps = bounded
        ? [value - 0.1, value - 0.05, value + 0.05]
        : [0.5, 0.75, 1.33, 2].map(f => value * f);
      for (const step of steps.concat(value === 0 ? [0.05, 0.1] : [])) {
        if (bounded && (step <= 0 || step >= 1)) continue;
        const setting = { ...best, [name]: Number(step.toPrecision(3)) };
        const score = meanOver(list, setting);
        if (score > bestScore + 0.0004) [best, bestScore] = [setting, score];
      }
    }
    if (bestScore < before + 0.0005) break;
  }
  return best;
}

/** What fitting is worth on repositories it has not seen. */
export interface CrossCheck {
  /** All repositories under the product's numbers. */
  current: number;
  /** Every repository under numbers that were fitted to the other folds. */
  leftOut: number;
  folds: Array<{ repositories: string[]; current: number; leftOut: number; chosen: Setting }>;
}

/** Deals the repositories into folds and scores each with numbers fitted to the others. */
export function crossCheck(
  prepared: readonly Prepared[],
  { folds, rounds }: { folds: number; rounds: number },
  onFold?: (fold: CrossCheck['folds'][number]) => void,
): CrossCheck {
  const left: number[] = [];
  const rows = Array.from({ length: folds }, (_, fold) => {
    const held = prepared.filter((_, i) => i % folds === fold);
    const chosen = fitNumbers(
      prepared.filter((_, i) => i % folds !== fold),
      rounds,
    );
    for (const one of held) left.push(scoreOf(one, chosen));
    const row = {
      repositories: held.map(one => one.task.name),
      current: meanOver(held, current),
      leftOut: meanOver(held, chosen),
      chosen,
    };
    onFold?.(row);
    return row;
  });
  return { current: meanOver(prepared, current), leftOut: mean(left), folds: rows };
}
