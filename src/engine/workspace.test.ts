import { renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { markOf, sourceFile } from '../../test/support/code.ts';
import { contentsOf } from '../../test/support/contents.ts';
import { TestRepository } from '../../test/support/git.ts';
import { Random, Scratch } from '../../test/support/scratch.ts';
import { openIndex, openWorkspace } from '../library.ts';
import type { CodeIndex } from './code-index.ts';
import type { Sources } from './sources/sources.ts';

const client =
  '/** Sends a request and waits for the answer. */\nexport function sendRequest(url: string) {}\n';
const cache =
  'class LruCache:\n    """Forgets the oldest entry first."""\n\n    def evict(self):\n        pass\n';
const files = { 'src/client.ts': client, 'src/cache.py': cache, 'readme.md': '# App\n\nWarms the cache.\n' };

/** A folder for repositories and an index file beside them. */
class Setting {
  readonly scratch: Scratch = new Scratch();
  readonly indexFile: string = this.scratch.indexFile();

  repository(name: string, content: Readonly<Record<string, string | Uint8Array>> = files): TestRepository {
    return new TestRepository(this.scratch.path(name), content);
  }

  open(): Promise<CodeIndex> {
    return openWorkspace({ indexFile: this.indexFile, workers: 2 });
  }

  [Symbol.dispose](): void {
    this.scratch[Symbol.dispose]();
  }
}

/** Paths a search finds, whatever its sources, in the order of their names. */
async function found(index: CodeIndex, query: string): Promise<string[]> {
  const { hits } = await index.search(query, { limit: 1000 });
  return hits.map(hit => hit.path).sort();
}

/** All paths of the catalog. */
function paths(index: CodeIndex): string[] {
  return [...contentsOf(index.indexFile).keys()].sort();
}

function generated(count: number): Record<string, string> {
  const random = new Random(count);
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`d${i % 7}/f${i}.ts`, sourceFile(random, 'ts', markOf(i, 0))]),
  );
}

