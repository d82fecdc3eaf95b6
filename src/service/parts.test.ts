import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { UpdateReport } from '../core/progress.ts';
import { cursorOf, readCursor } from './cursor.ts';
import { LruCache } from './lru.ts';
import { RequestQueue } from './request-queue.ts';
import { type RunUpdate, Updates } from './updating/updates.ts';
import { Highlighter } from './view/highlight.ts';
import { marksOf, markTokens } from './view/marks.ts';
import { linesOf, linesWithin, wordTest } from './view/snippet.ts';

describe('LruCache', () => {
  test('lets go what was not used for longest', () => {
    const cache = new LruCache<string, number>(2);
    cache.set('a', 1);
    cache.set('b', 2);
    expect(cache.get('a')).toBe(1);
    cache.set('c', 3);
    expect(['a', 'b', 'c'].map(key => cache.get(key))).toEqual([1, undefined, 3]);
  });

  test('counts weights; what is too heavy is not kept', () => {
    const cache = new LruCache<string, string>(10, text => text.length);
    cache.set('a', '12345');
    cache.set('b', '12345');
    cache.set('a', '123456');
    expect([cache.get('a'), cache.get('b')]).toEqual(['123456', undefined]);
    cache.set('c', '12345678901');
    expect([cache.get('a'), cache.get('c')]).toEqual(['123456', undefined]);
    cache.set('d', '1234');
    expect(cache.get('a')).toBe('123456');
  });
});

