import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { QuarryError } from '../../core/errors.ts';
import { type ModelConfig, readConfig, writeStudent } from '../../models/index.ts';
import { type PrepareProgress, shapeOf } from '../dual/prepare-run.ts';
import type { Initial } from '../loop/initial.ts';
import type { Recipe } from '../loop/recipe.ts';
import { readRecipe, runFiles } from '../loop/run-files.ts';
import type { TrainProgress } from '../loop/train.ts';
import { type Decision, DistilStopped, distil } from './distil.ts';
import { distilSet } from './distil-set.ts';
import { decisionsPlot } from './plot.ts';
import type { DistilReport } from './report.ts';
import type { DistilSpec } from './spec.ts';

export interface DistilRunOptions {
  recipe: Recipe & { distil: DistilSpec };
  directory: string;
  /** Directory of the teacher's run, and what was read of it. */
  init: string;
  initial: Initial;
  data: string | undefined;
  seed: number;
  threads: number;
  poolSize: number;
  id: string;
  signal: AbortSignal | undefined;
  onPrepare: ((progress: PrepareProgress) => void) | undefined;
  onProgress: ((progress: TrainProgress) => void) | undefined;
  onNotice: ((line: string) => void) | undefined;
}

export const decisionsFile = 'decisions.json';
/** The same as a picture. */
const plotFile = 'decisions.svg';
/** One model for each student, `students/1` has one layer. */
export const studentsFolder = 'students';

/** Distils in the directory of a run; undefined if it was stopped. Throws QuarryError `usage` for a teacher that is no run. */
export async function runDistillation(
  options: DistilRunOptions,
): Promise<{ report: DistilReport; model: ModelConfig | undefined } | undefined> {
  const { recipe, directory, init, initial, data, seed, threads, poolSize, id, signal } = options;
  const { onPrepare, onProgress, onNotice } = options;
  if (!existsSync(join(init, runFiles.recipe)))
    throw new QuarryError(
      'usage',
      `${init} is no run of quarry train`,
      'a tower is distilled from the run of its teacher: the weights in a model cannot be taken apart',
    );
  const model = join(init, runFiles.model);
  if (!(await readConfig(model)))
    throw new QuarryError('usage', `${init} has no model yet`, 'let its training end first');
  const { tokenizer, weights } = initial;
  const teacher = { shape: shapeOf(readRecipe(init), tokenizer.vocabularySize), weights };
  const set = await distilSet(recipe, teacher, tokenizer, {
    context: { data, seed, poolSize, signal },
    sample: recipe.distil.sample,
    threads,
    ...(onPrepare ? { onProgress: onPrepare } : {}),
  });
  const log = (line: string) => onNotice?.(line);
  try {
    const { original, students, chosen, decisions } = await distil({
      recipe,
      teacher,
      set,
      tokenizer,
      directory,
      seed,
      threads,
      ...(signal ? { signal } : {}),
      ...(onProgress ? { onProgress } : {}),
      onDecision: decision => log(decisionLine(decision)),
    });
    const report: DistilReport = {
      original: { layers: original.layers, score: original.score },
      decisions,
      chosen: chosen?.layers ?? null,
    };
    const write = (folder: string, { tower, layers }: typeof original) =>
      writeStudent(model, join(directory, folder), tower.shape, tower.weights, {
        id: `${id}-${layers}`,
        precision: 'int8',
      });
    for (const student of [original, ...students])
      await write(join(studentsFolder, String(student.layers)), student);
    writeFileSync(join(directory, decisionsFile), `${JSON.stringify(report, null, 2)}\n`);
    writeFileSync(join(directory, plotFile), decisionsPlot(report, recipe.distil.threshold));
    return { report, model: chosen && (await write(runFiles.model, chosen)) };
  } catch (error) {
    if (error instanceof DistilStopped) return undefined;
    throw error;
  }
}

/** A decision in one line, for people. */
export function decisionLine({ layers, teachers, score, fall, isWithin }: Decision): string {
  const named = layers === 0 ? 'static student' : `${layers} layer${layers === 1 ? '' : 's'}`;
  const by = teachers.map(({ layers: depth, score: own }) => `by ${depth}: ${own.toFixed(4)}`).join(', ');
  const what = isWithin ? 'kept' : 'beyond the threshold';
  return `${named}: ${by === '' ? 'trained directly' : by}; ${score.toFixed(4)}, ${fall.toFixed(4)} below the original: ${what}`;
}
