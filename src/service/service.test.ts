import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CodeIndex } from '../engine/code-index.ts';
import { put } from '../ingest/tree.testing.ts';
import { openIndex } from '../library.ts';
import { type LocalService, openService } from './service.ts';
import { Updater } from './updating/updater.ts';

let directory: string;
let root: string;
let indexFile: string;
let service: LocalService;
const cached: boolean[] = [];
const stages: string[] = [];

const open = async (): Promise<CodeIndex> => openIndex(root, { indexFile, workers: 1 });

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'quarry-service-'));
  root = join(directory, 'tree');
  indexFile = join(directory, 'index.quarry');
  for (let i = 0; i < 40; i++)
    put(
      root,
      `src/parser_${i}.ts`,
      `/** Parses a header line. */\nexport function parseHeader${i}(line: string): string[] {\n  return line.split(':');\n}\n\nexport function headerCount${i}() {}\n`,
    );
  put(root, 'long.js', `function longLine() { return "${'x'.repeat(5000)}"; }\n`);
  service = await openService({
    index: open,
    version: '1.2.3',
    observer: { cache: isHit => cached.push(isHit), stage: stage => stages.push(stage) },
  });
  await service.update();
});
afterAll(async () => {
  await service.close();
  rmSync(directory, { recursive: true, force: true });
});

test('an answer has its places, and each stage is timed', async () => {
  const answer = await service.search({ query: 'parse header', limit: 3, perFile: 2, snippetLines: 2 });
  expect(answer.hits).toHaveLength(3);
  const [hit] = answer.hits;
  expect(hit).toMatchObject({ kind: 'function', signature: expect.stringContaining('function parseHeader') });
  expect(hit!.more).toHaveLength(1);
  expect(hit!.snippet.lines).toHaveLength(2);
  expect(hit!.signals).toBeUndefined();
  expect(new Set(stages)).toEqual(new Set(['queue', 'search', 'snippets']));
});

test('no snippets, and long lines are cut', async () => {
  const none = await service.search({ query: 'parse header', limit: 1, snippetLines: 0 });
  expect(none.hits[0]!.snippet.lines).toEqual([]);
  const long = await service.search({ query: 'long line', limit: 1 });
  expect(long.hits[0]!.snippet.lines[0]).toHaveLength(1001);
});

test('what was asked before comes from memory until something changes', async () => {
  cached.length = 0;
  const ask = async () => service.search({ query: 'parse a header line', limit: 5 });
  const [first] = (await ask()).hits;
  await ask();
  expect(cached).toEqual([false, true]);
  writeFileSync(join(root, first!.path), 'export function other() {}\n');
  expect((await ask()).hits[0]).toMatchObject({ path: first!.path, stale: true });
  await service.update();
  expect((await ask()).hits.map(({ path }) => path)).not.toContain(first!.path);
  expect(cached).toEqual([false, true, false, false]);
  service.shed();
  await ask();
  expect(cached.at(-1)).toBe(false);
});

test('pages go on to the end', async () => {
  for (const limit of [1, 7, 39, 100]) {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const answer = await service.search({ query: 'parse header', limit, ...(cursor ? { cursor } : {}) });
      seen.push(...answer.hits.map(({ path }) => path));
      cursor = answer.cursor;
    } while (cursor !== undefined);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter(path => path.startsWith('src/parser_'))).toHaveLength(39);
  }
});

describe('bad requests', () => {
  test.each([
    ['limit', { query: 'x', limit: 0 }],
    ['limit', { query: 'x', limit: 1.5 }],
    ['limit', { query: 'x', limit: Number.NaN }],
    ['perFile', { query: 'x', perFile: 21 }],
    ['rerank', { query: 'x', rerank: -1 }],
    ['snippetLines', { query: 'x', snippetLines: 101 }],
    ['mode', { query: 'x', mode: 'magic' as never }],
    ['query', { query: '  ' }],
    ['query', { query: 'x'.repeat(9000) }],
    ['query', { query: 5 as never }],
    ['cursor', { query: 'x', cursor: 'x' }],
  ])('%s', async (name, request) => {
    await expect(service.search(request)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining(name),
    });
  });

  test('a file that is not in the index', async () => {
    writeFileSync(join(directory, 'outside.ts'), 'export const secret = 1;\n');
    for (const path of [
      '../outside.ts',
      join(directory, 'outside.ts'),
      'src',
      'SRC/PARSER_1.ts',
      'src\\parser_1.ts',
    ])
      await expect(service.file({ path })).rejects.toMatchObject({ code: 'not-found' });
  });
});

test('an aborted request ends', async () => {
  await expect(service.search({ query: 'x' }, AbortSignal.abort())).rejects.toMatchObject({
    code: 'aborted',
  });
});

test('a service that closes answers what it has begun, and nothing more', async () => {
  const other = await openService({ index: open, version: '' });
  const asked = other.search({ query: 'parse header' });
  const closing = other.close();
  expect((await asked).hits.length).toBeGreaterThan(0);
  await expect(other.search({ query: 'x' })).rejects.toMatchObject({ code: 'busy' });
  await closing;
  await other.close();
});

test('updates in a process of its own', async () => {
  const updater = new Updater({ place: { directory: root }, options: { indexFile, workers: 1 } });
  const other = await openService({ index: open, version: '', update: updater.run });
  try {
    writeFileSync(join(root, 'added.ts'), 'export function addedElsewhere() {}\n');
    expect((await other.update()).state).toBe('ready');
    expect((await other.search({ query: 'added elsewhere' })).hits[0]?.path).toBe('added.ts');
    expect(updater.memory).toBe(0);
    writeFileSync(join(root, 'again.ts'), 'export function addedAgain() {}\n');
    const stopped = other.update();
    await expect.poll(() => updater.memory).toBeGreaterThan(0);
    other.stopUpdates('a test');
    await stopped.catch(() => undefined);
    expect(updater.memory).toBe(0);
  } finally {
    await other.close();
  }
});

test('an update that cannot be is told', async () => {
  const gone = join(directory, 'gone');
  put(gone, 'a.ts', 'export const a = 1;\n');
  const file = join(directory, 'gone.quarry');
  const index = await openIndex(gone, { indexFile: file, workers: 1 });
  const updater = new Updater({ place: { directory: gone }, options: { indexFile: file } });
  const other = await openService({ index, version: '', update: updater.run });
  rmSync(gone, { recursive: true });
  await expect(other.update()).rejects.toMatchObject({ code: 'not-found' });
  const status = await other.status();
  expect(status.index.state).toBe('failed');
  expect(status.notes.join()).toContain('the last update failed: no such directory');
  await other.close();
});
