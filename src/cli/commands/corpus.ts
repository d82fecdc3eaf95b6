import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { QuarryError } from '../../core/errors.ts';
import { corpusCodeHash } from '../../experiments/code.ts';
import { datasetHost } from '../../experiments/host.ts';
import { buildCorpus } from '../../training/corpus/build.ts';
import { checkCorpus } from '../../training/corpus/check.ts';
import { readCorpusInfo } from '../../training/corpus/corpus.ts';
import { type Decontaminator, evaluationSets } from '../../training/corpus/decontaminate.ts';
import {
  type EvaluationRepositories,
  evaluationRepositories,
} from '../../training/corpus/evaluation-repositories.ts';
import { parseManifest } from '../../training/corpus/manifest.ts';
import { type Arguments, oneOf } from '../arguments.ts';
import { corpusHost } from '../corpus/host.ts';
import { corpusView } from '../corpus/progress.ts';
import { statsText } from '../corpus/stats.ts';
import { type Outcome, stoppable } from '../stoppable.ts';
import { complain, note, type Surroundings } from '../surroundings.ts';
import { grouped, printable } from '../terminal.ts';

const actions = ['build', 'stats', 'check'] as const;
const defaultCommits = 4000;

/** Builds, describes or checks a corpus of training pairs. Exit code 1 when a check found something. */
export async function corpus(args: Arguments, around: Surroundings): Promise<number> {
  const [word, path] = args.positionals;
  if (word === undefined)
    throw new QuarryError('usage', 'build, stats or check?', 'see: quarry corpus --help');
  const action = oneOf('corpus', word, actions);
  if (action === 'build') return build(path, args, around);
  const directory = resolve(around.cwd, path ?? 'corpus');
  return action === 'stats' ? stats(directory, args, around) : check(directory, args, around);
}

async function build(path: string | undefined, args: Arguments, around: Surroundings): Promise<number> {
  if (path === undefined)
    throw new QuarryError(
      'usage',
      'corpus build needs a manifest',
      'for example: quarry corpus build corpora/manifest.json',
    );
  const limit = args.whole('limit', 1, 999_999_999);
  const commits = args.whole('commits', 0, 999_999_999) ?? defaultCommits;
  const seed = args.whole('seed', 1, 999_999_999) ?? 1;
  const allowed = args
    .texts('allow-licence')
    .flatMap(text => text.split(','))
    .map(text => text.trim())
    .filter(text => text !== '');
  const manifest = parseManifest(readManifest(path, around), path, allowed);
  const sources = directoryOf('sources', args.text('sources') ?? '.', around);
  const data = dataOf(args, around);
  const out = resolve(around.cwd, args.text('out') ?? 'corpus');
  const view = corpusView(around);
  const outcome = await stoppable(async signal => {
    const against = await readAgainst(data, signal, set => view.reading(set));
    return buildCorpus({
      manifest,
      sources,
      out,
      host: corpusHost,
      code: corpusCodeHash(),
      seed,
      commits,
      ...(limit === undefined ? {} : { limit }),
      ...against,
      signal,
      onProgress: progress => view.step(progress),
    });
  }).finally(() => view.end());
  if ('exitCode' in outcome) return stopped(outcome, around);
  const info = outcome.value;
  for (const { name, reason } of info.refused) complain(around, `left out ${name}: ${reason}`);
  if (info.missing.length > 0)
    note(
      around,
      `${info.missing.length} sources are not there: ${info.missing.map(name => printable(name)).join(', ')}`,
    );
  if (!info.decontamination)
    note(around, 'built without looking at evaluation data: do not report numbers of a model trained on it');
  around.stdout.write(args.has('json') ? `${JSON.stringify(info, null, 2)}\n` : statsText(info, around));
  return 0;
}

function stats(directory: string, args: Arguments, around: Surroundings): number {
  const info = readCorpusInfo(directory);
  around.stdout.write(args.has('json') ? `${JSON.stringify(info, null, 2)}\n` : statsText(info, around));
  return 0;
}

async function check(directory: string, args: Arguments, around: Surroundings): Promise<number> {
  readCorpusInfo(directory);
  const data = dataOf(args, around);
  const view = corpusView(around);
  const outcome = await stoppable(async signal =>
    checkCorpus(directory, { ...(await readAgainst(data, signal, set => view.reading(set))), signal }),
  ).finally(() => view.end());
  if ('exitCode' in outcome) return stopped(outcome, around);
  const { findings, pairs, shards } = outcome.value;
  if (args.has('json')) around.stdout.write(`${JSON.stringify(outcome.value, null, 2)}\n`);
  else {
    for (const finding of findings)
      around.stdout.write(`${around.style.red('error')}  ${printable(finding)}\n`);
    const what = `${grouped(pairs)} pairs in ${grouped(shards)} shards`;
    const with_ = data === undefined ? ', evaluation data not looked at' : '';
    if (findings.length === 0) around.stdout.write(`${around.style.green('ok')}     ${what}${with_}\n`);
  }
  return findings.length === 0 ? 0 : 1;
}

interface Against {
  decontaminator?: Decontaminator;
  repositories?: EvaluationRepositories;
}

async function readAgainst(
  data: string | undefined,
  signal: AbortSignal,
  onSet: (set: string) => void,
): Promise<Against> {
  if (data === undefined) return {};
  const repositories = evaluationRepositories(data);
  const decontaminator = await evaluationSets(data, datasetHost, { signal, onSet });
  if (decontaminator.sets.every(({ codes, queries }) => codes + queries === 0) && repositories.size === 0)
    throw new QuarryError(
      'not-found',
      `no evaluation data in ${data}`,
      'give --data DIR with one folder per data set',
    );
  return { decontaminator, repositories };
}

function stopped(outcome: Extract<Outcome<unknown>, { exitCode: number }>, around: Surroundings): number {
  complain(around, 'stopped', 'finished sources are kept; the next run goes on from there');
  return outcome.exitCode;
}

/** Undefined only where that was asked for: whoever forgets --data would train on what is measured. */
function dataOf(args: Arguments, around: Surroundings): string | undefined {
  const text = args.text('data') ?? around.env['QUARRY_DATA'];
  if (args.has('no-decontamination')) return undefined;
  if (text === undefined || text === '')
    throw new QuarryError(
      'usage',
      'where are the evaluation data? give --data DIR',
      'without them: --no-decontamination',
    );
  return directoryOf('data', text, around);
}

function directoryOf(flag: string, path: string, { cwd }: Surroundings): string {
  const whole = resolve(cwd, path);
  if (!statSync(whole, { throwIfNoEntry: false })?.isDirectory())
    throw new QuarryError('not-found', `--${flag}: no such directory: ${path}`, 'check the path');
  return whole;
}

function readManifest(path: string, { cwd }: Surroundings): string {
  try {
    return readFileSync(resolve(cwd, path), 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new QuarryError(
      code === 'ENOENT' ? 'not-found' : 'unreadable',
      `cannot read ${path}: ${code}`,
      'name a manifest',
      {
        cause: error,
      },
    );
  }
}
