import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { QuarryError } from '../core/errors.ts';
import type { ModelConfig, RerankerConfig } from '../models/index.ts';
import { openBackend } from '../tensor/open-backend.ts';
import { readTokenizer, writeTokenizer } from '../text/index.ts';
import { rankingLossOf } from './cross/losses.ts';
import type { DistilReport } from './distil/report.ts';
import { runDistillation } from './distil/run.ts';
import type { DistilSpec } from './distil/spec.ts';
import { lossOf } from './dual/losses/registry.ts';
import { type PrepareProgress, shapeOf } from './dual/prepare-run.ts';
import { type Initial, readInitial } from './loop/initial.ts';
import { TrainingLog } from './loop/log.ts';
import { checkRecipe, type Recipe } from './loop/recipe.ts';
import { type Beginning, checkpointOf, readRecipe, runFiles, writeBeginning } from './loop/run-files.ts';
import { type TrainProgress, type TrainResult, train } from './loop/train.ts';
import { crossShapeOf, workOf } from './loop/work.ts';

export interface RunOptions {
  recipe: Recipe;
  /** Directory of the run; made if it is not there. */
  directory: string;
  /** One folder per data set. */
  data?: string;
  /** Run or model to start from; its tokenizer is taken as well. */
  init?: string;
  seed: number;
  /** 1 repeats to the bit; more are faster. */
  threads: number;
  /** Where steps are made; the CPU if there is no such device. Default 'cpu'. */
  device?: 'cpu' | 'webgpu';
  /** Goes on with the run in the directory. */
  resume: boolean;
  /** Name of the model. */
  id: string;
  /** Text of the card beside the model. */
  card?: string;
  /** Queries of a validation pool. */
  poolSize?: number;
  /** Of a run that adapts a model: kept in `run.json`. */
  adapts?: Beginning['adapts'];
  signal?: AbortSignal;
  onPrepare?: (progress: PrepareProgress) => void;
  onProgress?: (progress: TrainProgress) => void;
  /** Hears, in one line, what is other than asked for. */
  onNotice?: (line: string) => void;
}

/** Queries of a validation pool. */
const defaultPoolSize = 1000;

export interface RunResult extends Omit<TrainResult, 'weights'> {
  /** Folder of the model as int8, which is what should be used. Absent if training was stopped. */
  model?: ModelConfig | RerankerConfig;
  /** Of a run that distils. */
  distilled?: DistilReport;
}

/**
 * Trains by a recipe in a directory, from reading the sources to exported models (`model/` int8 and `model-fp32/`). What
 * was stopped, by a signal or a kill, goes on with `resume`. Throws QuarryError `usage` if the directory holds another
 * run, `corrupt` for a loss that is not finite, `no-space`.
 */
