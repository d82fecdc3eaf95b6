import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { Scratch } from '../../../test/support/scratch.ts';
import { readTree } from '../../engine/indexing/read-tree.ts';
import { readUnits } from '../../engine/indexing/read-units.ts';
import type { Collection, DatasetHost, RetrievalDataset } from '../dataset.ts';
import { failure, opened, packed, retrieved } from './published.testing.ts';
import { swebenchLoaders } from './swebench.ts';

const lite = swebenchLoaders.find(({ id }) => id === 'swebench-lite')!;
const host: DatasetHost = { readTree, readUnits };

function git(directory: string, ...args: string[]): string {
  const env = {
    ...process.env,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@example.org',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@example.org',
  };
  return execFileSync('git', ['-C', directory, ...args], { env, encoding: 'utf8' }).trim();
}

/** A clone with three commits, and issues in the opposite order. */
function prepare(scratch: Scratch): { commits: string[]; blob: string } {
  const clone = scratch.path('clones/o__r');
  scratch.write('clones/o__r/a.py', 'a = 1\n');
  git(clone, 'init', '-q', '-b', 'main');
  const commits: string[] = [];
  const commit = (date: number) => {
    git(clone, 'add', '-A');
    process.env['GIT_COMMITTER_DATE'] = `${date} +0000`;
    git(clone, 'commit', '-q', '-m', `at ${date}`);
    delete process.env['GIT_COMMITTER_DATE'];
    commits.push(git(clone, 'rev-parse', 'HEAD'));
  };
  commit(1_600_000_000);
  scratch.write('clones/o__r/lib/b.py', 'b = 1\n');
  scratch.write('clones/o__r/data.txt', 'a file that is lost later\n');
  commit(1_600_000_100);
  const blob = git(clone, 'rev-parse', 'HEAD:data.txt');
  rmSync(join(clone, 'a.py'));
  scratch.write('clones/o__r/lib/b.py', 'b = 2\n');
  commit(1_600_000_200);
  // What stands in the work tree is not committed, and must stay as it is.
  scratch.write('clones/o__r/lib/b.py', 'b = "mine"\n');
  const issue = (id: string, base: string, files: string[], repo = 'o/r') => ({
    id,
    lang: 'python',
    query: `text of ${id}`,
    repo,
    base_commit: base,
    relevant_files: files,
    edits: [],
  });
  scratch.write(
    'swebench_loc/lite.jsonl.gz',
    packed([
      issue('third', commits[2]!, ['lib/b.py']),
      issue('first', commits[0]!, ['a.py']),
      issue('second', commits[1]!, ['a.py', 'lib/b.py']),
      issue('elsewhere', commits[0]!, ['a.py'], 'o/other'),
      issue('no-commit', '0'.repeat(40), ['a.py']),
      issue('bad', 'main', ['a.py']),
    ]),
  );
  return { commits, blob };
}

const options = (scratch: Scratch) => ({ host, repos: scratch.path('clones') });

/** A place of its own for temporary files, where nothing may be left. */
const temporary = mkdtempSync(join(tmpdir(), 'quarry-test-'));
process.env['TMPDIR'] = temporary;
afterEach(() => expect(readdirSync(temporary)).toEqual([]));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

describe('issues on trees of their commits', () => {
  test('each commit is shown in turn, by date; the clone stays as it was', async () => {
    using scratch = new Scratch();
    prepare(scratch);
    const index = scratch.path('clones/o__r/.git/index');
    const indexBefore = readFileSync(index);
    const { dataset, collections, skipped } = await retrieved(lite, scratch, options(scratch));
    expect(
      collections.map(({ name, queries, all }) => [
        name,
        queries[0]!.judgments,
        all.map(one => [one.id, one.text]),
      ]),
    ).toEqual([
      ['first', { 'a.py': 1 }, [['a.py', 'a = 1\n']]],
      [
        'second',
        { 'a.py': 1, 'lib/b.py': 1 },
        [
          ['a.py', 'a = 1\n'],
          ['data.txt', 'a file that is lost later\n'],
          ['lib/b.py', 'b = 1\n'],
        ],
      ],
      [
        'third',
        { 'lib/b.py': 1 },
        [
          ['data.txt', 'a file that is lost later\n'],
          ['lib/b.py', 'b = 2\n'],
        ],
      ],
    ]);
    expect(collections[0]).toMatchObject({
      queries: [{ id: 'first', text: 'text of first' }],
      slices: { repository: 'o/r', language: 'python' },
    });
    expect(new Set(collections.map(({ fingerprint }) => fingerprint)).size).toBe(3);
    expect(skipped).toEqual([
      `${scratch.path('swebench_loc/lite.jsonl.gz')}:6: field base_commit is no commit`,
    ]);
    expect(dataset).toMatchObject({ split: 'test', averaging: 'queries' });
    expect(dataset.notes.join('\n')).toContain(
      '2 issues of 5 left out, no clone with their commit: o/other 1, o/r 1',
    );
    expect(readFileSync(index)).toEqual(indexBefore);
    expect(readFileSync(scratch.path('clones/o__r/lib/b.py'), 'utf8')).toBe('b = "mine"\n');
    expect(git(scratch.path('clones/o__r'), 'status', '--porcelain')).toBe('M lib/b.py');
  });

  test('nothing is written until a tree is asked for, and only what differs', async () => {
    using scratch = new Scratch();
    prepare(scratch);
    const { dataset } = await opened(lite, scratch, { ...options(scratch), first: 2 });
    const roots: string[] = [];
    for await (const { root, name, materialise } of (dataset as RetrievalDataset).collections()) {
      roots.push(name);
      if (name === 'first') expect(readdirSync(root!)).toEqual([]);
      // A mark that a checkout of the whole would take away.
      else writeFileSync(join(root!, 'mark'), '');
      await materialise!();
      expect(existsSync(join(root!, 'mark'))).toBe(name === 'third');
      expect(existsSync(join(root!, 'a.py'))).toBe(name === 'first');
    }
    expect(roots).toEqual(['first', 'third']);
  });

  test.each(['o/r', 'o+r', 'o+r/repo', 'r', 'o__r.git'])('a bare clone as %s', async place => {
    using scratch = new Scratch();
    prepare(scratch);
    scratch.write(`clones/${place}/x`, '');
    scratch.remove(`clones/${place}`);
    renameSync(scratch.path('clones/o__r/.git'), scratch.path(`clones/${place}`));
    git(scratch.path(`clones/${place}`), 'config', 'core.bare', 'true');
    const { collections } = await retrieved(lite, scratch, options(scratch));
    expect(collections.map(({ all }) => all.length)).toEqual([1, 3, 2]);
  });

  test('hooks of a clone are not run', async () => {
    using scratch = new Scratch();
    prepare(scratch);
    for (const hook of ['post-index-change', 'post-checkout']) {
      const path = scratch.path(`clones/o__r/.git/hooks/${hook}`);
      writeFileSync(path, `#!/bin/sh\ntouch ${scratch.path('ran')}\n`, { mode: 0o755 });
    }
    await retrieved(lite, scratch, options(scratch));
    expect(existsSync(scratch.path('ran'))).toBe(false);
  });
});

