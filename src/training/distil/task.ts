import { Random } from '../../core/random.ts';
import {
  architectureById,
  encodeTower,
  type Prepared,
  Preparer,
  padded,
  tokenInputs,
} from '../../models/index.ts';
import {
  abs,
  add,
  cosine,
  Graph,
  infoNce,
  l2Normalise,
  mean,
  type Node,
  reachable,
  sub,
  type Weights,
} from '../../tensor/index.ts';
import type { Tokenizer } from '../../text/index.ts';
import { lengthsUpTo } from '../loop/lengths.ts';
import type { Recipe } from '../loop/recipe.ts';
import type { TrainingTask } from '../loop/task.ts';
import { type PoolScore, rankOwn, ValidationEncoder } from '../loop/validate.ts';
import type { DistilSet } from './distil-set.ts';
import type { QueryTower } from './query-tower.ts';
import type { DistilLoss } from './spec.ts';

export interface DistilTaskOptions {
  recipe: Recipe;
  loss: DistilLoss;
  set: DistilSet;
  /** Vectors of the teacher for the queries of the set, rows of length 1; not needed for `direct`. */
  taught: Float32Array | undefined;
  student: QueryTower;
  tokenizer: Tokenizer;
  seed: number;
  threads: number;
}

const sortedTogether = 24;
const queryLengths = [8, 12, 16, 24];

/** One query tower that learns to be another (SPENCER, section 3.2), while the vectors of units stay. */
export function distilTask(options: DistilTaskOptions): TrainingTask<Int32Array> {
  const { recipe, loss, set, taught, student, tokenizer, seed, threads } = options;
  const { shape } = student;
  const { dims } = shape;
  const architecture = architectureById(shape.architecture);
  const preparer = new Preparer(tokenizer, shape.preparation);
  const queries = set.queries.map(text => preparer.query(text));
  const lengths = lengthsUpTo(shape.preparation.query, queryLengths);
  const encoder = new ValidationEncoder(shape, lengths, threads);
  const pools = set.pools.map(pool => ({
    ...pool,
    queries: pool.queries.map(text => preparer.query(text)),
  }));
  const lossGraph = (key: string): Node => {
    const [n, t] = key.split(' ').map(Number) as [number, number];
    const graph = new Graph();
    const query = l2Normalise(
      encodeTower(architecture, shape, 'query', tokenInputs(graph, n, t), recipe.dropout),
    );
    const units = graph.input('units', [n, dims]);
    const contrast = () => infoNce(query, units, { temperature: recipe.loss.temperature ?? 0.07 });
    if (loss === 'direct') return contrast();
    const teacher = graph.input('teacher', [n, dims]);
    // Means in place of the papers' sums, so that a rate fits every batch.
    const single = mean(sub(1, cosine(query, teacher)));
    const dual = mean(abs(sub(cosine(units, teacher), cosine(units, query))));
    if (loss === 'single') return single;
    if (loss === 'dual') return dual;
    return loss === 'both' ? add(single, dual) : add(add(single, dual), contrast());
  };
  const used = new Set(
    reachable([lossGraph('2 8')]).flatMap(node => (node.op === 'Input' ? [node.name!] : [])),
  );
  const longest = (of: Int32Array) => {
    const most = of.reduce((length, i) => Math.max(length, queries[i]!.ids.length), 1);
    return lengths.find(length => length >= most) ?? lengths.at(-1)!;
  };
  const rowsOf = (rows: Float32Array, of: Int32Array) => {
    const chosen = new Float32Array(of.length * dims);
    for (const [place, i] of of.entries()) chosen.set(rows.subarray(i * dims, (i + 1) * dims), place * dims);
    return chosen;
  };
  return {
    size: queries.length,
    counts: set.counts,
    frozen: [],
    initialWeights: () =>
      new Map(
        [...student.weights].map(([name, { shape: size, data }]) => [
          name,
          { shape: size, data: data.slice() },
        ]),
      ),
    async plan(epoch) {
      const random = new Random(seed ^ Math.imul(epoch + 1, 0x9e3779b1));
      const order = random.shuffled([...queries.keys()].filter(i => queries[i]!.ids.length > 0));
      const batches: Int32Array[] = [];
      for (let at = 0; at < order.length; at += recipe.batch * sortedTogether) {
        const some = order.slice(at, at + recipe.batch * sortedTogether);
        some.sort((a, b) => queries[a]!.ids.length - queries[b]!.ids.length || a - b);
        for (let from = 0; from + recipe.batch <= some.length; from += recipe.batch)
          batches.push(Int32Array.from(some.slice(from, from + recipe.batch)));
      }
      return random.shuffled(batches);
    },
    feeds(batch) {
      const t = longest(batch);
      const all = {
        ...padded(
          Array.from(batch, (i): Prepared => queries[i]!),
          batch.length,
          t,
        ),
        units: rowsOf(set.units, batch),
        ...(taught ? { teacher: rowsOf(taught, batch) } : {}),
      };
      const feeds = Object.fromEntries(Object.entries(all).filter(([name]) => used.has(name)));
      return { key: `${batch.length} ${t}`, feeds, examples: batch.length };
    },
    lossGraph,
    async validate(weights: Weights, signal?: AbortSignal): Promise<PoolScore[]> {
      const scores: PoolScore[] = [];
      for (const { name, queries: asked, units } of pools) {
        const vectors = await encoder.encode('query', asked, weights, signal);
        scores.push({
          name,
          queries: asked.length,
          units: units.length / dims,
          ...rankOwn(vectors, units, dims),
        });
      }
      return scores;
    },
    close: () => encoder.close(),
  };
}
