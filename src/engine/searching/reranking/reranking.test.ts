import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Scratch } from '../../../../test/support/scratch.ts';
import type { SearchOptions } from '../../../core/search.ts';
import { openIndex } from '../../../library.ts';
import { openReranker } from '../../../models/cross/open.ts';
import { writeTinyReranker } from '../../../models/cross/tiny.testing.ts';
import type { CodeIndex } from '../../code-index.ts';
import { memorySearcher } from '../memory-searcher.ts';
import { RerankClient } from './rerank-client.ts';

const scratch = new Scratch({
  'src/header.py': 'def parse_header(request):\n    return request.header.split()\n',
  'src/retry.py': 'def retry_connection(delay):\n    connect()\n    wait(delay * 2)\n    request.header\n',
  'src/file.py': 'def read_file(path):\n    return open(path).read()  # header request\n',
  'src/other.py': 'def other(request):\n    return request\n',
});
const model = join(scratch.directory, 'reranker');
let index: CodeIndex;

beforeAll(async () => {
  await writeTinyReranker(model);
  index = await openIndex(scratch.root, { indexFile: scratch.indexFile(), model: false, reranker: model });
  await index.update();
});
afterAll(() => {
  index.close();
  scratch[Symbol.dispose]();
});

const query = 'request header';
const paths = async (options: SearchOptions) =>
  (await index.search(query, options)).hits.map(({ path }) => path);

test('a re-ranker that was chosen reads along, says so, and its part of the score is a signal', async () => {
  const { hits, rerank, notes } = await index.search(query);
  expect(rerank).toMatchObject({ used: true, candidates: 4 });
  expect(notes).toEqual([]);
  for (const [i, hit] of hits.entries()) {
    expect(hit.signals.map(({ name }) => name)).toContain('rerank');
    expect(hit.signals.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(hit.score, 5);
    expect(hit.relevance).toBeGreaterThan(0);
    if (i > 0) expect(hit.score).toBeLessThanOrEqual(hits[i - 1]!.score);
  }
});

test('without it, and with a budget of 0 ms, the order is that of the first stage; the latter is said', async () => {
  const off = await index.search(query, { rerank: false });
  expect(off.rerank).toBeUndefined();
  const none = await index.search(query, { rerankBudgetMs: 0 });
  expect(none.rerank).toMatchObject({ used: false, reason: 'it was not done within 0 ms' });
  expect(none.notes).toEqual(['not re-ranked: it was not done within 0 ms']);
  expect(none.hits).toEqual(off.hits);
});

test('only the first so many are put in order; more than there are is all of them', async () => {
  const first = await paths({ rerank: false });
  const two = await paths({ rerank: 2 });
  expect(two.slice(2)).toEqual(first.slice(2));
  expect(two.slice(0, 2).toSorted()).toEqual(first.slice(0, 2).toSorted());
  expect((await paths({ rerank: 100 })).toSorted()).toEqual(first.toSorted());
  const { hits, rerank } = await index.search(query, { rerank: 4, limit: 1 });
  expect(hits).toHaveLength(1);
  expect(rerank?.candidates).toBe(4);
  expect((await index.search(query, { rerank: 1 })).rerank).toMatchObject({ used: false });
});

test.each([
  [{ rerank: 0 }, 'rerank must be'],
  [{ rerank: 101 }, 'rerank must be'],
  [{ rerank: 1.5 }, 'rerank must be'],
  [{ rerankBudgetMs: -1 }, 'rerankBudgetMs must be'],
  [{ rerankBudgetMs: Number.NaN }, 'rerankBudgetMs must be'],
])('%j is refused', async (options, message) => {
  await expect(index.search(query, options)).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining(message) as string,
  });
  await expect(index.search('', { rerank: 3 })).rejects.toMatchObject({ code: 'usage' });
});

