import { expect, test } from 'vitest';
import { Scratch } from '../../../test/support/scratch.ts';
import { readTree } from '../../engine/indexing/read-tree.ts';
import { readUnits } from '../../engine/indexing/read-units.ts';
import type { DatasetHost } from '../dataset.ts';
import { failure, opened, retrieved } from './published.testing.ts';
import { repositoryLoader } from './repository.ts';

const host: DatasetHost = { readTree, readUnits };

const python = `class Cache:
    """Keeps what was asked for lately. And more."""

    def __init__(self, size):
        """Makes a cache of some size."""
        self.size = size
        self.entries = {}

    def forget_oldest(self):
        """Throws the entry away that was used longest ago."""
        key = next(iter(self.entries))
        del self.entries[key]

    def short(self):
        """Gives the size of it all."""
        return 1


def outer(a):
    """Counts the words of a text."""
    def inner(b):
        """Splits one line into its words."""
        c = b.split()
        return c
    return len(inner(a))
`;
const files = {
  'src/cache.py': python,
  'src/copy.py':
    'def count(a):\n    """Counts the words of a text."""\n    b = a.split()\n    return len(b)\n\n\ndef twin(a):\n    """Another way to say it."""\n    b  =  a.one()\n    return b\n\n\ndef  twin(a):\n    b = a.one()\n    return b\n',
  'tests/test_cache.py':
    'def test_it():\n    """Tests the whole cache thoroughly."""\n    a = 1\n    assert a\n',
};
const open = (scratch: Scratch, split: string, first?: number) =>
  retrieved(repositoryLoader, scratch, {
    path: scratch.root,
    host,
    split,
    ...(first === undefined ? {} : { first }),
  });

test('doc comments are asked, and no candidate holds one', async () => {
  using scratch = new Scratch(files);
  const { dataset, collections } = await open(scratch, 'all');
  const [{ queries, all, root }] = collections as [(typeof collections)[0]];
  expect(root).toBeUndefined();
  expect(queries.map(({ text, judgments, slices }) => [text, Object.keys(judgments), slices])).toEqual([
    [
      'Keeps what was asked for lately',
      ['src/cache.py:1-16'],
      { language: 'python', kind: 'type', name: 'not in the query' },
    ],
    [
      'Throws the entry away that was used longest ago',
      ['src/cache.py:9-12'],
      { language: 'python', kind: 'function', name: 'not in the query' },
    ],
    [
      'Counts the words of a text',
      ['src/cache.py:19-25', 'src/copy.py:1-4'],
      { language: 'python', kind: 'function', name: 'not in the query' },
    ],
    [
      'Another way to say it',
      ['src/copy.py:7-10'],
      { language: 'python', kind: 'function', name: 'not in the query' },
    ],
  ]);
  expect(all.map(({ id, name, path }) => [id, name, path])).toEqual([
    ['src/cache.py:1-16', 'Cache', 'src/cache.py'],
    ['src/cache.py:9-12', 'forget_oldest', 'src/cache.py'],
    ['src/cache.py:19-25', 'outer', 'src/cache.py'],
    ['src/copy.py:1-4', 'count', 'src/copy.py'],
    ['src/copy.py:7-10', 'twin', 'src/copy.py'],
  ]);
  for (const { text } of all) expect(text).not.toContain('"""');
  // The class keeps the first lines of what is looked for by itself, and all of the rest.
  expect(all[0]!.text).toContain('self.size = size');
  expect(all[0]!.text).toContain('    def forget_oldest(self):\n');
  expect(all[0]!.text).not.toContain('del self.entries');
  expect(all[1]!.text).toBe(
    'def forget_oldest(self):\n    key = next(iter(self.entries))\n    del self.entries[key]',
  );
  const notes = dataset.notes.join('\n');
  for (const part of [
    '1 shorter than 3 lines',
    '1 constructor',
    '1 inside a function',
    '1 in test code',
    '1 code equal to an earlier unit',
    '1 the same as of an earlier unit (all are relevant)',
  ])
    expect(notes).toContain(part);
});

