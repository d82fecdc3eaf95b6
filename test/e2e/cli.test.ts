import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

/** Runs the real command line on small trees. Nothing here depends on how long anything takes. */

const main = resolve(import.meta.dirname, '../../src/cli/main.ts');
const scratch = mkdtempSync(join(tmpdir(), 'quarry-cli-'));
const node = process.execPath;

let counter = 0;
let tree: string;
let indexes: string;

interface Outcome {
  code: number | null;
  out: string;
  err: string;
}

function environment(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  const { PATH } = process.env;
  return {
    PATH,
    HOME: scratch,
    QUARRY_INDEX_DIR: indexes,
    QUARRY_THREADS: '1',
    // Search by meaning has tests of its own.
    QUARRY_MODEL: 'none',
    GIT_CONFIG_NOSYSTEM: '1',
    ...extra,
  };
}

function start(args: string[], options: { env?: Record<string, string>; cwd?: string } = {}): ChildProcess {
  return spawn(node, [main, ...args], { cwd: options.cwd ?? tree, env: environment(options.env) });
}

async function finish(child: ChildProcess): Promise<Outcome> {
  let out = '';
  let err = '';
  child.stdout!.setEncoding('utf8').on('data', chunk => (out += chunk));
  child.stderr!.setEncoding('utf8').on('data', chunk => (err += chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}

async function quarry(
  args: string[],
  options: { env?: Record<string, string>; cwd?: string; input?: string } = {},
): Promise<Outcome> {
  const child = start(args, options);
  child.stdin!.end(options.input ?? '');
  return finish(child);
}

function write(path: string, content: string | Uint8Array): void {
  const file = join(tree, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

function fresh(): void {
  tree = join(scratch, `tree-${counter}`);
  indexes = join(scratch, `indexes-${counter++}`);
  mkdirSync(tree);
}

function sampleTree(): void {
  fresh();
  write(
    'src/retry.py',
    'def retry_request(request, delays):\n    """Sends a request again with backoff."""\n    return delays\n',
  );
  write(
    'src/config.ts',
    '/** Reads the settings of a user. */\nexport function readSettings(file: string) {\n  return file;\n}\n',
  );
  write('test/retry_test.py', 'def test_retry_request():\n    assert retry_request(1, [])\n');
  write('docs/guide.md', '# Guide\n\nHow to configure it.\n');
  write('data.bin', new Uint8Array([0, 1, 2, 3, 0]));
}

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('search', () => {
  beforeAll(sampleTree);

  test('indexes on first use, answers with place, symbol and snippet, keeps stdout clean', async () => {
    const { code, out, err } = await quarry(['send a request again with backoff', '-q']);
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(out).toMatch(/^src\/retry\.py:1-3 {2}retry_request {2}\(function, python\) {2}\d/);
    expect(out).toContain('   1 │ def retry_request(request, delays):\n');
    expect(out).not.toContain('\u001b');
  });

  test('several words, a path, and paths as the user named them', async () => {
    expect((await quarry(['read', 'settings', 'src', '-l'])).out).toBe('src/config.ts\n');
    expect((await quarry(['read settings', '-l'], { cwd: join(tree, 'src') })).out).toBe('config.ts\n');
    expect((await quarry(['read settings', tree, '-l'])).out).toBe(`${tree}/src/config.ts\n`);
    expect((await quarry(['read settings', 'src/config.ts', '-l'])).out).toBe('src/config.ts\n');
  });

  test('--json is one document with paths relative to the searched directory', async () => {
    const { code, out, err } = await quarry(['retry request', '--json', 'src']);
    expect([code, err]).toEqual([0, '']);
    const document = JSON.parse(out);
    expect(Object.keys(document)).toEqual([
      'query',
      'root',
      'directory',
      'generation',
      'tookMs',
      'total',
      'results',
      'unknownWords',
      'confidence',
      'dense',
      'index',
    ]);
    expect(document).toMatchObject({
      query: 'retry request',
      total: 1,
      unknownWords: [],
      index: { files: 4, complete: true },
    });
    expect(document.directory).toBe(join(document.root, 'src'));
    expect(document.results).toHaveLength(1);
    expect(document.results[0]).toMatchObject({
      path: 'retry.py',
      firstLine: 1,
      lastLine: 3,
      symbol: 'retry_request',
      name: 'retry_request',
      kind: 'function',
      language: 'python',
      role: 'source',
      stale: false,
      doc: 'Sends a request again with backoff.',
      snippet: {
        firstLine: 1,
        lines: ['def retry_request(request, delays):', expect.any(String), '    return delays'],
      },
      more: [],
    });
    const { score, signals, signature } = document.results[0];
    expect(signature).toContain('def retry_request(request, delays)');
    expect(signals.reduce((sum: number, { value }: { value: number }) => sum + value, 0)).toBeCloseTo(
      score,
      4,
    );
  });

  test('--jsonl is one document per result', async () => {
    const { out } = await quarry(['retry request', '--jsonl']);
    const paths = out
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line).path);
    expect(paths).toContain('src/retry.py');
    expect(paths).toContain('test/retry_test.py');
  });

  test('--batch answers lines in order', async () => {
    const input =
      '{"id": "a", "query": "retry request"}\n\n{"id": 2, "query": "zzzz"}\n{"id": 3, "query": ""}\n{"query": "read settings"}';
    const { code, out, err } = await quarry(['search', '--batch', '.', '-k', '1'], { input });
    expect([code, err]).toEqual([0, '']);
    const answers = out
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(answers.map(({ id, results }) => [id, results.map((hit: { path: string }) => hit.path)])).toEqual([
      ['a', ['src/retry.py']],
      [2, []],
      [3, []],
      [5, ['src/config.ts']],
    ]);
    expect(await quarry(['search', '--batch'], { input: 'no json\n' })).toMatchObject({ code: 2, out: '' });
  });

  test('filters', async () => {
    const paths = async (...args: string[]) =>
      (await quarry(['retry request settings guide', '-l', ...args])).out.trimEnd().split('\n').sort();
    expect(await paths('--lang', 'ts,md')).toEqual(['docs/guide.md', 'src/config.ts']);
    expect(await paths('--path', 'src/**', '--not-path', '*.ts')).toEqual(['src/retry.py']);
    expect(await paths('--role', 'test')).toEqual(['test/retry_test.py']);
    expect(await paths('--no-tests')).not.toContain('test/retry_test.py');
    expect(await paths('--kind', 'section')).toEqual(['docs/guide.md']);
    expect(await paths('src', '--path', '*.py')).toEqual(['src/retry.py']);
  });

  test('no hit: exit code 1, said on stderr with the words that are unknown', async () => {
    const { code, out, err } = await quarry(['xylophone']);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('quarry: nothing matches "xylophone" in 4 files\n');
    expect(err).toContain('no file has: xylophone');
    const filtered = await quarry(['retry', '--lang', 'go', '--json']);
    expect(filtered.code).toBe(1);
    expect(JSON.parse(filtered.out).results).toEqual([]);
    expect(filtered.err).toContain('try without filters');
  });

  test('a word that is a command is searched for with search', async () => {
    expect((await quarry(['search', 'guide', '-l'])).out).toBe('docs/guide.md\n');
    expect((await quarry(['serch', '-q'])).err).toContain('did you mean: quarry search');
  });

  test('colour only when asked for', async () => {
    const colored = async (args: string[], env: Record<string, string> = {}) =>
      (await quarry(['retry request', ...args], { env })).out.includes('\u001b[');
    expect(await colored([])).toBe(false);
    expect(await colored(['--color', 'always'])).toBe(true);
    expect(await colored([], { FORCE_COLOR: '1' })).toBe(true);
    expect(await colored([], { FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(false);
    expect(await colored([], { QUARRY_COLOR: 'always' })).toBe(true);
    expect(await colored(['--color', 'never'], { QUARRY_COLOR: 'always' })).toBe(false);
  });
});

describe('errors are one line and a hint, exit code 2', () => {
  beforeAll(sampleTree);

  test.each([
    ['an unknown flag', ['x', '--limt', '3'], 'unknown flag --limt', 'did you mean --limit?'],
    [
      'an unknown language',
      ['x', '--lang', 'pyton'],
      '--lang: unknown language "pyton"',
      'did you mean python?',
    ],
    ['an unknown kind', ['x', '--kind', 'funktion'], '--kind: unknown "funktion"', 'did you mean function?'],
    ['a bad number', ['x', '-k', '0'], '--limit 0: not a whole number from 1 to 1000', ''],
    ['an empty query', [''], 'the query is empty', 'say what the code does'],
    ['a missing path', ['a query', 'nowhere'], 'no such file or directory: nowhere', 'quoted'],
    ['a missing path to index', ['index', 'nowhere'], 'no such directory', ''],
    ['no index to look at', ['status'], 'is not indexed', 'quarry index'],
    ['no index to search', ['x', '--no-update'], 'is not indexed', 'quarry index'],
    ['an unknown help topic', ['help', 'indx'], 'help: unknown "indx"', 'did you mean index?'],
  ])('%s', async (_, args, message, hint) => {
    const { code, out, err } = await quarry(args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(`${message}`);
    expect(err).toMatch(/^quarry: /);
    expect(err.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
    if (hint !== '') expect(err.split('\n')[1]).toContain(hint);
  });

  test('a config file with an unknown key', async () => {
    write('quarry.config.json', '{\n  "limits": 3\n}\n');
    const { code, err } = await quarry(['x']);
    rmSync(join(tree, 'quarry.config.json'));
    expect(code).toBe(2);
    expect(err).toContain('quarry.config.json:2: unknown setting "limits"\n  did you mean "limit"?');
  });

  test('--debug adds the stack', async () => {
    expect((await quarry(['a b', 'nowhere', '--debug'])).err).toMatch(/\n\s+at /);
  });
});

describe('help and version', () => {
  beforeAll(sampleTree);

  test('go to stdout', async () => {
    expect((await quarry(['--version'])).out).toMatch(/^quarry \d+\.\d+\.\d+\n$/);
    const help = await quarry(['--help']);
    expect(help).toMatchObject({ code: 0, err: '' });
    for (const word of ['index', 'status', 'doctor', 'clear', 'languages', '--limit', 'Exit codes'])
      expect(help.out).toContain(word);
    expect((await quarry(['help', 'clear'])).out).toBe((await quarry(['clear', '-h'])).out);
    expect(await quarry([])).toMatchObject({ code: 2, out: '' });
  });

  test('languages lists the registry', async () => {
    expect((await quarry(['languages'])).out).toMatch(/^python +Python +definitions +\.py/m);
    const { languages } = JSON.parse((await quarry(['languages', '--json'])).out);
    expect(languages.find(({ id }: { id: string }) => id === 'rust').extensions).toEqual(['.rs']);
  });
});

describe('index, status, doctor, clear', () => {
  beforeEach(sampleTree);

  test('index reports, status lists what is left out, clear removes', async () => {
    const built = await quarry(['index']);
    expect(built.code).toBe(0);
    expect(built.out).toMatch(/^4 files indexed in .*4 added/);
    const again = JSON.parse((await quarry(['index', '--json'])).out);
    expect(again).toMatchObject({ files: 4, unchanged: 4, added: 0, skipped: 1, aborted: false });
    const forced = JSON.parse((await quarry(['index', '--force', '--json'])).out);
    expect(forced).toMatchObject({ files: 4, added: 4 });

    const status = await quarry(['status']);
    expect(status.out).toMatch(/^searchable +4 of 5 files/m);
    expect(status.out).toMatch(/^state +complete/m);
    expect(status.out).toMatch(/^python +2 +\d/m);
    expect(status.out).toContain('1 × binary content\n    data.bin');
    const found = JSON.parse((await quarry(['status', '--json'])).out);
    expect(found).toMatchObject({
      files: 4,
      complete: true,
      skipped: [{ path: 'data.bin', reason: 'binary' }],
    });

    expect(await quarry(['doctor'])).toMatchObject({ code: 0 });
    const cleared = await quarry(['clear']);
    expect(cleared.out).toMatch(/^removed .*\.quarry \(\d/);
    expect(readdirSync(indexes)).toEqual([]);
    expect(await quarry(['clear'])).toMatchObject({ code: 0, out: '' });
  });

  test('--no-update answers from the index as it is; stale hits say so', async () => {
    await quarry(['index']);
    write('src/new.py', 'def brand_new_thing():\n    pass\n');
    write(
      'src/retry.py',
      '# moved\n\ndef retry_request(request, delays):\n    """Sends a request again with backoff."""\n',
    );
    expect((await quarry(['brand new thing', '--no-update', '-l'])).code).toBe(1);
    expect((await quarry(['retry request', '--no-update'])).out).toContain('changed since it was indexed');
    expect((await quarry(['brand new thing', '-l'])).out).toContain('src/new.py');
    expect((await quarry(['retry request'])).out).toContain(
      'src/retry.py:3-4  retry_request  (function, python)',
    );
  });

  test('--index names the file; it knows its tree', async () => {
    const file = join(scratch, `own-${counter}.quarry`);
    await quarry(['index', '--index', file]);
    expect(existsSync(file)).toBe(true);
    const elsewhere = await quarry(['retry request', '--index', file, '-l', '-k', '1'], { cwd: scratch });
    expect(elsewhere.out).toBe(`${tree}/src/retry.py\n`);
    await quarry(['clear', '--index', file], { cwd: scratch });
    expect(existsSync(file)).toBe(false);
    write('precious.db', 'no index at all, but somebody needs it');
    expect((await quarry(['clear', '--index', 'precious.db'])).code).toBe(2);
    expect(existsSync(join(tree, 'precious.db'))).toBe(true);
  });

  test('clear --all removes every index', async () => {
    await quarry(['index', 'src', '--index', join(indexes, 'a.quarry')]);
    await quarry(['index']);
    expect((await quarry(['clear', '--all'])).out).toContain('2 indexes');
  });

  test('a tree without a searchable file is no success', async () => {
    fresh();
    write('a.bin', new Uint8Array([0, 0, 1]));
    const { code, out, err } = await quarry(['anything']);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('0 of 1 files are searchable');
    expect(err).toContain('quarry status');
    expect((await quarry(['index'])).code).toBe(1);
  });

  test('a folder the repository around it ignores is a tree of its own', async () => {
    mkdirSync(join(tree, '.git'));
    write('.gitignore', 'out/\n');
    write('out/made.py', 'def made_by_machine():\n    pass\n');
    expect((await quarry(['made by machine', '-l'])).code).toBe(1);
    expect((await quarry(['made by machine', 'out', '-l'])).out).toBe('out/made.py\n');
    expect((await quarry(['made by machine', 'out/made.py', '-l'])).out).toBe('out/made.py\n');
  });

  test.skipIf(process.getuid?.() === 0)('an index directory that cannot be written', async () => {
    mkdirSync(indexes);
    chmodSync(indexes, 0o500);
    expect(await quarry(['retry'])).toMatchObject({ code: 2, out: '' });
  });
});

describe('a tree of some thousand files', () => {
  const files = 3000;

  beforeEach(() => {
    fresh();
    for (let i = 0; i < files; i++)
      write(
        `m${i % 50}/part_${i}.py`,
        `def handle_part_${i}(value):\n    """Handles part ${i}."""\n    return value + ${i}\n`,
      );
  });
  afterEach(() => rmSync(tree, { recursive: true }));

  test('stopped by a signal, it says what is done, and the next run goes on from there', async () => {
    const child = start(['index']);
    child.stderr!.setEncoding('utf8');
    let err = '';
    let stopped = false;
    child.stderr!.on('data', chunk => {
      err += chunk;
      if (!stopped && err.includes('indexing')) {
        stopped = true;
        child.kill('SIGINT');
      }
    });
    const { code, out } = await finish(child);
    expect(stopped).toBe(true);
    expect(code).toBe(130);
    expect(out).toBe('');
    const [, done] = /stopped: ([\d,]+) of 3,000 files are indexed\n {2}the next run goes on from there/.exec(
      err,
    )!;
    const status = JSON.parse((await quarry(['status', '--json'])).out);
    expect(status.complete).toBe(false);
    expect(status.files).toBe(Number(done!.replace(',', '')));

    const searched = await quarry(['handle part', '-k', '1', '--no-update']);
    if (status.files > 0) expect(searched.err).toContain('the index is not complete');
    const report = JSON.parse((await quarry(['index', '--json'])).out);
    expect(report).toMatchObject({ files, added: files - status.files, unchanged: status.files });
    expect(JSON.parse((await quarry(['status', '--json'])).out).complete).toBe(true);
  });

  test('progress on a pipe is plain lines on stderr, and none with -q', async () => {
    const { out, err } = await quarry(['index', '--json']);
    expect(JSON.parse(out).files).toBe(files);
    expect(err).toMatch(/^quarry: /);
    for (const control of ['\r', '\u001b']) expect(err).not.toContain(control);
    const quiet = await quarry(['index', '--force', '-q']);
    expect(quiet).toEqual({ code: 0, out: '', err: '' });
  });

  test('a reader that stops reading ends it quietly', async () => {
    await quarry(['index', '-q']);
    const child = start(['handle part', '-k', '1000', '--json', '-q']);
    child.stdin!.end();
    child.stdout!.once('data', () => child.stdout!.destroy());
    let err = '';
    child.stderr!.setEncoding('utf8').on('data', chunk => (err += chunk));
    const [code] = (await once(child, 'exit')) as [number];
    expect([code, err]).toEqual([0, '']);
  });
});
