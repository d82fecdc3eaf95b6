import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Scratch } from '../../../../test/support/scratch.ts';
import { openIndex } from '../../../library.ts';
import type { Pattern } from '../../../query/ast.ts';
import { Snapshot } from '../../../store/snapshot.ts';
import { IndexStore } from '../../../store/store.ts';
import { examine } from '../../health/doctor.ts';
import { type Source, stampsOf } from '../../sources/source.ts';
import { type ContentRequest, type ContentResult, ContentSearch } from './content-search.ts';
import { Prefilter } from './prefilter.ts';

const scratch = new Scratch({
  'a.ts': 'export function readFile(path: string) {\n  return open(path); // Größe\n}\n',
  'b.py': 'def read_file(path):\r\n    return open(path)\r\n',
  'sub/c.go': 'package c\n\nfunc ReadFile() {}\n',
  'sub/d.md': '\ufeff# readFile\n\nSee readFile, READFILE.\n',
  'x.c': `int evil = 1; // ${'a'.repeat(40)}!\n`,
});
const indexFile = scratch.indexFile();
const search = new ContentSearch(2);
const sources: Source[] = [{ name: '', prefix: '', directory: scratch.root }];

beforeAll(async () => {
  using index = await openIndex(scratch.root, { indexFile, workers: 1 });
  await index.update();
});
afterAll(async () => {
  await search.close();
  scratch[Symbol.dispose]();
});

const pattern = (text: string, options: Partial<Pattern> = {}): Pattern => ({
  text,
  isRegex: false,
  isCaseSensitive: true,
  isWholeWord: false,
  ...options,
});
const regex = (text: string, options: Partial<Pattern> = {}) => pattern(text, { isRegex: true, ...options });

/** A snapshot of an index and what the trigrams say of patterns. */
function opened(file: string, patterns: readonly Pattern[]): { snapshot: Snapshot; prefilter: Prefilter } {
  const store = IndexStore.open(file, { create: false });
  try {
    return store.read(view => {
      const snapshot = view.snapshot();
      return { snapshot, prefilter: new Prefilter(snapshot, patterns) };
    });
  } finally {
    store.close();
  }
}

type Options = Partial<ContentRequest> & { filtered?: boolean; file?: string };

async function look(
  patterns: readonly Pattern[],
  { filtered = true, file = indexFile, ...options }: Options = {},
): Promise<ContentResult & { lines: Record<string, string[]> }> {
  const { snapshot, prefilter } = opened(file, patterns);
  const result = await search.search({
    snapshot,
    sources,
    patterns,
    files: snapshot.files.map((_, i) => i),
    budgetMs: 20_000,
    ...(filtered ? { prefilter } : {}),
    ...options,
  });
  const lines: Record<string, string[]> = {};
  for (const { file: number, matches } of result.found.values())
    lines[snapshot.files[number]!.path] = patterns.flatMap((_, i) =>
      (matches.get(i) ?? []).map(({ line, start, end }) => `${i}@${line}:${start}-${end}`),
    );
  return { ...result, lines };
}

