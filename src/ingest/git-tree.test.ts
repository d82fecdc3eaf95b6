import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TestRepository } from '../../test/support/git.ts';
import { GitBlobs, readBlobNow } from './git-blobs.ts';
import { changedPaths, isRevisionName, repositoryOf, resolveRevisions } from './git-repository.ts';
import { listGitTree } from './git-tree.ts';
import { walkTree } from './walk.ts';

let directory: string;
let repository: TestRepository;
let gitDirectory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'quarry-git-'));
  repository = new TestRepository(join(directory, 'app'));
  gitDirectory = join(directory, 'app/.git');
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function list(commit: string, maxBytes = 1 << 20, patterns: string[] = []) {
  const blobs = new GitBlobs(gitDirectory);
  try {
    return await listGitTree(gitDirectory, commit, blobs, { ignore: { patterns }, maxBytes });
  } finally {
    blobs.close();
  }
}

describe('the files of a commit', () => {
  test('are those that a walk through its checkout finds, whatever is committed and ignored', async () => {
    const commit = repository.commit({
      '.gitignore': '*.log\n/build/\n!keep.log\n',
      '.quarryignore': 'fixtures/\n',
      'a.ts': 'a',
      'x.log': 'x',
      'keep.log': 'k',
      'build/out.js': 'o',
      'lib/build/in.js': 'i',
      'lib/.gitignore': '!x.log\n*.tmp\n',
      'lib/x.log': 'x',
      'lib/y.tmp': 'y',
      'lib/fixtures/z.json': 'z',
      'node_modules/m/index.js': 'm',
      'docs/größe und 日本.md': 'd',
      'odd/tab\there\nline.txt': 't',
    });
    const walked = await walkTree(repository.directory, { ignore: {} });
    const { files, skipped } = await list(commit);
    expect(files.map(({ path }) => path).toSorted()).toEqual(walked.files.map(({ path }) => path).toSorted());
    expect(files.map(({ path }) => path)).toContain('lib/x.log');
    expect(skipped).toEqual([]);
    const byRule = await list(commit, 1 << 20, ['docs/']);
    expect(byRule.files.map(({ path }) => path)).not.toContain('docs/größe und 日本.md');
  });

  test('what is no text of this repository is skipped, with the reason', async () => {
    repository.commit({ 'a.ts': 'a', 'big.txt': 'b'.repeat(100), 'sub/b.ts': 'b' });
    symlinkSync('sub/b.ts', join(repository.directory, 'inside'));
    symlinkSync('../../secret', join(repository.directory, 'sub/outside'));
    symlinkSync('/etc/passwd', join(repository.directory, 'absolute'));
    const module = new TestRepository(join(repository.directory, 'module'), { 'm.ts': 'm' });
    expect(module.git('rev-parse', 'HEAD')).toHaveLength(40);
    const commit = repository.commit({});
    const { files, skipped } = await list(commit, 50);
    expect(files.map(({ path }) => path)).toEqual(['a.ts', 'sub/b.ts']);
    expect(skipped).toEqual([
      { path: 'absolute', reason: 'link-loop', detail: 'leads out of the tree to /etc/passwd' },
      { path: 'big.txt', reason: 'too-large', detail: '100 bytes' },
      { path: 'module', reason: 'elsewhere', detail: 'submodule' },
      { path: 'sub/outside', reason: 'link-loop', detail: 'leads out of the tree to ../../secret' },
    ]);
  });

  test('names that lead out of the tree are refused', async () => {
    repository.commit({ 'a.ts': 'a' });
    const blob = repository.git('rev-parse', 'HEAD:a.ts');
    // A tree as git itself never writes one.
    const entry = (name: string) =>
      Buffer.concat([Buffer.from(`100644 ${name}\0`), Buffer.from(blob, 'hex')]);
    const write = (content: Buffer) =>
      execFileSync('git', ['hash-object', '-t', 'tree', '-w', '--stdin', '--literally'], {
        cwd: repository.directory,
        input: content,
        encoding: 'utf8',
      }).trim();
    const inner = write(entry('evil.ts'));
    const up = Buffer.concat([Buffer.from('40000 ..\0'), Buffer.from(inner, 'hex')]);
    const tree = write(Buffer.concat([up, entry('a.ts')]));
    const commit = repository.git('commit-tree', tree, '-m', 'evil');
    const { files, skipped } = await list(commit);
    expect(files.map(({ path }) => path)).toEqual(['a.ts']);
    expect(skipped).toEqual([
      { path: '../evil.ts', reason: 'invalid-path', detail: 'leads out of the tree' },
    ]);
  });
});

