import { afterAll, expect, test } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { Scratch } from '../support/scratch.ts';

/** Flags that mean the same as grep's, and formats for other programs, on the real command line. */

const tree = new Scratch({
  'src/retry.py':
    'def retry_request(request):\n    """Sends it again, with backoff."""\n    return retry(request)\n',
  'src/Retry.java': 'class Retry {\n  void run() { RETRY(1); }\n}\n',
  'lib/other.py': 'def retrying():\n    return 1\n',
});
afterAll(() => tree[Symbol.dispose]());

/** In this process: a command line costs a start each. */
async function quarry(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await run(args, {
    cwd: () => tree.root,
    env: {
      PATH: process.env.PATH,
      HOME: tree.directory,
      QUARRY_INDEX_DIR: `${tree.directory}/indexes`,
      QUARRY_THREADS: '1',
      QUARRY_MODEL: 'none',
    },
    stdout: { write: text => (out += text) },
    stderr: { write: text => (err += text) },
    stdin: (async function* () {})(),
  });
  return { code, out, err };
}

async function paths(...args: string[]): Promise<string[]> {
  const { out } = await quarry(...args, '--format', 'paths');
  return out
    .split('\n')
    .filter(line => line !== '')
    .sort();
}

test('-F, -e, -i and -w find what grep finds', async () => {
  expect(await paths('-F', 'retry(')).toEqual(['src/retry.py']);
  expect(await paths('-F', 'retry(', 'lib')).toEqual([]);
  expect(await paths('-F', '-i', 'retry(')).toEqual(['src/Retry.java', 'src/retry.py']);
  expect(await paths('-e', 'retry\\w+')).toEqual(['lib/other.py', 'src/retry.py']);
  expect(await paths('-e', 'retry\\w+', 'src')).toEqual(['src/retry.py']);
  expect(await paths('-e', 'retrying', '-e', 'RETRY')).toEqual(['lib/other.py', 'src/Retry.java']);
  expect(await paths('-e', 'retry\\w+', 'sends with backoff')).toContain('src/retry.py');
  expect(await paths('-w', '-F', 'retry')).toEqual(['src/retry.py']);
  expect(await paths('-F', '-w', 'retry(')).toEqual([]);
  expect((await quarry('-F', 'nowhere at all')).code).toBe(1);
});

test('--words takes any text', async () => {
  expect((await quarry('send it with "backoff lang:', '--words')).code).toBe(0);
  const both = await quarry('x', '--words', '-F');
  expect(both).toMatchObject({ code: 2, out: '' });
  expect(both.err).toContain('--words and -F exclude each other');
});

test('formats', async () => {
  expect((await quarry('-F', 'retry(', '--format', 'vimgrep')).out).toBe(
    'src/retry.py:3:12:    return retry(request)\n',
  );
  expect((await quarry('-F', 'retry(', '--format', 'github')).out).toMatch(
    /^::notice file=src\/retry\.py,line=3,endLine=3,col=12,endColumn=18,title=Quarry.*::.*return retry\(request\)\n$/,
  );
  const none = await quarry('-F', 'nowhere at all', '--format', 'sarif');
  expect(none.code).toBe(1);
  expect(JSON.parse(none.out).runs[0].results).toEqual([]);
  const [hit] = JSON.parse((await quarry('-F', 'retry(', '--format', 'json')).out).results;
  expect(hit.matches).toEqual([{ line: 3, start: 11, end: 17 }]);
  expect((await quarry('-F', 'retry(')).out).toContain('   3 │     return retry(request)\n');
  const unknown = await quarry('x', '--format', 'vimgreb');
  expect(unknown.code).toBe(2);
  expect(unknown.err).toContain('known: text, paths, vimgrep, github, sarif, markdown, json, jsonl');
  expect((await quarry('x', '--format', 'vimgrep', '--json')).code).toBe(2);
});
