import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { put } from '../tree.testing.ts';
import { walkTree } from '../walk.ts';
import { GitScratch, hasGit } from './git.testing.ts';
import { gitUserFrom } from './git-config.ts';
import { Ignore, type IgnoreOptions } from './ignore.ts';

const scratch = new GitScratch();
afterAll(() => scratch.remove());

const user = gitUserFrom({ HOME: scratch.home, GIT_CONFIG_NOSYSTEM: '1' });

let count = 0;
/** A new folder outside any repository. */
function folder(files: Readonly<Record<string, string>>): string {
  const top = join(scratch.home, `f${count++}`);
  mkdirSync(top);
  for (const [path, content] of Object.entries(files)) put(top, path, content);
  return top;
}

async function walked(root: string, options: IgnoreOptions = {}): Promise<string[]> {
  const { files } = await walkTree(root, { ignore: options });
  return files.map(file => file.path);
}

/** [what is tested, .gitignore, files, those that stay] */
const tables: [string, string, string, string][] = [
  ['a comment and an escaped one', '#a\n\\#b\n', '#a #b', '#a'],
  ['an escaped exclamation mark', '\\!a\n', '!a a', 'a'],
  ['the last match wins', '*.c\n!a.c\na.c\n!a.c\n', 'a.c b.c', 'a.c'],
  ['no way back into an excluded directory', 'd/\n!d/a\n', 'd/a a', 'a'],
  ['a way back when only the contents are excluded', 'd/*\n!d/a\n', 'd/a d/b', 'd/a'],
  ['a slash in front anchors', '/a\n', 'a d/a', 'd/a'],
  ['a slash in the middle anchors', 'd/a\n', 'd/a e/d/a', 'e/d/a'],
  ['a slash at the end does not', 'd/\n', 'd/a e/d/a e/f', 'e/f'],
  ['a slash at the end means directories', 'a/\n', 'a b/a/c', 'a'],
  ['** at the start', '**/a/b\n', 'a/b c/a/b c/a/c', 'c/a/c'],
  ['** in the middle', 'a/**/b\n', 'a/b a/c/b a/c/d/b c/a/b', 'c/a/b'],
  ['** at the end', 'a/**\n', 'a/b a/c/d b', 'b'],
  ['** next to something is *', 'x/a**b\n', 'x/ab x/acb x/a/b', 'x/a/b'],
  ['* does not cross a slash', 'a/*.c\n', 'a/b.c a/d/b.c', 'a/d/b.c'],
  ['? is one byte', '?\n', 'a é bc', 'bc é'],
  ['case matters', 'A\n', 'a A', 'a'],
  ['CRLF', 'a\r\nb/\r\n', 'a b/c d', 'd'],
  ['a mark at the start', '\ufeffa\n', 'a b', 'b'],
  ['no line end at the end', 'a', 'a b', 'b'],
  ['a class, and what is no class', '[[:digit:]]\n[a\n[!b]x\n', '1 [a bx cx', '[a bx'],
  ['everything but', '*\n!*/\n!*.ts\n', 'a b/c.ts b/d', 'b/c.ts'],
  ['an empty exclamation mark', '!\na\n', 'a b', 'b'],
  ['the root as a pattern', '/\n', 'a', 'a'],
];

