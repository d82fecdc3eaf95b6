import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Encoder } from '../../core/encoder.ts';
import { QuarryError } from '../../core/errors.ts';
import { Random } from '../../core/random.ts';
import { randomisationTest } from '../../evaluation/statistics.ts';
import { type ModelConfig, openEncoder, readConfig } from '../../models/index.ts';
import type { CorpusHost } from '../corpus/pair.ts';
import type { ValidationPool } from '../data/example.ts';
import { poolOfSplit } from '../data/own.ts';
import { mineOwn, type OwnPairs, readOwnInfo, readOwnPairs } from '../data/own-pairs.ts';
import type { Recipe } from '../loop/recipe.ts';
import { readRecipe, runFiles } from '../loop/run-files.ts';
import { ranksOf } from '../loop/validate.ts';
import { type RunOptions, type RunResult, runTraining } from '../run.ts';

export interface AdaptOptions
  extends Pick<
    RunOptions,
    | 'directory'
    | 'seed'
    | 'threads'
    | 'device'
    | 'resume'
    | 'id'
    | 'signal'
    | 'onPrepare'
    | 'onProgress'
    | 'onNotice'
  > {
  /** Absolute path of the tree to adapt to. */
  repository: string;
  /** Folder of the static model to start from. */
  model: string;
  host: CorpusHost;
  commits: number;
  /** Fields of the recipe that were asked for. */
  changes?: Partial<Recipe>;
  onFile?: (files: number, pairs: number) => void;
}

/** How well a model finds the held-out units. */
export interface AdaptScore {
  mrr: number;
  /** Share of the queries whose unit is the first, and is among the first ten. */
  first: number;
  ten: number;
}

export interface Comparison {
  queries: number;
  units: number;
  before: AdaptScore;
  after: AdaptScore;
  /** Two-sided p of the paired randomisation test over reciprocal ranks. */
  p: number;
  /** Whether the adapted model should be used. */
  better: boolean;
}

export interface AdaptResult {
  run: RunResult;
  pairs: OwnPairs;
  /** Absent if training was stopped. */
  comparison?: Comparison;
}

/** Below, a difference counts as one that is not by chance; a difference of that size counts without. */
const significance = 0.05;
const margin = 0.02;
/** Units among which a held-out one is looked for. */
const mostUnits = 20_000;

/**
 * Trains a model further on pairs of one repository and compares both on files that training did not see: `test`, which
 * neither weights nor the number of steps were chosen by. The run's directory keeps everything. Throws QuarryError
 * `usage` for too few pairs or a model that cannot be trained on, and as `runTraining` does.
 */
export async function adaptModel(options: AdaptOptions): Promise<AdaptResult> {
  const { directory, repository, model, signal, resume } = options;
  const config = await adaptable(model);
  if (!resume && existsSync(join(directory, runFiles.recipe)))
    throw new QuarryError(
      'usage',
      `a run is there already: ${directory}`,
      'go on with it (--resume), or name another --out',
    );
  const pairs = resume
    ? readOwnInfo(directory)
    : await mineOwn({
        repository,
        directory,
        host: options.host,
        commits: options.commits,
        seed: options.seed,
        ...(signal ? { signal } : {}),
        ...(options.onFile ? { onFile: options.onFile } : {}),
      });
  const recipe = resume ? readRecipe(directory) : adaptRecipe(config, pairs, directory, options.changes);
  const run = await runTraining({
    ...options,
    recipe,
    init: model,
    adapts: { repository, model },
    card: cardOf(options.id, config, pairs, undefined),
  });
  if (run.reason === 'aborted') return { run, pairs };
  const pool = poolOfSplit('test', new Random(options.seed).shuffled(readOwnPairs(directory)), mostUnits);
  const comparison = await compareModels(model, join(directory, runFiles.model), pool, options);
  return { run, pairs, comparison };
}

/** The configuration of a model that can be trained on. */
async function adaptable(model: string): Promise<ModelConfig> {
  const config = await readConfig(model);
  if (config?.runtime === 'table') return config;
  throw new QuarryError(
    'usage',
    config ? `${model} is a ${config.architecture} model` : `${model} is not a model of quarry train`,
    'only static models can be adapted so far; name one with --model',
  );
}

