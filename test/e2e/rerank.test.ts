import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeTinyReranker } from '../../src/models/cross/tiny.testing.ts';
import { Scratch } from '../support/scratch.ts';

/** Re-ranking through the command line, with a cross-encoder that nobody has trained. */

const main = resolve(import.meta.dirname, '../../src/cli/main.ts');
let scratch: Scratch;
let reranker: string;

beforeAll(async () => {
  scratch = new Scratch({
    'src/header.py': 'def parse_header(request):\n    return request.header.split()\n',
    'src/retry.py': 'def retry_connection(delay):\n    wait(delay)  # request header\n',
    'src/file.py': 'def read_file(path):\n    return open(path)  # request header\n',
  });
  reranker = join(scratch.directory, 'reranker');
  await writeTinyReranker(reranker, 'int8');
});
afterAll(() => scratch[Symbol.dispose]());

function quarry(
  args: string[],
  env: Record<string, string> = {},
  input?: string,
): Promise<{ code: number; out: string; err: string }> {
  return new Promise(done => {
    const child = execFile(
      process.execPath,
      [main, ...args],
      {
        cwd: scratch.root,
        env: {
          PATH: process.env['PATH'],
          HOME: scratch.directory,
          QUARRY_INDEX_DIR: join(scratch.directory, 'indexes'),
          QUARRY_THREADS: '1',
          QUARRY_MODEL: 'none',
          ...env,
        },
      },
      (error, out, err) => done({ code: error ? Number(error.code) : 0, out, err }),
    );
    child.stdin?.end(input ?? '');
  });
}

interface Document {
  rerank?: { used: boolean; candidates: number; reason?: string };
  results: Array<{ path: string; relevance?: number; signals: Array<{ name: string }> }>;
}
const json = async (args: string[], env: Record<string, string> = {}): Promise<Document> =>
  JSON.parse((await quarry([...args, '--json'], env)).out) as Document;

test('a re-ranker that is named re-ranks, and the JSON says what it did', async () => {
  const found = await json(['request header', '--reranker', reranker]);
  expect(found.rerank).toMatchObject({ used: true, candidates: 3 });
  expect(found.results).toHaveLength(3);
  for (const { relevance, signals } of found.results) {
    expect(relevance).toBeGreaterThan(0);
    expect(signals.map(({ name }) => name)).toContain('rerank');
  }
  const byEnvironment = await json(['request header'], { QUARRY_RERANKER: reranker });
  expect(byEnvironment.rerank?.used).toBe(true);
  const off = await json(['request header', '--reranker', reranker, '--rerank', 'off']);
  expect(off.rerank).toBeUndefined();
  const none = await json(['request header', '--rerank=2', '--rerank-budget=0'], {
    QUARRY_RERANKER: reranker,
  });
  expect(none.rerank).toMatchObject({ used: false });
});

test('a budget that is over is said on stderr, and the results are there', async () => {
  const { code, out, err } = await quarry([
    'request header',
    '--reranker',
    reranker,
    '--rerank-budget',
    '0',
    '-l',
  ]);
  expect(code).toBe(0);
  expect(out.trim().split('\n')).toHaveLength(3);
  expect(err).toMatch(/not re-ranked: it was not done within 0 ms/);
});

test('--explain shows its part of the score', async () => {
  const { out } = await quarry(['request header', '--reranker', reranker, '--explain']);
  expect(out).toMatch(/rerank/);
});

test('many queries are answered over one open re-ranker', async () => {
  const lines = ['request header', 'retry delay', 'read file'].map((query, id) =>
    JSON.stringify({ id, query }),
  );
  const { code, out } = await quarry(['--batch', '--reranker', reranker], {}, `${lines.join('\n')}\n`);
  expect(code).toBe(0);
  const answers = out
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as { id: number; results: unknown[] });
  expect(answers.map(({ id }) => id)).toEqual([0, 1, 2]);
  expect(answers.every(({ results }) => results.length > 0)).toBe(true);
});

test.each([
  [['--rerank', '0'], /--rerank 0: not a whole number from 1 to 100/],
  [['--rerank', 'many'], /--rerank many: not a whole number/],
  [['--rerank', '500'], /from 1 to 100/],
  [['--rerank-budget', '-1'], /rerank-budget/],
  [['--reranker', './nowhere'], /nowhere/],
])('%j is one line and exit code 2', async (flags, message) => {
  const { code, out, err } = await quarry(['request', ...flags]);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(message);
});

test('a re-ranker is no encoder, and an encoder is no re-ranker', async () => {
  const asModel = await quarry(['request', '--model', reranker]);
  expect(asModel.code).toBe(2);
  expect(asModel.err).toMatch(/belongs to a re-ranker/);
  const asReranker = await quarry([
    'request header',
    '--reranker',
    resolve(import.meta.dirname, '../../models/static'),
  ]);
  expect(asReranker.code).toBe(2);
  expect(asReranker.err).toMatch(/quarry-encoder-1/);
});

test('a damaged one is an error, but not for a search that leaves it out', async () => {
  const broken = join(scratch.directory, 'broken');
  await writeTinyReranker(broken, 'int8');
  writeFileSync(join(broken, 'model.onnx'), 'x');
  expect((await quarry(['request header', '--reranker', broken])).code).toBe(2);
  expect((await quarry(['request header', '--reranker', broken, '--rerank', 'off'])).code).toBe(0);
});

test('a project may not choose it', async () => {
  scratch.write('quarry.config.json', '{ "reranker": "./model" }');
  const { code, err } = await quarry(['request']);
  scratch.remove('quarry.config.json');
  expect(code).toBe(2);
  expect(err).toMatch(/reranker is the user's choice/);
});

test('models check reads with it', async () => {
  const { code, out } = await quarry(['models', 'show', reranker]);
  expect(code).toBe(0);
  expect(out).toMatch(/cross-encoder/);
  const checked = await quarry(['models', 'check', reranker]);
  expect(checked.out).toMatch(/score of fitting code/);
});
