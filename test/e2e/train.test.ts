import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { Random, Scratch } from '../support/scratch.ts';

/** Runs `quarry train` as a process on a corpus of made-up code. */

const main = resolve(import.meta.dirname, '../../src/cli/main.ts');
const scratch = new Scratch();
afterAll(() => scratch[Symbol.dispose]());

interface Done {
  code: number | null;
  out: string;
  err: string;
}

/** `stopAt`: text on stderr that is answered with Ctrl-C. */
async function quarry(args: readonly string[], stopAt?: string): Promise<Done> {
  const env = {
    PATH: process.env['PATH'],
    HOME: scratch.directory,
    QUARRY_MODELS_DIR: scratch.path('models'),
    GIT_CONFIG_NOSYSTEM: '1',
  };
  const child = spawn(process.execPath, [main, ...args], { cwd: scratch.root, env });
  let out = '';
  let err = '';
  let isStopped = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
    if (stopAt === undefined || isStopped || !err.includes(stopAt)) return;
    isStopped = true;
    child.kill('SIGINT');
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}

/** The same in this process, for what ends before anything is trained. */
async function inProcess(args: readonly string[]): Promise<Done> {
  let [out, err] = ['', ''];
  const code = await run(args, {
    env: { HOME: scratch.directory, QUARRY_MODELS_DIR: scratch.path('models') },
    cwd: () => scratch.root,
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
    stdin: process.stdin,
  });
  return { code, out, err };
}

const syllables = ['ba', 'ce', 'di', 'fo', 'gu', 'la', 'me', 'ni', 'po', 'ru', 'sa', 'te'];

/**
 * Functions whose doc comments say what their code does; with a `shift`, in words that only this tree uses for it, as a team
 * has its own for what its code is about.
 */
function writeTree(folder: string, files: number, seed: number, shift = 0): void {
  const random = new Random(seed);
  const all = syllables.flatMap(a => syllables.map(b => `${a}${b}n`));
  const nouns = shift > 0 ? all.slice(0, 40) : all;
  const pick = () => nouns[random.below(nouns.length)]!;
  const told = (noun: string) => nouns[(nouns.indexOf(noun) + shift) % nouns.length]!;
  for (let f = 0; f < files; f++) {
    const functions = Array.from({ length: 6 }, () => {
      const [a, b, c, d] = [pick(), pick(), pick(), pick()];
      const name = `${a}${b[0]!.toUpperCase()}${b.slice(1)}`;
      return [
        `/** Brings the ${told(a)} of every ${told(b)} to the ${told(c)} below its ${told(d)}. */`,
        `export function ${name}(${c}, ${pick()}) {`,
        `  const ${d} = ${c}.${pick()}(${random.below(1000)});`,
        `  for (const ${pick()} of ${d}.${pick()}) ${a}(${b}, ${pick()} + ${random.below(1000)});`,
        `  return ${d} && ${pick()}.${pick()}('${pick()} ${pick()}');`,
        '}',
      ].join('\n');
    });
    scratch.write(`${folder}/src/part${f}.js`, `${functions.join('\n\n')}\n`);
  }
}

const small = ['--dims', '16', '--vocabulary', '600', '--batch', '16', '--threads', '1'];

beforeAll(async () => {
  writeTree('sources/a/train', 30, 1);
  writeTree('sources/a/valid', 20, 2);
  writeTree('own', 60, 3, 7);
  writeTree('little', 3, 4);
  const licence = 'MIT';
  const sources = [
    { name: 'a/train', licence, split: 'train' },
    { name: 'a/valid', licence, split: 'valid' },
  ];
  scratch.write('manifest.json', JSON.stringify({ sources }));
  const where = ['--sources', 'sources', '--out', 'corpus'];
  const built = await quarry(['corpus', 'build', 'manifest.json', ...where, '--no-decontamination', '-q']);
  expect(built.err).toBe('');
});

const begin = ['train', 'static', '--corpus', 'corpus', '--source', 'corpus', ...small];

test('a run is trained, stopped, gone on with and equal to one that was not stopped', async () => {
  const flags = [...begin, '--epochs', '25'];
  const straight = await quarry([...flags, '--out', 'straight', '--json']);
  expect(straight.code, straight.err).toBe(0);
  const result = JSON.parse(straight.out) as { reason: string; mrr: number; model: { fingerprint: string } };
  expect(result).toMatchObject({ reason: 'finished', model: { id: 'static', dims: 16 } });
  expect(result.mrr).toBeGreaterThan(0.02);
  expect(straight.err).toContain('quarry: reading: 0 examples so far');
  expect(straight.err).toMatch(/step 1\/\d+, loss \d/);

  const stopped = await quarry([...flags, '--out', 'stopped'], 'step 1/');
  expect(stopped.code, stopped.err).toBe(130);
  expect(stopped.err).toContain('go on with: quarry train --out stopped --resume');
  const again = await quarry([...flags, '--out', 'stopped']);
  expect(again.err).toContain('a run is there already');
  const other = await quarry(['train', '--out', 'stopped', '--resume', '--rate', '0.1']);
  expect(other.err).toContain('--resume goes on as the run began: leave --rate out');
  const resumed = await quarry(['train', '--out', 'stopped', '--resume', '--json']);
  expect(resumed.code, resumed.err).toBe(0);
  const after = JSON.parse(resumed.out) as typeof result;
  expect(after.mrr).toBe(result.mrr);
  expect(after.model.fingerprint).toBe(result.model.fingerprint);
});

