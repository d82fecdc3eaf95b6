import {
  architectureById,
  type Batch,
  encodeTower,
  initialWeights,
  longestOf,
  type ModelShape,
  padded,
  tokenInputs,
} from '../../models/index.ts';
import { Graph, type Node, reachable, type Weights } from '../../tensor/index.ts';
import { lengthsUpTo } from '../loop/lengths.ts';
import type { Recipe } from '../loop/recipe.ts';
import type { TrainingTask } from '../loop/task.ts';
import { ValidationEncoder, validate } from '../loop/validate.ts';
import { type PlannedBatch, planEpoch } from './batches.ts';
import { lossOf } from './losses/registry.ts';
import type { PreparedRun } from './prepare-run.ts';
import { type SimilarOrder, similarOrder } from './similar.ts';

export interface DualTaskOptions {
  recipe: Recipe;
  run: PreparedRun;
  seed: number;
  /** Of the validation. */
  threads: number;
  /** Says what is similar; recipes with `similar` need it. */
  initial?: Weights;
}

/** A dual encoder: other pairs of the batch are the negatives. */
export function dualTask({
  recipe,
  run,
  seed,
  threads,
  initial,
}: DualTaskOptions): TrainingTask<PlannedBatch> {
  const { shape, set } = run;
  const architecture = architectureById(shape.architecture);
  const { query, name, doc, code } = shape.preparation;
  const queryLengths = lengthsUpTo(query, architecture.lengths);
  const unitLengths = lengthsUpTo(name + doc + code, architecture.lengths);
  const lengths = [...new Set([...queryLengths, ...unitLengths])].sort((a, b) => a - b);
  const encoder = new ValidationEncoder(
    shape,
    architecture.isUnrolled ? [longestOf(shape)] : lengths,
    threads,
  );
  const lossGraph = (key: string) => dualLoss(recipe, shape, key);
  // Inputs that the graphs of this architecture have.
  const used = new Set(
    reachable([lossGraph('2 2 2')]).flatMap(node => (node.op === 'Input' ? [node.name!] : [])),
  );
  /** Of the model that training starts from; made when first used. */
  let order: SimilarOrder | undefined;
  return {
    size: set.size,
    counts: set.counts,
    frozen: [],
    initialWeights: () => initialWeights(architecture, shape, seed),
    async plan(epoch) {
      if (recipe.similar && initial) order ??= similarOrder(set, initial, recipe.dims);
      return planEpoch(set, epoch, {
        batch: recipe.batch,
        sameLanguage: recipe.sameLanguage,
        ...(order ? { similar: { share: recipe.similar!, order } } : {}),
        queryLengths,
        unitLengths,
        seed,
      });
    },
    feeds({ examples, queryLength, unitLength }) {
      const n = examples.length;
      const feeds: Record<string, Int32Array | Float32Array> = {};
      const put = (prefix: string, batch: Batch) => {
        for (const [field, array] of Object.entries(batch)) {
          const input = `${prefix}${field}`;
          if (used.has(input)) feeds[input] = array as Int32Array | Float32Array;
        }
      };
      const texts = (of: typeof set.queries) => Array.from(examples, i => of.get(i));
      put('query.', padded(texts(set.queries), n, queryLength));
      put('unit.', padded(texts(set.units), n, unitLength));
      return { key: `${n} ${queryLength} ${unitLength}`, feeds, examples: n };
    },
    lossGraph,
    validate: (weights, signal) => validate(encoder, run.pools, weights, shape.dims, signal),
    close: () => encoder.close(),
  };
}

function dualLoss(recipe: Recipe, shape: ModelShape, key: string): Node {
  const [n, queryLength, unitLength] = key.split(' ').map(Number);
  const architecture = architectureById(shape.architecture);
  const graph = new Graph();
  const query = tokenInputs(graph, n!, queryLength!, 'query.');
  const unit = tokenInputs(graph, n!, unitLength!, 'unit.');
  const pass = () => ({
    query: encodeTower(architecture, shape, 'query', query, recipe.dropout),
    unit: encodeTower(architecture, shape, 'unit', unit, recipe.dropout),
  });
  const { loss, spec } = lossOf(recipe.loss);
  return loss.build({ ...pass(), again: pass }, spec);
}
