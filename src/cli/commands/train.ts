import { resolve } from 'node:path';
import { QuarryError } from '../../core/errors.ts';
import { readBeginning, readRecipe } from '../../training/loop/run-files.ts';
import { runTraining } from '../../training/run.ts';
import type { Arguments } from '../arguments.ts';
import type { Surroundings } from '../surroundings.ts';
import { adapt, goOnAdapting } from '../train/adapt.ts';
import { listTraining } from '../train/list.ts';
import { reportRuns } from '../train/report.ts';
import { defaultThreads, meansOf, recipeOf, refuseBeginning } from '../train/settings.ts';
import { runJson, runText } from '../train/summary.ts';
import { watched } from '../train/watched.ts';

/** Trains an encoder, goes on with a run, adapts a model to a tree, or reports on runs. */
export async function train(args: Arguments, around: Surroundings): Promise<number> {
  if (args.has('list')) {
    around.stdout.write(listTraining(args.has('json'), around));
    return 0;
  }
  if (args.positionals[0] === 'report') return reportRuns(args, around);
  if (args.has('resume')) {
    refuseBeginning(args);
    const directory = outOf(args, around);
    return readBeginning(directory).adapts
      ? goOnAdapting(directory, args, around)
      : goOn(directory, args, around);
  }
  return args.has('on') ? adapt(args, around) : begin(args, around);
}

type Settings = Omit<Parameters<typeof runTraining>[0], 'signal' | 'onPrepare' | 'onProgress' | 'onNotice'>;

async function begin(args: Arguments, around: Surroundings): Promise<number> {
  for (const flag of ['model', 'commits'])
    if (args.has(flag))
      throw new QuarryError('usage', `--${flag} goes with --on`, 'see: quarry train --help');
  const directory = outOf(args, around);
  const recipe = recipeOf(args, around);
  const { threads, device, data } = meansOf(args, around);
  const init = args.text('init');
  return execute(
    {
      recipe,
      directory,
      resume: false,
      seed: args.whole('seed', 0, 999_999_999) ?? 1,
      threads: threads ?? defaultThreads(),
      device: device ?? 'cpu',
      id: args.text('id') ?? recipe.id,
      ...(data === undefined ? {} : { data }),
      ...(init === undefined ? {} : { init: resolve(around.cwd, init) }),
    },
    args,
    around,
  );
}

async function goOn(directory: string, args: Arguments, around: Surroundings): Promise<number> {
  const recipe = readRecipe(directory);
  const { id, seed, poolSize, init, ...before } = readBeginning(directory);
  const means = meansOf(args, around);
  // Without a data directory of before, one in the environment changes nothing.
  const data = args.has('data') ? means.data : before.data;
  return execute(
    {
      recipe,
      directory,
      resume: true,
      seed,
      poolSize,
      id,
      threads: means.threads ?? before.threads,
      device: means.device ?? before.device,
      ...(data === undefined ? {} : { data }),
      ...(init === undefined ? {} : { init }),
    },
    args,
    around,
  );
}

async function execute(settings: Settings, args: Arguments, around: Surroundings): Promise<number> {
  const { directory } = settings;
  const outcome = await watched(directory, around, hooks => runTraining({ ...settings, ...hooks }));
  if ('exitCode' in outcome) return outcome.exitCode;
  around.stdout.write(
    args.has('json')
      ? `${JSON.stringify(runJson(directory, outcome.value), null, 2)}\n`
      : runText(directory, outcome.value, around),
  );
  return 0;
}

function outOf(args: Arguments, around: Surroundings): string {
  const out = args.text('out');
  if (out === undefined)
    throw new QuarryError(
      'usage',
      'where is the run? give --out DIR',
      'weights, log and model are kept there, about 30 MB for a static model',
    );
  return resolve(around.cwd, out);
}
