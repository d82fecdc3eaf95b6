import { join } from 'node:path';
import type { Encoder } from '../../core/encoder.ts';
import { QuarryError } from '../../core/errors.ts';
import {
  type CrossShape,
  crossSizes,
  type ModelConfig,
  openEncoder,
  type RerankerConfig,
  readConfig,
  writeModel,
  writeReranker,
} from '../../models/index.ts';
import type { Weights } from '../../tensor/index.ts';
import type { Tokenizer } from '../../text/index.ts';
import { calibrationOf } from '../cross/calibrate.ts';
import { rankingSet } from '../cross/ranking-set.ts';
import { rankTask } from '../cross/task.ts';
import { type PrepareProgress, prepareRun } from '../dual/prepare-run.ts';
import { dualTask } from '../dual/task.ts';
import type { Initial } from './initial.ts';
import type { Recipe } from './recipe.ts';
import { runFiles } from './run-files.ts';
import type { TrainingTask } from './task.ts';

/** A recipe with all it needs read: what to train, and how to write what was learned. */
export interface Work {
  task: TrainingTask;
  tokenizer: Tokenizer;
  /** Writes the model as int8, the one to use, and exact. */
  write(
    weights: Weights,
    directory: string,
    named: { id: string; card?: string },
  ): Promise<ModelConfig | RerankerConfig>;
}

export interface WorkOptions {
  recipe: Recipe;
  data: string | undefined;
  seed: number;
  threads: number;
  poolSize: number;
  tokenizer: Tokenizer | undefined;
  initial: Initial | undefined;
  /** Directory that the initial weights come from. */
  init: string | undefined;
  signal: AbortSignal | undefined;
  onPrepare: ((progress: PrepareProgress) => void) | undefined;
}

/** Reads the sources of a recipe. */
export async function workOf(options: WorkOptions): Promise<Work> {
  return options.recipe.ranking ? rankingWork(options) : dualWork(options);
}

async function dualWork(options: WorkOptions): Promise<Work> {
  const { recipe, seed, threads, initial, tokenizer, onPrepare } = options;
  const run = await prepareRun(recipe, {
    context: contextOf(options),
    ...(tokenizer ? { tokenizer } : {}),
    ...(onPrepare ? { onProgress: onPrepare } : {}),
  });
  const task = dualTask({ recipe, run, seed, threads, ...(initial ? { initial: initial.weights } : {}) });
  return {
    task: task as TrainingTask,
    tokenizer: run.tokenizer,
    async write(weights, directory, named) {
      const write = (folder: string, precision: 'fp32' | 'int8') =>
        writeModel(join(directory, folder), run.shape, weights, run.tokenizer, { ...named, precision });
      await write(runFiles.exact, 'fp32');
      return write(runFiles.model, 'int8');
    },
  };
}

/** Queries of a validation pool: every one of them is read with twenty candidates. */
const validationQueries = 60;

async function rankingWork(options: WorkOptions): Promise<Work> {
  const { recipe, seed, threads, init, onPrepare } = options;
  const { ranking } = recipe;
  if (!ranking) throw new Error('not a recipe of a re-ranker');
  const { tokenizer } = options;
  if (init === undefined || !tokenizer)
    throw new QuarryError(
      'usage',
      `${recipe.id} starts from a dual encoder, whose ranking its negatives come from`,
      'give one: --init RUN, or the folder of a static model',
    );
  const shape = crossShapeOf(recipe, tokenizer.vocabularySize);
  const encoder = await dualOf(init);
  const set = await rankingSet(recipe, {
    context: contextOf(options),
    encoder,
    preparation: shape.preparation,
    validationQueries,
    threads,
    ...(onPrepare ? { onProgress: onPrepare } : {}),
  }).finally(() => encoder.close());
  const task = rankTask({ recipe: { ...recipe, ranking }, set, tokenizer, shape, seed, threads });
  return {
    task: task as TrainingTask,
    tokenizer,
    async write(weights, directory, named) {
      const lists = [...(await task.scoreValidation(weights)).values()].flat();
      const calibration = calibrationOf(
        lists.flatMap(({ list, logits }) =>
          Array.from(logits, (score, i) => ({ score, isRight: i === list.positive })),
        ),
      );
      const temperature = recipe.loss.temperature ?? 0.07;
      const write = (folder: string, precision: 'fp32' | 'int8') =>
        writeReranker(join(directory, folder), shape, weights, tokenizer, {
          ...named,
          precision,
          temperature,
          calibration,
        });
      await write(runFiles.exact, 'fp32');
      return write(runFiles.model, 'int8');
    },
  };
}

/** The dual encoder of a run, or a model itself. */
async function dualOf(init: string): Promise<Encoder> {
  const directory = join(init, runFiles.model);
  return openEncoder((await readConfig(directory)) ? directory : init);
}

/** The shape of a recipe's cross-encoder. Throws QuarryError `usage` for sizes that it does not have. */
export function crossShapeOf(recipe: Recipe, vocabulary: number): CrossShape {
  const unknown = Object.keys(recipe.sizes ?? {}).find(size => !(size in crossSizes));
  if (unknown !== undefined)
    throw new QuarryError(
      'usage',
      `a cross-encoder has no size ${JSON.stringify(unknown)}`,
      `it has ${Object.keys(crossSizes).join(', ')}`,
    );
  return {
    vocabulary,
    dims: recipe.dims,
    preparation: { kind: 'sequence', query: 24, name: 20, doc: 32, code: 84, ...recipe.preparation },
    sizes: { ...crossSizes, ...recipe.sizes },
  };
}

function contextOf({
  data,
  seed,
  poolSize,
  signal,
}: WorkOptions): Parameters<typeof prepareRun>[1]['context'] {
  return { data, seed, poolSize, signal };
}
