// The searcher in memory: pools, pairs, and the options that only it has.

import { expect, test } from 'vitest';
import type { SearchFilter, SearchMode } from '../../core/search.ts';
import { hashingEncoder } from '../encoding/hashing-encoder.testing.ts';
import { memorySearcher } from './memory-searcher.ts';

const documents = [
  { path: 'zqa', language: 'python', text: 'def open_file(path):\n    return open(path)\n' },
  { path: 'zqb', language: 'python', text: 'def close_file(handle):\n    handle.close()\n' },
  { path: 'zqc', language: 'python', text: 'def area(width, height):\n    return width * height\n' },
];

test('finds what an index would, with filters and limits', async () => {
  const searcher = await memorySearcher(documents);
  const found = await searcher.search('close a file xylophone');
  expect(found.hits.map(hit => hit.path)).toEqual(['zqb', 'zqa']);
  expect(found.hits[0]).toMatchObject({ qualifiedName: 'close_file', stale: false });
  expect(found.unknownWords).toEqual(['xylophone']);
  const filtered = await searcher.search('close a file', { filter: { paths: ['zqa'] } });
  expect(filtered.hits.map(hit => hit.path)).toEqual(['zqa']);
  expect((await searcher.search('file', { limit: 1 })).hits).toHaveLength(1);
  await expect(searcher.search(' ')).rejects.toMatchObject({ code: 'usage' });
  await expect(searcher.search('x', { limit: 1001 })).rejects.toMatchObject({ code: 'usage' });
});

test('a pool is ranked whole, however many documents outside it are better', async () => {
  const many = Array.from({ length: 400 }, (_, i) => ({
    path: `zr${i}`,
    language: 'python',
    text: `def parse_header_${i}(x):\n    parse(header)\n    parse_header(header)\n`,
  }));
  const weak = { path: 'zqw', language: 'python', text: 'def other(a):\n    b = 1\n    return header\n' };
  const searcher = await memorySearcher([...many, weak, ...documents]);
  const first = await searcher.search('parse header', { limit: 150 });
  expect(first.hits.map(hit => hit.path)).not.toContain('zqw');
  const few = await searcher.rankPool('parse header', ['zqw', 'zqa', 'none'], 10);
  expect(few.map(hit => hit.path)).toEqual(['zqw']);
  const pool = await searcher.rankPool('parse header', ['zqw', 'zr3', 'zr7'], 10);
  const some = pool.map(hit => hit.path);
  expect(some.toSorted()).toEqual(['zqw', 'zr3', 'zr7']);
  expect(some.at(-1)).toBe('zqw');
});

test('similarity is higher for what says more of the query, and 0 without evidence', async () => {
  const searcher = await memorySearcher(documents);
  const close = await searcher.similarity('close a file', 'zqb');
  const open = await searcher.similarity('close a file', 'zqa');
  expect(close).toBeGreaterThan(open);
  expect(open).toBeGreaterThan(0);
  expect(close).toBeLessThanOrEqual(3.25);
  expect(await searcher.similarity('close a file', 'zqc')).toBe(0);
  expect(await searcher.similarity('close a file', 'none')).toBe(0);
  expect(await searcher.similarity('', 'zqa')).toBe(0);
  // The best of its query is not therefore a good answer.
  expect(await searcher.similarity('file of the moon cheese', 'zqa')).toBeLessThan(close);
});

const encoder = hashingEncoder({ name: 'test', synonyms: ['close shut', 'area surface'] });

test('with an encoder it finds by meaning what has none of the words', async () => {
  const searcher = await memorySearcher(documents, { encoder });
  const found = await searcher.search('surface', { limit: 1 });
  expect(found.hits[0]).toMatchObject({ path: 'zqc', qualifiedName: 'area' });
  expect(found.hits[0]!.signals.map(signal => signal.name)).toContain('meaning');
  expect(found.unknownWords).toEqual(['surface']);
  expect(found.dense).toEqual({ used: true, encodedUnits: 3, totalUnits: 3 });
  const words = await searcher.search('surface', { mode: 'lexical' });
  expect(words.hits).toEqual([]);
  expect(words.confidence).toBe('none');
  expect(words.dense.used).toBe(false);
  const dense = await searcher.search('shut', { mode: 'dense' });
  expect(dense.hits[0]!.path).toBe('zqb');
  expect(dense.hits[0]!.signals).toEqual([{ name: 'meaning', value: dense.hits[0]!.score }]);
  await expect((await memorySearcher(documents)).search('x', { mode: 'dense' })).rejects.toMatchObject({
    code: 'not-found',
  });
});