describe('several repositories', () => {
  test('are searched together, and hits say where they come from', async () => {
    using setting = new Setting();
    const app = setting.repository('app');
    const lib = setting.repository('lib', {
      'retry.go': 'package lib\n\n// Retry tries again.\nfunc Retry() {}\n',
    });
    using index = await setting.open();
    expect(await index.addRepositories([{ path: app.directory }, { path: lib.directory }])).toEqual([
      'app',
      'lib',
    ]);
    const report = await index.update();
    expect(report).toMatchObject({ files: 4, added: 4, removed: 0, notes: [] });
    const { hits } = await index.search('try again');
    expect(hits[0]).toMatchObject({ path: 'lib/retry.go', repository: { name: 'lib' }, stale: false });
    expect(index.read(hits[0]!).text).toContain('func Retry');
    expect((await index.search('send a request')).hits[0]!.path).toBe('app/src/client.ts');
    const { repositories } = await index.status();
    expect(repositories).toMatchObject([
      { name: 'app', directory: app.directory, files: 3, isDefault: true, isGone: false },
      { name: 'lib', directory: lib.directory, files: 1, isDefault: true, isGone: false },
    ]);
    // Adding them again changes nothing.
    expect(await index.addRepositories([{ path: lib.directory }])).toEqual([]);
    const { generation } = await index.status();
    await new Promise(resolve => setTimeout(resolve, 120));
    await index.update();
    expect(await index.update()).toMatchObject({ unchanged: 4, parsedBytes: 0 });
    expect(generation).toBeGreaterThan(0);
  });

  test('with equal files keep them once, and what a file is does not depend on where it is mounted', async () => {
    using setting = new Setting();
    const one = setting.repository('one');
    const tests = setting.repository('tests', { ...files, 'more.ts': 'import "./src/client";\n' });
    using index = await setting.open();
    await index.addRepositories([{ path: one.directory }]);
    await index.update();
    await index.addRepositories([{ path: tests.directory }]);
    const report = await index.update();
    expect(report).toMatchObject({ files: 7, added: 1, moved: 3, parsedBytes: 23 });
    const plain = setting.scratch.indexFile();
    using alone = await openIndex(tests.directory, { indexFile: plain, workers: 1 });
    await alone.update();
    const inside = [...contentsOf(index.indexFile)].filter(([path]) => path.startsWith('tests/'));
    const strip = (entry: string) => entry.replaceAll('"tests/', '"');
    expect(new Map(inside.map(([path, content]) => [path.slice(6), strip(content)]))).toEqual(
      contentsOf(plain),
    );
  });

  test('can be taken out again, by name or revision', async () => {
    using setting = new Setting();
    const app = setting.repository('app');
    app.git('tag', 'v1');
    const lib = setting.repository('lib', { 'retry.go': 'package lib\n\nfunc Retry() {}\n' });
    using index = await setting.open();
    await index.addRepositories([{ path: app.directory, revisions: ['v1'] }, { path: lib.directory }]);
    await index.update();
    expect(await index.removeRepositories(['app@v1'])).toEqual(['app@v1']);
    expect(paths(index)).toEqual(['app/readme.md', 'app/src/cache.py', 'app/src/client.ts', 'lib/retry.go']);
    await expect(index.removeRepositories(['ap'])).rejects.toMatchObject({
      code: 'not-found',
      hint: 'did you mean app?',
    });
    expect(await index.removeRepositories(['app'])).toEqual(['app']);
    expect(paths(index)).toEqual(['lib/retry.go']);
    expect((await index.search('retry')).hits).toHaveLength(1);
    expect(await index.update()).toMatchObject({ files: 1, removed: 0 });
    expect(await index.removeRepositories(['lib'])).toEqual(['lib']);
    expect((await index.search('retry')).hits).toEqual([]);
    expect(await index.update()).toMatchObject({ files: 0 });
    expect((await index.status()).repositories).toEqual([]);
  });

  test('need names that tell them apart', async () => {
    using setting = new Setting();
    const one = setting.repository('a/app');
    const two = setting.repository('b/app', { 'x.ts': 'export function turnWheel() {}\n' });
    using index = await setting.open();
    const both = [{ path: one.directory }, { path: two.directory }];
    await expect(index.addRepositories(both)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('app is already the name of'),
    });
    expect((await index.status()).repositories).toEqual([]);
    for (const name of ['a@b', '..', 'a/../b', '', 'a b', '/x'])
      await expect(index.addRepositories([{ path: one.directory, name }])).rejects.toMatchObject({
        code: 'usage',
      });
    await expect(
      index.addRepositories([
        { path: one.directory, name: 'team' },
        { path: two.directory, name: 'team/app' },
      ]),
    ).rejects.toMatchObject({ message: expect.stringContaining('cannot be told apart') });
    expect(
      await index.addRepositories([{ path: one.directory }, { path: two.directory, name: 'team/app' }]),
    ).toEqual(['app', 'team/app']);
    await index.update();
    expect(await found(index, 'turn wheel')).toEqual(['team/app/x.ts']);
    // Another repository's revision is not one of this.
    await expect(
      index.addRepositories([{ path: join(two.directory, '.git'), name: 'app', revisions: ['main'] }]),
    ).rejects.toMatchObject({ code: 'usage' });
    await expect(
      index.addRepositories([{ path: one.directory, revisions: ['nothing'] }]),
    ).rejects.toMatchObject({ code: 'not-found', message: expect.stringContaining('"nothing"') });
    await expect(
      index.addRepositories([{ path: join(one.directory, 'src'), revisions: ['main'] }]),
    ).rejects.toMatchObject({ code: 'usage' });
  });

  test('that moved away keep their files, and a note says so', async () => {
    using setting = new Setting();
    const app = setting.repository('app');
    const lib = setting.repository('lib', { 'retry.go': 'package lib\n\nfunc Retry() {}\n' });
    lib.git('branch', 'old');
    using index = await setting.open();
    await index.addRepositories([{ path: app.directory }, { path: lib.directory, revisions: ['old'] }]);
    await index.update();
    renameSync(lib.directory, `${lib.directory}-moved`);
    const { generation } = await index.status();
    const report = await index.update();
    expect(report).toMatchObject({ files: 5, removed: 0, generation });
    expect(report.notes).toEqual([
      expect.stringMatching(/^lib: .*does not exist; .*quarry repos remove lib$/),
      expect.stringMatching(/^lib@old: .*quarry repos remove lib@old$/),
    ]);
    expect((await index.status()).repositories).toMatchObject([
      { name: 'app', isGone: false },
      { name: 'lib', files: 1, isGone: true },
      { name: 'lib', files: 1, isGone: true },
    ]);
    const [hit] = (await index.search('retry')).hits;
    expect(hit).toMatchObject({ path: 'lib/retry.go', stale: true });
    expect(() => index.read(hit!)).toThrow('cannot read');
    app.write('src/new.ts', 'export function frobnicate() {}\n');
    expect(await index.update()).toMatchObject({ files: 6, added: 1 });
    renameSync(`${lib.directory}-moved`, lib.directory);
    expect(await index.update()).toMatchObject({ files: 6, notes: [] });
    expect((await index.search('retry')).hits[0]).toMatchObject({ stale: false });
  });
});

