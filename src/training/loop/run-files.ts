import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { QuarryError } from '../../core/errors.ts';
import type { Recipe } from './recipe.ts';

/** Files of a run's directory. */
export const runFiles = {
  recipe: 'recipe.json',
  beginning: 'run.json',
  tokenizer: 'tokenizer.json',
  log: 'log.jsonl',
  model: 'model',
  exact: 'model-fp32',
  report: 'report.html',
} as const;

/** `run.json`: what a run was begun with besides its recipe. Paths are absolute. */
export interface Beginning {
  id: string;
  seed: number;
  threads: number;
  device: 'cpu' | 'webgpu';
  poolSize: number;
  data?: string;
  init?: string;
  /** Of a run that adapts a model to a repository. */
  adapts?: { repository: string; model: string };
}

export function checkpointOf(directory: string): string {
  return join(directory, 'checkpoint.safetensors');
}

export function writeBeginning(directory: string, recipe: Recipe, beginning: Beginning): void {
  writeFileSync(join(directory, runFiles.beginning), `${JSON.stringify(beginning, null, 2)}\n`);
  // The recipe last: with it a directory counts as a run.
  writeFileSync(join(directory, runFiles.recipe), `${JSON.stringify(recipe, null, 2)}\n`);
}

/** Throws QuarryError `not-found` for a directory that holds no run, `corrupt`. */
export function readRecipe(directory: string): Recipe {
  return read(directory, runFiles.recipe) as Recipe;
}

/** Throws QuarryError `not-found` for a directory that holds no run, or one whose beginning was not kept, `corrupt`. */
export function readBeginning(directory: string): Beginning {
  return read(directory, runFiles.beginning) as Beginning;
}

function read(directory: string, name: string): unknown {
  const file = join(directory, name);
  if (!existsSync(file))
    throw new QuarryError(
      'not-found',
      `${directory} is no run of quarry train: ${name} is missing`,
      'name the directory that was given to --out',
    );
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new QuarryError('corrupt', `${file}: not JSON: ${(cause as Error).message}`, 'train again', {
      cause,
    });
  }
}