/** Few steps at half of the usual rate: what the model knows of other code should stay. */
export function adaptRecipe(
  { architecture, dims, towers, vocabulary, preparation, sizes }: ModelConfig,
  { splits }: Pick<OwnPairs, 'splits'>,
  directory: string,
  changes: Partial<Recipe> = {},
): Recipe {
  let batch = 256;
  while (batch > 16 && batch * 4 > splits.train) batch /= 2;
  return {
    id: 'adapt',
    title: 'a static model, trained further on one repository',
    source: 'pairs of the repository; loss of R2PS formula 3',
    architecture,
    dims,
    towers,
    sizes,
    preparation,
    vocabulary,
    sources: [`own:${directory}`],
    loss: { kind: 'info-nce', temperature: 0.07, symmetric: true },
    batch,
    epochs: 6,
    rate: 1e-3,
    schedule: 'linear',
    warmUp: 0.1,
    decay: 0,
    clip: 1,
    dropout: 0.1,
    sameLanguage: 0,
    patience: 3,
    validations: 1,
    ...changes,
  };
}

/** Ranks of both models for the same queries among the same units. */
async function compareModels(
  current: string,
  adapted: string,
  pool: Pick<ValidationPool, 'queries' | 'units'>,
  { threads, signal, seed }: Pick<AdaptOptions, 'threads' | 'signal' | 'seed'>,
): Promise<Comparison> {
  const ranks: Int32Array[] = [];
  for (const directory of [current, adapted]) {
    const encoder: Encoder = await openEncoder(directory, { threads });
    try {
      const queries = await encoder.encodeQueries(pool.queries, signal);
      const units = await encoder.encodeUnits(pool.units, signal);
      ranks.push(ranksOf(queries, units, encoder.dims));
    } finally {
      await encoder.close();
    }
  }
  const [before, after] = [scoreOf(ranks[0]!), scoreOf(ranks[1]!)];
  const differences = Array.from(ranks[1]!, (rank, i) => 1 / rank - 1 / ranks[0]![i]!);
  const p = randomisationTest(differences, { seed });
  const gain = after.mrr - before.mrr;
  return {
    queries: pool.queries.length,
    units: pool.units.length,
    before,
    after,
    p,
    better: gain > 0 && (p < significance || gain >= margin),
  };
}

function scoreOf(ranks: Int32Array): AdaptScore {
  const share = (most: number) => ranks.filter(rank => rank <= most).length / ranks.length;
  return {
    mrr: ranks.reduce((sum, rank) => sum + 1 / rank, 0) / ranks.length,
    first: share(1),
    ten: share(10),
  };
}

/** `README.md` of an adapted model. */
export function cardOf(
  id: string,
  before: ModelConfig,
  { repository, kinds, splits }: OwnPairs,
  comparison: Comparison | undefined,
): string {
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  const row = (name: string, { mrr, first, ten }: AdaptScore) =>
    `| ${name} | ${mrr.toFixed(4)} | ${percent(first)} | ${percent(ten)} |`;
  return [
    `# ${id}`,
    '',
    `The model ${before.id} (${before.fingerprint.slice(0, 12)}), trained further on ${repository} by`,
    '`quarry train --on`. Made of that code: keep it where the code may be.',
    '',
    `Pairs: ${Object.entries(kinds)
      .map(([kind, count]) => `${count} ${kind}`)
      .join(', ')}; ${splits.train} to learn from, ${splits.valid} to stop by, ${splits.test} to measure by.`,
    ...(comparison
      ? [
          '',
          `On ${comparison.queries} queries whose files were not trained on, among ${comparison.units} units:`,
          '',
          '| model | MRR | first | among ten |',
          '| --- | --- | --- | --- |',
          row(before.id, comparison.before),
          row(id, comparison.after),
          '',
          `p = ${comparison.p.toPrecision(2)} (paired randomisation test over reciprocal ranks).`,
        ]
      : []),
    '',
  ].join('\n');
}
