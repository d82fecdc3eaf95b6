import { Buffer } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { byBytes, makePipe, put } from './tree.testing.ts';
import { type WalkOptions, type WalkResult, walkTree } from './walk.ts';

const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'quarry-walk-')));
// Paths beyond PATH_MAX: only a tool that goes down step by step can remove them.
afterAll(() => execFileSync('rm', ['-rf', scratch]));

let count = 0;
function folder(files: Readonly<Record<string, string>> = {}): string {
  const top = join(scratch, `w${count++}`);
  mkdirSync(top);
  for (const [path, content] of Object.entries(files)) put(top, path, content);
  return top;
}

function walk(root: string, options: Partial<WalkOptions> = {}): Promise<WalkResult> {
  return walkTree(root, { ignore: {}, ...options });
}

function paths(result: WalkResult): string[] {
  return result.files.map(file => file.path);
}

test('files come with size and times, in byte order', async () => {
  const top = folder({
    'b.ts': 'bb',
    'a/z': '',
    'a.ts': 'a',
    'a-b': '',
    'a/b/c': '',
    '\uffee': '',
    '\u{1f600}': '',
    é: '',
    Z: '',
  });
  const result = await walk(top);
  expect(paths(result)).toEqual([...paths(result)].sort(byBytes));
  expect(result.files).toHaveLength(9);
  expect(result.directories).toBe(3);
  expect(result.skipped).toEqual([]);
  const stats = statSync(join(top, 'b.ts'));
  expect(result.files.find(file => file.path === 'b.ts')).toEqual({
    path: 'b.ts',
    size: 2,
    mtimeMs: stats.mtimeMs,
    ctimeMs: stats.ctimeMs,
    ino: stats.ino,
  });
});

test('an empty tree and a root that is a link', async () => {
  const top = folder();
  expect(await walk(top)).toEqual({ files: [], skipped: [], directories: 1, ignored: 0 });
  put(top, 'a', '');
  symlinkSync(top, join(scratch, 'root-link'));
  expect(paths(await walk(join(scratch, 'root-link')))).toEqual(['a']);
});

test('what the rules leave out is counted, a directory once', async () => {
  const top = folder({
    '.gitignore': '*.log\nout/\n',
    'a.log': '',
    'b/c.log': '',
    'out/d': '',
    'out/e': '',
    'venv/pyvenv.cfg': '',
    'node_modules/x/y': '',
    '.git/HEAD': '',
    'f.ts': '',
  });
  const result = await walk(top);
  expect(paths(result)).toEqual(['.gitignore', 'f.ts']);
  expect(result).toMatchObject({ ignored: 5, directories: 2 });
});

test('a root that cannot be walked is an error with a code', async () => {
  const top = folder({ file: '' });
  await expect(walk(join(top, 'missing'))).rejects.toMatchObject({ code: 'not-found' });
  await expect(walk(join(top, 'file/below'))).rejects.toMatchObject({ code: 'not-found' });
  await expect(walk(join(top, 'file'))).rejects.toMatchObject({ code: 'usage' });
});

test('links are not followed, those out of the tree are listed', async () => {
  const outside = folder({ 'a.ts': '', 'd/b.ts': '' });
  const top = folder({ 'x.ts': '', 'd/y.ts': '' });
  symlinkSync('.', join(top, 'self'));
  symlinkSync('..', join(top, 'd/up'));
  symlinkSync('x.ts', join(top, 'same.ts'));
  symlinkSync('loop', join(top, 'loop'));
  symlinkSync('nowhere', join(top, 'dangling'));
  symlinkSync(outside, join(top, 'out'));
  symlinkSync(join(outside, 'a.ts'), join(top, 'out.ts'));
  symlinkSync(`${top}-not`, join(top, 'gone'));
  const result = await walk(top);
  expect(paths(result)).toEqual(['d/y.ts', 'x.ts']);
  expect(result.skipped).toEqual([
    { path: 'dangling', reason: 'link-loop', detail: 'its target does not exist' },
    { path: 'gone', reason: 'link-loop', detail: 'its target does not exist' },
    { path: 'loop', reason: 'link-loop', detail: 'ELOOP' },
    { path: 'out', reason: 'link-loop', detail: `leads out of the tree to ${outside}` },
    { path: 'out.ts', reason: 'link-loop', detail: `leads out of the tree to ${outside}/a.ts` },
  ]);
});

test('followed links lead to each directory once and never around', async () => {
  const outside = folder({ 'a.ts': '', 'd/b.ts': '', 'd/ignored': '', '.gitignore': 'ignored\n' });
  const top = folder({ 'x.ts': '' });
  symlinkSync(join(outside, 'd'), join(outside, 'd/again'));
  symlinkSync(outside, join(top, 'first'));
  symlinkSync(outside, join(top, 'second'));
  symlinkSync(join(outside, 'd'), join(top, 'third'));
  symlinkSync(join(outside, 'a.ts'), join(top, 'fourth.ts'));
  symlinkSync(top, join(outside, 'back'));
  symlinkSync(scratch, join(top, 'around'));
  const result = await walk(top, { followLinks: true });
  expect(paths(result)).toEqual(['first/.gitignore', 'first/a.ts', 'first/d/b.ts', 'x.ts']);
  expect(result.skipped).toEqual([
    { path: 'around', reason: 'link-loop', detail: `leads to ${scratch}, which contains the tree` },
  ]);
});

