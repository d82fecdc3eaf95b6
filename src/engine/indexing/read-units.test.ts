import { describe, expect, test } from 'vitest';
import { Scratch } from '../../../test/support/scratch.ts';
import { createOutliner, languageById } from '../../languages/index.ts';
import { readTree } from './read-tree.ts';
import { readUnits } from './read-units.ts';

const python = `"""The module."""


class Cache:
    """Keeps things.

    For a while.
    """

    size = 1

    def get(self, key):
        """Gives one."""
        return self.entries[key]  # if any


@decorated
def lonely():
    'One line.'
    return 1
`;
const go = '// Package a.\npackage a\n\n// Add adds.\n// Twice.\nfunc Add(a int) int {\n\treturn a + a\n}\n';

describe('reading a tree', () => {
  test('the files an index would hold, in order', async () => {
    using scratch = new Scratch({
      'b/x.py': 'b = 1\n',
      'a.go': go,
      'b.md': '# B\n',
      'tests/test_b.py': 'assert 1\n',
      '.gitignore': 'ignored/\n',
      'ignored/y.py': 'y = 1\n',
      'image.png': new Uint8Array([137, 80, 78, 71, 0, 0, 1]),
      'large.py': `x = 1\n${'# long\n'.repeat(200)}`,
    });
    const files = await Array.fromAsync(readTree(scratch.root, undefined, { maxFileBytes: 1000 }));
    expect(files.map(({ id, path, language, role }) => [id, path === id, language, role])).toEqual([
      ['.gitignore', true, 'text', 'source'],
      ['a.go', true, 'go', 'source'],
      ['b.md', true, 'markdown', 'docs'],
      ['b/x.py', true, 'python', 'source'],
      ['tests/test_b.py', true, 'python', 'test'],
    ]);
    expect(files[1]!.text).toBe(go);
  });

  test('an abort stops it between files, and while it runs', async () => {
    using scratch = new Scratch(
      Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`f${i}.py`, 'a = 1\n'.repeat(100)])),
    );
    const stop = new AbortController();
    const run = async () => {
      let read = 0;
      for await (const _ of readTree(scratch.root, stop.signal)) if (++read === 3) stop.abort();
      return read;
    };
    await expect(run()).rejects.toMatchObject({ code: 'aborted' });
    await expect(readUnits(scratch.root, AbortSignal.abort()).next()).rejects.toMatchObject({
      code: 'aborted',
    });
    await expect(readTree(scratch.path('none')).next()).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('reading units', () => {
  test('doc comments are apart from the code, those of units inside as well', async () => {
    using scratch = new Scratch({ 'cache.py': python, 'a.go': go, 'notes.txt': 'no units\n' });
    const units = (await Array.fromAsync(readUnits(scratch.root))).flatMap(file => file.units);
    const named = new Map(units.map(unit => [unit.qualifiedName, unit]));
    expect(named.get('Add')).toEqual({
      path: 'a.go',
      language: 'go',
      kind: 'function',
      name: 'Add',
      qualifiedName: 'Add',
      firstLine: 6,
      lastLine: 8,
      code: 'func Add(a int) int {\n\treturn a + a\n}',
      doc: 'Add adds.\nTwice.',
      role: 'source',
      lines: [3, 5],
    });
    expect(named.get('Cache')).toMatchObject({
      kind: 'class',
      doc: 'Keeps things.\n\nFor a while.',
      code: 'class Cache:\n\n    size = 1\n\n    def get(self, key):\n        return self.entries[key]  # if any',
      firstLine: 4,
      lastLine: 14,
    });
    expect(named.get('Cache.get')).toMatchObject({
      kind: 'method',
      doc: 'Gives one.',
      code: '    def get(self, key):\n        return self.entries[key]  # if any',
    });
    expect(named.get('lonely')).toMatchObject({
      doc: 'One line.',
      code: '@decorated\ndef lonely():\n    return 1',
    });
    expect(named.get('Cache')!.code).toContain(named.get('Cache.get')!.code);
    expect(units.some(({ path }) => path === 'notes.txt')).toBe(false);
  });

  test('files keep everything else, and units have lines in them', async () => {
    const protocol =
      'class Store(Protocol):\n    def put(self):\n        """Puts it."""\n\n    def take(self):\n        r\'Takes it.\'; return 1\n';
    using scratch = new Scratch({
      'cache.py': python,
      'store.py': protocol,
      'a.go': go,
      'crlf.go': go.replaceAll('\n', '\r\n'),
      'notes.txt': 'no units\n',
    });
    const files = await Array.fromAsync(readUnits(scratch.root));
    const texts = new Map(files.map(file => [file.path, file.text]));
    expect([...texts.keys()]).toEqual(['a.go', 'cache.py', 'crlf.go', 'notes.txt', 'store.py']);
    expect(texts.get('a.go')).toBe('package a\n\nfunc Add(a int) int {\n\treturn a + a\n}\n');
    expect(texts.get('crlf.go')).toBe(texts.get('a.go')!.replaceAll('\n', '\r\n'));
    expect(texts.get('notes.txt')).toBe('no units\n');
    // Without a statement the rest of the class would be lost to the parser.
    expect(texts.get('store.py')).toBe(
      'class Store(Protocol):\n    def put(self):\n        ""\n\n    def take(self):\n        \'\'; return 1\n',
    );
    const outliner = await createOutliner();
    for (const { path, text, language: id, units } of files) {
      const language = languageById(id)!;
      await outliner.prepare(language);
      const again = outliner.outline(language, text).units.filter(({ name }) => name !== '');
      expect(
        units.map(unit => [unit.qualifiedName, ...unit.lines]),
        path,
      ).toEqual(again.map(unit => [unit.qualifiedName, unit.firstLine, unit.lastLine]));
    }
    outliner.dispose();
  });
});
