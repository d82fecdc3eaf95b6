import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { QuarryError } from '../../core/errors.ts';
import { findModel } from '../../engine/encoding/model.ts';
import { type ModelConfig, readConfig } from '../../models/index.ts';
import { modelsDirectory } from '../../models/library/locate.ts';
import { type AdaptResult, adaptModel, cardOf } from '../../training/adapt/adapt.ts';
import { checkName, promote } from '../../training/adapt/promote.ts';
import { readBeginning, runFiles } from '../../training/loop/run-files.ts';
import type { Arguments } from '../arguments.ts';
import { corpusHost } from '../corpus/host.ts';
import type { Surroundings } from '../surroundings.ts';
import { changesOf, defaultThreads, directoryOf, meansOf } from './settings.ts';
import { adaptText, runJson, shown } from './summary.ts';
import { watched } from './watched.ts';

const defaultCommits = 4000;

interface Adaptation {
  repository: string;
  model: string;
  directory: string;
  id: string;
  seed: number;
  threads: number;
  device: 'cpu' | 'webgpu';
  resume: boolean;
}

/** `quarry train --on DIR`. Exit code 1 when the adapted model is not better. */
export async function adapt(args: Arguments, around: Surroundings): Promise<number> {
  const [recipe] = args.positionals;
  const unfit =
    recipe ??
    ['corpus', 'source', 'dims', 'vocabulary', 'towers', 'temperature', 'init'].find(name => args.has(name));
  if (unfit !== undefined)
    throw new QuarryError(
      'usage',
      `--on trains the current model further: leave ${recipe === undefined ? '--' : ''}${unfit} out`,
      'another model to begin with: --model NAME',
    );
  const repository = directoryOf('on', args.text('on')!, around);
  const id = args.text('id') ?? `own-${basename(repository).replace(/[^\w.-]+/g, '-')}`;
  checkName(id);
  const { threads, device } = meansOf(args, around);
  const out = args.text('out');
  return execute(
    {
      repository,
      model: modelOf(args, around),
      directory: out === undefined ? freeDirectory(id, around) : resolve(around.cwd, out),
      id,
      seed: args.whole('seed', 0, 999_999_999) ?? 1,
      threads: threads ?? defaultThreads(),
      device: device ?? 'cpu',
      resume: false,
    },
    args,
    around,
  );
}

/** `quarry train --out DIR --resume` for such a run. */
export async function goOnAdapting(
  directory: string,
  args: Arguments,
  around: Surroundings,
): Promise<number> {
  const { id, seed, adapts, ...before } = readBeginning(directory);
  const { threads, device } = meansOf(args, around);
  return execute(
    {
      ...adapts!,
      directory,
      id,
      seed,
      threads: threads ?? before.threads,
      device: device ?? before.device,
      resume: true,
    },
    args,
    around,
  );
}

async function execute(what: Adaptation, args: Arguments, around: Surroundings): Promise<number> {
  const { directory, id, model } = what;
  const outcome = await watched(directory, around, (hooks, view) =>
    adaptModel({
      ...what,
      ...hooks,
      host: corpusHost,
      commits: args.whole('commits', 0, 999_999_999) ?? defaultCommits,
      changes: changesOf(args),
      onFile: (files, pairs) => view.mining(files, pairs),
    }),
  );
  if ('exitCode' in outcome) return outcome.exitCode;
  const result = outcome.value;
  const better = result.comparison?.better === true;
  const place = better ? await promoted(what, result, around) : undefined;
  if (args.has('json')) {
    const { run, pairs, comparison } = result;
    const document = { ...runJson(directory, run), pairs, comparison, promoted: place ?? null };
    around.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    return better ? 0 : 1;
  }
  const before = (await readConfig(model))!.id;
  around.stdout.write(adaptText(result, id, before === id ? `${before}, before` : before, around));
  around.stdout.write(
    place === undefined
      ? `kept in ${shown(directory, around)}; searches go on with ${before}\n`
      : `it is in ${place}; use it with --model ${id}, QUARRY_MODEL=${id}, or "model": ${JSON.stringify(id)} in ~/.config/quarry/config.json\n`,
  );
  return better ? 0 : 1;
}

async function promoted(
  { directory, id, model }: Adaptation,
  { pairs, comparison, run }: AdaptResult,
  { env }: Surroundings,
): Promise<string> {
  const card = cardOf(id, (await readConfig(model))!, pairs, comparison);
  return promote(join(directory, runFiles.model), id, run.model as ModelConfig, modelsDirectory(env), card);
}

function modelOf(args: Arguments, { env, cwd }: Surroundings): string {
  const choice = args.text('model');
  const path = choice === undefined ? undefined : resolve(cwd, choice);
  // A run counts as its model.
  if (path !== undefined && existsSync(join(path, runFiles.recipe))) return join(path, runFiles.model);
  const found = findModel(choice, env);
  if (found) return found.directory;
  throw new QuarryError(
    'not-found',
    'there is no model to adapt',
    'name one with --model, or train one: quarry train static --corpus DIR --out DIR',
  );
}

/** A directory beside the models that holds no run yet. */
function freeDirectory(id: string, { env }: Surroundings): string {
  const runs = join(modelsDirectory(env), '..', 'runs');
  let directory = join(runs, id);
  for (let n = 2; existsSync(join(directory, runFiles.recipe)); n++) directory = join(runs, `${id}-${n}`);
  return directory;
}
