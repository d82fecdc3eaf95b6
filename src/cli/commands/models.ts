import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { QuarryError } from '../../core/errors.ts';
import { findModel } from '../../engine/encoding/model.ts';
import { downloadModel } from '../../models/library/download.ts';
import {
  findKnown,
  knownModels,
  type LocatedModel,
  modelPlaces,
  partialEnding,
  resolveModel,
  unknownModel,
} from '../../models/library/locate.ts';
import { type Arguments, oneOf } from '../arguments.ts';
import { checkModel, checkReranker } from '../models/check.ts';
import { factsOf, type ModelFacts } from '../models/facts.ts';
import { formatNames, formatOf } from '../models/format.ts';
import { downloadView } from '../models/progress.ts';
import { stoppable } from '../stoppable.ts';
import { complain, note, type Surroundings } from '../surroundings.ts';
import { formatBytes, formatDuration, printable, table } from '../terminal.ts';

const actions = ['list', 'show', 'add', 'remove', 'check'] as const;

/** Lists, shows, downloads, removes and checks models. Exit code 1 when a check found something. */
export async function models(args: Arguments, around: Surroundings): Promise<number> {
  const [word = 'list', name] = args.positionals;
  const action = oneOf('models', word, actions);
  if (action === 'list') return list(args, around);
  if (name === undefined)
    throw new QuarryError('usage', `models ${action} needs a name`, 'see: quarry models --help');
  if (action === 'show') return show(name, args, around);
  if (action === 'add') return add(name, args, around);
  return action === 'remove' ? remove(name, args, around) : check(name, args, around);
}

function list(args: Arguments, around: Surroundings): number {
  const byDefault = defaultDirectory(around);
  const all = knownModels(placesOf(around)).map(model => factsOf(model, byDefault));
  if (args.has('json')) {
    around.stdout.write(`${JSON.stringify({ models: all }, null, 2)}\n`);
    return 0;
  }
  if (all.length === 0) note(around, 'no models; get one with: quarry models add owner/name');
  else {
    const rows = all.map(facts => [
      facts.isDefault ? '*' : ' ',
      printable(facts.name) + (facts.quantized ? ' (quantized)' : ''),
      facts.dims === undefined ? '' : facts.dims,
      formatBytes(facts.bytes),
      facts.problem === undefined ? facts.speed : 'damaged',
      facts.source + (facts.commit === undefined ? '' : ` @${facts.commit.slice(0, 12)}`),
    ]);
    const lines = table([['', 'name', 'dims', 'size', 'speed', 'from'], ...rows]).split('\n');
    around.stdout.write([around.style.bold(lines[0]!), ...lines.slice(1)].join('\n'));
  }
  return 0;
}

/** How much of a README is shown: enough to know a model by. */
const cardLines = 40;

function show(name: string, args: Arguments, around: Surroundings): number {
  const facts = factsOf(located(name, around), defaultDirectory(around));
  const card = cardOf(facts.directory);
  if (args.has('json')) {
    around.stdout.write(`${JSON.stringify({ ...facts, card }, null, 2)}\n`);
    return 0;
  }
  const { bold, dim, yellow } = around.style;
  const rows = [
    ['format', formatNames[facts.format]],
    ['dimensions', facts.dims === undefined ? 'not said' : String(facts.dims)],
    ['size', formatBytes(facts.bytes)],
    ['speed', facts.speed],
    ...(facts.commit === undefined ? [] : [['revision', `${facts.revision}, commit ${facts.commit}`]]),
    ['folder', printable(facts.directory)],
  ];
  around.stdout.write(
    `${bold(printable(facts.name))}${facts.isDefault ? dim(' (default)') : ''}\n${table(rows, '  ')}`,
  );
  if (facts.problem !== undefined) around.stdout.write(`${yellow(printable(facts.problem))}\n`);
  if (card === undefined) return 0;
  const lines = card.split('\n');
  around.stdout.write(`\n${lines.slice(0, cardLines).map(printable).join('\n')}\n`);
  if (lines.length > cardLines) around.stdout.write(dim(`… ${join(facts.directory, 'README.md')}\n`));
  return 0;
}