test('files come without documentation, and candidates have their places in them', async () => {
  using scratch = new Scratch({ ...files, 'notes.md': '# Notes\n' });
  const read = async () => (await open(scratch, 'all')).collections[0]!;
  const collection = await read();
  const found = await Array.fromAsync(collection.files!());
  expect(found.map(({ path, language, role }) => [path, language, role])).toEqual([
    ['notes.md', 'markdown', 'docs'],
    ['src/cache.py', 'python', 'source'],
    ['src/copy.py', 'python', 'source'],
    ['tests/test_cache.py', 'python', 'test'],
  ]);
  for (const { text } of found) expect(text).not.toContain('"""');
  const linesAt = ([first, last]: readonly [number, number], path: string) => {
    const { text } = found.find(file => file.path === path)!;
    return text.split('\n').slice(first - 1, last);
  };
  const places = new Map(collection.all.map(({ name, places: at }) => [name, at!]));
  const [oldest] = places.get('forget_oldest')!;
  expect(oldest).toEqual({ path: 'src/cache.py', lines: [9, 12] });
  expect(linesAt(oldest!.lines, oldest!.path).map(line => line.trim())).toEqual([
    'def forget_oldest(self):',
    '""',
    'key = next(iter(self.entries))',
    'del self.entries[key]',
  ]);
  // Equal code is one candidate, wherever it stands.
  expect(places.get('twin')!.map(({ lines, path }) => linesAt(lines, path)[0])).toEqual([
    'def twin(a):',
    'def  twin(a):',
  ]);
  // What no candidate consists of changes what a system finds all the same.
  scratch.write('notes.md', '# Other notes\n');
  const changed = await read();
  expect(changed.all).toEqual(collection.all);
  expect(changed.fingerprint).not.toBe(collection.fingerprint);
});

test('a sentence that stands in the file a second time is not asked', async () => {
  const body = '    b = a + 1\n    return b\n';
  using scratch = new Scratch({
    'a.py': `# Adds one to it all.\n\nx = 1\n\ndef f(a):\n    """Adds one to it all."""\n${body}`,
    'b.py': `def g(a):\n    """Adds two to it all."""\n${body}`,
  });
  const { dataset, collections } = await open(scratch, 'all');
  expect(collections[0]!.queries.map(({ text }) => text)).toEqual(['Adds two to it all']);
  expect(dataset.notes.join('\n')).toContain('1 the query stands in the code');
});

test('files are split, the pool is not', async () => {
  const many = Object.fromEntries(
    Array.from({ length: 20 }, (_, i) => [
      `f${i}.py`,
      `def f${i}(a):\n    """Does number ${'xyz'.repeat(i + 1)} of all things."""\n    b = a + ${i}\n    return b\n`,
    ]),
  );
  using scratch = new Scratch(many);
  const [all, test_, dev] = [
    await open(scratch, 'all'),
    await open(scratch, 'test'),
    await open(scratch, 'dev'),
  ];
  const ids = (set: typeof all) => set.collections[0]!.queries.map(({ id }) => id);
  expect(ids(all).length).toBe(20);
  expect(ids(test_).length).toBeGreaterThan(3);
  expect(ids(dev).length).toBeGreaterThan(3);
  expect([...ids(test_), ...ids(dev)].toSorted()).toEqual(ids(all).toSorted());
  for (const set of [test_, dev]) expect(set.collections[0]!.all).toEqual(all.collections[0]!.all);
  expect(new Set([all, test_, dev].map(set => set.collections[0]!.fingerprint)).size).toBe(3);
  expect(ids(await open(scratch, 'all', 2))).toEqual(ids(all).slice(0, 2));
});

test('what cannot be asked', async () => {
  using scratch = new Scratch({ 'a.py': 'def f(a):\n    b = a\n    return b\n' });
  const at = (path: string) => failure(opened(repositoryLoader, scratch, { path, host }));
  expect(await at(scratch.root)).toMatchObject({ code: 'not-found' });
  expect((await at(scratch.path('a.py'))).code).toBe('usage');
  expect((await at(scratch.path('none'))).code).toBe('not-found');
  const stopped = { path: scratch.root, host, signal: AbortSignal.abort() };
  expect((await failure(opened(repositoryLoader, scratch, stopped))).code).toBe('aborted');
});