describe('revisions', () => {
  test('of a branch that is not checked out are read from git, and only named ones are searched', async () => {
    using setting = new Setting();
    const app = setting.repository('app');
    const main = app.git('rev-parse', 'HEAD');
    app.git('switch', '--quiet', '--create', 'feature/wheel');
    const commit = app.commit({
      'src/wheel.ts': '/** Turns the wheel. */\nexport function turnWheel() {}\n',
    });
    app.git('switch', '--quiet', 'main');
    using index = await setting.open();
    await index.addRepositories([{ path: app.directory, revisions: ['feature/wheel', 'main'] }]);
    expect(await index.update()).toMatchObject({ files: 10 });
    expect((await index.status()).repositories).toMatchObject([
      { name: 'app', directory: app.directory, isDefault: true },
      { name: 'app', revision: 'feature/wheel', commit, files: 4, isDefault: false },
      { name: 'app', revision: 'main', commit: main, files: 3, isDefault: false },
    ]);
    expect(await found(index, 'turn the wheel')).toEqual([]);
    const { hits } = await index.search('turn the wheel repo:app@feature/wheel');
    expect(hits[0]).toMatchObject({
      path: 'app@feature/wheel/src/wheel.ts',
      repository: { name: 'app', revision: 'feature/wheel' },
      stale: false,
    });
    expect(index.read(hits[0]!).doc).toBe('Turns the wheel.');
    expect(await found(index, 'send a request repo:app')).toEqual(['app/src/client.ts']);
  });

  test('of one repository share what they have in common, in time and on disk', async () => {
    using setting = new Setting();
    const app = setting.repository('app', generated(400));
    app.git('tag', 'v1');
    const wheel = 'export function turnWheel() {}\n';
    const fresh = 'export const fresh = 1;\n';
    app.commit({ 'd0/f0.ts': wheel, 'new.ts': fresh });
    app.git('tag', 'v2');
    app.git('mv', 'd1', 'moved');
    app.commit({});
    const bare = setting.scratch.path('mirror.git');
    app.git('clone', '--quiet', '--bare', '.', bare);
    using index = await setting.open();
    await index.addRepositories([{ path: bare, revisions: ['v1'] }]);
    const first = await index.update();
    expect(first).toMatchObject({ files: 400, added: 400 });
    const before = statSync(index.indexFile).size;
    await index.addRepositories([{ path: bare, revisions: ['v2'] }]);
    const second = await index.update();
    // Only what differs is read: the others are not even asked for.
    expect(second).toMatchObject({ files: 801, added: 2, moved: 399, removed: 0 });
    expect(second.parsedBytes).toBe(wheel.length + fresh.length);
    expect(statSync(index.indexFile).size).toBeLessThan(before * 1.12);
    await index.addRepositories([{ path: bare, revisions: ['main'] }]);
    expect(await index.update()).toMatchObject({ files: 1202, added: 0, moved: 401, parsedBytes: 0 });
    expect(paths(index)).toContain('mirror@main/moved/f1.ts');
    // The first one is what is searched.
    expect(await found(index, markOf(1, 0))).toEqual(['mirror@v1/d1/f1.ts']);
    expect(await found(index, 'turn wheel repo:mirror@v2')).toEqual(['mirror@v2/d0/f0.ts']);
  });

  test('read in one run with the working tree and a linked one are kept once', async () => {
    using setting = new Setting();
    const app = setting.repository('app', generated(300));
    app.git('worktree', 'add', '--quiet', '../linked', '-b', 'other');
    writeFileSync(setting.scratch.path('linked/own.ts'), 'export function turnWheel() {}\n');
    using index = await setting.open();
    await index.addRepositories([
      { path: app.directory, revisions: ['main', 'other'] },
      { path: setting.scratch.path('linked') },
    ]);
    const report = await index.update();
    expect(report).toMatchObject({ files: 1201, added: 301, moved: 900 });
    expect(await found(index, 'turn wheel')).toEqual(['linked/own.ts']);
  });

  test('follow their branch: only blobs that differ are read, and nothing if it stands still', async () => {
    using setting = new Setting();
    const app = setting.repository('app', {
      ...files,
      'data.bin': Buffer.from([0, 1, 2, 0]),
      'b.bin': Buffer.alloc(9),
    });
    const gitDirectory = join(app.directory, '.git');
    using index = await setting.open();
    await index.addRepositories([{ path: gitDirectory, revisions: ['main'] }]);
    const first = await index.update();
    expect(first).toMatchObject({ files: 3, skipped: 2 });
    expect(await index.update()).toMatchObject({ unchanged: 3, generation: first.generation, skipped: 2 });
    app.commit({ 'src/client.ts': `${client}\nexport function turnWheel() {}\n`, 'b.bin': 'now a text\n' });
    const next = await index.update();
    expect(next).toMatchObject({ changed: 1, added: 1, unchanged: 2, skipped: 1, files: 4 });
    expect(await found(index, 'turn wheel')).toEqual(['app@main/src/client.ts']);
    app.git('mv', 'src/cache.py', 'memory.py');
    app.commit({});
    expect(await index.update()).toMatchObject({ moved: 1, removed: 1, parsedBytes: 0, skipped: 1 });
    expect(await found(index, 'oldest entry')).toEqual(['app@main/memory.py']);
    // A commit without a change is one, but nothing is read for it.
    const commit = app.commit({});
    expect(await index.update()).toMatchObject({ unchanged: 4, parsedBytes: 0 });
    expect((await index.status()).repositories).toMatchObject([{ commit }]);
    // Everything is as if it had been read afresh.
    const other = new Setting();
    using _ = other;
    using fresh = await other.open();
    await fresh.addRepositories([{ path: gitDirectory, revisions: ['main'] }]);
    await fresh.update();
    expect(contentsOf(index.indexFile)).toEqual(contentsOf(fresh.indexFile));
    expect((await index.status()).skipped).toEqual((await fresh.status()).skipped);
  });

  test('that were deleted keep their files until they are removed', async () => {
    using setting = new Setting();
    const app = setting.repository('app');
    app.git('branch', 'topic');
    using index = await setting.open();
    await index.addRepositories([{ path: app.directory, revisions: ['topic'] }]);
    await index.update();
    app.git('branch', '--delete', 'topic');
    const report = await index.update();
    expect(report).toMatchObject({ files: 6, removed: 0 });
    expect(report.notes).toEqual([expect.stringMatching(/^app@topic: .* has no topic any more; .*kept/)]);
    const [hit] = (await index.search('send a request repo:app@topic')).hits;
    expect(hit).toMatchObject({ path: 'app@topic/src/client.ts', stale: false });
    await index.removeRepositories(['app@topic']);
    expect(await index.update()).toMatchObject({ files: 3, notes: [] });
  });

  test('of shallow clones are read, and what lies elsewhere is named', async () => {
    using setting = new Setting();
    const app = setting.repository('app');
    const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n';
    app.commit({ 'large.ts': pointer });
    app.git('clone', '--quiet', '--bare', '--depth', '1', `file://${app.directory}`, '../shallow.git');
    using index = await setting.open();
    // A bare repository without a revision means what its HEAD is.
    await index.addRepositories([{ path: setting.scratch.path('shallow.git') }]);
    expect(await index.update()).toMatchObject({ files: 3, skipped: 1 });
    expect((await index.status()).skipped).toEqual([
      { path: 'shallow@HEAD/large.ts', reason: 'elsewhere', detail: 'Git LFS' },
    ]);
    expect(await found(index, 'send a request')).toEqual(['shallow@HEAD/src/client.ts']);
    // An object that is lost, as in a partial clone.
    const object = app.git('rev-parse', 'HEAD:src/cache.py');
    app.git('branch', 'lost');
    rmSync(join(app.directory, '.git/objects', object.slice(0, 2), object.slice(2)));
    await index.addRepositories([{ path: join(app.directory, '.git'), revisions: ['lost'] }]);
    const report = await index.update();
    expect(report.notes).toEqual([]);
    expect((await index.status()).skipped.map(({ path }) => path)).toContain('app@lost/large.ts');
    expect(paths(index)).toContain('app@lost/src/client.ts');
  });
});

