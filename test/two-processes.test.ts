import { describe, expect, test } from 'vitest';
import { openIndex, type UpdateReport } from '../src/index.ts';
import { markOf, sourceFile } from './support/code.ts';
import { expectLikeFresh } from './support/contents.ts';
import { Child } from './support/processes.ts';
import { Random, Scratch } from './support/scratch.ts';

function generated(count: number, seed: number): Scratch {
  const random = new Random(seed);
  const scratch = new Scratch();
  for (let i = 0; i < count; i++) {
    const language = random.pick(['ts', 'py', 'go', 'md'] as const);
    scratch.write(`d${i % 5}/f${i}.${language}`, sourceFile(random, language, markOf(i, 0)));
  }
  return scratch;
}

function reportOf(child: Child): UpdateReport {
  const report = child.messages.find(message => 'report' in message)?.['report'];
  expect(report, `${child.errors}${JSON.stringify(child.messages)}`).toBeDefined();
  return report as UpdateReport;
}

describe('two writers', () => {
  test('wait for each other, and both end right', async () => {
    using scratch = generated(300, 1);
    const indexFile = scratch.indexFile();
    for (let round = 0; round < 4; round++) {
      if (round > 0) scratch.write(`round${round}.ts`, `export function ${markOf(1000, round)}() {}\n`);
      const children = [1, 2].map(() => new Child('update', scratch.root, indexFile));
      const ends = await Promise.all(children.map(child => child.ended()));
      expect(ends).toEqual([0, 0].map(code => ({ code, signal: null })));
      const reports = children.map(reportOf);
      expect(reports.reduce((sum, report) => sum + report.added, 0)).toBe(round === 0 ? 300 : 1);
      for (const report of reports) expect(report).toMatchObject({ files: 300 + round, aborted: false });
    }
    using index = await openIndex(scratch.root, { indexFile, workers: 1 });
    expect((await index.update()).unchanged).toBe(303);
    await expectLikeFresh(index, [markOf(7, 0), markOf(1000, 2), 'read the header']);
  });

  test('one that does not want to wait is told who writes', async () => {
    using scratch = generated(40, 2);
    const indexFile = scratch.indexFile();
    using index = await openIndex(scratch.root, { indexFile, workers: 1 });
    await index.update();
    scratch.write('later.ts', 'export function afterwards() {}\n');
    const holder = new Child('hold', scratch.root, indexFile);
    try {
      await holder.said(({ state }) => state === 'extract');
      await expect(index.update({ wait: false })).rejects.toMatchObject({
        name: 'QuarryError',
        code: 'busy',
        message: expect.stringContaining(String(holder.process.pid)),
      });
      expect((await index.status()).writer).toMatchObject({ pid: holder.process.pid });
      expect((await index.search(markOf(3, 0))).hits).toHaveLength(1);
      // One that waits can be stopped while it waits.
      const stop = new AbortController();
      const waiting = index.update({
        signal: stop.signal,
        onProgress: ({ waitingFor }) => {
          expect(waitingFor).toContain(String(holder.process.pid));
          stop.abort();
        },
      });
      await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
    } finally {
      await holder.kill();
    }
    // The holder is dead: its place is free at once.
    expect((await index.status()).writer).toBeUndefined();
    expect(await index.update({ wait: false })).toMatchObject({ added: 1 });
    await expectLikeFresh(index, ['afterwards']);
  });

  test('one that waits goes on when the other is killed', async () => {
    using scratch = generated(40, 3);
    const indexFile = scratch.indexFile();
    const holder = new Child('hold', scratch.root, indexFile);
    await holder.said(({ state }) => state === 'extract');
    const waiter = new Child('update', scratch.root, indexFile);
    await waiter.said(({ state }) => state === 'waiting');
    expect(waiter.messages).toContainEqual({ state: 'waiting' });
    await holder.kill();
    expect(await waiter.ended()).toEqual({ code: 0, signal: null });
    expect(reportOf(waiter)).toMatchObject({ added: 40, aborted: false });
    using index = await openIndex(scratch.root, { indexFile, workers: 1 });
    await expectLikeFresh(index, [markOf(3, 0)]);
  });
});

describe('readers beside a writer', () => {
  test('see one generation in every search', async () => {
    using scratch = generated(20, 4);
    const write = (version: number) => {
      for (let part = 0; part < 5; part++) {
        const text = `/** The synchronized version. */\nexport function version${version}() {\n  return ${part};\n}\n`;
        scratch.write(`part${part}.ts`, text);
      }
    };
    write(0);
    const indexFile = scratch.indexFile();
    using index = await openIndex(scratch.root, { indexFile, workers: 1 });
    await index.update();
    const readers = [1, 2].map(() => new Child('read', scratch.root, indexFile));
    for (const reader of readers) await reader.said(({ state }) => state === 'reading');
    for (let version = 1; version <= 20; version++) {
      write(version);
      const { generation, ...report } = await index.update();
      expect(report).toMatchObject({ changed: 5, aborted: false });
      // Now and then the readers are waited for: they must get to see what was written.
      if (version % 4 > 0) continue;
      for (const reader of readers) await reader.said(({ seen }) => Number(seen) >= generation);
    }
    for (const reader of readers) {
      reader.process.stdin.end();
      const end = await reader.ended();
      const last = reader.messages.at(-1)!;
      expect([end.code, reader.errors, last['mixed']], JSON.stringify(last)).toEqual([0, '', []]);
      // It was reading all the while, and saw the index change.
      expect(last['searches']).toBeGreaterThan(20);
      expect(last['generations']).toBeGreaterThanOrEqual(5);
    }
    await expectLikeFresh(index, ['synchronized version']);
  });

  test('find the index of a reader that was open before it was cleared and built again', async () => {
    using scratch = generated(20, 5);
    const indexFile = scratch.indexFile();
    using before = await openIndex(scratch.root, { indexFile, workers: 1 });
    await before.update();
    expect((await before.search(markOf(1, 0))).hits).toHaveLength(1);
    const { IndexStore } = await import('../src/store/store.ts');
    expect(IndexStore.remove(indexFile)).toBe(true);
    scratch.write('new.ts', 'export function afterwards() {}\n');
    const child = new Child('update', scratch.root, indexFile);
    expect((await child.ended()).code).toBe(0);
    // The old reader keeps what it had; closing it must not touch the new file.
    expect((await before.search(markOf(1, 0))).hits).toHaveLength(1);
    before.close();
    using after = await openIndex(scratch.root, { indexFile, workers: 1 });
    expect((await after.search('afterwards')).hits).toHaveLength(1);
    await expectLikeFresh(after, [markOf(1, 0), 'afterwards']);
  });
});
