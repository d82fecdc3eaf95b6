import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { markOf, sourceFile } from '../../../test/support/code.ts';
import { expectLikeFresh } from '../../../test/support/contents.ts';
import { Random, Scratch } from '../../../test/support/scratch.ts';
import type { UpdateProgress, UpdateReport } from '../../core/progress.ts';
import type { SearchResult } from '../../core/search.ts';
import { openIndex } from '../../library.ts';
import { formatVersion } from '../../store/container.ts';
import type { IndexStore } from '../../store/store.ts';
import type { CodeIndex } from '../code-index.ts';
import type { OpenOptions } from '../open-options.ts';

const files = {
  'src/http/client.ts':
    'import { retry } from "./retry";\n/** Sends a request and waits for the answer. */\nexport async function sendRequest(url: string) {\n  return retry(() => fetch(url));\n}\n',
  'src/http/retry.ts':
    '/** Tries again with growing pauses. */\nexport async function retry<T>(work: () => Promise<T>): Promise<T> {\n  return work();\n}\n',
  'src/cache.py':
    'class LruCache:\n    """Forgets the oldest entry first."""\n\n    def evict(self):\n        self.entries.popitem(last=False)\n',
  'docs/guide.md': '# Guide\n\nHow to warm the cache before the first request.\n',
};
const queries = ['send a request', 'forget the oldest entry', 'cache', 'retry with pauses'];

async function open(scratch: Scratch, options: OpenOptions = {}): Promise<CodeIndex> {
  return openIndex(scratch.root, { indexFile: scratch.indexFile(), workers: 2, ...options });
}

/** Makes stamps old enough to be trusted, as they are in any tree that was not written a moment ago. */
function settle(scratch: Scratch, paths: readonly string[] = Object.keys(files)): void {
  for (const path of paths) utimesSync(scratch.path(path), 1_700_000_000, 1_700_000_000);
}

/** Waits until the stamps of files just written lie far enough back to be trusted. */
function pass(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, 120));
}

/** An update after which all stamps are trusted: what the next one reads, it reads for a reason. */
async function settled(index: CodeIndex): Promise<void> {
  await pass();
  await index.update();
  expect((await index.update()).unchanged).toBe((await index.status()).files);
}

function counts({ added, changed, removed, moved }: UpdateReport): Record<string, number> {
  return { added, changed, removed, moved };
}

async function firstPath(index: CodeIndex, query: string): Promise<string | undefined> {
  return (await index.search(query)).hits[0]?.path;
}

