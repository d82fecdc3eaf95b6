import { statSync } from 'node:fs';
import { setImmediate as breathe } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { markOf, sourceFile } from '../../../test/support/code.ts';
import { Random, Scratch } from '../../../test/support/scratch.ts';
import type { FileEntry } from '../../core/source.ts';
import type { FileResult } from './messages.ts';
import { WorkerPool } from './worker-pool.ts';

/** What the tests look at inside a pool: threads are stopped from there, as a crash would stop them. */
interface Inside {
  slots: Set<{ worker: Worker; state: Int32Array; batch: FileEntry[] }>;
}

function entryOf(scratch: Scratch, path: string): FileEntry {
  const { size, mtimeMs, ctimeMs, ino } = statSync(scratch.path(path));
  return { path, size, mtimeMs, ctimeMs, ino };
}

/** A pool over a tree, and what it handed over. */
function poolOver(scratch: Scratch, paths: readonly string[], signal?: AbortSignal) {
  const handed: FileResult[] = [];
  let documents = 0;
  const pool = new WorkerPool(
    {
      setup: {
        sources: [{ name: '', prefix: '', directory: scratch.root }],
        maxFileBytes: 1 << 22,
        deadlineMs: 60_000,
        known: '',
      },
      workers: 2,
      flushBytes: 20_000,
      flushMs: 60_000,
      firstFlushMs: 5,
      signal,
      onResults: () => {},
      onSegment: (segment, results) => {
        const own = results.map(result => ('key' in result ? result.document : undefined));
        const numbers = own.filter(n => n !== undefined);
        // Documents of a segment are those of its results, each once.
        expect(new Set(numbers).size).toBe(segment?.info.documents ?? 0);
        documents += segment?.info.documents ?? 0;
        handed.push(...results);
      },
    },
    paths.map(path => entryOf(scratch, path)),
  );
  return { pool, inside: pool as unknown as Inside, handed, documents: () => documents };
}

function generated(count: number): { scratch: Scratch; paths: string[] } {
  const random = new Random(count);
  const scratch = new Scratch();
  const paths = Array.from({ length: count }, (_, i) => `f${i}.ts`);
  for (const [i, path] of paths.entries()) scratch.write(path, sourceFile(random, 'ts', markOf(i, 0)));
  return { scratch, paths };
}

test('threads that die are replaced, and every file is handed over exactly once', async () => {
  const { scratch, paths } = generated(600);
  using _ = scratch;
  const { pool, inside, handed, documents } = poolOver(scratch, paths);
  let ended = false;
  const run = pool.run().finally(() => {
    ended = true;
  });
  let kills = 0;
  while (!ended && kills < 5) {
    // In the middle of a file: that file is to blame and is tried once more without a parser.
    const busy = [...inside.slots].find(slot => Atomics.load(slot.state, 0) >= 3);
    if (busy) {
      kills++;
      await busy.worker.terminate();
    }
    await breathe();
  }
  await run;
  expect(kills).toBe(5);
  expect(handed.map(({ entry }) => entry.path).sort()).toEqual(paths.toSorted());
  expect(handed.filter(result => 'skipped' in result)).toEqual([]);
  expect(documents()).toBe(600);
  const blamed = handed.filter(result => 'note' in result && result.note === 'grammar');
  expect(blamed.length).toBeLessThanOrEqual(kills);
});

test('a file that takes a thread down is indexed as plain blocks, and given up when that fails as well', async () => {
  const { scratch, paths } = generated(40);
  using _ = scratch;
  const random = new Random(1);
  scratch.write(
    'a-big.ts',
    Array.from({ length: 4000 }, (__, i) => sourceFile(random, 'ts', markOf(i, 1))).join('\n'),
  );
  for (const kills of [1, 2]) {
    const { pool, inside, handed } = poolOver(scratch, ['a-big.ts', ...paths]);
    let ended = false;
    const run = pool.run().finally(() => {
      ended = true;
    });
    let done = 0;
    while (!ended && done < kills) {
      for (const slot of inside.slots) {
        if (slot.batch[Atomics.load(slot.state, 0)]?.path !== 'a-big.ts') continue;
        await slot.worker.terminate();
        done++;
      }
      await breathe();
    }
    await run;
    expect(done).toBe(kills);
    expect(handed).toHaveLength(41);
    const big = handed.find(({ entry }) => entry.path === 'a-big.ts')!;
    if (kills === 1) expect(big).toMatchObject({ note: 'grammar', units: expect.any(Number) });
    else expect(big).toMatchObject({ skipped: { path: 'a-big.ts', reason: 'grammar' } });
  }
});

test('threads that end before they read anything make the run fail', async () => {
  const { scratch, paths } = generated(20);
  using _ = scratch;
  const { pool, inside } = poolOver(scratch, paths);
  let ended = false;
  const run = pool.run().finally(() => {
    ended = true;
  });
  const failed = expect(run).rejects.toThrow('indexing threads');
  while (!ended) {
    for (const slot of inside.slots) void slot.worker.terminate();
    await breathe();
  }
  await failed;
});

test('no files need no threads', async () => {
  using scratch = new Scratch();
  const { pool, handed } = poolOver(scratch, []);
  await pool.run();
  expect(handed).toEqual([]);
});