test('batches of similar pairs and frozen weights go on from another run, also after a stop', async () => {
  const alone = await quarry([...begin, '--similar', '0.4', '--out', 'alone']);
  expect([alone.code, alone.err]).toEqual([2, expect.stringContaining('needs a model that says which are')]);
  const flags = [...begin, '--epochs', '25', '--init', 'straight', '--similar', '0.4'];
  const wrong = await quarry([...flags, '--freeze', 'gate', '--out', 'wrong']);
  expect([wrong.code, wrong.err]).toEqual([
    2,
    expect.stringContaining('there is no weight "gate" to freeze'),
  ]);
  const frozen = [...flags, '--freeze', 'gates'];
  const whole = await quarry([...frozen, '--out', 'similar', '--json']);
  expect(whole.code, whole.err).toBe(0);
  const stopped = await quarry([...frozen, '--out', 'similar-stopped'], 'step 1/');
  expect(stopped.code, stopped.err).toBe(130);
  const resumed = await quarry(['train', '--out', 'similar-stopped', '--resume', '--json']);
  expect(resumed.code, resumed.err).toBe(0);
  const of = (text: string) => (JSON.parse(text) as { model: { fingerprint: string } }).model.fingerprint;
  expect(of(resumed.out)).toBe(of(whole.out));
});

test('a report of a run, and of several', async () => {
  await quarry([...begin, '--epochs', '1', '--out', 'short', '-q']);
  const { code, out } = await quarry(['train', 'report', 'short', 'straight', '--out', 'both.html']);
  // The page is there once the package was built.
  if (!existsSync(resolve(import.meta.dirname, '../../dist/report/report.html'))) return;
  expect(code).toBe(0);
  expect(out).toBe('both.html\n');
  const page = readFileSync(scratch.path('both.html'), 'utf8');
  for (const name of ['short', 'straight']) expect(page).toContain(`{"name":"${name}"`);
  expect(existsSync(scratch.path('straight/report.html'))).toBe(true);
});

test('a model is adapted to a tree, compared on files it did not see, and kept if it is better', async () => {
  const flags = ['train', '--on', 'own', '--model', 'straight', '--id', 'mine', '--threads', '1'];
  const { code, out, err } = await quarry([
    ...flags,
    '--epochs',
    '20',
    '--rate',
    '0.01',
    '--out',
    'adapted',
    '--json',
  ]);
  expect(code, `${err}${out}`).toBe(0);
  const result = JSON.parse(out) as {
    pairs: { splits: Record<string, number>; kinds: Record<string, number> };
    comparison: { before: { mrr: number }; after: { mrr: number }; p: number; queries: number };
    promoted: string;
  };
  expect(result.pairs.kinds).toEqual({ doc: expect.any(Number) as number });
  expect(result.pairs.splits['test']).toBeGreaterThanOrEqual(50);
  expect(result.comparison.after.mrr).toBeGreaterThan(result.comparison.before.mrr);
  expect(result.promoted).toBe(scratch.path('models/mine'));
  const card = readFileSync(scratch.path('models/mine/README.md'), 'utf8');
  expect(card).toContain('files were not trained on');
  const files = readFileSync(scratch.path('adapted/pairs.json'), 'utf8');
  expect(JSON.parse(files)).toMatchObject({ repository: scratch.path('own') });

  rmSync(scratch.path('models'), { recursive: true });
  const worse = await quarry([...flags, '--epochs', '1', '--rate', '1e-7', '--out', 'same']);
  expect(worse.code, worse.err).toBe(1);
  expect(worse.out).toContain('the adapted model is not better');
  expect(existsSync(scratch.path('models'))).toBe(false);
  expect(existsSync(scratch.path('same/model/config.json'))).toBe(true);
});

test('what there is to train with', async () => {
  const { out } = await inProcess(['train', '--list', '--json']);
  const known = JSON.parse(out) as Record<string, Array<{ id: string }>>;
  for (const [part, id] of Object.entries({
    recipes: 'static',
    losses: 'info-nce',
    encoders: 'transformer',
    sources: 'corpus',
  }))
    expect(known[part]!.map(one => one.id)).toContain(id);
  expect((await inProcess(['train', '--list'])).out).toMatch(/^Recipes\n {2}static /);
});

test.each<[string[], string, string]>([
  [[], 'where is the run? give --out DIR', ''],
  [['--out', 'x'], 'the source corpus needs a corpus: give --corpus DIR', 'quarry corpus build'],
  [['statik', '--out', 'x'], 'there is no recipe "statik"', 'did you mean static?'],
  [['static', '--out', 'x', '--rate', 'fast'], '--rate fast: not a number from 1e-7 to 1', ''],
  [['static', '--out', 'x', '--corpus', 'nowhere'], '--corpus: no such directory: nowhere', ''],
  [['static', '--out', 'x', '--source', 'cosqa'], 'needs a data directory', 'give --data DIR'],
  [['static', '--out', 'x', '--towers', 'two'], '--towers: unknown "two"', ''],
  [['--out', 'x', '--resume'], 'is no run of quarry train', 'given to --out'],
  [['report'], 'report on which runs?', ''],
  [['report', 'own'], 'is no run of quarry train', ''],
  [['--on', 'own', '--model', 'nothing-like-it'], 'there is no model "nothing-like-it"', ''],
  [['static', '--on', 'own'], 'leave static out', ''],
])('%j is refused in one line', async (args, message, hint) => {
  const { code, err, out } = await inProcess(['train', ...args]);
  expect(err).toContain(message);
  expect(err).toContain(hint);
  expect(code).toBe(2);
  expect(out).toBe('');
});

test('a tree with little to learn from says what was found', async () => {
  const { code, err } = await inProcess(['train', '--on', 'little', '--model', 'straight', '--out', 'none']);
  expect(code).toBe(2);
  expect(err).toMatch(/gives \d+ pairs of text and code \(\d+ doc; in 3 files\): too few/);
});
