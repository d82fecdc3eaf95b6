import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PreparedSystem } from '../system.ts';
import { collectionOf, queryOf } from './collection.testing.ts';
import { external } from './external.ts';
import { PathMap, parseOutput } from './external-output.ts';

let folder: string;
let root: string;
let open: PreparedSystem[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quarry-test-'));
  root = join(folder, 'tree');
  mkdirSync(root);
  open = [];
});

afterEach(async () => {
  for (const prepared of open) await prepared.close?.();
  rmSync(folder, { recursive: true, force: true });
});

/** Prepares a node script over a tree with three files, or over snippets. */
async function prepare(
  script: string,
  parameters: Record<string, unknown> = {},
  { snippets = false, signal }: { snippets?: boolean; signal?: AbortSignal } = {},
): Promise<PreparedSystem> {
  const file = join(folder, 'script.mjs');
  writeFileSync(file, script);
  const words = parameters['mode'] === 'batch' ? [] : ['{query}', '{root}', '{limit}'];
  const collection = snippets
    ? collectionOf({ 'id/1': { text: 'one', language: 'python' }, 'id 2': 'two', '../3': 'three' })
    : collectionOf({ 'src/a.ts': 'a', 'src/b.ts': 'b', 'lib/b.ts': 'b' }, { root });
  const values = { ...external.defaults, command: [process.execPath, file, ...words], ...parameters };
  const prepared = await external.create(values).prepare(collection, signal);
  open.push(prepared);
  return prepared;
}

const ask = (prepared: PreparedSystem, text: string, limit = 10, pool?: string[]) =>
  prepared.rank(queryOf(text, pool), { limit });

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A script that starts a child, notes its id, and waits for ever. */
const lingering = (pidFile: string) => `
  import { spawn } from 'node:child_process';
  import { writeFileSync } from 'node:fs';
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
  writeFileSync(${JSON.stringify(pidFile)}, String(child.pid));
  setInterval(() => {}, 1000);
`;

async function gone(pidFile: string): Promise<boolean> {
  const pid = Number(readFileSync(pidFile, 'utf8'));
  // A killed process stays in the table until it is reaped.
  for (let i = 0; i < 200 && isAlive(pid); i++) await new Promise(resolve => setTimeout(resolve, 20));
  return !isAlive(pid);
}

async function appeared(file: string): Promise<void> {
  while (!existsSync(file) || readFileSync(file, 'utf8') === '')
    await new Promise(resolve => setTimeout(resolve, 10));
}