test('a file that has changed since is not read, and loses nothing', async () => {
  const before = await paths({});
  const file = scratch.path('src/header.py');
  writeFileSync(file, `# moved\n\n${'x = 1\n'.repeat(20)}`);
  const { hits, rerank } = await index.search(query);
  expect(rerank).toMatchObject({ used: true, candidates: 3 });
  expect(hits.map(({ path }) => path).toSorted()).toEqual(before.toSorted());
  const changed = hits.find(({ path }) => path === 'src/header.py')!;
  expect(changed.stale).toBe(true);
  expect(changed.relevance).toBeUndefined();
  await index.update();
});

test('an index without a re-ranker says so when it is asked for, and searches when it is not', async () => {
  using other = new Scratch({ 'a.py': 'def header(request): return request\n' });
  using plain = await openIndex(other.root, { indexFile: other.indexFile(), model: false, reranker: false });
  await plain.update();
  await expect(plain.search('header', { rerank: 5 })).rejects.toMatchObject({ code: 'not-found' });
  expect((await plain.search('header')).rerank).toBeUndefined();
});

test('a damaged re-ranker is an error where it was chosen', async () => {
  using other = new Scratch({
    'a.py': 'def header(request): return request\n',
    'b.py': 'request = header\n',
  });
  const folder = join(other.directory, 'damaged');
  await writeTinyReranker(folder);
  writeFileSync(join(folder, 'model.onnx'), 'no model');
  using broken = await openIndex(other.root, {
    indexFile: other.indexFile(),
    model: false,
    reranker: folder,
  });
  await broken.update();
  await expect(broken.search('header request')).rejects.toMatchObject({ code: 'corrupt' });
  expect((await broken.search('header request', { rerank: false })).hits).toHaveLength(2);
});

test('a search that is stopped while it waits ends at once; the next one is answered', async () => {
  const client = new RerankClient(model);
  const many = Array.from({ length: 100 }, (_, i) => ({
    path: '',
    name: `f${i}`,
    doc: '',
    code: 'request header '.repeat(20),
    language: 'python',
  }));
  const stop = new AbortController();
  const waiting = client.score(query, many, 60_000, stop.signal);
  setTimeout(() => stop.abort(), 5);
  await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
  await expect(client.score(query, many, 60_000, AbortSignal.abort())).rejects.toMatchObject({
    code: 'aborted',
  });
  expect(await client.score(query, many, 1)).toMatchObject({ reason: 'it was not done within 1 ms' });
  const answer = await client.score(query, many.slice(0, 3), 60_000);
  expect('scores' in answer && answer.scores.length).toBe(3);
  await client.close();
});

test('two searches at once get their own scores', async () => {
  const client = new RerankClient(model);
  const unit = (code: string) => ({ path: '', name: '', doc: '', code, language: 'python' });
  const units = [unit('def parse_header(request): pass'), unit('def retry(delay): wait(delay)')];
  const [a, b] = await Promise.all([
    client.score('parse header request', units, 60_000),
    client.score('retry delay', units, 60_000),
  ]);
  if (!('scores' in a) || !('scores' in b)) throw new Error('no scores');
  expect(a.scores[0]).toBeGreaterThan(a.scores[1]!);
  expect(b.scores[1]).toBeGreaterThan(b.scores[0]!);
  await client.close();
});

test('texts in memory are put in order by the same rules', async () => {
  const reranker = await openReranker(model);
  const documents = Array.from({ length: 6 }, (_, i) => ({
    path: `s${i}`,
    text:
      i === 4
        ? 'def parse_header(request): return request.header'
        : `def f${i}(request): return header(${i})`,
    language: 'python',
    unnamed: true,
  }));
  const searcher = await memorySearcher(documents, {
    reranker,
    cascade: { top: 6, inTrees: 0, amongSnippets: 100 },
  });
  const { hits, rerank } = await searcher.search('parse header request');
  expect(rerank).toMatchObject({ used: true, candidates: 6 });
  expect(hits[0]!.path).toBe('s4');
  const pool = await searcher.rankPool('parse header request', ['s1', 's4'], 10);
  expect(pool.map(({ path }) => path)).toEqual(['s4', 's1']);
  await reranker.close();
});