describe('what an update finds out', () => {
  test('a new index has every file; nothing changed means nothing read and no new generation', async () => {
    using scratch = new Scratch(files);
    using index = await open(scratch);
    const first = await index.update();
    expect(counts(first)).toEqual({ added: 4, changed: 0, removed: 0, moved: 0 });
    expect(first.files).toBe(4);
    expect(first.parsedBytes).toBe(
      Object.values(files).reduce((sum, text) => sum + Buffer.byteLength(text), 0),
    );
    expect(await firstPath(index, 'send a request')).toBe('src/http/client.ts');
    await settled(index);
    const { generation } = await index.status();
    const again = await index.update();
    expect(again).toMatchObject({ unchanged: 4, parsedBytes: 0, generation });
    expect(counts(again)).toEqual({ added: 0, changed: 0, removed: 0, moved: 0 });
    await expectLikeFresh(index, queries);
  });

  test('added, changed and deleted files', async () => {
    using scratch = new Scratch(files);
    using index = await open(scratch);
    await index.update();
    await settled(index);
    scratch.write('src/new.go', 'package main\n\n// Frobnicate turns the wheel.\nfunc Frobnicate() {}\n');
    scratch.write('src/cache.py', `${files['src/cache.py']}\n    def warm(self):\n        self.preload()\n`);
    scratch.remove('docs/guide.md');
    const report = await index.update();
    expect(counts(report)).toEqual({ added: 1, changed: 1, removed: 1, moved: 0 });
    expect(report.files).toBe(4);
    expect(report.parsedBytes).toBe(
      statSync(scratch.path('src/new.go')).size + statSync(scratch.path('src/cache.py')).size,
    );
    expect(await firstPath(index, 'frobnicate')).toBe('src/new.go');
    expect(await firstPath(index, 'warm preload')).toBe('src/cache.py');
    expect((await index.search('guide')).hits.map(hit => hit.path)).not.toContain('docs/guide.md');
    await expectLikeFresh(index, [...queries, 'frobnicate', 'warm']);
  });

  test('a renamed file and a copy share what was parsed', async () => {
    using scratch = new Scratch(files);
    using index = await open(scratch);
    await index.update();
    await settled(index);
    mkdirSync(scratch.path('lib'));
    renameSync(scratch.path('src/cache.py'), scratch.path('lib/memory.py'));
    const renamed = await index.update();
    expect(counts(renamed)).toEqual({ added: 0, changed: 0, removed: 1, moved: 1 });
    expect(renamed.parsedBytes).toBe(0);
    const hit = (await index.search('forget the oldest entry')).hits[0]!;
    expect([hit.path, hit.qualifiedName]).toEqual(['lib/memory.py', 'LruCache']);
    copyFileSync(scratch.path('lib/memory.py'), scratch.path('lib/copy.py'));
    const copied = await index.update();
    expect(counts(copied)).toEqual({ added: 0, changed: 0, removed: 0, moved: 1 });
    expect(copied.parsedBytes).toBe(0);
    const paths = (await index.search('evict')).hits.map(found => found.path);
    expect(paths.toSorted()).toEqual(['lib/copy.py', 'lib/memory.py']);
    await expectLikeFresh(index, queries);
  });

  test('the same content under another language is another document', async () => {
    using scratch = new Scratch({ 'a.ts': 'export function turnWheel() {}\n' });
    using index = await open(scratch);
    await index.update();
    copyFileSync(scratch.path('a.ts'), scratch.path('a.txt'));
    expect(counts(await index.update())).toMatchObject({ added: 1, moved: 0 });
    const languages = (await index.status()).languages.map(row => row.language);
    expect(languages.toSorted()).toEqual(['text', 'typescript']);
    await expectLikeFresh(index, ['turn wheel']);
  });

  test('two copies in one batch are parsed once', async () => {
    using scratch = new Scratch({ 'a.ts': files['src/http/retry.ts'], 'b.ts': files['src/http/retry.ts'] });
    using index = await open(scratch, { workers: 1 });
    const report = await index.update();
    expect(report).toMatchObject({ files: 2, parsedBytes: Buffer.byteLength(files['src/http/retry.ts']) });
    await expectLikeFresh(index, ['growing pauses']);
  });

  test('an edit of the same length is seen, its time stamp put back or not', async () => {
    using scratch = new Scratch({ 'a.ts': 'export function alpha() {}\n' });
    using index = await open(scratch);
    for (const word of ['bravo', 'gamma']) {
      const before = statSync(scratch.path('a.ts'));
      await index.update();
      writeFileSync(scratch.path('a.ts'), `export function ${word}() {}\n`);
      utimesSync(scratch.path('a.ts'), before.atime, before.mtime);
      expect((await index.update()).changed, word).toBe(1);
      expect(await firstPath(index, word)).toBe('a.ts');
    }
    await expectLikeFresh(index, ['bravo', 'gamma']);
  });

  test('a stamp from the moment of reading is not trusted: the file is read again', async () => {
    using scratch = new Scratch({
      'a.ts': 'export function alpha() {}\n',
      'b.ts': 'export function beta() {}\n',
    });
    // Written in the same tick as it is read, as far as its stamp can tell.
    const soon = new Date(Date.now() + 60_000);
    utimesSync(scratch.path('a.ts'), soon, soon);
    using index = await open(scratch);
    await index.update();
    const before = statSync(scratch.path('a.ts'));
    writeFileSync(scratch.path('a.ts'), 'export function bravo() {}\n');
    utimesSync(scratch.path('a.ts'), soon, soon);
    const after = statSync(scratch.path('a.ts'));
    expect([after.size, after.mtimeMs, after.ino]).toEqual([before.size, before.mtimeMs, before.ino]);
    // Only the kernel sets the change time: put the new one into the index, as if the write had been in that tick.
    const { store } = index as unknown as { store: IndexStore };
    const catalog = store.read(view => view.catalog());
    const file = catalog.files.find(({ path }) => path === 'a.ts')!;
    file.ctimeMs = after.ctimeMs;
    store.commit({ catalog: () => catalog });
    expect((await index.search('alpha')).hits[0]).toMatchObject({ path: 'a.ts', stale: true });
    expect((await index.update()).changed).toBe(1);
    expect(await firstPath(index, 'bravo')).toBe('a.ts');
    expect((await index.search('bravo')).hits[0]!.stale).toBe(false);
  });

  test('other permissions or another time stamp alone parse nothing', async () => {
    using scratch = new Scratch(files);
    using index = await open(scratch);
    await index.update();
    await settled(index);
    chmodSync(scratch.path('src/cache.py'), 0o755);
    const chmod = await index.update();
    expect(chmod.parsedBytes).toBe(0);
    expect(counts(chmod)).toEqual({ added: 0, changed: 0, removed: 0, moved: 0 });
    settle(scratch);
    const touched = await index.update();
    expect(touched.parsedBytes).toBe(0);
    expect(counts(touched)).toEqual({ added: 0, changed: 0, removed: 0, moved: 0 });
    expect((await index.search('cache')).hits.every(hit => !hit.stale)).toBe(true);
    await expectLikeFresh(index, queries);
  });

  test('a file becomes a folder, and a folder a file', async () => {
    using scratch = new Scratch({
      'a/b.ts': 'export function inner() {}\n',
      'c.ts': 'export function plain() {}\n',
    });
    using index = await open(scratch);
    await index.update();
    scratch.remove('a');
    scratch.remove('c.ts');
    scratch.write('a', 'plain words now\n');
    scratch.write('c.ts/d.ts', 'export function outer() {}\n');
    expect(counts(await index.update())).toEqual({ added: 2, changed: 0, removed: 2, moved: 0 });
    await expectLikeFresh(index, ['inner', 'outer', 'plain']);
  });

  test('a file that becomes binary leaves the index, and comes back', async () => {
    using scratch = new Scratch(files);
    using index = await open(scratch);
    await index.update();
    scratch.write(
      'src/cache.py',
      Uint8Array.from({ length: 500 }, (_, i) => i % 7),
    );
    await index.update();
    const status = await index.status();
    expect(status.files).toBe(3);
    expect(status.skipped).toEqual([expect.objectContaining({ path: 'src/cache.py', reason: 'binary' })]);
    scratch.write('src/cache.py', files['src/cache.py']);
    expect((await index.update()).parsedBytes).toBe(0);
    expect((await index.status()).skipped).toEqual([]);
    await expectLikeFresh(index, queries);
  });

  test('twenty-five random changes, one update after each', async () => {
    const random = new Random(20_240);
    using scratch = new Scratch();
    using index = await open(scratch, { workers: 1 });
    const present = new Map<string, string>();
    let version = 0;
    for (let round = 0; round < 25; round++) {
      const paths = [...present.keys()];
      const step = random.below(5);
      const path = `d${random.below(4)}/f${random.below(12)}.${random.pick(['ts', 'py', 'go', 'md'])}`;
      if (step < 3 || paths.length === 0) {
        const mark = markOf(random.below(50), version++);
        present.set(path, mark);
        scratch.write(path, sourceFile(random, path.split('.')[1] as 'ts', mark));
      } else if (step === 3) {
        const gone = random.pick(paths);
        present.delete(gone);
        scratch.remove(gone);
      } else {
        const from = random.pick(paths);
        renameSync(scratch.path(from), scratch.path(`${from}.${from.split('.').at(-1)}`));
        present.set(`${from}.${from.split('.').at(-1)}`, present.get(from)!);
        present.delete(from);
      }
      await index.update();
      const sample = random.pick([...present.entries()].concat([['', '']]));
      if (sample[1] !== '') expect(await firstPath(index, sample[1]), `round ${round}`).toBe(sample[0]);
    }
    await expectLikeFresh(index, ['read the header', 'cache', 'merge']);
    expect((await index.status()).segments).toBeLessThanOrEqual(9);
  });
});