describe.skipIf(!hasGit)('what git does', () => {
  test.each(tables)('%s', async (_, rules, files, stay) => {
    const top = scratch.repository();
    for (const file of files.split(' ')) put(top, file, '');
    put(top, '.git/info/exclude', '.gitignore\n');
    put(top, '.gitignore', rules);
    const found = await walked(top, { defaults: false });
    expect(found).toEqual(stay.split(' '));
    expect(found).toEqual(scratch.listed(top));
  });

  test('trailing spaces go, escaped ones and tabs stay', async () => {
    const top = scratch.repository();
    for (const file of ['a', 'b ', 'c', 'c\t', '.gitignore']) put(top, file, '');
    put(top, '.gitignore', 'a  \nb\\ \nc\t\n.gitignore\n');
    expect(await walked(top)).toEqual(['c']);
    expect(scratch.listed(top)).toEqual(['c']);
  });

  test('a folder of a repository obeys the ignore files above it', async () => {
    const top = scratch.repository();
    for (const file of ['p/q/a', 'p/q/b', 'p/q/c/d', 'p/q/e', 'p/q/f', 'p/q/g']) put(top, file, '');
    put(top, '.gitignore', '/p/q/a\n/b\nc/\n*f\n');
    put(top, 'p/.gitignore', '/q/e\n!f\n');
    put(top, '.git/info/exclude', 'p/q/g\n');
    expect(await walked(join(top, 'p/q'))).toEqual(['b', 'f']);
    expect(scratch.listed(join(top, 'p/q'))).toEqual(['b', 'f']);
  });

  test('nested ignore files outrank info/exclude, which outranks the user’s', async () => {
    const top = scratch.repository();
    for (const file of ['a', 'b', 'c', 'd/a', 'd/b', 'd/c']) put(top, file, '');
    put(scratch.home, '.config/git/ignore', 'a\n!b\nc\n');
    put(top, '.git/info/exclude', '!a\nb\n.gitignore\n');
    put(top, 'd/.gitignore', 'a\n!b\n');
    const found = await walked(top, { user });
    expect(found).toEqual(['a', 'd/b']);
    expect(scratch.listed(top)).toEqual(found);
    writeFileSync(join(scratch.home, '.config/git/ignore'), '');
  });

  test('core.excludesFile is found in the user’s and in the repository’s settings', async () => {
    const top = scratch.repository();
    for (const file of ['a', 'b', 'c', 'd']) put(top, file, '');
    put(scratch.home, 'mine', 'a\n');
    put(scratch.home, 'work', 'b\n');
    put(scratch.home, '.gitconfig', '[Core] ; comment\n\texcludesFile = "~/mine" # more\n');
    expect(await walked(top, { user })).toEqual(['b', 'c', 'd']);
    expect(scratch.listed(top)).toEqual(['b', 'c', 'd']);
    put(scratch.home, '.gitconfig', `[includeIf "gitdir:${top}/"]\npath = extra\n[user] name = x\n`);
    put(scratch.home, 'extra', '[core]\nexcludesFile = ~/wo\\\nrk\n');
    expect(await walked(top, { user })).toEqual(['a', 'c', 'd']);
    expect(scratch.listed(top)).toEqual(['a', 'c', 'd']);
    scratch.git(top, ['config', 'core.excludesFile', '']);
    expect(await walked(top, { user })).toEqual(['a', 'b', 'c', 'd']);
    expect(scratch.listed(top)).toEqual(['a', 'b', 'c', 'd']);
    put(scratch.home, '.gitconfig', '');
  });

  test('a linked worktree uses the exclude file of its repository', async () => {
    const top = scratch.repository();
    scratch.git(top, ['commit', '-q', '--allow-empty', '-m', 'x']);
    const tree = join(scratch.home, 'worktree');
    scratch.git(top, ['worktree', 'add', '-q', tree]);
    put(top, '.git/info/exclude', 'a\n');
    put(tree, 'a', '');
    put(tree, 'b', '');
    expect(await walked(tree)).toEqual(['b']);
    expect(scratch.listed(tree)).toEqual(['b']);
  });

  test('a linked ignore file is none', async () => {
    const top = scratch.repository();
    put(top, 'a', '');
    put(top, 'rules', 'a\n');
    symlinkSync('rules', join(top, '.gitignore'));
    expect(await walked(top)).toEqual(['a', 'rules']);
  });
});

test('a repository inside another one has its own rules', async () => {
  const top = folder({
    '.gitignore': 'a\nskipped/\n',
    '.git/HEAD': 'ref: refs/heads/main\n',
    '.git/info/exclude': 'b\n',
    'inner/.git/HEAD': 'ref: refs/heads/main\n',
    'inner/.git/info/exclude': '/c\n',
    'inner/.gitignore': 'd\n',
    'inner/a': '',
    'inner/b': '',
    'inner/c': '',
    'inner/e/c': '',
    'inner/e/d': '',
    'skipped/.git/HEAD': '',
    'skipped/a': '',
    'module/.git': 'gitdir: ../inner/.git\n',
    'module/c': '',
    'empty/.git/x': '',
    'empty/a': '',
  });
  expect(await walked(top)).toEqual(['.gitignore', 'inner/.gitignore', 'inner/a', 'inner/b', 'inner/e/c']);
});