async function add(name: string, args: Arguments, around: Surroundings): Promise<number> {
  const { env } = around;
  const view = downloadView(around);
  const { userModels } = placesOf(around);
  const outcome = await stoppable(signal =>
    downloadModel(name, {
      directory: userModels,
      endpoint: env['HF_ENDPOINT'] || undefined,
      token: env['HF_TOKEN'] || undefined,
      env,
      quantized: args.has('quantized'),
      signal,
      onProgress: step => view.step(step),
    }),
  ).finally(() => view.end());
  if ('exitCode' in outcome) {
    complain(around, 'stopped', 'what is there is kept; the same command goes on from there');
    return outcome.exitCode;
  }
  const { directory, record, present } = outcome.value;
  const facts = factsOf(
    { name: record.id, source: 'downloaded', directory, record },
    defaultDirectory(around),
  );
  if (args.has('json')) around.stdout.write(`${JSON.stringify({ ...facts, present }, null, 2)}\n`);
  else {
    const what = present ? 'is here already' : `${formatBytes(facts.bytes)} downloaded`;
    around.stdout.write(`${printable(record.id)} @${record.commit.slice(0, 12)}: ${what}\n`);
    note(around, `try it: quarry models check ${record.id}; use it: --model ${record.id}`);
  }
  return 0;
}

function remove(name: string, args: Arguments, around: Surroundings): number {
  const places = placesOf(around);
  const model = findKnown(name, places);
  if (!model) throw unknownModel(name, places);
  if (model.source === 'shipped')
    throw new QuarryError('usage', `${name} comes with Quarry and is not removed`, 'see: quarry models');
  const { bytes } = factsOf(model, undefined);
  rmSync(model.directory, { recursive: true });
  rmSync(model.directory + partialEnding, { recursive: true, force: true });
  if (args.has('json'))
    around.stdout.write(`${JSON.stringify({ removed: model.directory, bytes }, null, 2)}\n`);
  else around.stdout.write(`removed ${printable(model.name)}, ${formatBytes(bytes)}\n`);
  return 0;
}

async function check(name: string, args: Arguments, around: Surroundings): Promise<number> {
  const directory = resolveModel(name, placesOf(around));
  const isReranker = formatOf(directory) === 'quarry re-ranker';
  const outcome = await stoppable(signal =>
    isReranker ? checkReranker(directory, signal) : checkModel(directory, signal),
  );
  if ('exitCode' in outcome) return outcome.exitCode;
  const { findings, ...found } = outcome.value;
  if (args.has('json')) around.stdout.write(`${JSON.stringify({ ...found, findings }, null, 2)}\n`);
  else {
    const { red, green, dim } = around.style;
    for (const finding of findings) around.stdout.write(`${red('error')}  ${printable(finding)}\n`);
    const { dims, queryMs } = found;
    const what = dims === undefined ? 'a re-ranker' : `${dims} dimensions`;
    if (findings.length === 0) around.stdout.write(`${green('ok')}     ${printable(found.id)}: ${what}\n`);
    const ofQuery = queryMs === undefined ? '' : `a question ${milliseconds(queryMs)}, `;
    const times = `opened in ${formatDuration(found.openMs)}, ${ofQuery}a unit ${milliseconds(found.unitMs)}`;
    const measure = isReranker ? 'score of' : 'cosine with';
    const cosines = `${measure} fitting code ${found.similar.toFixed(3)}, ${isReranker ? 'of' : 'with'} other code ${found.other.toFixed(3)}`;
    around.stdout.write(
      `       ${times}\n       ${cosines}\n       ${dim(`fingerprint ${found.fingerprint}`)}\n`,
    );
  }
  return findings.length === 0 ? 0 : 1;
}

function milliseconds(ms: number): string {
  return ms < 10 ? `${ms.toFixed(2)} ms` : formatDuration(ms);
}

function placesOf({ env, cwd }: Surroundings): ReturnType<typeof modelPlaces> {
  return modelPlaces(env, cwd);
}

function defaultDirectory({ env }: Surroundings): string | undefined {
  try {
    return findModel(undefined, env)?.directory;
  } catch {
    // A name in QUARRY_MODEL that nothing has: the search says so.
    return undefined;
  }
}

function located(
  name: string,
  around: Surroundings,
): Pick<LocatedModel, 'name' | 'directory' | 'record'> & { source: ModelFacts['source'] } {
  const places = placesOf(around);
  return findKnown(name, places) ?? { name, directory: resolveModel(name, places), source: 'folder' };
}

/** README.md without its front matter. */
function cardOf(directory: string): string | undefined {
  try {
    const text = readFileSync(join(directory, 'README.md'), 'utf8');
    return text.replace(/^---\r?\n[\s\S]*?\n---\r?\n/, '').trim();
  } catch {
    return undefined;
  }
}