describe('git', () => {
  function git(root: string, ...args: string[]): void {
    const env = { PATH: process.env['PATH'], HOME: root, GIT_CONFIG_NOSYSTEM: '1' };
    const who = ['-c', 'user.name=a', '-c', 'user.email=a@example.org', '-c', 'init.defaultBranch=main'];
    execFileSync('git', [...who, ...args], { cwd: root, env, stdio: 'ignore' });
  }

  test('switching branches parses only the difference, and switching back nothing', async () => {
    using scratch = new Scratch(files);
    git(scratch.root, 'init', '-q');
    git(scratch.root, 'add', '.');
    git(scratch.root, 'commit', '-qm', 'one');
    using index = await open(scratch);
    await index.update();
    git(scratch.root, 'checkout', '-qb', 'other');
    const cache = files['src/cache.py'].replace('oldest', 'coldest');
    scratch.write('src/cache.py', cache);
    scratch.write('src/branch_only.py', 'def branch_only():\n    return "here"\n');
    scratch.remove('docs/guide.md');
    git(scratch.root, 'add', '-A');
    git(scratch.root, 'commit', '-qm', 'two');
    const there = await index.update();
    expect(counts(there)).toEqual({ added: 1, changed: 1, removed: 1, moved: 0 });
    expect(there.parsedBytes).toBe(
      Buffer.byteLength(cache) + Buffer.byteLength('def branch_only():\n    return "here"\n'),
    );
    expect(await firstPath(index, 'coldest entry')).toBe('src/cache.py');
    git(scratch.root, 'checkout', '-q', 'main');
    const back = await index.update();
    expect(back.parsedBytes).toBe(0);
    expect(counts(back)).toEqual({ added: 0, changed: 1, removed: 1, moved: 1 });
    expect((await index.search('coldest')).total).toBe(0);
    await expectLikeFresh(index, queries);
    git(scratch.root, 'checkout', '-q', 'other');
    expect((await index.update()).parsedBytes).toBe(0);
    await expectLikeFresh(index, [...queries, 'coldest', 'branch only']);
  });
});