test('.quarryignore adds and takes back, but not below an excluded directory', async () => {
  const top = folder({
    '.gitignore': '*.gen.ts\nout/\nlogs/*\n',
    '.quarryignore': '!a.gen.ts\n!out/x\n!logs/keep\n*.csv\n',
    'a.gen.ts': '',
    'b.gen.ts': '',
    'c.csv': '',
    'out/x': '',
    'logs/keep': '',
    'logs/drop': '',
    'sub/.gitignore': 'a.gen.ts\n',
    'sub/.quarryignore': '!c.csv\n',
    'sub/a.gen.ts': '',
    'sub/c.csv': '',
  });
  const rest = (await walked(top)).filter(path => !path.endsWith('ignore'));
  expect(rest).toEqual(['a.gen.ts', 'logs/keep', 'sub/a.gen.ts', 'sub/c.csv']);
  const plain = (await walked(top, { quarryignore: false })).filter(path => !path.endsWith('ignore'));
  expect(plain).toEqual(['c.csv', 'sub/c.csv']);
  const all = (await walked(top, { quarryignore: false, gitignore: false })).filter(
    path => !path.endsWith('ignore'),
  );
  expect(all).toHaveLength(8);
});

test('patterns given by the caller outrank every file', async () => {
  const top = folder({ '.quarryignore': 'a\n!b\n', a: '', b: '', 'd/b': '', c: '' });
  expect(await walked(top, { patterns: ['!a', '/b'] })).toEqual(['.quarryignore', 'a', 'c', 'd/b']);
});

test('without ignore files, downloaded and derived directories are left out', async () => {
  const top = folder({
    'node_modules/a/index.js': '',
    'src/__pycache__/a.pyc': '',
    'env/pyvenv.cfg': '',
    'env/lib/a.py': '',
    'target/CACHEDIR.TAG': 'Signature: 8a477f597d28d172789f06886806bc55\n',
    'target/debug/a.rs': '',
    'untagged/CACHEDIR.TAG': 'something else\n',
    'mirror.git/HEAD': '',
    'mirror.git/objects/x': '',
    'mirror.git/refs/x': '',
    '.github/workflows/ci.yml': '',
    '.eslintrc': '',
    '.hg/x': '',
    '.svn/x': '',
    '.jj/x': '',
    'build/a.ts': '',
  });
  const stay = ['.eslintrc', '.github/workflows/ci.yml', 'build/a.ts', 'untagged/CACHEDIR.TAG'];
  expect(await walked(top)).toEqual(stay);
  expect(await walked(join(top, 'node_modules'))).toEqual(['a/index.js']);
  expect(await walked(join(top, 'env'))).toEqual(['lib/a.py', 'pyvenv.cfg']);
  put(top, '.quarryignore', '!node_modules/\n!/env/\n');
  expect(await walked(top)).toEqual([
    '.eslintrc',
    '.github/workflows/ci.yml',
    '.quarryignore',
    'build/a.ts',
    'env/lib/a.py',
    'env/pyvenv.cfg',
    'node_modules/a/index.js',
    'untagged/CACHEDIR.TAG',
  ]);
  expect(await walked(top, { defaults: false })).toContain('target/debug/a.rs');
});

test('a reason names file, line and pattern', () => {
  const top = folder({
    '.gitignore': '# first\n\n*.log\n!keep.log\n/größe/\n',
    'größe/x/y': '',
    'venv/pyvenv.cfg': '',
    'p/.quarryignore': 'z\n',
  });
  const ignore = new Ignore(top, { patterns: ['q'] });
  const rule = (path: string, directory = false) => {
    const reason = ignore.explain(path, directory);
    return reason && `${reason.ignored} ${reason.source}:${reason.line}:${reason.pattern} ${reason.path}`;
  };
  expect(rule('a/b.log')).toBe('true .gitignore:3:*.log a/b.log');
  expect(rule('a/keep.log')).toBe('false .gitignore:4:!keep.log a/keep.log');
  expect(rule('größe/x/y')).toBe('true .gitignore:5:/größe/ größe');
  expect(rule('p/z')).toBe('true p/.quarryignore:1:z p/z');
  expect(rule('q')).toBe('true patterns:1:q q');
  expect(rule('node_modules/a/b')).toMatch(/^true defaults:\d+:node_modules\/ node_modules$/);
  expect(rule('venv/lib/a.py')).toBe('true marker:0:pyvenv.cfg venv');
  expect(rule('.git/config')).toBe('true version control:0:.git .git');
  expect(rule('src/a.ts')).toBeUndefined();
  expect(ignore.ignores('', true)).toBe(false);
  expect(ignore.ignores('a/keep.log', false)).toBe(false);
});