describe('contents', () => {
  test('come in the order in which they were asked for, whatever is missing between', async () => {
    const contents = Array.from({ length: 300 }, (_, i) => `${i}\n`.repeat(i * 7));
    repository.commit(Object.fromEntries(contents.map((content, i) => [`f${i}.txt`, content])));
    const { files } = await list('HEAD');
    const blobs = new GitBlobs(gitDirectory);
    try {
      const absent = blobs.read('0'.repeat(40));
      const tree = blobs.read(repository.git('rev-parse', 'HEAD^{tree}'));
      const all = await Promise.all(files.map(({ object }) => blobs.read(object)));
      expect(await absent).toBeUndefined();
      expect(await tree).toBeUndefined();
      expect(await blobs.read('--help')).toBeUndefined();
      for (const [i, { path }] of files.entries())
        expect(all[i]!.toString()).toBe(contents[Number(path.slice(1, -4))]);
      // The beginning of an id is enough.
      expect(String(await blobs.read(files[9]!.object.slice(0, 39)))).toBe(String(all[9]));
      expect(String(readBlobNow(gitDirectory, files[9]!.object.slice(0, 39), 10_000))).toBe(String(all[9]));
      expect(readBlobNow(gitDirectory, 'HEAD', 10_000)).toBeUndefined();
    } finally {
      blobs.close();
    }
  });

  test('of a repository that is none are an error of one line', async () => {
    const blobs = new GitBlobs(join(directory, 'nothing'));
    await expect(blobs.read('a'.repeat(40))).rejects.toMatchObject({
      code: 'unreadable',
      message: expect.stringMatching(/^[^\n]*not a git repository[^\n]*$/),
    });
    blobs.close();
  });
});

describe('repositories and revisions', () => {
  test('are found by working trees, linked ones, bare repositories and git directories', () => {
    repository.commit({ 'src/a.ts': 'a' });
    repository.git('worktree', 'add', '--quiet', '../linked', '-b', 'other');
    repository.git('clone', '--quiet', '--bare', '.', '../mirror.git');
    expect(repositoryOf(repository.directory)).toEqual({
      gitDirectory,
      workTree: repository.directory,
      name: 'app',
    });
    expect(repositoryOf(join(directory, 'linked'))).toEqual({
      gitDirectory,
      workTree: join(directory, 'linked'),
      name: 'linked',
    });
    expect(repositoryOf(join(directory, 'mirror.git'))).toMatchObject({
      workTree: undefined,
      name: 'mirror',
    });
    expect(repositoryOf(gitDirectory)).toEqual({ gitDirectory, workTree: undefined, name: 'app' });
    expect(repositoryOf(join(repository.directory, 'src'))).toBeUndefined();
    expect(repositoryOf(directory)).toBeUndefined();
  });

  test('branches, tags and beginnings of ids are resolved, hostile names are not even asked for', async () => {
    const first = repository.commit({ 'a.ts': 'a' });
    repository.git('tag', '-a', 'v1.0', '-m', 'one');
    repository.git('branch', 'feature/x');
    const second = repository.commit({ 'a.ts': 'b', 'b.ts': 'b' });
    const hostile = [
      '--all',
      '-x',
      'main..v1.0',
      'main:a.ts',
      '../x',
      'a\nmain',
      '@{-1}',
      ':/change',
      'x/../y',
      '',
    ];
    for (const name of hostile) expect(isRevisionName(name), name).toBe(false);
    const names = ['main', 'v1.0', 'feature/x', 'HEAD~1', second.slice(0, 10), 'nothing', ...hostile];
    const resolved = await resolveRevisions(gitDirectory, names);
    expect(names.map(name => resolved.get(name))).toEqual([
      second,
      first,
      first,
      first,
      second,
      undefined,
      ...hostile.map(() => undefined),
    ]);
    expect(await changedPaths(gitDirectory, first, second)).toEqual(new Set(['a.ts', 'b.ts']));
    expect(await changedPaths(gitDirectory, '0'.repeat(40), second)).toBeUndefined();
    await expect(resolveRevisions(join(directory, 'gone'), ['main'])).rejects.toMatchObject({
      code: 'not-found',
    });
  });
});
