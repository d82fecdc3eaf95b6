import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Candidate, Collection } from '../evaluation/dataset.ts';
import { memoryDocuments, systemsOf } from './systems.ts';

const queryOf = (text: string, pool?: string[]) => ({
  id: 'q',
  text,
  judgments: {},
  ...(pool ? { pool } : {}),
});

function collectionOf(candidates: Candidate[], root?: string): Collection {
  return {
    name: 'test',
    fingerprint: 'test',
    queries: [],
    ...(root === undefined ? {} : { root }),
    async *candidates() {
      yield* candidates;
    },
  };
}

test('snippets: no word of a query matches a made-up path, units of one file stay apart', async () => {
  const { documents, idOf, pathOf } = memoryDocuments([
    { id: '1', text: 'a' },
    { id: '2', text: 'b', path: 'src/http.py', language: 'python', role: 'test' },
    { id: '3', text: 'c', path: 'src/http.py' },
  ]);
  expect(new Set(documents.map(({ path }) => path)).size).toBe(3);
  expect(documents[0]!.path).toMatch(/^zq[a-z]+$/);
  expect(documents[1]).toEqual({ path: 'src/http.py', text: 'b', language: 'python', role: 'test' });
  expect(documents[2]!.path).toMatch(/^zq[a-z]+\/src\/http\.py$/);
  expect(documents.map(({ path }) => idOf(path))).toEqual(['1', '2', '3']);
  expect(pathOf('2')).toBe('src/http.py');
});

test('lexical over snippets ranks, also in pools, and compares', async () => {
  const [system] = systemsOf([{ system: 'lexical' }]);
  const prepared = await system!.prepare(
    collectionOf([
      { id: '10', text: 'def open_file(p):\n  return open(p)\n', language: 'python' },
      { id: '20', text: 'def close_file(h):\n  h.close()\n', language: 'python' },
    ]),
  );
  const ids = async (pool?: string[]) =>
    (await prepared.rank(queryOf('close file', pool), { limit: 10 })).map(item => item.id);
  expect(await ids()).toEqual(['20', '10']);
  expect(await ids(['10'])).toEqual(['10']);
  expect(await prepared.similarity!('close file', '20')).toBeGreaterThan(
    await prepared.similarity!('close file', '10'),
  );
});

test('lexical over a tree follows its changes and leaves out what is no candidate', async () => {
  const root = mkdtempSync(join(tmpdir(), 'quarry-test-'));
  try {
    mkdirSync(join(root, 'src'));
    writeFileSync(join(root, 'src/a.py'), 'def open_file(p):\n  return open(p)\n');
    writeFileSync(join(root, 'src/b.py'), 'def open_file_again(p):\n  return 1\n');
    const [system] = systemsOf([{ system: 'lexical' }]);
    const ask = async (ids: string[], query: string, pool?: string[]) => {
      const prepared = await system!.prepare(
        collectionOf(
          ids.map(id => ({ id, text: '' })),
          root,
        ),
      );
      try {
        expect(prepared.indexBytes).toBeGreaterThan(0);
        return (await prepared.rank(queryOf(query, pool), { limit: 10 })).map(item => item.id);
      } finally {
        await prepared.close!();
      }
    };
    expect(await ask(['src/a.py'], 'open file')).toEqual(['src/a.py']);
    expect(await ask(['src/a.py', 'src/b.py'], 'open file', ['src/b.py'])).toEqual(['src/b.py']);
    writeFileSync(join(root, 'src/c.py'), 'def shut_door():\n  pass\n');
    expect(await ask(['src/a.py', 'src/b.py', 'src/c.py'], 'shut door')).toEqual(['src/c.py']);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

test('lexical over files finds the candidates in them', async () => {
  const collection: Collection = {
    ...collectionOf([
      { id: 'open', text: '', places: [{ path: 'io.py', lines: [1, 2] }] },
      { id: 'close', text: '', places: [{ path: 'io.py', lines: [4, 6] }] },
      { id: 'door', text: '', places: [{ path: 'door.py', lines: [1, 2] }] },
    ]),
    async *files() {
      const text =
        'def open_file(p):\n  return open(p)\n\ndef close_file(h):\n  # a file\n  h.close()\n\ndef other(file):\n  pass\n';
      yield { path: 'io.py', text, language: 'python', role: 'source' };
      yield { path: 'door.py', text: 'def close_door():\n  pass\n', language: 'python', role: 'source' };
    },
  };
  for (const order of ['score', 'folded']) {
    const [system] = systemsOf([{ system: 'lexical', parameters: { order } }]);
    const prepared = await system!.prepare(collection);
    const items = await prepared.rank(queryOf('close file'), { limit: 10 });
    expect(items[0]!.id).toBe('close');
    // Its lines in the file are none of its own text.
    expect(items[0]!.lines).toBeUndefined();
    expect(new Set(items.map(({ id }) => id))).toEqual(new Set(['open', 'close', 'door']));
    expect(prepared.similarity).toBeUndefined();
  }
  const one = systemsOf([{ system: 'lexical', parameters: { units: 1 } }])[0]!;
  const items = await (await one.prepare(collection)).rank(queryOf('close file'), { limit: 10 });
  expect(items.map(({ id }) => id)).toEqual(['close', 'door']);
});

test('two systems of one name are refused', () => {
  expect(() => systemsOf([{ system: 'bm25' }, { system: 'bm25', parameters: { k1: 2 } }])).toThrow(
    'two systems are called bm25',
  );
  expect(systemsOf([{ system: 'bm25' }, { system: 'lexical' }]).map(({ name }) => name)).toEqual([
    'bm25',
    'lexical',
  ]);
});
