import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { QuarryError } from '../../core/errors.ts';
import type { Recipe } from '../../training/loop/recipe.ts';
import { recipeById } from '../../training/recipes.ts';
import { type Arguments, oneOf } from '../arguments.ts';
import type { Surroundings } from '../surroundings.ts';

/** Flags that change a field of a recipe. */
const recipeFlags = [
  'source',
  'epochs',
  'steps',
  'batch',
  'rate',
  'dims',
  'vocabulary',
  'temperature',
  'dropout',
  'similar',
  'freeze',
  'towers',
  'patience',
] as const;

/** Flags that say how a run begins: one that goes on has them already. */
const beginningFlags = ['init', 'seed', 'id', 'corpus', 'on', 'model', 'commits', ...recipeFlags] as const;

/** What of this machine a run uses; may be another each time it goes on. */
export interface Means {
  threads: number | undefined;
  device: 'cpu' | 'webgpu' | undefined;
  data: string | undefined;
}

export function meansOf(args: Arguments, around: Surroundings): Means {
  const device = args.text('device');
  const data = args.text('data') ?? (around.env['QUARRY_DATA'] || undefined);
  return {
    threads: args.whole('threads', 1, 256),
    device: device === undefined ? undefined : oneOf('--device', device, ['cpu', 'webgpu'] as const),
    data: data === undefined ? undefined : directoryOf('data', data, around),
  };
}

export function defaultThreads(): number {
  return availableParallelism();
}

/** The recipe that was named, with the fields that flags change. Throws QuarryError `usage`, `not-found`. */
export function recipeOf(args: Arguments, around: Surroundings): Recipe {
  const [id, surplus] = args.positionals;
  if (surplus !== undefined)
    throw new QuarryError(
      'usage',
      `one recipe, not also ${JSON.stringify(surplus)}`,
      'see: quarry train --list',
    );
  const recipe = { ...recipeById(id ?? 'static'), ...changesOf(args) };
  const temperature = fraction(args, 'temperature', 1e-3, 10);
  const whole = temperature === undefined ? recipe : { ...recipe, loss: { ...recipe.loss, temperature } };
  const sources = args.texts('source').length > 0 ? args.texts('source') : recipe.sources;
  const corpus = args.text('corpus');
  const directory = corpus === undefined ? undefined : directoryOf('corpus', corpus, around);
  return { ...whole, sources: sources.map(source => located(source, directory, around)) };
}

/** Fields of a recipe that flags give, but for the sources and the temperature, which depend on the others. */
export function changesOf(args: Arguments): Partial<Recipe> {
  const towers = args.text('towers');
  const fields: { [K in keyof Recipe]?: Recipe[K] | undefined } = {
    epochs: args.whole('epochs', 1, 100_000),
    steps: args.whole('steps', 1, 1_000_000_000),
    batch: args.whole('batch', 2, 65_536),
    rate: fraction(args, 'rate', 1e-7, 1),
    dims: args.whole('dims', 4, 4096),
    vocabulary: args.whole('vocabulary', 300, 65_535),
    dropout: fraction(args, 'dropout', 0, 0.9),
    similar: fraction(args, 'similar', 0, 1),
    frozen: args.text('freeze')?.split(','),
    towers: towers === undefined ? undefined : oneOf('--towers', towers, ['shared', 'separate'] as const),
    patience: args.whole('patience', 0, 1_000_000),
  };
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Partial<Recipe>;
}

/** A run that goes on does so as it began. Throws QuarryError `usage` naming the flag. */
export function refuseBeginning(args: Arguments): void {
  const flag = beginningFlags.find(name => args.has(name));
  const what = flag === undefined ? args.positionals[0] : `--${flag}`;
  if (what === undefined) return;
  throw new QuarryError(
    'usage',
    `--resume goes on as the run began: leave ${what} out`,
    'for another run name another --out; --threads, --device and --data may change',
  );
}

/** A source with the directories it means, absolute: a run can go on from elsewhere. */
function located(source: string, corpus: string | undefined, { cwd }: Surroundings): string {
  // Sources that read a corpus take the one given by --corpus unless they name another.
  const [, id, path, times = ''] = /^(corpus|names)(?::(.*?))?((?:%-?\d+)?(?:\*\d+)?)$/.exec(source) ?? [];
  if (id === undefined) return source;
  if (path !== undefined) return `${id}:${resolve(cwd, path)}${times}`;
  if (corpus !== undefined) return `${id}:${corpus}${times}`;
  throw new QuarryError(
    'usage',
    `the source ${id} needs a corpus: give --corpus DIR`,
    'build one: quarry corpus build corpora/manifest.json --sources CLONES --out DIR; or train without: --source …',
  );
}

export function directoryOf(flag: string, path: string, { cwd }: Surroundings): string {
  const whole = resolve(cwd, path);
  if (!statSync(whole, { throwIfNoEntry: false })?.isDirectory())
    throw new QuarryError('not-found', `--${flag}: no such directory: ${path}`, 'check the path');
  return whole;
}

function fraction(args: Arguments, name: string, low: number, high: number): number | undefined {
  const text = args.text(name);
  if (text === undefined) return undefined;
  const number = /^[\d.]+(e-?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (number >= low && number <= high) return number;
  throw new QuarryError('usage', `--${name} ${text}: not a number from ${low} to ${high}`);
}