describe('per query', () => {
  test('placeholders are filled, without a shell, and paths become candidates', async () => {
    const prepared = await prepare(`
      const [query, root, limit] = process.argv.slice(2);
      if (query !== 'a $HOME; {root}' || limit !== '7' || root !== process.cwd()) process.exit(9);
      console.log(JSON.stringify([root + '/src/a.ts', { file: './lib/b.ts', line: 3 }, 'nowhere.ts']));
    `);
    expect(await ask(prepared, 'a $HOME; {root}', 7)).toEqual([
      { id: 'src/a.ts', score: 3 },
      { id: 'lib/b.ts', score: 2, lines: [3, 3] },
    ]);
    expect(prepared.warnings!()).toEqual(['1 results named no candidate and were dropped: nowhere.ts']);
  });

  test('scores that descend are kept; others give way to the order', async () => {
    const prepared = await prepare(`console.log(process.argv[2])`);
    const answer = (...scores: Array<number | undefined>) =>
      JSON.stringify({ results: scores.map((score, i) => ({ path: ['src/a.ts', 'src/b.ts'][i], score })) });
    const scores = async (text: string) => (await ask(prepared, text)).map(item => item.score);
    expect(await scores(answer(0.5, 0.5))).toEqual([0.5, 0.5]);
    expect(await scores(answer(0.1, 0.7))).toEqual([2, 1]);
    expect(await scores(answer(0.9, undefined))).toEqual([2, 1]);
  });

  test('a pool and the limit cut the list', async () => {
    const prepared = await prepare(
      `console.log(process.argv[4] + '\\nsrc/a.ts\\nsrc/b.ts:4-9\\nlib/b.ts:2')`,
    );
    const items = await ask(prepared, 'x', 2, ['src/b.ts', 'lib/b.ts']);
    expect(items.map(({ id, lines }) => ({ id, lines }))).toEqual([
      { id: 'src/b.ts', lines: [4, 9] },
      { id: 'lib/b.ts', lines: [2, 2] },
    ]);
    expect(prepared.warnings!()[0]).toContain('dropped: 1000');
  });

  test('exit code 1 without output is no match; other codes are errors with the last line of stderr', async () => {
    const prepared = await prepare(`
      const query = process.argv[2];
      if (query === 'output') console.log('src/a.ts');
      console.error('first\\nlast words');
      process.exit(query === 'three' ? 3 : 1);
    `);
    expect(await ask(prepared, 'one')).toEqual([]);
    expect(await ask(prepared, 'output')).toHaveLength(1);
    await expect(ask(prepared, 'three')).rejects.toMatchObject({
      code: 'unreadable',
      message: expect.stringMatching(/exit code 3: last words$/),
    });
    expect(await ask(prepared, '  ')).toEqual([]);
  });

  test('a program that does not exist is named', async () => {
    const prepared = await prepare('', { command: ['/no/such/program', '{query}'] });
    await expect(ask(prepared, 'x')).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('/no/such/program'),
    });
  });

  test('a program that is late is killed with what it started, and found nothing', async () => {
    const pidFile = join(folder, 'pid');
    // On a busy machine the script may not have come far when it is killed.
    for (const timeoutMs of [1500, 6000, 20_000]) {
      const prepared = await prepare(lingering(pidFile), { timeoutMs });
      expect(await ask(prepared, 'x')).toEqual([]);
      expect(prepared.warnings?.()).toEqual([`1 queries took longer than ${timeoutMs} ms: no results`]);
      if (existsSync(pidFile)) break;
    }
    expect(await gone(pidFile)).toBe(true);
  }, 60_000);

  test('an abort kills the group', async () => {
    const pidFile = join(folder, 'pid');
    const prepared = await prepare(lingering(pidFile));
    const stop = new AbortController();
    const asked = prepared.rank(queryOf('x'), { limit: 1, signal: stop.signal });
    const refused = expect(asked).rejects.toMatchObject({ code: 'aborted' });
    await appeared(pidFile);
    stop.abort();
    await refused;
    expect(await gone(pidFile)).toBe(true);
    await expect(prepared.rank(queryOf('x'), { limit: 1, signal: stop.signal })).rejects.toMatchObject({
      code: 'aborted',
    });
  });
});

describe('snippets and setup', () => {
  const list = `
    import { readdirSync, readFileSync } from 'node:fs';
    const files = readdirSync('.', { recursive: true }).filter(name => /\\d\\.\\w+$/.test(name));
    console.log(JSON.stringify(files.filter(f => readFileSync(f, 'utf8') === process.argv[2] || process.argv[2] === 'all')));
  `;

  test('snippets are files named by number and language, gone after close', async () => {
    const prepared = await prepare(list, {}, { snippets: true });
    expect((await ask(prepared, 'one')).map(item => item.id)).toEqual(['id/1']);
    expect((await ask(prepared, 'all')).map(item => item.id).sort()).toEqual(['../3', 'id 2', 'id/1']);
    const where = await prepare(`console.log(process.cwd())`, {}, { snippets: true });
    await ask(where, 'x');
    const made = where.warnings!()[0]!.split(': ').at(-1)!;
    expect(existsSync(join(made, '000/000000.py'))).toBe(true);
    await where.close!();
    expect(existsSync(made)).toBe(false);
  });

  test('an abort removes them too', async () => {
    const stop = new AbortController();
    const prepared = await prepare(`console.log(process.cwd())`, {}, { snippets: true, signal: stop.signal });
    await ask(prepared, 'x');
    const made = prepared.warnings!()[0]!.split(': ').at(-1)!;
    expect(existsSync(made)).toBe(true);
    stop.abort();
    expect(existsSync(made)).toBe(false);
  });

  test('setup runs first, in the root, with the environment given; its failure is an error', async () => {
    const write = `require('fs').writeFileSync('made', process.env.WHAT)`;
    const setup = [process.execPath, '-e', write];
    await prepare(list, { setup, env: { WHAT: 'index' } });
    expect(readFileSync(join(root, 'made'), 'utf8')).toBe('index');
    const failing = [process.execPath, '-e', `console.error('no index'); process.exit(1)`];
    await expect(prepare(list, { setup: failing })).rejects.toMatchObject({
      message: expect.stringContaining('exit code 1: no index'),
    });
  });
});

