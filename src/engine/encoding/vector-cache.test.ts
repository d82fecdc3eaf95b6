import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { noTerm } from '../../core/encoder.ts';
import { quantiseRows, type VectorRows } from '../../store/vectors/rows.ts';
import { cacheProblem, removeCache, VectorCache } from './vector-cache.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'quarry-vectors-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const dims = 64;
const shape = { dims, terms: 2 };
const key = (n: number) => n.toString(16).padStart(32, '0');
const units = [{ qualifiedName: 'a', start: 0, end: 10, docStart: -1, docEnd: -1 }];
const rowsOf = (n: number): VectorRows =>
  quantiseRows(
    Float32Array.from({ length: dims }, (_, i) => Math.sin(n + i)),
    dims,
    Uint16Array.of(n, noTerm),
  );
const document = (n: number) => ({ key: key(n), units, rows: rowsOf(n) });

test('gives back what was put, to any process, and only for the same units', () => {
  const cache = new VectorCache(directory, 'f1', shape);
  const other = new VectorCache(directory, 'f1', shape);
  expect(cache.get(key(1), units)).toBeUndefined();
  cache.put([document(1), document(2)]);
  other.put([document(3)]);
  for (const n of [1, 2, 3])
    for (const one of [cache, other]) expect(one.get(key(n), units)).toEqual(rowsOf(n));
  expect(cache.get(key(1), [{ ...units[0]!, end: 11 }])).toBeUndefined();
  expect(cache.get(key(1), [...units, ...units])).toBeUndefined();
  expect(new VectorCache(directory, 'f2', shape).get(key(1), units)).toBeUndefined();
  // Open again after having been closed.
  cache.close();
  expect(cache.get(key(3), units)).toEqual(rowsOf(3));
  cache.close();
  other.close();
});

test('many threads may make it at once', { timeout: 60_000 }, async () => {
  const program = `
    import { workerData, parentPort } from 'node:worker_threads';
    const { VectorCache } = await import(workerData.module);
    const cache = new VectorCache(workerData.directory, 'f', { dims: 64, terms: 2 });
    const units = [{ qualifiedName: 'a', start: 0, end: 10, docStart: -1, docEnd: -1 }];
    for (let i = 0; i < 20; i++) {
      const key = (workerData.n * 100 + i).toString(16).padStart(32, '0');
      const data = new Int8Array(64).fill(workerData.n);
      const rows = { count: 1, dims: 64, terms: 2, scales: new Float32Array([1]), data, termIds: new Uint16Array([1, 2]) };
      cache.put([{ key, units, rows }]);
    }
    parentPort.postMessage(cache.note ?? 'ok');
    cache.close();
  `;
  const file = join(directory, 'thread.mjs');
  writeFileSync(file, program);
  const module = new URL('./vector-cache.ts', import.meta.url).href;
  const said = await Promise.all(
    Array.from({ length: 8 }, async (_, n) => {
      const [message] = await once(new Worker(file, { workerData: { directory, module, n } }), 'message');
      return message;
    }),
  );
  expect(said).toEqual(Array.from({ length: 8 }, () => 'ok'));
  const cache = new VectorCache(directory, 'f', shape);
  for (let n = 0; n < 8; n++) expect(cache.get(key(n * 100 + 19), units)?.data[0]).toBe(n);
  cache.close();
});

test('drops what was not used for the longest time', () => {
  const cache = new VectorCache(directory, 'f', shape, { most: 100_000 });
  const documents = Array.from({ length: 2000 }, (_, n) => document(n));
  cache.put(documents);
  const db = new DatabaseSync(cache.file);
  const old = Date.now() - 10 * 86_400_000;
  db.prepare('UPDATE documents SET used = ?').run(old);
  db.close();
  // A use counts from now on.
  expect(cache.get(key(7), units)).toBeDefined();
  cache.trim();
  expect(cache.note).toBeUndefined();
  expect(statSync(cache.file).size).toBeLessThan(130_000);
  expect(cache.get(key(7), units)).toEqual(rowsOf(7));
  const left = documents.filter(one => cache.get(one.key, units)).length;
  expect(left).toBeGreaterThan(300);
  expect(left).toBeLessThan(1000);
  cache.close();
});

test('that cannot be used is no error', () => {
  const file = join(directory, 'file');
  writeFileSync(file, '');
  const cache = new VectorCache(join(file, 'below'), 'f', shape);
  cache.put([document(1)]);
  expect(cache.get(key(1), units)).toBeUndefined();
  expect(cache.note).toMatch(/^the cache of vectors .* cannot be used: /);
  cache.trim();
  cache.close();
});

test('leaves what little room there is to the index', () => {
  const cache = new VectorCache(directory, 'f', shape, { leastFree: Number.MAX_SAFE_INTEGER });
  cache.put([document(1)]);
  expect(cache.note).toMatch(/^the cache of vectors .* cannot be used: the disk is nearly full$/);
  cache.close();
  expect(new VectorCache(directory, 'f', shape).get(key(1), units)).toBeUndefined();
});

test('is found broken, and removed', () => {
  const cache = new VectorCache(directory, 'f', shape);
  expect(cacheProblem(cache.file)).toBeUndefined();
  cache.put([document(1)]);
  cache.close();
  expect(cacheProblem(cache.file)).toBeUndefined();
  writeFileSync(cache.file, 'not a database, for sure not one that could be opened by anything'.repeat(20));
  expect(cacheProblem(cache.file)).toMatch(/not a database/);
  expect(removeCache(cache.file)).toBeGreaterThan(1000);
  expect(removeCache(cache.file)).toBe(0);
});