describe('looking through contents', () => {
  test('says which patterns are where', async () => {
    const { lines, looked, ruledOut, timedOut, unread } = await look([
      pattern('readFile'),
      pattern('open(path)'),
    ]);
    expect(lines).toEqual({
      'a.ts': ['0@1:16-24', '1@2:9-19'],
      'b.py': ['1@2:11-21'],
      'sub/d.md': ['0@1:2-10', '0@3:4-12'],
    });
    expect([timedOut, unread]).toEqual([false, []]);
    // Trigrams know no case.
    expect([looked, ruledOut]).toEqual([4, 1]);
  });

  test('threads give what this thread gives, with trigrams and without', async () => {
    const patterns = [
      pattern('readfile', { isCaseSensitive: false }),
      pattern('größe', { isCaseSensitive: false }),
    ];
    const here = await look(patterns);
    expect(here.lines).toEqual({
      'a.ts': ['0@1:16-24', '1@2:24-29'],
      'sub/c.go': ['0@3:5-13'],
      'sub/d.md': ['0@1:2-10', '0@3:4-12', '0@3:14-22'],
    });
    expect((await look(patterns, { filtered: false })).lines).toEqual(here.lines);
    const asRegex = patterns.map(each => ({ ...each, isRegex: true }));
    expect((await look(asRegex)).lines).toEqual(here.lines);
    expect((await look(asRegex, { filtered: false })).lines).toEqual(here.lines);
  });

  test('lines over line ends, whole words, places that are cut', async () => {
    expect((await look([regex('\\)\\s*:\\s*return', {})])).lines).toEqual({ 'b.py': ['0@1:18-20'] });
    expect((await look([pattern('file', { isWholeWord: true, isCaseSensitive: false })])).lines).toEqual({});
    const cut = await look([pattern('readFile')], { mostPlaces: 1 });
    expect(cut.lines['sub/d.md']).toEqual(['0@1:2-10']);
    expect([...cut.found.values()].map(({ matches }) => matches.isCut(0))).toEqual([false, true]);
    const none = await look([regex('readFile')], { mostPlaces: 0 });
    expect([...none.found.values()].map(({ matches }) => [matches.has(0), matches.get(0)])).toEqual([
      [true, []],
      [true, []],
    ]);
  });

  test('ends with the first files that are enough', async () => {
    for (const wanted of [pattern('open'), regex('ope[n]')]) {
      const { found, lines, hasEnough } = await look([wanted], { mostFiles: 1 });
      expect([found.size, Object.keys(lines), hasEnough]).toEqual([1, ['a.ts'], true]);
      const reverse = await look([wanted], { mostFiles: 1, files: [4, 3, 2, 1, 0] });
      expect(Object.keys(reverse.lines)).toEqual(['b.py']);
      const both = await look([wanted, pattern('def')], {
        mostFiles: 1,
        isAnswer: (_, matches) => matches.has(1),
      });
      expect(Object.keys(both.lines)).toEqual(['a.ts', 'b.py']);
    }
  });

  test('tells files as they are found', async () => {
    const told: number[] = [];
    await look([regex('read')], { onFound: ({ file }) => told.push(file) });
    expect(told.sort()).toEqual([0, 1, 3]);
  });

  test('a file that has changed is read as it is now, one that is gone is named', async () => {
    const file = scratch.indexFile();
    using index = await openIndex(scratch.root, { indexFile: file, workers: 1 });
    scratch.write('gone.ts', 'const marker = 1;\n');
    scratch.write('now.ts', 'const marker = 1;\n');
    await index.update();
    scratch.write('now.ts', '\nconst marker = 2;\n');
    scratch.remove('gone.ts');
    for (const wanted of [pattern('marker'), regex('mark[e]r')]) {
      const { lines, found, unread } = await look([wanted], { file });
      expect(lines).toEqual({ 'now.ts': ['0@2:6-12'] });
      expect([...found.values()].map(({ isStale }) => isStale)).toEqual([true]);
      expect(unread).toEqual([{ file: expect.any(Number), reason: 'unreadable' }]);
    }
    scratch.remove('now.ts');
  });

  test('files of a revision come from git', async () => {
    const repository = `${scratch.directory}/repository`;
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
        encoding: 'utf8',
      }).trim();
    git('init', '-q', repository);
    execFileSync('cp', ['-r', `${scratch.root}/.`, repository]);
    git('-C', repository, 'add', '.');
    git('-C', repository, 'commit', '-qm', 'all');
    const { snapshot, prefilter } = opened(indexFile, [pattern('readFile')]);
    const files = snapshot.files.map(file => ({
      ...file,
      path: `r@main/${file.path}`,
      ...stampsOf(git('-C', repository, 'rev-parse', `HEAD:${file.path}`)),
    }));
    const revision = new Snapshot(2, snapshot.segments, { ...snapshot.catalog, files });
    const result = await search.search({
      snapshot: revision,
      prefilter,
      sources: [{ name: 'r', prefix: 'r@main/', repository: `${repository}/.git`, revision: 'main' }],
      patterns: [pattern('readFile')],
      files: files.map((_, i) => i),
      budgetMs: 20_000,
    });
    expect([...result.found.values()].map(({ file, isStale }) => [files[file]!.path, isStale])).toEqual([
      ['r@main/a.ts', false],
      ['r@main/sub/d.md', false],
    ]);
    expect(result.unread).toEqual([]);
    rmSync(repository, { recursive: true });
  });

  test('wrong patterns and an abort are errors', async () => {
    await expect(look([regex('a(')])).rejects.toMatchObject({ code: 'usage' });
    await expect(look([pattern('')])).rejects.toMatchObject({ code: 'usage' });
    await expect(look([pattern('a')], { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    });
  });
});