describe('batch', () => {
  const answering = (answer: string) => `
    import { createInterface } from 'node:readline';
    let n = 0;
    for await (const line of createInterface({ input: process.stdin })) {
      const { id, query } = JSON.parse(line);
      n++;
      ${answer}
    }
  `;

  test('one process answers all queries', async () => {
    const prepared = await prepare(
      answering(`console.log(JSON.stringify({ id, results: [{ path: query, score: n }, 'src/b.ts'] }));`),
      { mode: 'batch' },
    );
    expect(await ask(prepared, 'src/a.ts')).toEqual([
      // The first answer was to have the index built.
      { id: 'src/a.ts', score: 2 },
      { id: 'src/b.ts', score: 1 },
    ]);
    expect((await ask(prepared, 'lib/b.ts', 1)).map(item => item.id)).toEqual(['lib/b.ts']);
  });

  test.each([
    ['ends', `console.error('gone'); process.exit(4);`, /exit code 4: gone/],
    [
      'answers another query',
      `console.log(JSON.stringify({ id: 'x', results: [] }));`,
      /not the answer to query 1/,
    ],
    ['writes no JSON', `console.log('hello');`, /not the answer to query 1: hello/],
  ])('a program that %s is an error', async (_, answer, message) => {
    // At its start, and later.
    await expect(prepare(answering(answer), { mode: 'batch' })).rejects.toMatchObject({
      message: expect.stringMatching(message),
    });
    const started = `if (n === 1) console.log(JSON.stringify({ id, results: [] })); else { ${answer} }`;
    const prepared = await prepare(answering(started), { mode: 'batch' });
    await expect(ask(prepared, 'x')).rejects.toMatchObject({
      message: expect.stringMatching(new RegExp(message.source.replace('query 1', 'query 2'))),
    });
    await expect(ask(prepared, 'y')).rejects.toThrow();
  });

  test('a program that is silent is started again for the next query', async () => {
    const answer = `if (query !== 'silence') console.log(JSON.stringify({ id, results: ['src/a.ts'] }));`;
    const prepared = await prepare(answering(answer), { mode: 'batch', timeoutMs: 4000 });
    expect(await ask(prepared, 'silence')).toEqual([]);
    expect((await ask(prepared, 'x')).map(item => item.id)).toEqual(['src/a.ts']);
    expect(prepared.warnings?.()).toEqual(['1 queries took longer than 4000 ms: no results']);
  });

  test('an abort kills it', async () => {
    const pidFile = join(folder, 'pid');
    const stop = new AbortController();
    const refused = expect(
      prepare(lingering(pidFile), { mode: 'batch' }, { signal: stop.signal }),
    ).rejects.toMatchObject({ code: 'aborted' });
    await appeared(pidFile);
    stop.abort();
    await refused;
    expect(await gone(pidFile)).toBe(true);
  });
});