describe('RequestQueue', () => {
  test('so many at a time, the others in their order', async () => {
    const queue = new RequestQueue({ parallel: 2, waiting: 10 });
    const order: number[] = [];
    let most = 0;
    const work = async (i: number) =>
      queue.run(async () => {
        most = Math.max(most, queue.running);
        await sleep(1);
        order.push(i);
      });
    await Promise.all([0, 1, 2, 3, 4, 5].map(work));
    expect(order).toEqual([0, 1, 2, 3, 4, 5]);
    expect(most).toBe(2);
    expect([queue.running, queue.length]).toEqual([0, 0]);
    await queue.drained();
  });

  test('one too many is refused at once, an aborted one makes room', async () => {
    const queue = new RequestQueue({ parallel: 1, waiting: 1 });
    const gate = Promise.withResolvers<void>();
    const first = queue.run(async () => gate.promise);
    const stop = new AbortController();
    const second = queue.run(async () => 2, stop.signal);
    await expect(queue.run(async () => 3)).rejects.toMatchObject({ code: 'busy' });
    stop.abort();
    await expect(second).rejects.toMatchObject({ code: 'aborted' });
    const fourth = queue.run(async () => 4);
    gate.resolve();
    await first;
    expect(await fourth).toBe(4);
    await expect(queue.run(async () => 5, AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
  });

  test('work that fails leaves its place', async () => {
    const queue = new RequestQueue({ parallel: 1, waiting: 1 });
    await expect(queue.run(async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await queue.run(async () => 1)).toBe(1);
  });
});

describe('cursors', () => {
  const scope = { query: 'a', options: { limit: 10, mode: undefined } };

  test('say where they were', () => {
    const cursor = cursorOf(scope, { generation: 7, offset: 20 });
    expect(cursor).toMatch(/^[\w-]+$/);
    expect(readCursor(scope, cursor)).toEqual({ generation: 7, offset: 20 });
  });

  test.each([
    ['another query', { ...scope, query: 'b' }],
    ['other options', { ...scope, options: { limit: 11, mode: undefined } }],
  ])('%s', (_, other) => {
    const cursor = cursorOf(scope, { generation: 7, offset: 20 });
    expect(() => readCursor(other, cursor)).toThrow(/belongs to another query/);
  });

  test.each(['', 'x', '💥', Buffer.from('1.zz.1.1').toString('base64url'), 'a'.repeat(1000)])(
    'damaged: %s',
    text => {
      expect(() => readCursor(scope, text)).toThrow(/damaged/);
    },
  );
});

test('linesWithin gives the same lines wherever it begins to count', () => {
  for (const text of ['a\nbb\r\n\nd\ne', '\n\nx\n', 'one', '', '\r\n\r\n']) {
    const all = linesOf(text);
    for (let first = 1; first <= 6; first++) {
      for (let last = first; last <= 6; last++) {
        const wanted = all.map((line, i) => (i + 1 >= first ? line : '')).slice(0, last);
        let offset = 0;
        for (const [i, line] of text.split('\n').entries()) {
          const found = [undefined, { line: i + 1, offset }, { line: i + 1, offset: offset + line.length }];
          for (const anchor of i < all.length ? found : [undefined])
            expect(linesWithin(text, first, last, anchor)).toEqual(
              first <= all.length ? wanted : all.map(() => ''),
            );
          offset += line.length + 1;
        }
      }
    }
  }
});

describe('marks', () => {
  test('words and literal matches of a line, joined and in order', () => {
    const marks = marksOf(['const max_retries = retry(7);', 'none'], 10, wordTest('max retry', []), [
      { line: 10, start: 20, end: 26 },
      { line: 11, start: 1, end: 999 },
    ]);
    expect(marks).toEqual([
      { line: 10, start: 6, end: 17 },
      { line: 10, start: 20, end: 26 },
      { line: 11, start: 1, end: 4 },
    ]);
  });

  test('split tokens where they begin and end', () => {
    const tokens = [{ text: 'abc', light: '#000' }, { text: 'def' }, { text: 'g' }];
    expect(
      markTokens(tokens, [
        { start: 1, end: 4 },
        { start: 5, end: 7 },
      ]),
    ).toEqual([
      { text: 'a', light: '#000' },
      { text: 'bc', light: '#000', marked: true },
      { text: 'd', marked: true },
      { text: 'e' },
      { text: 'f', marked: true },
      { text: 'g', marked: true },
    ]);
  });
});

describe('Highlighter', () => {
  test('colours lines of languages it knows, and takes up what stands before them', async () => {
    const highlighter = new Highlighter();
    try {
      const lines = ['/* a comment', 'function x() {}', '*/', 'function y() {}'];
      const tokens = await highlighter.tokens('javascript', 'a.js', lines, 1);
      expect(tokens!.map(line => line.map(({ text }) => text).join(''))).toEqual(lines.slice(1));
      expect(tokens![0]).toHaveLength(1);
      expect(tokens![2]!.length).toBeGreaterThan(2);
      expect(await highlighter.tokens('text', 'a.txt', ['x'], 0)).toBeUndefined();
      expect(await highlighter.tokens('no such language', 'a', ['x'], 0)).toBeUndefined();
      expect(await highlighter.tokens('javascript', 'a.js', ['x'.repeat(500_000)], 0)).toBeUndefined();
      await expect(highlighter.tokens('c', 'a.c', ['x'], 0, AbortSignal.abort())).rejects.toMatchObject({
        code: 'aborted',
      });
    } finally {
      await highlighter.close();
    }
  });

  test.each([
    'bash',
    'c',
    'cpp',
    'csharp',
    'elixir',
    'go',
    'haskell',
    'java',
    'javascript',
    'kotlin',
    'lua',
    'markdown',
    'php',
    'python',
    'ruby',
    'rust',
    'scala',
    'swift',
    'typescript',
    'tsx',
    'zig',
  ])('has a grammar for %s', async language => {
    const { bundledLanguages } = await import('shiki/langs');
    expect(Object.keys(bundledLanguages)).toContain(language);
  });
});

describe('Updates', () => {
  const report = (n: number): UpdateReport => ({
    files: n,
    units: 0,
    added: 0,
    changed: 0,
    removed: 0,
    moved: 0,
    unchanged: 0,
    skipped: 0,
    parsedBytes: 0,
    generation: n,
    elapsedMs: 0,
    encoded: 0,
    notes: [],
    aborted: false,
  });
  /** Updates that end when they are told to. */
  function controlled() {
    const gates: Array<PromiseWithResolvers<UpdateReport>> = [];
    const run: RunUpdate = async ({ signal }) => {
      const gate = Promise.withResolvers<UpdateReport>();
      gates.push(gate);
      signal.addEventListener('abort', () => gate.resolve({ ...report(0), aborted: true }), { once: true });
      return gate.promise;
    };
    const outcomes: string[] = [];
    return { gates, outcomes, updates: new Updates(run, outcome => outcomes.push(outcome)) };
  }

  test('one runs, one waits, all who ask meanwhile share it', async () => {
    const { gates, outcomes, updates } = controlled();
    const first = updates.request();
    const others = [updates.request(), updates.request(), updates.request()];
    await sleep(1);
    expect([gates.length, updates.queued, updates.isRunning]).toEqual([1, 1, true]);
    gates[0]!.resolve(report(1));
    expect((await first).files).toBe(1);
    await expect.poll(() => gates.length).toBe(2);
    expect(updates.queued).toBe(0);
    const late = updates.request();
    gates[1]!.resolve(report(2));
    expect((await Promise.all(others)).map(({ files }) => files)).toEqual([2, 2, 2]);
    await expect.poll(() => gates.length).toBe(3);
    gates[2]!.resolve(report(3));
    expect((await late).files).toBe(3);
    expect(outcomes).toEqual(['done', 'done', 'done']);
    expect(updates.isRunning).toBe(false);
  });

  test('one that fails is told to those who asked, and the next one runs', async () => {
    const { gates, outcomes, updates } = controlled();
    const first = updates.request();
    const second = updates.request();
    await sleep(1);
    gates[0]!.reject(new Error('disk'));
    await expect(first).rejects.toThrow('disk');
    expect(updates.failure?.message).toBe('disk');
    await expect.poll(() => gates.length).toBe(2);
    gates[1]!.resolve(report(2));
    await second;
    expect(updates.failure).toBeUndefined();
    expect(outcomes).toEqual(['failed', 'done']);
  });

  test('who leaves does not stop it; closing does', async () => {
    const { gates, outcomes, updates } = controlled();
    const stop = new AbortController();
    const asked = updates.request(stop.signal);
    await sleep(1);
    stop.abort();
    await expect(asked).rejects.toMatchObject({ code: 'aborted' });
    expect(updates.isRunning).toBe(true);
    const next = updates.request();
    await updates.close();
    await expect(next).rejects.toMatchObject({ code: 'aborted' });
    expect(gates).toHaveLength(1);
    expect(outcomes[0]).toBe('aborted');
    await expect(updates.request()).rejects.toMatchObject({ code: 'aborted' });
  });

  test('one that is interrupted says why', async () => {
    const { updates } = controlled();
    const asked = updates.request();
    await sleep(1);
    updates.interrupt('no memory');
    expect((await asked).aborted).toBe(true);
    expect(updates.failure?.message).toBe('it was stopped: no memory');
  });
});