export async function runTraining(options: RunOptions): Promise<RunResult> {
  const { recipe, directory, seed, threads, resume, signal } = options;
  checkRecipe(recipe);
  if (recipe.ranking) rankingLossOf(recipe.loss.kind);
  else lossOf(recipe.loss);
  const at = (name: keyof typeof runFiles) => join(directory, runFiles[name]);
  checkDirectory(directory, recipe, resume);
  mkdirSync(directory, { recursive: true });
  const goesOn = resume && existsSync(checkpointOf(directory));
  let initial: Initial | undefined;
  // What a checkpoint has, it had from there; what is similar has to be found again.
  if (options.init !== undefined && (!goesOn || recipe.similar || recipe.distil))
    initial = await readInitial(options.init);
  if (recipe.similar && !initial)
    throw new QuarryError(
      'usage',
      `${recipe.id} puts similar examples together and needs a model that says which are`,
      'give one to start from: --init RUN, such as a run of: quarry train static --epochs 1',
    );
  const known = resume && existsSync(at('tokenizer')) ? await readTokenizer(at('tokenizer')) : undefined;
  const tokenizer = known ?? initial?.tokenizer;
  if (recipe.distil) return distilled(options, { ...recipe, distil: recipe.distil }, initial);
  if (recipe.ranking) crossShapeOf(recipe, 1);
  else if (tokenizer) shapeOf(recipe, tokenizer.vocabularySize);
  const poolSize = options.poolSize ?? defaultPoolSize;
  const work = await workOf({
    recipe,
    data: options.data,
    seed,
    threads,
    poolSize,
    tokenizer,
    initial,
    init: options.init,
    signal,
    onPrepare: options.onPrepare,
  });
  const { task } = work;
  await writeTokenizer(at('tokenizer'), work.tokenizer);
  if (!goesOn) writeFileSync(at('log'), '');
  writeBeginning(directory, recipe, beginningOf(options));
  const { weights, ...result } = await train({
    recipe,
    task,
    directory,
    seed,
    threads,
    resume: goesOn,
    log: new TrainingLog(at('log')),
    backend: ({ decay, ...rest }) =>
      openBackend({
        ...rest,
        optimizer: { decay },
        device: options.device ?? 'cpu',
        ...(options.onNotice ? { notice: options.onNotice } : {}),
      }),
    ...(initial ? { initial: initial.weights } : {}),
    ...(signal ? { signal } : {}),
    ...(options.onProgress ? { onProgress: options.onProgress } : {}),
  }).finally(() => task.close());
  if (result.reason === 'aborted') return result;
  const { id, card } = options;
  const model = await work.write(weights, directory, { id, ...(card === undefined ? {} : { card }) });
  return { ...result, model };
}

/** A run that distils: its students are trained in folders of their own. */
async function distilled(
  options: RunOptions,
  recipe: Recipe & { distil: DistilSpec },
  initial: Initial | undefined,
): Promise<RunResult> {
  const { directory, init, seed, threads, data, id, signal } = options;
  if (init === undefined || !initial)
    throw new QuarryError(
      'usage',
      `${recipe.id} needs a teacher`,
      'name the directory of its run: --init RUN',
    );
  const begun = performance.now();
  writeBeginning(directory, recipe, beginningOf(options));
  let step = 0;
  const done = await runDistillation({
    recipe,
    directory,
    init,
    initial,
    data,
    seed,
    threads,
    poolSize: options.poolSize ?? defaultPoolSize,
    id,
    signal,
    onPrepare: options.onPrepare,
    onProgress: progress => {
      step = progress.step;
      options.onProgress?.(progress);
    },
    onNotice: options.onNotice,
  });
  const seconds = (performance.now() - begun) / 1000;
  if (!done) return { reason: 'aborted', score: Number.NaN, step, seconds };
  const { report, model } = done;
  const kept = report.decisions.findLast(({ isWithin }) => isWithin);
  return {
    reason: 'finished',
    score: kept?.score ?? -1,
    step,
    seconds,
    distilled: report,
    ...(model ? { model } : {}),
  };
}

function beginningOf(options: RunOptions): Beginning {
  const { id, seed, threads, data, init, adapts } = options;
  return {
    id,
    seed,
    threads,
    device: options.device ?? 'cpu',
    poolSize: options.poolSize ?? defaultPoolSize,
    ...(data === undefined ? {} : { data }),
    ...(init === undefined ? {} : { init }),
    ...(adapts ? { adapts } : {}),
  };
}

function checkDirectory(directory: string, recipe: Recipe, resume: boolean): void {
  const file = join(directory, runFiles.recipe);
  if (!existsSync(file)) {
    if (resume)
      throw new QuarryError(
        'not-found',
        `no run to go on with: ${file} is missing`,
        'name the directory of a run, or leave --resume out',
      );
    return;
  }
  if (!resume)
    throw new QuarryError(
      'usage',
      `a run is there already: ${file}`,
      'go on with it (--resume), or name another --out',
    );
  if (JSON.stringify(readRecipe(directory)) !== JSON.stringify(recipe))
    throw new QuarryError(
      'usage',
      `${file} is not the recipe given`,
      'go on with the flags the run began with, or name another --out',
    );
}
