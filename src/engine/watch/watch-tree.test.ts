import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { Scratch } from '../../../test/support/scratch.ts';
import type { WatchMethod } from './source.ts';
import { Recorded, until } from './watch.testing.ts';
import { type TreeWatch, type WatchOptions, watchTree } from './watch-tree.ts';

const open: Array<TreeWatch | Scratch> = [];

afterEach(async () => {
  for (const one of open.splice(0).reverse())
    await (one instanceof Scratch ? one[Symbol.dispose]() : one.close());
});

function scratch(files: Record<string, string>): Scratch {
  const made = new Scratch(files);
  open.push(made);
  return made;
}

async function watched(
  roots: string | string[],
  recorded: Recorded,
  options: Partial<WatchOptions> = {},
): Promise<TreeWatch> {
  const { onChange, onNote, onError } = recorded;
  const watch = await watchTree(roots, { onChange, onNote, onError, ignore: {}, ...options });
  open.push(watch);
  return watch;
}

const methods: WatchMethod[] = process.platform === 'linux' ? ['directories', 'polling'] : ['polling'];

describe.each(methods)('%s', method => {
  const how = { method, pollMs: 60 };

  test('files that are created, changed, renamed and removed', async () => {
    const tree = scratch({ 'src/a.ts': 'a', 'src/deep/b.ts': 'b' });
    const seen = new Recorded();
    await watched(tree.root, seen, how);
    tree.write('src/c.ts', 'new');
    await until('created', () => seen.has('src/c.ts'));
    seen.clear();
    tree.write('src/deep/b.ts', 'changed!');
    await until('changed', () => seen.has('src/deep/b.ts'));
    seen.clear();
    renameSync(tree.path('src/a.ts'), tree.path('src/deep/moved.ts'));
    await until('renamed', () => seen.has('src/deep/moved.ts') && seen.has('src/a.ts'));
    seen.clear();
    tree.remove('src/deep/moved.ts');
    await until('removed', () => seen.has('src/deep/moved.ts'));
    expect(seen.errors).toEqual([]);
  });

  test('what happens in folders that came later, at any depth', async () => {
    const tree = scratch({ 'src/a.ts': 'a' });
    const outside = scratch({ 'x/y/z/f.ts': '1' });
    const seen = new Recorded();
    await watched(tree.root, seen, how);
    // All at once, and from elsewhere: no event tells of the inner folders.
    mkdirSync(tree.path('p/q/r'), { recursive: true });
    renameSync(outside.path('x'), tree.path('x'));
    writeFileSync(tree.path('p/q/r/first.ts'), '1');
    await until('came', () => seen.batches.length > 0);
    seen.clear();
    await sleep(500);
    seen.clear();
    tree.write('p/q/r/f.ts', '1');
    await until('made with its parents', () => seen.has('p/q/r/f.ts'));
    seen.clear();
    tree.write('x/y/z/f.ts', 'more than before');
    await until('moved in', () => seen.has('x/y/z/f.ts'));
    seen.clear();
    // Renamed and removed, then there again: the case that a watch by inode gets wrong.
    renameSync(tree.path('x'), tree.path('w'));
    await until('renamed', () => seen.batches.length > 0);
    rmSync(tree.path('w'), { recursive: true });
    mkdirSync(tree.path('x/y'), { recursive: true });
    await until('there again', () => seen.batches.length > 1);
    await sleep(500);
    seen.clear();
    tree.write('x/y/g.ts', '1');
    await until('seen in the new folder', () => seen.has('x/y/g.ts'));
  });

  test('what is ignored wakes nothing, until the rules say otherwise', async () => {
    const tree = scratch({
      'src/a.ts': 'a',
      '.gitignore': 'build/\n*.log\n',
      'build/out.js': '1',
      'node_modules/p/index.js': '1',
      'index.quarry': '1',
    });
    const seen = new Recorded();
    await watched(tree.root, seen, { ...how, exclude: [tree.path('index.quarry')] });
    tree.write('build/out.js', 'changed');
    tree.write('build/more/new.js', '1');
    tree.write('node_modules/p/index.js', 'changed');
    tree.write('node_modules/q/index.js', 'new');
    tree.write('src/x.log', 'line');
    tree.write('src/node_modules/z/index.js', 'new');
    tree.write('index.quarry', 'changed');
    await sleep(800);
    expect(seen.batches).toEqual([]);
    tree.write('.gitignore', '*.log\n');
    await until('rules', () => seen.batches.length > 0);
    await sleep(500);
    seen.clear();
    tree.write('build/out.js', 'changed again');
    await until('no longer ignored', () => seen.has('build/out.js'));
  });

  test('the root vanishes and comes back', async () => {
    const tree = scratch({ 'src/a.ts': 'a' });
    const seen = new Recorded();
    const watch = await watched(tree.root, seen, how);
    // Above the root: no event tells of it.
    const away = join(tree.directory, 'away');
    renameSync(tree.root, away);
    await until('gone', () => seen.notes.some(note => note.includes('is gone')));
    expect([...watch.methods().values()]).toEqual([undefined]);
    expect(seen.batches).toEqual([]);
    renameSync(away, tree.root);
    await until('back', () => seen.batches.length > 0);
    expect(seen.batches[0]).toEqual({ paths: 'everything' });
    expect([...watch.methods().values()]).toEqual([method]);
    seen.clear();
    tree.write('src/a.ts', 'changed after it came back');
    await until('watched again', () => seen.has('src/a.ts'));
    expect(seen.errors).toEqual([]);
  });

  test('nothing is heard after it was closed', async () => {
    const tree = scratch({ 'src/a.ts': 'a' });
    const seen = new Recorded();
    const stop = new AbortController();
    const watch = await watched(tree.root, seen, { ...how, signal: stop.signal });
    stop.abort();
    await watch.close();
    tree.write('src/a.ts', 'changed');
    await sleep(600);
    expect(seen.batches).toEqual([]);
  });
});