test('pipes, sockets and devices are listed, not opened', async () => {
  const top = folder({ a: '' });
  makePipe(join(top, 'pipe'));
  const server = createServer();
  await new Promise<void>(resolve => server.listen(join(top, 'socket'), resolve));
  symlinkSync('/dev/null', join(top, 'null'));
  const result = await walk(top, { followLinks: true });
  await new Promise(resolve => server.close(resolve));
  expect(paths(result)).toEqual(['a']);
  expect(result.skipped).toEqual([
    { path: 'null', reason: 'not-a-file', detail: 'link to /dev/null' },
    { path: 'pipe', reason: 'not-a-file', detail: 'pipe' },
    { path: 'socket', reason: 'not-a-file', detail: 'socket' },
  ]);
});

test('names that are not valid UTF-8 are listed', async () => {
  const top = folder({ 'é.ts': '' });
  const raw = (name: string): Buffer => Buffer.concat([Buffer.from(`${top}/`), Buffer.from(name, 'latin1')]);
  try {
    writeFileSync(raw('caf\xe9.ts'), '');
    mkdirSync(raw('\xff'));
    writeFileSync(raw('\xff/a.ts'), '');
  } catch {
    return; // A file system that takes valid names only.
  }
  const result = await walk(top);
  expect(paths(result)).toEqual(['é.ts']);
  expect(result.skipped).toEqual([
    { path: 'caf\ufffd.ts', reason: 'invalid-path', detail: 'caf\\xe9.ts' },
    { path: '\ufffd', reason: 'invalid-path', detail: '\\xff/' },
  ]);
});

test('odd but valid names', async () => {
  const names = ['a\nb', ' ', '-rf', '*', 'a\\b', '%41', '$(x)', '\u202e', 'con', '...'];
  const top = folder(Object.fromEntries(names.map(name => [name, name])));
  expect(paths(await walk(top))).toEqual([...names].sort(byBytes));
});

test('what may not be read is listed', async context => {
  if (process.getuid?.() === 0) context.skip();
  const top = folder({ 'a/b': '', 'c/d': '', e: '' });
  chmodSync(join(top, 'a'), 0);
  chmodSync(join(top, 'c'), 0o400);
  const result = await walk(top);
  chmodSync(join(top, 'a'), 0o700);
  chmodSync(join(top, 'c'), 0o700);
  expect(paths(result)).toEqual(['e']);
  expect(result.skipped).toEqual([
    { path: 'a', reason: 'unreadable', detail: 'EACCES' },
    { path: 'c/d', reason: 'unreadable', detail: 'EACCES' },
  ]);
});

test('nesting thousands of levels deep, and beyond the longest path', async () => {
  const top = folder({ a: '' });
  const step = 'n/'.repeat(1500);
  let deep = '';
  // Built from the inside out: no path that is written down is too long.
  for (let round = 0; round < 2; round++) {
    const next = join(scratch, `deep${round}`);
    mkdirSync(`${next}/${step}`, { recursive: true });
    writeFileSync(`${next}/${step}file`, '');
    if (deep !== '') renameSync(deep, `${next}/${step}down`);
    deep = next;
  }
  renameSync(deep, join(top, 'deep'));
  const result = await walk(top);
  expect(result.files.map(file => file.path.split('/').length)).toEqual([1, 1502]);
  expect(result.directories).toBeGreaterThan(2000);
  expect(result.skipped).toHaveLength(1);
  expect(result.skipped[0]).toMatchObject({ reason: 'unreadable', detail: 'path too long' });

  const inside = folder();
  mkdirSync(join(inside, 'n/'.repeat(1900)), { recursive: true });
  expect((await walk(inside)).directories).toBe(1901);
});

test('thousands of files, with progress', async () => {
  const top = folder();
  for (let index = 0; index < 5000; index++) put(top, `d${index % 50}/f${index}`, 'x');
  const seen: number[] = [];
  const result = await walk(top, { onProgress: found => seen.push(found) });
  expect(result.files).toHaveLength(5000);
  expect(result.directories).toBe(51);
  expect(seen.at(-1)).toBe(5000);
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
});

test('the signal stops a walk before and in its course', async () => {
  const top = folder();
  for (let index = 0; index < 3000; index++) put(top, `d${index % 300}/f${index}`, '');
  await expect(walk(top, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
  const controller = new AbortController();
  let turns = 0;
  const result = walk(top, {
    signal: controller.signal,
    onProgress: () => {
      turns++;
      controller.abort();
    },
  });
  // A machine fast enough to finish within the first slice calls back once, at the end.
  const outcome = await result.then(
    () => 'done',
    (error: { code: string }) => error.code,
  );
  expect(turns).toBe(1);
  expect(outcome).toMatch(/^(?:aborted|done)$/);
});

test('a tree that changes meanwhile is no error', async () => {
  const top = folder();
  for (let index = 0; index < 4000; index++) put(top, `d${index % 400}/f${index}`, '');
  let removed = false;
  const result = await walk(top, {
    onProgress: () => {
      if (removed) return;
      removed = true;
      for (let index = 100; index < 400; index++) rmSync(join(top, `d${index}`), { recursive: true });
    },
  });
  expect(result.skipped).toEqual([]);
  expect(result.files.length).toBeGreaterThanOrEqual(1000);
});

test('a huge file costs no more than a small one', async () => {
  const top = folder();
  const file = openSync(join(top, 'huge.json'), 'w');
  ftruncateSync(file, 200 * 1024 * 1024);
  closeSync(file);
  expect((await walk(top)).files[0]).toMatchObject({ path: 'huge.json', size: 200 * 1024 * 1024 });
});
