import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CorpusInfo } from '../../src/training/corpus/corpus.ts';
import { Scratch } from '../support/scratch.ts';

/** Runs `quarry corpus` as a process on small sources. */

const main = resolve(import.meta.dirname, '../../src/cli/main.ts');
const scratch = new Scratch();
afterAll(() => scratch[Symbol.dispose]());

async function corpus(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const env = { PATH: process.env['PATH'], HOME: scratch.directory, GIT_CONFIG_NOSYSTEM: '1' };
  const child = spawn(process.execPath, [main, 'corpus', ...args], { cwd: scratch.root, env });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}

beforeAll(() => {
  scratch.write(
    'sources/a/b/src/date.js',
    '/** Parses a date of three numbers. */\nexport function parseDate(text) {\n  const [y, m, d] = text.split("-");\n  return new Date(y, m, d);\n}\n',
  );
  scratch.write(
    'sources/a/b/test/date.test.js',
    "it('parses a date before the epoch', () => {\n  parseDate('1');\n});\n",
  );
  scratch.write(
    'manifest.json',
    JSON.stringify({
      sources: [
        { name: 'a/b', licence: 'MIT' },
        { name: 'pallets/click', licence: 'BSD-3-Clause' },
      ],
    }),
  );
  scratch.write('copyleft.json', JSON.stringify({ sources: [{ name: 'a/b', licence: 'GPL-3.0-only' }] }));
  scratch.write('data/repo-queries/EVAL-REPOS.txt', 'pallets/click\n');
});

test('build, stats and check', async () => {
  const build = ['build', 'manifest.json', '--sources', 'sources', '--data', 'data', '--out', 'corpus'];
  const built = await corpus(...build);
  expect(built.err).toContain('left out pallets/click: pallets/click is an evaluation repository');
  expect(built.code).toBe(0);
  expect(built.out).toMatch(/^2 pairs/);
  const again = await corpus(...build, '--json');
  const info = JSON.parse(again.out) as CorpusInfo;
  expect(info.counts.kind).toEqual({ doc: 1, test: 1 });
  const stats = await corpus('stats', 'corpus');
  expect(stats.code).toBe(0);
  expect(stats.out).toContain('javascript');
  const check = await corpus('check', 'corpus', '--data', 'data');
  expect(check.out).toContain('2 pairs in 1 shards');
  expect(check.code).toBe(0);
  scratch.write('corpus/shards/train-00000.jsonl.gz', 'no gzip');
  const broken = await corpus('check', 'corpus', '--no-decontamination');
  expect(broken.code).toBe(1);
  expect(broken.out).toContain('was changed since it was written');
});

test('what cannot be done is said in one line', async () => {
  const cases: Array<[string[], string]> = [
    [[], 'build, stats or check?'],
    [['bild'], 'corpus: unknown "bild"'],
    [['build'], 'corpus build needs a manifest'],
    [['build', 'nothing.json'], 'cannot read nothing.json'],
    [['build', 'copyleft.json'], 'a/b has licence GPL-3.0-only'],
    [['build', 'manifest.json'], 'where are the evaluation data?'],
    [['build', 'manifest.json', '--data', 'sources'], 'no evaluation data in'],
    [['stats', 'sources'], 'no corpus in'],
  ];
  for (const [args, message] of cases) {
    const { code, err } = await corpus(...args);
    expect(err, args.join(' ')).toContain(message);
    expect(code).toBe(2);
  }
  const allowed = await corpus(
    'build',
    'copyleft.json',
    '--allow-licence',
    'GPL-3.0-only',
    '--sources',
    'sources',
    '--no-decontamination',
    '--out',
    'other',
  );
  expect(allowed.code).toBe(0);
  expect(allowed.err).toContain('without looking at evaluation data');
}, 60_000);