test('the package for whole trees, where it is installed', async context => {
  const tree = scratch({ 'src/a.ts': 'a', '.gitignore': '*.log\n', 'node_modules/p/i.js': '1' });
  const seen = new Recorded();
  const watch = await watched(tree.root, seen, { method: 'native', pollMs: 60 });
  if (seen.notes.some(note => note.includes('not installed'))) return context.skip();
  expect([...watch.methods().values()]).toEqual(['native']);
  tree.write('src/x.log', '1');
  tree.write('node_modules/p/i.js', '2');
  tree.write('src/b.ts', '1');
  await until('created', () => seen.has('src/b.ts'));
  expect(seen.batches).toEqual([{ paths: [tree.path('src/b.ts')] }]);
});

test('a storm of writes is a few batches, never two at a time', async () => {
  const tree = scratch({ 'src/a.ts': 'a' });
  const seen = new Recorded();
  let running = 0;
  let most = 0;
  await watched(tree.root, seen, {
    onChange: async batch => {
      most = Math.max(most, ++running);
      await sleep(100);
      running--;
      seen.onChange(batch);
    },
  });
  const begun = performance.now();
  for (let round = 0; round < 40; round++) {
    for (let n = 0; n < 150; n++) tree.write(`src/d${n % 7}/f${n}.ts`, `${round}`);
    await sleep(10);
  }
  const ms = performance.now() - begun;
  tree.write('src/last.ts', '1');
  await until('the last one', () => seen.has('src/last.ts') || seen.batches.at(-1)?.paths === 'everything');
  await sleep(600);
  expect(most).toBe(1);
  // A batch ends after 200 ms without an event at the earliest: 6,000 writes are a handful.
  expect(seen.batches.length).toBeLessThanOrEqual(Math.ceil(ms / 200) + 3);
});

test('what a change handler throws is reported, and the watch goes on', async () => {
  const tree = scratch({ 'src/a.ts': 'a' });
  const seen = new Recorded();
  await watched(tree.root, seen, {
    onChange: batch => {
      seen.onChange(batch);
      throw new Error('no luck');
    },
  });
  tree.write('src/b.ts', '1');
  await until('first', () => seen.errors.length === 1);
  tree.write('src/c.ts', '1');
  await until('second', () => seen.errors.length === 2);
  expect(seen.has('src/c.ts')).toBe(true);
});

test('several roots, and one that does not exist', async () => {
  const one = scratch({ 'a.ts': '1' });
  const two = scratch({ 'b.ts': '1' });
  const seen = new Recorded();
  const watch = await watched([one.root, two.root, one.root], seen);
  expect(watch.methods().size).toBe(2);
  two.write('b.ts', 'changed');
  await until('second root', () => seen.has('b.ts'));
  await expect(watched([one.root, one.path('nowhere')], seen)).rejects.toMatchObject({ code: 'not-found' });
  await expect(watched(one.path('a.ts'), seen)).rejects.toMatchObject({ code: 'usage' });
});