describe('what is missing', () => {
  const lose = (scratch: Scratch, object: string) =>
    rmSync(scratch.path(`clones/o__r/.git/objects/${object.slice(0, 2)}/${object.slice(2)}`));
  const shown = (collections: ReadonlyArray<{ name: string; all: ReadonlyArray<{ id: string }> }>) =>
    collections.map(({ name, all }) => [name, ...all.map(({ id }) => id)].join(' '));

  test('a file that is lost in the clone is no candidate', async () => {
    using scratch = new Scratch();
    lose(scratch, prepare(scratch).blob);
    const { dataset, collections } = await retrieved(lite, scratch, options(scratch));
    expect(shown(collections)).toEqual(['first a.py', 'second a.py lib/b.py', 'third lib/b.py']);
    expect(dataset.notes.at(-1)).toBe('2 issues without files that are missing in the clone: data.txt');
  });

  test('where the answer or a directory is lost the issue is left out, or strict fails', async () => {
    using scratch = new Scratch();
    const { commits } = prepare(scratch);
    const clone = scratch.path('clones/o__r');
    lose(scratch, git(clone, 'rev-parse', `${commits[2]}:lib/b.py`));
    lose(scratch, git(clone, 'rev-parse', `${commits[1]}:lib`));
    const { dataset, collections, skipped } = await retrieved(lite, scratch, options(scratch));
    expect(shown(collections)).toEqual(['first a.py']);
    expect(skipped.slice(-2)).toEqual([
      `second: ${clone}/.git lacks directories of ${commits[1]}`,
      `third: ${clone}/.git lacks lib/b.py of ${commits[2]}`,
    ]);
    expect(dataset.notes.at(-1)).toBe('2 issues left out, parts missing in the clone: second, third');
    const row = { id: 'x', query: 'q', repo: 'o/r', base_commit: commits[2], relevant_files: ['lib/b.py'] };
    scratch.write('swebench_loc/lite.jsonl.gz', packed([row]));
    const strict = retrieved(lite, scratch, { ...options(scratch), strict: true });
    expect(await failure(strict)).toMatchObject({ code: 'unreadable' });
  });

  test('strict, no clone at all, and no --repos', async () => {
    using scratch = new Scratch();
    prepare(scratch);
    const strict = await failure(opened(lite, scratch, { ...options(scratch), strict: true }));
    expect(strict.message).toContain(':6: ');
    const none = await failure(opened(lite, scratch, { host, repos: scratch.root }));
    expect(none).toMatchObject({ code: 'not-found', message: expect.stringContaining('no clone of o/r') });
    expect(none.hint).toContain('git clone --bare');
    expect((await failure(opened(lite, scratch, { host }))).hint).toContain('--repos');
  });
});

describe('the temporary tree goes', () => {
  const start = async (scratch: Scratch, signal?: AbortSignal) => {
    prepare(scratch);
    const { dataset } = await opened(lite, scratch, options(scratch));
    return (dataset as RetrievalDataset).collections(signal);
  };

  test('when a run is stopped', async () => {
    using scratch = new Scratch();
    const stop = new AbortController();
    const roots: string[] = [];
    const run = async () => {
      for await (const collection of await start(scratch, stop.signal)) {
        await collection.materialise!(stop.signal);
        roots.push(collection.root!);
        expect(existsSync(collection.root!)).toBe(true);
        stop.abort();
      }
    };
    expect((await failure(run())).code).toBe('aborted');
    expect(roots.length).toBe(1);
    expect(existsSync(roots[0]!)).toBe(false);
  });

  test('when git is stopped, and when the loop is left', async () => {
    using scratch = new Scratch();
    const stop = new AbortController();
    const stream = await start(scratch);
    let last: Collection | undefined;
    for await (const collection of stream) {
      last = collection;
      const shown = collection.materialise!(stop.signal);
      stop.abort();
      expect((await failure(shown)).code).toBe('aborted');
      await collection.materialise!();
      expect(readdirSync(collection.root!)).toEqual(['a.py']);
      break;
    }
    expect(existsSync(last!.root!)).toBe(false);
    await expect(last!.materialise!()).rejects.toThrow('no longer current');
  });
});