describe('interruptions', () => {
  test('a stopped update goes on where it was, over all sources', async () => {
    using setting = new Setting();
    const app = setting.repository('app', generated(600));
    const other = setting.repository('other', generated(599));
    app.git('tag', 'v1');
    app.commit({ 'more.ts': 'export function turnWheel() {}\n' });
    using index = await setting.open();
    await index.addRepositories([
      { path: join(app.directory, '.git'), revisions: ['v1', 'main'] },
      { path: other.directory },
    ]);
    let stops = 0;
    for (const part of [0.2, 0.6, 0.9]) {
      const stop = new AbortController();
      const report = await index.update({
        signal: stop.signal,
        onProgress: ({ phase, filesDone, filesTotal }) => {
          if (phase === 'extract' && filesDone > filesTotal * part) stop.abort();
        },
      });
      if (report.aborted) stops++;
      expect((await index.status()).complete).toBe(!report.aborted);
    }
    expect(stops).toBeGreaterThan(0);
    expect(await index.update()).toMatchObject({ files: 1800, aborted: false });
    expect((await index.status()).complete).toBe(true);
    expect(await found(index, 'turn wheel repo:app@main')).toEqual(['app@main/more.ts']);
    expect(await found(index, markOf(598, 0))).toHaveLength(2);
  });

  test('everything can be read again without naming the repositories again', async () => {
    using setting = new Setting();
    const app = setting.repository('app');
    app.git('branch', 'topic');
    using index = await setting.open();
    await index.addRepositories([{ path: app.directory, revisions: ['topic'] }]);
    await index.update();
    await index.forgetFiles();
    expect(await index.status()).toMatchObject({ files: 0, segments: 0, complete: false });
    expect(await index.update()).toMatchObject({ files: 6, added: 3, moved: 3 });
  });
});

