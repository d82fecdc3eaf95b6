import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { GitScratch, hasGit } from '../../ingest/ignore/git.testing.ts';
import { put } from '../../ingest/tree.testing.ts';
import { Recorded, until } from './watch.testing.ts';
import { type TreeWatch, watchTree } from './watch-tree.ts';

/** A real repository with a branch that differs in 300 files, 100 of them in folders of their own. */
function branched(scratch: GitScratch): string {
  const top = scratch.repository();
  for (let n = 0; n < 300; n++) put(top, `src/d${n % 10}/f${n}.ts`, `export const a${n} = 1;\n`);
  const git = (...args: string[]) => scratch.git(top, args);
  git('add', '-A');
  git('commit', '-qm', 'one');
  git('branch', 'main-line');
  git('checkout', '-qb', 'other');
  for (let n = 0; n < 300; n++) put(top, `src/d${n % 10}/f${n}.ts`, `export const b${n} = 2;\n`);
  for (let n = 0; n < 100; n++) put(top, `src/new${n}/deep/g${n}.ts`, `export const c${n} = 2;\n`);
  git('add', '-A');
  git('commit', '-qm', 'two');
  git('checkout', '-q', 'main-line');
  return top;
}

describe.runIf(hasGit)('a git repository', () => {
  const scratch = new GitScratch();
  const open: TreeWatch[] = [];
  afterEach(() => Promise.all(open.splice(0).map(one => one.close())));
  afterAll(() => scratch.remove());

  async function watched(root: string, seen: Recorded): Promise<void> {
    const { onChange, onNote, onError } = seen;
    open.push(await watchTree(root, { onChange, onNote, onError, ignore: {}, quietMs: 500 }));
  }

  test('a checkout of another branch is one change or two', async () => {
    const top = branched(scratch);
    const seen = new Recorded();
    await watched(top, seen);
    scratch.git(top, ['checkout', '-q', 'other']);
    await until('checked out', () => seen.has('src/new99') && seen.has('.git/HEAD'));
    await sleep(1500);
    expect(seen.batches.length).toBeLessThanOrEqual(2);
    seen.clear();
    writeFileSync(join(top, 'src/new7/deep/g7.ts'), 'changed\n');
    await until('in a folder that came with the branch', () => seen.has('src/new7/deep/g7.ts'));
    seen.clear();
    scratch.git(top, ['checkout', '-qf', 'main-line']);
    await until('back', () => seen.has('.git/HEAD'));
    await sleep(1500);
    expect(seen.batches.length).toBeLessThanOrEqual(2);
    expect(seen.errors).toEqual([]);
  });

  test('while git holds its lock nothing is handed on', async () => {
    const top = branched(scratch);
    const seen = new Recorded();
    const lock = join(top, '.git/index.lock');
    await watched(top, seen);
    writeFileSync(lock, '');
    put(top, 'src/x.ts', 'export const x = 1;\n');
    await sleep(2500);
    expect(seen.batches).toEqual([]);
    rmSync(lock);
    await until('let go', () => seen.has('src/x.ts'));
  });

  test('a commit elsewhere and a moved branch count, objects and logs do not', async () => {
    const top = branched(scratch);
    const seen = new Recorded();
    await watched(top, seen);
    scratch.git(top, ['hash-object', '-w', '--stdin'], 'a blob');
    scratch.git(top, ['status']);
    await sleep(1200);
    expect(seen.batches).toEqual([]);
    scratch.git(top, ['branch', 'feature/x', 'other']);
    await until('a new branch', () => seen.has('refs/heads/feature') || seen.has('refs/heads/feature/x'));
    await sleep(1000);
    seen.clear();
    scratch.git(top, ['branch', '-f', 'feature/x', 'main-line']);
    await until('a moved branch', () => seen.has('refs/heads/feature/x'));
    await sleep(1000);
    seen.clear();
    put(top, '.git/info/exclude', 'src/d0/\n');
    await until('rules outside the tree', () => seen.has('info/exclude'));
    await sleep(1000);
    seen.clear();
    put(top, 'src/d0/f0.ts', 'ignored now\n');
    await sleep(1200);
    expect(seen.batches).toEqual([]);
  });

  test('a linked worktree hears of its own HEAD', async () => {
    const top = branched(scratch);
    const tree = join(scratch.home, 'linked');
    scratch.git(top, ['worktree', 'add', '-q', '-b', 'third', tree]);
    const seen = new Recorded();
    await watched(tree, seen);
    scratch.git(tree, ['checkout', '-q', '--detach', 'other']);
    await until('checked out', () => seen.has('worktrees/linked/HEAD') && seen.has('src/d3/f3.ts'));
    await sleep(1500);
    expect(seen.batches.length).toBeLessThanOrEqual(2);
  });
});