describe('interruptions', () => {
  test('an aborted update keeps what was done, and the next one does the rest', async () => {
    const random = new Random(7);
    using scratch = new Scratch();
    let bytes = 0;
    for (let i = 0; i < 400; i++) {
      const text = sourceFile(random, random.pick(['ts', 'py', 'go'] as const), markOf(i, 0));
      scratch.write(
        `d${i % 9}/f${i}.${text.startsWith('package') ? 'go' : text.startsWith('def') ? 'py' : 'ts'}`,
        text,
      );
      bytes += Buffer.byteLength(text);
    }
    using index = await open(scratch, { workers: 1 });
    const stop = new AbortController();
    const first = await index.update({
      signal: stop.signal,
      onProgress: ({ filesDone, phase }) => {
        if (phase === 'extract' && filesDone >= 100) stop.abort();
      },
    });
    expect(first.aborted).toBe(true);
    expect(first.added).toBeGreaterThanOrEqual(100);
    expect(first.added).toBeLessThan(400);
    const half = await index.status();
    expect(half).toMatchObject({ complete: false, files: first.added });
    expect((await index.search('the')).hits.length).toBeGreaterThan(0);
    const second = await index.update();
    expect(second.aborted).toBe(false);
    expect(second.added).toBe(400 - first.added);
    expect(first.parsedBytes + second.parsedBytes).toBe(bytes);
    await expectLikeFresh(index, [markOf(3, 0), markOf(399, 0), 'read the header']);
  });

  test('an update with a signal that has fired does nothing', async () => {
    using scratch = new Scratch(files);
    using index = await open(scratch);
    await expect(index.update({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
    expect(await index.status()).toMatchObject({ files: 0, generation: 0 });
    await expect(index.search('cache', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    });
  });

  test('leaving the stream of steps stops the update', async () => {
    const random = new Random(8);
    using scratch = new Scratch();
    for (let i = 0; i < 300; i++) scratch.write(`f${i}.ts`, sourceFile(random, 'ts', markOf(i, 0)));
    using index = await open(scratch, { workers: 1 });
    for await (const step of index.updates()) if (step.phase === 'extract' && step.filesDone > 0) break;
    expect((await index.status()).complete).toBe(false);
    const steps: UpdateProgress[] = [];
    for await (const step of index.updates()) steps.push(step);
    expect(steps.at(-1)!.phase).toBe('done');
    await expectLikeFresh(index, [markOf(3, 0)]);
  });

  test('searches go on while an update runs, and see whole generations', async () => {
    const random = new Random(9);
    using scratch = new Scratch(files);
    using index = await open(scratch, { workers: 1 });
    await index.update();
    const { generation } = await index.status();
    for (let i = 0; i < 300; i++) scratch.write(`f${i}.ts`, sourceFile(random, 'ts', markOf(i, 0)));
    const searches: Array<Promise<SearchResult>> = [];
    const update = index.update({
      onProgress: () => {
        searches.push(index.search('evict the entry'));
      },
    });
    const during = await index.search(markOf(5, 0));
    expect([during.generation, during.total]).toEqual([generation, 0]);
    await update;
    expect(searches.length).toBeGreaterThan(0);
    for (const { hits } of await Promise.all(searches)) expect(hits[0]!.path).toBe('src/cache.py');
    expect(await firstPath(index, markOf(5, 0))).toBe('f5.ts');
  });

  test('two updates of one process on one index take turns', async () => {
    using scratch = new Scratch(files);
    const indexFile = scratch.indexFile();
    using one = await openIndex(scratch.root, { indexFile, workers: 1 });
    using two = await openIndex(scratch.root, { indexFile, workers: 1 });
    const waits: string[] = [];
    const first = one.update();
    await expect(two.update({ wait: false })).rejects.toMatchObject({ code: 'busy' });
    const second = two.update({ onProgress: ({ waitingFor }) => waitingFor && waits.push(waitingFor) });
    expect((await first).added).toBe(4);
    expect((await second).added).toBe(0);
    expect(waits.length).toBeGreaterThan(0);
    expect((await one.status()).writer).toBeUndefined();
    await expectLikeFresh(two, queries);
  });
});

describe('places', () => {
  test('several indexes do not know of each other', async () => {
    using scratch = new Scratch(files);
    using other = new Scratch({ 'x.ts': 'export function elsewhere() {}\n' });
    using one = await open(scratch);
    using two = await open(other);
    using three = await open(scratch);
    await Promise.all([one.update(), two.update(), three.update()]);
    expect([await firstPath(one, 'evict'), await firstPath(two, 'evict')]).toEqual([
      'src/cache.py',
      undefined,
    ]);
    expect(await firstPath(two, 'elsewhere')).toBe('x.ts');
    await expectLikeFresh(three, queries);
  });

  test('an index belongs to one directory', async () => {
    using scratch = new Scratch(files);
    using other = new Scratch();
    const indexFile = scratch.indexFile();
    (await openIndex(scratch.root, { indexFile })).close();
    await expect(openIndex(other.root, { indexFile })).rejects.toMatchObject({ code: 'usage' });
  });

  test('a missing directory, a file, a missing index', async () => {
    using scratch = new Scratch(files);
    const options = { indexFile: scratch.indexFile() };
    await expect(openIndex(scratch.path('nowhere'), options)).rejects.toMatchObject({ code: 'not-found' });
    await expect(openIndex(scratch.path('src/cache.py'), options)).rejects.toMatchObject({ code: 'usage' });
    await expect(openIndex(scratch.root, { ...options, create: false })).rejects.toMatchObject({
      code: 'not-found',
      hint: expect.stringContaining('quarry index'),
    });
    expect(existsSync(options.indexFile)).toBe(false);
  });

  test('an index of another format is named, with what to do', async () => {
    using scratch = new Scratch(files);
    const indexFile = scratch.indexFile();
    (await openIndex(scratch.root, { indexFile })).close();
    const db = new DatabaseSync(indexFile);
    db.exec(`PRAGMA user_version = ${formatVersion + 1}`);
    db.close();
    const before = readFileSync(indexFile);
    await expect(openIndex(scratch.root, { indexFile })).rejects.toMatchObject({
      code: 'format',
      message: expect.stringContaining(String(formatVersion + 1)),
      hint: expect.stringContaining('quarry clear'),
    });
    expect(readFileSync(indexFile).equals(before)).toBe(true);
  });

  test("somebody else's file is refused and left as it is", async () => {
    using scratch = new Scratch(files);
    const database = scratch.indexFile();
    const db = new DatabaseSync(database);
    db.exec(`CREATE TABLE t (x); PRAGMA user_version = ${formatVersion}`);
    db.close();
    const text = scratch.indexFile();
    writeFileSync(text, 'not a database, but long enough to look like one? '.repeat(100));
    for (const indexFile of [database, text]) {
      const before = readFileSync(indexFile);
      await expect(openIndex(scratch.root, { indexFile })).rejects.toMatchObject({ code: 'corrupt' });
      expect(readFileSync(indexFile).equals(before)).toBe(true);
    }
  });

  // Nobody may do what the superuser may: the effective user is changed for the moment of the call.
  test.skipIf(process.platform === 'win32')('a place that cannot be written is named', async () => {
    using scratch = new Scratch(files);
    const place = join(scratch.directory, 'locked');
    mkdirSync(place);
    chmodSync(scratch.directory, 0o755);
    chmodSync(place, 0o555);
    const asNobody = process.getuid?.() === 0 ? () => process.seteuid!(65_534) : () => {};
    const asMyself = process.getuid?.() === 0 ? () => process.seteuid!(0) : () => {};
    try {
      asNobody();
      for (const indexFile of [join(place, 'a.quarry'), join(place, 'below', 'a.quarry')]) {
        await expect(openIndex(scratch.root, { indexFile })).rejects.toMatchObject({
          name: 'QuarryError',
          code: 'unreadable',
        });
      }
    } finally {
      asMyself();
      chmodSync(place, 0o755);
    }
    await expect(
      openIndex(scratch.root, { indexFile: scratch.path('src/cache.py/a.quarry') }),
    ).rejects.toMatchObject({
      name: 'QuarryError',
    });
  });

  test('a full disk loses nothing', async () => {
    const random = new Random(11);
    using scratch = new Scratch(files);
    using index = await open(scratch, { workers: 1 });
    await index.update();
    for (let i = 0; i < 200; i++) scratch.write(`f${i}.ts`, sourceFile(random, 'ts', markOf(i, 0)));
    const { db } = (index as unknown as { store: { container: { db: DatabaseSync } } }).store.container;
    // SQLite reports the same for a file that may not grow.
    const { page_count: pages } = db.prepare('PRAGMA page_count').get()!;
    db.exec(`PRAGMA max_page_count = ${pages}`);
    await expect(index.update()).rejects.toMatchObject({
      code: 'no-space',
      hint: expect.stringContaining('space'),
    });
    expect(await firstPath(index, 'evict')).toBe('src/cache.py');
    expect((await index.status()).writer).toBeUndefined();
    db.exec('PRAGMA max_page_count = 1000000');
    expect((await index.update()).added).toBe(200);
    await expectLikeFresh(index, [...queries, markOf(7, 0)]);
  });

  test('a root that is removed', async () => {
    using scratch = new Scratch(files);
    using index = await open(scratch);
    await index.update();
    rmSync(scratch.root, { recursive: true });
    await expect(index.update()).rejects.toMatchObject({ name: 'QuarryError' });
    const { hits } = await index.search('evict');
    expect(hits[0]).toMatchObject({ path: 'src/cache.py', stale: true });
    expect(() => index.read(hits[0]!)).toThrow(expect.objectContaining({ code: 'unreadable' }));
    expect((await index.status()).files).toBe(4);
  });
});

describe('difficult files', () => {
  test('an empty tree, an empty file, a file of punctuation', async () => {
    using scratch = new Scratch();
    using index = await open(scratch);
    expect(await index.update()).toMatchObject({ files: 0, aborted: false });
    expect((await index.search('anything')).hits).toEqual([]);
    expect((await index.status()).complete).toBe(true);
    scratch.write('empty.ts', '');
    scratch.write('dots.py', '...\n\n;;;\n');
    scratch.write('newline.go', '\n');
    expect(await index.update()).toMatchObject({ files: 3, added: 3 });
    expect((await index.search('anything')).hits).toEqual([]);
    expect(await firstPath(index, 'empty')).toBe('empty.ts');
    await expectLikeFresh(index, ['empty', 'dots', 'newline']);
  });

  test('minified code, one long line, invalid UTF-8 and binary data have a line in the status', async () => {
    using scratch = new Scratch(files);
    scratch.write('lib/app.min.js', `${'!function(e,t){return e.a=t.b(e),t}(x,y);'.repeat(7_500)}\n`);
    scratch.write('data/one-line.js', `const data = "${'abcdefghij'.repeat(500_000)}";\n`);
    scratch.write('data/line.js', `const data = [${'123456789,'.repeat(150_000)}];\n`);
    scratch.write(
      'src/latin.py',
      Buffer.from('def gr\xfc\xdfe():\n    return "stra\xdfe hallo"\n', 'latin1'),
    );
    scratch.write('logo.png', Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 1, 2, 3]));
    using index = await open(scratch);
    await index.update();
    const reasons = Object.fromEntries((await index.status()).skipped.map(s => [s.path, s.reason]));
    expect(reasons).toEqual({
      'lib/app.min.js': 'long-lines',
      'data/one-line.js': 'too-large',
      'data/line.js': 'long-lines',
      'src/latin.py': 'encoding',
      'logo.png': 'binary',
    });
    expect(await firstPath(index, 'hallo')).toBe('src/latin.py');
    const again = await index.update();
    expect(again.parsedBytes).toBe(0);
    await expectLikeFresh(index, queries);
  });

  test('a file that takes too long to parse is found as blocks', async () => {
    const random = new Random(3);
    using scratch = new Scratch(files);
    const parts: string[] = [];
    while (parts.length < 1_500) parts.push(sourceFile(random, 'ts', markOf(parts.length, 1)));
    scratch.write('src/big.ts', `${parts.join('\n')}\nexport const needleInTheHaystack = 1;\n`);
    using index = await open(scratch, { deadlineMs: 1, workers: 1 });
    await index.update();
    const status = await index.status();
    expect(status.skipped).toContainEqual(
      expect.objectContaining({ path: 'src/big.ts', reason: 'deadline' }),
    );
    const hit = (await index.search('needle in the haystack')).hits[0]!;
    expect([hit.path, hit.kind]).toEqual(['src/big.ts', 'block']);
    expect(index.read(hit).text).toContain('needleInTheHaystack');
  });

  test('code nested too deeply is found as blocks, and the files beside it as they are', async () => {
    using scratch = new Scratch(files);
    const depth = 60_000;
    scratch.write('src/deep.js', `const deepest = ${'[\n'.repeat(depth)}${']\n'.repeat(depth)};\n`);
    scratch.write('src/after.ts', 'export function afterwards() {}\n');
    using index = await open(scratch, { workers: 1, deadlineMs: 30_000 });
    await index.update();
    const status = await index.status();
    expect(status.files).toBe(6);
    expect(await firstPath(index, 'deepest')).toBe('src/deep.js');
    expect((await index.search('afterwards')).hits[0]).toMatchObject({ kind: 'function' });
  });
});