describe('expressions that run away', () => {
  test.each(['(a+)+$', '(a|aa)+[^ab!]', '(A+)+x'])('%s comes to an end', async text => {
    const { timedOut, unread, looked } = await look([regex(text, { isCaseSensitive: false })], {
      filtered: false,
    });
    expect([timedOut, unread, looked]).toEqual([false, [], 5]);
  });

  // Look-around is what the engine without backtracking does not know.
  const endless = regex('(?=i?)(a+)+[^a!]');

  test('cost the file they run away in, not the others', async () => {
    const { timedOut, unread, looked, lines } = await look([endless, regex('read')], {
      filtered: false,
      budgetMs: 8000,
    });
    expect([timedOut, looked, unread]).toEqual([true, 4, [{ file: 4, reason: 'hung' }]]);
    expect(Object.keys(lines)).toEqual(['a.ts', 'b.py', 'sub/c.go', 'sub/d.md']);
    // Threads are as good as before.
    expect((await look([regex('read')])).looked).toBe(4);
  });

  test('end with the budget', async () => {
    const { timedOut, unread } = await look([endless], {
      filtered: false,
      budgetMs: 100,
      files: [4, 4, 4, 4, 4, 4],
    });
    expect(timedOut).toBe(true);
    expect(unread).toHaveLength(6);
    const none = await look([regex('read')], { budgetMs: 0 });
    expect([none.timedOut, none.unread.length, none.found.size]).toEqual([true, 4, 0]);
    const here = await look([pattern('read')], { budgetMs: -1 });
    expect([here.timedOut, here.unread.length, here.found.size]).toEqual([true, 4, 0]);
  });

  test('end with an abort', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 50);
    await expect(look([endless], { filtered: false, signal: stop.signal })).rejects.toMatchObject({
      code: 'aborted',
    });
  });

  test('do not hold up other searches', async () => {
    const slow = look([endless], { filtered: false, budgetMs: 3000, files: [4, 4, 4] });
    const others = await Promise.all([
      look([regex('read')]),
      look([regex('open')]),
      look([regex('package')]),
    ]);
    expect(others.map(({ found }) => found.size)).toEqual([3, 2, 1]);
    await slow;
  });
});

describe('an index without trigrams', () => {
  test('is looked through in full, and gets them where it changes', async () => {
    const file = scratch.indexFile();
    {
      using index = await openIndex(scratch.root, { indexFile: file, workers: 1 });
      await index.update();
    }
    // As versions before have left it.
    const db = new DatabaseSync(file);
    db.exec("DELETE FROM pages WHERE part = 'trigrams'");
    for (const { id, info } of db.prepare('SELECT id, info FROM segments').all()) {
      const { trigrams: _, ...old } = JSON.parse(String(info)) as Record<string, unknown>;
      const json = JSON.stringify(old);
      db.prepare('UPDATE segments SET info = ?, crc = ? WHERE id = ?').run(json, crc32(json), id!);
    }
    db.close();
    const { findings } = await examine(file, scratch.root);
    expect(findings.filter(({ severity }) => severity !== 'ok')).toEqual([]);
    const wanted = [pattern('readFile')];
    const { lines, ruledOut } = await look(wanted, { file });
    expect([Object.keys(lines), ruledOut]).toEqual([['a.ts', 'sub/d.md'], 0]);
    scratch.write('new.ts', 'const other = 1;\n');
    using index = await openIndex(scratch.root, { indexFile: file, workers: 1 });
    await index.update();
    expect((await look(wanted, { file })).ruledOut).toBe(1);
    scratch.remove('new.ts');
  });
});
