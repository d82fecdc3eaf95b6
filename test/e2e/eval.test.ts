import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ExperimentResult } from '../../src/evaluation/result.ts';
import { Scratch } from '../support/scratch.ts';

/** Runs `quarry eval` as a process on small data. Nothing here depends on how long anything takes. */

const main = resolve(import.meta.dirname, '../../src/cli/main.ts');
const scratch = new Scratch();

interface Outcome {
  code: number | null;
  out: string;
  err: string;
}

function start(args: readonly string[]): ChildProcess {
  const { PATH } = process.env;
  const env = {
    PATH,
    HOME: scratch.directory,
    QUARRY_INDEX_DIR: scratch.path('indexes'),
    GIT_CONFIG_NOSYSTEM: '1',
  };
  return spawn(process.execPath, [main, 'eval', ...args], { cwd: scratch.root, env });
}

async function finish(child: ChildProcess): Promise<Outcome> {
  let out = '';
  let err = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (err += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}

const evaluate = (...args: string[]) => finish(start(args));

const pairs = [
  ['parse a date', 'function parseDate(text) { return new Date(text); }'],
  ['send a mail', 'function sendMail(to, subject) { transport.send(to, subject); }'],
  ['open a file', 'function openFile(path) { return fs.open(path); }'],
  ['close the connection', 'function closeConnection(socket) { socket.end(); }'],
  ['sort numbers', 'function sortNumbers(list) { return list.sort((a, b) => a - b); }'],
] as const;

beforeAll(() => {
  const rows = pairs.map(([query, code], i) =>
    JSON.stringify({ id: `p${i}`, query, code, language: 'javascript' }),
  );
  scratch.write('pairs.jsonl', `${rows.join('\n')}\n{"query": "no code"}\nnot json\n`);
  scratch.write(
    'tree/mail.js',
    '/** Sends a mail to the person. */\nexport function deliver(to) {\n  return post(to);\n}\n',
  );
  scratch.write(
    'tree/date.js',
    '/** Reads a date from a text. */\nexport function fromText(t) {\n  return new Date(t);\n}\n',
  );
  scratch.write(
    'questions.jsonl',
    '{"root": "tree"}\n{"query": "deliver mail", "relevant": ["mail.js"]}\n{"query": "text to date", "relevant": {"date.js": 2}}\n',
  );
});
afterAll(() => scratch[Symbol.dispose]());

describe('results', () => {
  test('the JSON document has what the contract says', async () => {
    const { code, out, err } = await evaluate(
      'jsonl:pairs.jsonl',
      '--systems',
      'tfidf,bm25,lexical',
      '--json',
    );
    expect(code).toBe(0);
    const result = JSON.parse(out) as ExperimentResult;
    expect(result).toMatchObject({ split: 'all', pool: 5, queries: 5, baseline: 'bm25' });
    expect(result.systems.map(system => system.name)).toEqual(['tfidf', 'bm25', 'lexical']);
    for (const system of result.systems) {
      expect(system.measures['mrr']).toBeGreaterThan(0.5);
      const [low, high] = system.intervals['mrr']!;
      expect(low).toBeLessThanOrEqual(system.measures['mrr']!);
      expect(high).toBeGreaterThanOrEqual(system.measures['mrr']!);
      expect(system.latencyMs!.p95).toBeGreaterThanOrEqual(system.latencyMs!.p50);
      expect(Object.keys(system.p)).toEqual(system.name === 'bm25' ? [] : result.measures);
    }
    expect(result.files[0]).toMatchObject({ path: 'pairs.jsonl', rows: 5, skipped: 2 });
    expect(err).toMatch(/pairs\.jsonl:6: no text in field code/);
    expect(err).toMatch(/pairs\.jsonl:7: not JSON/);
  });

  test('a second run comes from the cache, with the same numbers', async () => {
    const first = JSON.parse((await evaluate('jsonl:pairs.jsonl', '--json')).out) as ExperimentResult;
    const second = JSON.parse((await evaluate('jsonl:pairs.jsonl', '--json')).out) as ExperimentResult;
    expect(second.systems.every(system => system.cached)).toBe(true);
    expect(second.systems.map(system => system.measures)).toEqual(
      first.systems.map(system => system.measures),
    );
    const third = JSON.parse(
      (await evaluate('jsonl:pairs.jsonl', '--json', '--no-cache')).out,
    ) as ExperimentResult;
    expect(third.systems.some(system => system.cached)).toBe(false);
    expect(third.systems.map(system => system.measures)).toEqual(
      first.systems.map(system => system.measures),
    );
  });

  test('every kind of output, from an experiment with two data sets and a program of its own', async () => {
    scratch.write('rank.mjs', "console.log(process.argv[2].includes('mail') ? 'mail.js' : 'date.js');\n");
    scratch.write(
      'experiment.json',
      JSON.stringify({
        datasets: ['questions:questions.jsonl', 'jsonl:pairs.jsonl'],
        systems: [
          'bm25',
          'lexical',
          {
            name: 'own',
            system: 'external',
            parameters: { command: [process.execPath, '{cwd}/rank.mjs', '{query}'] },
          },
        ],
        measures: ['mrr', 'ndcg@10'],
      }),
    );
    const { code, out } = await evaluate('experiment.json', '--out', 'out', '--worst', '1');
    expect(code).toBe(0);
    expect(out).toContain('pool of 2 candidates');
    expect(out).toContain('Worst of own by mrr');
    expect(readdirSync(scratch.path('out')).sort()).toEqual([
      'report.html',
      'report.md',
      'result.json',
      'rows.jsonl',
    ]);
    const { results } = JSON.parse(readFileSync(scratch.path('out/result.json'), 'utf8')) as {
      results: ExperimentResult[];
    };
    expect(results[0]!.systems[2]).toMatchObject({ name: 'own', measures: { mrr: 1, 'ndcg@10': 1 } });
    const rows = readFileSync(scratch.path('out/rows.jsonl'), 'utf8').trim().split('\n');
    expect(rows).toHaveLength(7);
    expect(JSON.parse(rows[0]!)).toMatchObject({ dataset: 'questions', text: 'deliver mail' });
    expect(readFileSync(scratch.path('out/report.html'), 'utf8')).toContain('text to date');
  });

  test('a directory is evaluated by its own doc comments', async () => {
    const { code, out } = await evaluate('./tree', '--split', 'all', '--json');
    expect(code).toBe(0);
    const result = JSON.parse(out) as ExperimentResult;
    expect(result).toMatchObject({ dataset: 'repo', queries: 2, pool: 2 });
  });

  test('golden ranks: written, kept, refused when they fell', async () => {
    const run = (...more: string[]) =>
      evaluate('questions:questions.jsonl', '--systems', 'lexical', '--golden', 'ranks.txt', ...more);
    expect((await run()).code).toBe(0);
    const written = readFileSync(scratch.path('ranks.txt'), 'utf8');
    expect(written).toContain('lexical: wanted mail.js 1');
    expect((await run()).err).toContain('the ranks are as before');
    // A file that says the words of the question better than the right one.
    scratch.write(
      'tree/text_to_date.js',
      '/** Text to date. */\nexport function textToDate(text) {\n  return text;\n}\n',
    );
    const fallen = await run();
    expect(fallen.code).toBe(1);
    expect(fallen.err).toMatch(/fell: lexical mrr 1\.0000 -> 0\.75/);
    expect(readFileSync(scratch.path('ranks.txt'), 'utf8')).toBe(written);
    expect((await run('--accept', 'a new file')).code).toBe(0);
    expect(readFileSync(scratch.path('ranks.txt'), 'utf8')).toContain(': a new file');
  });
});

test('a cache that cannot be written costs no result, a report that cannot be is one line', async () => {
  const kept = await evaluate('jsonl:pairs.jsonl', '--cache', 'pairs.jsonl');
  expect(kept.code).toBe(0);
  expect(kept.out).toContain('lexical');
  expect(kept.err).toContain('runs are not kept');
  const refused = await evaluate('jsonl:pairs.jsonl', '--html', 'pairs.jsonl/report.html', '-q');
  expect(refused.code).toBe(2);
  expect(refused.err).toMatch(/cannot write .*report\.html: (?:EEXIST|ENOTDIR)/);
});

describe('bad input', () => {
  test.each<[string[], RegExp]>([
    [[], /name a data set/],
    [['cosqaa'], /unknown data set "cosqaa".*\n.*cosqa/],
    [['nowhere.json'], /no such file or directory: nowhere\.json/],
    [['jsonl:pairs.jsonl', '--systems', 'bm52'], /unknown system "bm52".*\n.*bm25/],
    [['jsonl:pairs.jsonl', '--systems', 'bm25(k9=1)'], /no parameter "k9".*\n.*k1/],
    [['jsonl:pairs.jsonl', '--systems', 'bm25(k1=many)'], /k1/],
    [['jsonl:pairs.jsonl', '--systems', 'bm25,bm25'], /two systems are called bm25/],
    [['jsonl:pairs.jsonl', '--measures', 'mr'], /unknown measure "mr".*\n.*mrr/],
    [['jsonl:pairs.jsonl', '--baseline', 'tfidf'], /the baseline tfidf is not among/],
    [['jsonl:pairs.jsonl', '--split', 'tset'], /no split "tset"/],
    [['jsonl:pairs.jsonl', '--strict'], /pairs\.jsonl:6: no text in field code/],
    [['jsonl:pairs.jsonl', '--pool', '9'], /fewer than a pool of 9/],
    [['jsonl:missing.jsonl'], /missing/],
    [['cosqa'], /needs a data directory/],
    [['cosqa', '--data', '.'], /missing file: .*cosqa.*\n.*CoSQA/],
    [['repo-queries', '--data', '.'], /needs checkouts: --repos DIR/],
    [['csn'], /csn needs a path/],
    [['jsonl:pairs.jsonl', '--accept', 'why'], /--accept goes with --golden/],
    [['jsonl:pairs.jsonl', '--golden', 'pairs.jsonl'], /holds no golden ranks/],
    [['jsonl:pairs.jsonl', '--external', 'x={query}', '--systems', 'bm25'], /cannot run/],
  ])('%j', async (args, message) => {
    const { code, err, out } = await evaluate(...args, '-q');
    expect(err).toMatch(message);
    expect(code).toBe(2);
    if (!args.includes('--golden')) expect(out).toBe('');
  });
});

test('Ctrl-C keeps what is finished and leaves no process behind', async () => {
  scratch.write(
    'slow.mjs',
    "import { writeFileSync } from 'node:fs';\nwriteFileSync(process.argv[3], String(process.pid));\nsetInterval(() => {}, 1000);\n",
  );
  const pidFile = scratch.path('pid');
  const child = start([
    'questions:questions.jsonl',
    '--systems=bm25',
    `--external=slow=${process.execPath} ${scratch.path('slow.mjs')} {query} ${pidFile}`,
    `--cache=${scratch.path('stopped')}`,
  ]);
  const finished = finish(child);
  while (!existsSync(pidFile) || readFileSync(pidFile, 'utf8') === '')
    await new Promise(resolve => setTimeout(resolve, 20));
  const pid = Number(readFileSync(pidFile, 'utf8'));
  child.kill('SIGINT');
  const { code, err } = await finished;
  expect(code).toBe(130);
  expect(err).toContain('the next run goes on from there');
  expect(() => process.kill(pid, 0)).toThrow();
  expect(existsSync(join(scratch.path('stopped')))).toBe(false);
});

test('what can be evaluated is listed', async () => {
  const { out } = await evaluate('--list', '--json');
  const { datasets, systems, measures } = JSON.parse(out) as Record<string, Array<{ id: string }>>;
  expect(datasets!.map(one => one.id)).toContain('swebench-lite');
  expect(systems!.map(one => one.id)).toEqual([
    'bm25',
    'tfidf',
    'codehow',
    'bm25-memory',
    'external',
    'lexical',
    'hybrid',
    'dense',
    'fused',
    'cascade',
  ]);
  expect(measures).toContain('mrr');
});