describe('paths', () => {
  test('that are not in the catalog, or lead elsewhere, are never read', async () => {
    using setting = new Setting();
    const app = setting.repository('app', { ...files, 'deep/er/code.ts': client });
    writeFileSync(setting.scratch.path('secret.ts'), 'export const secret = 1;\n');
    using index = await setting.open();
    await index.addRepositories([{ path: app.directory, revisions: ['main'] }]);
    await index.update();
    // Loads the newest generation.
    expect(index.changed(['app/src/client.ts', 'app/none.ts'])).toEqual(new Set(['app/none.ts']));
    const { sources } = index as unknown as { sources: Sources };
    expect(sources.resolve('app/src/client.ts')).toBe(join(app.directory, 'src/client.ts'));
    expect(sources.resolve('app@main/src/client.ts')).toBeUndefined();
    expect(String(sources.read('app@main/src/client.ts'))).toBe(client);
    const hostile = [
      'app/../secret.ts',
      'app/src/../../secret.ts',
      '../secret.ts',
      setting.scratch.path('secret.ts'),
      'app//src/client.ts',
      'app/./src/client.ts',
      'app/src/client.ts\0.png',
      'app/.git/config',
      'app@main/../app/src/client.ts',
      'app@main:src/client.ts',
      'app',
      'app/',
      '',
      'file:///etc/passwd',
      'src/client.ts',
    ];
    for (const path of hostile) {
      expect(sources.resolve(path), path).toBeUndefined();
      expect(sources.read(path), path).toBeUndefined();
      expect(sources.text(path), path).toBeUndefined();
      expect(sources.isFresh(path), path).toBe(false);
    }
    // A file, and a directory above one, that became links out of the tree.
    rmSync(join(app.directory, 'src/client.ts'));
    symlinkSync('../../secret.ts', join(app.directory, 'src/client.ts'));
    renameSync(join(app.directory, 'deep'), setting.scratch.path('outside'));
    symlinkSync('../outside', join(app.directory, 'deep'));
    for (const path of ['app/src/client.ts', 'app/deep/er/code.ts']) {
      expect(sources.resolve(path), path).toBeUndefined();
      expect(sources.read(path), path).toBeUndefined();
      expect(sources.isFresh(path), path).toBe(false);
    }
    const report = await index.update();
    expect(report).toMatchObject({ removed: 2 });
    expect(paths(index)).not.toContain('app/deep/er/code.ts');
  });

  test('in the index of one tree are as they always were', async () => {
    using scratch = new Scratch(files);
    using index = await openIndex(scratch.root, { indexFile: scratch.indexFile(), workers: 1 });
    await index.update();
    const { hits } = await index.search('send a request');
    expect(hits[0]).toMatchObject({ path: 'src/client.ts', stale: false });
    expect(hits[0]).not.toHaveProperty('repository');
    expect((await index.status()).repositories).toBeUndefined();
    const { sources } = index as unknown as { sources: Sources };
    expect(sources.isWorkspace).toBe(false);
    expect(sources.resolve('../tree/src/client.ts')).toBeUndefined();
    expect(index.text('../tree/src/client.ts')).toBeUndefined();
    expect(index.text('src/client.ts')).toBe(client);
    expect(await index.texts(['src/client.ts', 'src/none.ts'])).toEqual(
      new Map([
        ['src/client.ts', client],
        ['src/none.ts', undefined],
      ]),
    );
    await expect(openWorkspace({ indexFile: index.indexFile })).rejects.toMatchObject({ code: 'usage' });
  });
});
