import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { snapshotOf } from '../../src/engine/memory-index.ts';
import { bm25f, candidateFiles, weights } from '../../src/engine/parameters.ts';
import { Retriever } from '../../src/engine/retrieve.ts';
import { loadTasks, ndcg10, type RepositoryTask, readTree } from './repository-queries.ts';

/**
 * Coordinate search over the ranking's numbers on the public repository queries, with a cross-check: the
 * repositories are dealt into folds, each fold is scored with numbers chosen on the others. Prints both; the
 * difference is what fitting to single repositories is worth.
 */
const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    repos: { type: 'string' },
    folds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '2' },
    out: { type: 'string' },
  },
});

interface Prepared {
  task: RepositoryTask;
  prefix: string;
  retriever: Retriever;
}
type Setting = Record<string, number>;

const prepared: Prepared[] = [];
for (const task of loadTasks(values.data!)) {
  const snapshot = await snapshotOf(readTree(join(values.repos!, task.name, task.root ?? '')));
  prepared.push({ task, prefix: task.root ? `${task.root}/` : '', retriever: new Retriever(snapshot) });
}

const start: Setting = {};
for (const [name, value] of Object.entries(bm25f)) start[`bm25f.${name}`] = value;
for (const [name, value] of Object.entries(weights)) start[`weights.${name}`] = value;
const fixed = new Set(['bm25f.depth', 'weights.test', 'weights.generated', 'weights.vendored', 'weights.docs']);

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
  let sum = 0;
  for (const query of task.queries) {
    const { hits } = retriever.retrieve(query.query, {
      limit: 10,
      perFile: 1,
      parameters,
      weights: ranking,
      candidates: candidateFiles,
    });
    sum += ndcg10(hits.map(hit => prefix + hit.path), query.targets);
  }
  retriever.forget();
  const score = sum / task.queries.length;
  cache.set(key, score);
  return score;
}
const meanOver = (list: readonly Prepared[], setting: Setting) =>
  list.reduce((sum, one) => sum + scoreOf(one, setting), 0) / list.length;

/** Moves one number at a time by fixed factors while the mean grows by more than noise would make it. */
function search(list: readonly Prepared[]): Setting {
  let best = { ...start };
  let bestScore = meanOver(list, best);
  for (let round = 0; round < Number(values.rounds); round++) {
    const before = bestScore;
    for (const name of Object.keys(start)) {
      if (fixed.has(name)) continue;
      const current = best[name]!;
      const bounded = name === 'bm25f.decay' || name === 'bm25f.b';
      const trials = bounded ? [current - 0.1, current - 0.05, current + 0.05] : [0.5, 0.75, 1.33, 2].map(f => current * f);
      for (const value of trials.concat(current === 0 ? [0.05, 0.1] : [])) {
        if (bounded && (value <= 0 || value >= 1)) continue;
        const setting = { ...best, [name]: Number(value.toPrecision(3)) };
        const score = meanOver(list, setting);
        if (score > bestScore + 0.0004) [best, bestScore] = [setting, score];
      }
    }
    if (bestScore < before + 0.0005) break;
  }
  return best;
}

const folds = Number(values.folds);
const whole = search(prepared);
console.log('fitted on all', meanOver(prepared, whole).toFixed(4), 'start', meanOver(prepared, start).toFixed(4));
console.log(JSON.stringify(whole, null, 1));
if (values.out) writeFileSync(values.out, JSON.stringify(whole, null, 1));
const left: number[] = [];
for (let fold = 0; fold < folds; fold++) {
  const held = prepared.filter((_, i) => i % folds === fold);
  const chosen = search(prepared.filter((_, i) => i % folds !== fold));
  for (const one of held) left.push(scoreOf(one, chosen));
  console.log('fold', fold, meanOver(held, chosen).toFixed(4), 'start', meanOver(held, start).toFixed(4));
}
console.log('left out', (left.reduce((a, b) => a + b, 0) / left.length).toFixed(4));