describe('output', () => {
  test.each<[string, unknown]>([
    [
      '["a", {"path": "b", "score": 2, "firstLine": 1, "lastLine": 4}]',
      [{ path: 'a' }, { path: 'b', score: 2, lines: [1, 4] }],
    ],
    ['{"results": [{"id": 7, "start_line": 2, "end_line": 3}]}', [{ path: '7', lines: [2, 3] }]],
    ['{"file": "a"}\n{"other": 1}\n"b"\n', [{ path: 'a' }, { path: 'b' }]],
    [
      'a.ts\nb c.ts:12\nd.ts:3-5\ne.ts:7:x = 1\r\n',
      [
        { path: 'a.ts' },
        { path: 'b c.ts', lines: [12, 12] },
        { path: 'd.ts', lines: [3, 5] },
        { path: 'e.ts', lines: [7, 7] },
      ],
    ],
    ['12\n13', [{ path: '12' }, { path: '13' }]],
    ['', []],
  ])('%j', (text, items) => {
    expect(parseOutput(text)).toEqual(items);
  });

  test('paths: exact first, then the only one that ends alike', () => {
    const paths = new PathMap('/data/tree/');
    for (const path of ['src/a.ts', 'src/b.ts', 'lib/b.ts', 'b.ts']) paths.add(path, `id ${path}`);
    const found = ['/data/tree/src/b.ts', './b.ts', 'a.ts', '/copy/src/a.ts', 'tree\\src\\a.ts'].map(path =>
      paths.idOf(path),
    );
    expect(found).toEqual(['id src/b.ts', 'id b.ts', 'id src/a.ts', 'id src/a.ts', 'id src/a.ts']);
    // Two end alike, and no other path is one's own by its last letters.
    expect(paths.idOf('/copy/lib/b.ts')).toBeUndefined();
    expect(paths.idOf('xa.ts')).toBeUndefined();
  });
});

test('the fingerprint follows the program', () => {
  const file = join(folder, 'tool');
  const values = { ...external.defaults, command: [file, '{query}'] };
  writeFileSync(file, 'one');
  const before = external.create(values).fingerprint;
  expect(external.create(values).fingerprint).toBe(before);
  writeFileSync(file, 'another');
  expect(external.create(values).fingerprint).not.toBe(before);
});

test('a program may search the files that candidates are units of', async () => {
  const script = join(folder, 'units.mjs');
  // Names what it finds in its directory: a line of a.py, all of b.py, a file without candidates, one that is none.
  writeFileSync(
    script,
    `import { readFileSync } from 'node:fs';
     const line = readFileSync('src/a.py', 'utf8').split('\\n').indexOf('two') + 1;
     console.log(['src/a.py:' + line, 'b.py', 'c.py:1', 'x.py'].join('\\n'));`,
  );
  const file = (path: string, text: string) => ({ path, text, language: 'python', role: 'source' as const });
  const unit = (path: string, first: number, last: number) => ({
    text: 'a unit',
    places: [{ path, lines: [first, last] as const }],
  });
  const collection = collectionOf(
    {
      one: unit('src/a.py', 1, 1),
      two: unit('src/a.py', 2, 3),
      b1: unit('b.py', 1, 1),
      b2: unit('b.py', 2, 2),
    },
    {
      async *files() {
        yield file('src/a.py', 'one\ntwo\nthree\n');
        yield file('b.py', 'b\nb\n');
        yield file('c.py', 'c\n');
      },
    },
  );
  const values = { ...external.defaults, command: [process.execPath, script, '{query}'], files: true };
  const prepared = await external.create(values).prepare(collection);
  open.push(prepared);
  expect(await ask(prepared, 'q')).toEqual([
    { id: 'two', score: 4 },
    { id: 'b1', score: 3 },
    { id: 'b2', score: 3 },
  ]);
  expect(prepared.warnings!()).toEqual(['1 results named no candidate and were dropped: x.py']);
});
