import { expect, test } from 'vitest';
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
  expect(searcher.rankPool('parse header', ['zqw', 'zqa', 'none'], 10).map(hit => hit.path)).toEqual(['zqw']);
  const some = searcher.rankPool('parse header', ['zqw', 'zr3', 'zr7'], 10).map(hit => hit.path);
  expect(some.toSorted()).toEqual(['zqw', 'zr3', 'zr7']);
  expect(some.at(-1)).toBe('zqw');
});

test('similarity is higher for what says more of the query, and 0 without evidence', async () => {
  const searcher = await memorySearcher(documents);
  const close = searcher.similarity('close a file', 'zqb');
  const open = searcher.similarity('close a file', 'zqa');
  expect(close).toBeGreaterThan(open);
  expect(open).toBeGreaterThan(0);
  expect(close).toBeLessThanOrEqual(3.25);
  expect(searcher.similarity('close a file', 'zqc')).toBe(0);
  expect(searcher.similarity('close a file', 'none')).toBe(0);
  expect(searcher.similarity('', 'zqa')).toBe(0);
  // The best of its query is not therefore a good answer.
  expect(searcher.similarity('file of the moon cheese', 'zqa')).toBeLessThan(close);
});
