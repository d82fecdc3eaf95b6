import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { QuarryError } from '../../core/errors.ts';
import { defaultIndexDirectory } from '../../engine/settings/locate.ts';
import {
  type DatasetSpec,
  type Experiment,
  parseExperiment,
  parseSystem,
  protocolOf,
  splitSystems,
} from '../../evaluation/experiment.ts';
import { parseMeasure } from '../../evaluation/measures.ts';
import type { Arguments } from '../arguments.ts';
import type { Surroundings } from '../surroundings.ts';

/** What `quarry eval` is to do, resolved from flags, environment and an experiment file. */
export interface EvaluationPlan {
  experiment: Experiment;
  data: string | undefined;
  repos: string | undefined;
  strict: boolean;
  latency: boolean;
  /** Undefined: everything is run again and nothing is kept. */
  cacheDirectory: string | undefined;
  worst: number;
  json: boolean;
  outputs: Outputs;
  golden: { file: string; accept: string | undefined } | undefined;
}

/** Files to write, absolute. */
export interface Outputs {
  result?: string;
  rows?: string;
  html?: string;
  markdown?: string;
}

/** Throws QuarryError `usage` and `not-found` before anything is read or run. */
export function planEvaluation(args: Arguments, around: Surroundings): EvaluationPlan {
  const at = (path: string) => resolve(around.cwd, path);
  const experiment = experimentOf(args, around);
  for (const measure of experiment.measures ?? []) parseMeasure(measure);
  const directory = (flag: string, fallback?: string): string | undefined => {
    const text = args.text(flag) ?? fallback;
    if (text === undefined || text === '') return undefined;
    if (!statSync(at(text), { throwIfNoEntry: false })?.isDirectory())
      throw new QuarryError('not-found', `--${flag}: no such directory: ${text}`, 'check the path');
    return at(text);
  };
  const accept = args.text('accept');
  const golden = args.text('golden');
  if (accept !== undefined && golden === undefined)
    throw new QuarryError('usage', '--accept goes with --golden', 'name the file with the golden ranks');
  if (accept?.trim() === '')
    throw new QuarryError('usage', '--accept: the reason is empty', 'say why the ranks may fall');
  if (golden !== undefined && experiment.datasets.length > 1)
    throw new QuarryError('usage', '--golden takes one data set', 'run it once per data set');
  return {
    experiment,
    data: directory('data', around.env['QUARRY_DATA']),
    repos: directory('repos'),
    strict: args.has('strict'),
    latency: !args.has('no-latency'),
    cacheDirectory: args.has('no-cache')
      ? undefined
      : at(args.text('cache') ?? join(defaultIndexDirectory(around.env), 'eval')),
    worst: args.whole('worst', 0, 10_000) ?? 0,
    json: args.has('json'),
    outputs: outputsOf(args, at),
    golden: golden === undefined ? undefined : { file: at(golden), accept },
  };
}

function outputsOf(args: Arguments, at: (path: string) => string): Outputs {
  const out = args.text('out');
  const outputs: Outputs =
    out === undefined
      ? {}
      : {
          result: at(join(out, 'result.json')),
          rows: at(join(out, 'rows.jsonl')),
          html: at(join(out, 'report.html')),
          markdown: at(join(out, 'report.md')),
        };
  for (const name of ['rows', 'html', 'markdown'] as const) {
    const file = args.text(name);
    if (file !== undefined) outputs[name] = at(file);
  }
  return outputs;
}

function experimentOf(args: Arguments, around: Surroundings): Experiment {
  const named = args.positionals;
  if (named.length === 0)
    throw new QuarryError(
      'usage',
      'name a data set, an experiment file or a directory',
      'see: quarry eval --list',
    );
  const file = named.find(name => isExperiment(name, around.cwd));
  if (file !== undefined && named.length > 1)
    throw new QuarryError(
      'usage',
      `${file} is an experiment: it stands alone`,
      'its data sets are inside it',
    );
  const experiment: Experiment =
    file === undefined
      ? { datasets: named.map(name => datasetOf(name, around.cwd)), systems: [], seed: 1 }
      : parseExperiment(readFileSync(resolve(around.cwd, file), 'utf8'), file);

  const systems = args.texts('systems').flatMap(splitSystems);
  const external = args.texts('external').map(text => externalOf(text));
  if (systems.length > 0) experiment.systems = systems.map(text => parseSystem(text, '--systems'));
  else if (experiment.systems.length === 0) experiment.systems = [{ system: 'bm25' }, { system: 'lexical' }];
  experiment.systems.push(...external);
  const measures = args
    .texts('measures')
    .flatMap(text => text.split(','))
    .map(text => text.trim());
  if (measures.length > 0) experiment.measures = measures.filter(text => text !== '');
  const baseline = args.text('baseline');
  if (baseline !== undefined) experiment.baseline = baseline;
  const seed = args.whole('seed', 1, 999_999_999);
  if (seed !== undefined) experiment.seed = seed;
  experiment.datasets = experiment.datasets.map(spec => withFlags(spec, args));
  return experiment;
}

function withFlags(spec: DatasetSpec, args: Arguments): DatasetSpec {
  const split = args.text('split');
  const protocol = args.text('protocol');
  const first = args.whole('first', 1, 999_999_999);
  const pool = args.whole('pool', 2, 999_999_999);
  return {
    ...spec,
    ...(split === undefined ? {} : { split }),
    ...(protocol === undefined ? {} : { protocol: protocolOf(protocol, '--protocol') }),
    ...(first === undefined ? {} : { first }),
    ...(pool === undefined ? {} : { pool }),
  };
}

/** A directory means its own doc comments, a `.jsonl` file its rows. */
function datasetOf(name: string, cwd: string): DatasetSpec {
  if (name.includes(':') || !/[./]/.test(name)) return { dataset: name };
  const stat = statSync(resolve(cwd, name), { throwIfNoEntry: false });
  if (stat === undefined)
    throw new QuarryError('not-found', `no such file or directory: ${name}`, 'data sets: quarry eval --list');
  return { dataset: `${stat.isDirectory() ? 'repo' : 'jsonl'}:${name}` };
}

function isExperiment(name: string, cwd: string): boolean {
  return name.endsWith('.json') && !name.includes(':') && existsSync(resolve(cwd, name));
}

/** `NAME=COMMAND WITH {query}`. */
function externalOf(text: string): Experiment['systems'][number] {
  const at = text.indexOf('=');
  if (at < 1 || text.slice(at + 1).trim() === '')
    throw new QuarryError(
      'usage',
      `--external ${text}: no NAME=COMMAND`,
      "for example: --external 'rg=rg --files-with-matches {query} {root}'",
    );
  return { name: text.slice(0, at), system: 'external', parameters: { command: text.slice(at + 1) } };
}