test('a query that the model cannot read has no hits by meaning alone', async () => {
  const searcher = await memorySearcher(documents, { encoder });
  const unread = await searcher.search('?!', { mode: 'dense' });
  expect(unread).toMatchObject({ hits: [], confidence: 'none' });
  expect(unread.dense).toMatchObject({ used: false, reason: 'the model knows nothing of the query' });
});

test('operators are read where they are asked for', async () => {
  const searcher = await memorySearcher(documents);
  const found = await searcher.search('"handle.close" file', { syntax: 'operators' });
  expect(found.hits.map(hit => hit.path)).toEqual(['zqb']);
  expect(found.hits[0]!.matches).toEqual([{ line: 2, start: 4, end: 16 }]);
});

test('the sum of the signals is the score, and the lexical ranking is what it was', async () => {
  const hybrid = await memorySearcher(documents, { encoder });
  const lexical = await memorySearcher(documents);
  for (const query of ['close a file', 'open', 'width times height', 'handle']) {
    for (const hit of (await hybrid.search(query)).hits)
      expect(hit.signals.reduce((sum, signal) => sum + signal.value, 0)).toBeCloseTo(hit.score, 9);
    const { tookMs: _, dense: _dense, ...same } = await hybrid.search(query, { mode: 'lexical' });
    expect(await lexical.search(query)).toMatchObject(same);
  }
});

test('filters and kinds hold for what is found by meaning', async () => {
  const mixed = [
    ...documents,
    {
      path: 'a/zqd.py',
      text: 'class Surface:\n    """An area."""\n    def shape(self):\n        return area\n',
    },
  ];
  const searcher = await memorySearcher(mixed, { encoder });
  const at = async (filter: SearchFilter, mode: SearchMode = 'hybrid') =>
    (await searcher.search('surface', { filter, mode })).hits.map(hit => [hit.path, hit.kind]);
  for (const mode of ['hybrid', 'dense'] as const) {
    expect((await at({ paths: ['zqb'] }, mode)).every(([path]) => path === 'zqb')).toBe(true);
    expect((await at({ kinds: ['method'] }, mode)).every(([, kind]) => kind === 'method')).toBe(true);
    expect(await at({ kinds: ['enum'] }, mode)).toEqual([]);
    expect(await at({ kinds: ['class'] }, mode)).toEqual([['a/zqd.py', 'class']]);
  }
});

test('pools and pairs by words, by meaning, and by both', async () => {
  const modes = ['lexical', 'dense', 'hybrid'] as const;
  const [words, dense, both] = await Promise.all(
    modes.map(mode => memorySearcher(documents, { encoder, mode })),
  );
  const pool = ['zqa', 'zqc'];
  expect((await words!.rankPool('surface', pool, 5)).map(hit => hit.path)).toEqual([]);
  expect((await dense!.rankPool('surface', pool, 5)).map(hit => hit.path)).toEqual(['zqc', 'zqa']);
  expect((await both!.rankPool('surface', pool, 5))[0]!.path).toBe('zqc');
  expect(await words!.similarity('surface', 'zqc')).toBe(0);
  const cosine = await dense!.similarity('surface', 'zqc');
  expect(cosine).toBeGreaterThan(await dense!.similarity('surface', 'zqb'));
  expect(cosine).toBeLessThanOrEqual(1.01);
  const pair = await both!.similarity('shut a file', 'zqb');
  expect(pair).toBeGreaterThan(await words!.similarity('shut a file', 'zqb'));
});
