import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { QuarryError } from '../core/errors.ts';
import { type ModelConfig, writeModel } from '../models/index.ts';
import { openBackend } from '../tensor/open-backend.ts';
import { readTokenizer, writeTokenizer } from '../text/index.ts';
import { type Initial, readInitial } from './initial.ts';
import { TrainingLog } from './log.ts';
import { lossOf } from './losses/registry.ts';
import { type PrepareProgress, prepareRun, shapeOf } from './prepare-run.ts';
import { checkRecipe, type Recipe } from './recipe.ts';
import { type Beginning, checkpointOf, readRecipe, runFiles, writeBeginning } from './run-files.ts';
import { type TrainProgress, type TrainResult, train } from './train.ts';

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

export interface RunResult extends Omit<TrainResult, 'weights'> {
  /** Folder of the model as int8, which is what should be used. Absent if training was stopped. */
  model?: ModelConfig;
}

/**
 * Trains by a recipe in a directory, from reading the sources to exported models (`model/` int8 and `model-fp32/`). What
 * was stopped, by a signal or a kill, goes on with `resume`. Throws QuarryError `usage` if the directory holds another
 * run, `corrupt` for a loss that is not finite, `no-space`.
 */
export async function runTraining(options: RunOptions): Promise<RunResult> {
  const { recipe, directory, seed, threads, resume, signal } = options;
  checkRecipe(recipe);
  lossOf(recipe.loss);
  const at = (name: keyof typeof runFiles) => join(directory, runFiles[name]);
  checkDirectory(directory, recipe, resume);
  mkdirSync(directory, { recursive: true });
  const goesOn = resume && existsSync(checkpointOf(directory));
  let initial: Initial | undefined;
  // What a checkpoint has, it had from there; what is similar has to be found again.
  if (options.init !== undefined && (!goesOn || recipe.similar)) initial = await readInitial(options.init);
  if (recipe.similar && !initial)
    throw new QuarryError(
      'usage',
      `${recipe.id} puts similar examples together and needs a model that says which are`,
      'give one to start from: --init RUN, such as a run of: quarry train static --epochs 1',
    );
  const known = resume && existsSync(at('tokenizer')) ? await readTokenizer(at('tokenizer')) : undefined;
  const tokenizer = known ?? initial?.tokenizer;
  if (tokenizer) shapeOf(recipe, tokenizer.vocabularySize);
  const poolSize = options.poolSize ?? 1000;
  const prepared = await prepareRun(recipe, {
    context: { data: options.data, seed, poolSize, signal },
    ...(tokenizer ? { tokenizer } : {}),
    ...(options.onPrepare ? { onProgress: options.onPrepare } : {}),
  });
  await writeTokenizer(at('tokenizer'), prepared.tokenizer);
  if (!goesOn) writeFileSync(at('log'), '');
  writeBeginning(directory, recipe, {
    id: options.id,
    seed,
    threads,
    device: options.device ?? 'cpu',
    poolSize,
    ...(options.data === undefined ? {} : { data: options.data }),
    ...(options.init === undefined ? {} : { init: options.init }),
    ...(options.adapts ? { adapts: options.adapts } : {}),
  });
  const { weights, ...result } = await train({
    recipe,
    run: prepared,
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
  });
  if (result.reason === 'aborted') return result;
  const { tokenizer: used, shape } = prepared;
  const card = options.card === undefined ? {} : { card: options.card };
  await writeModel(at('exact'), shape, weights, used, { id: options.id, precision: 'fp32', ...card });
  const model = await writeModel(at('model'), shape, weights, used, {
    id: options.id,
    precision: 'int8',
    ...card,
  });
  return { ...result, model };
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
