import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Scratch } from '../../../test/support/scratch.ts';
import { keepFresh, openIndex } from '../../library.ts';
import { until } from './watch.testing.ts';

test('an index follows its tree', async () => {
  using tree = new Scratch({ 'src/a.py': 'def parse_header():\n    pass\n' });
  // Inside the tree: its own writes must not wake it.
  const indexFile = tree.path('own.quarry');
  using index = await openIndex(tree.root, { indexFile, workers: 1, model: false, ignore: {} });
  const reports: number[] = [];
  await using fresh = await keepFresh(index, {
    roots: tree.root,
    ignore: {},
    exclude: [indexFile, `${indexFile}-wal`, `${indexFile}-shm`],
    onUpdate: report => reports.push(report.files),
  });
  await until('first update', () => reports.length === 1);
  const found = async (words: string) => (await index.search(words)).hits.map(hit => hit.path);
  expect(await found('parse header')).toEqual(['src/a.py']);
  await sleep(800);
  expect(reports).toHaveLength(1);
  tree.write('src/b.py', 'def retry_request():\n    pass\n');
  await until('second update', () => reports.length === 2);
  expect(await found('retry request')).toEqual(['src/b.py']);
  tree.remove('src/a.py');
  await until('third update', () => reports.length === 3);
  expect(await found('parse header')).toEqual([]);
  expect(fresh.state()).toMatchObject({ phase: 'watching', updates: 3 });
  await fresh.close();
  expect(fresh.state().phase).toBe('closed');
});

test('a failed update is reported and tried again', async () => {
  using tree = new Scratch({ 'a.py': '' });
  let calls = 0;
  const errors: unknown[] = [];
  const update = async () => {
    if (++calls <= 2) throw new Error(`failure ${calls}`);
    return calls;
  };
  await using fresh = await keepFresh(
    { update },
    { roots: tree.root, retryMs: 20, onError: error => errors.push(error) },
  );
  await until('third try', () => fresh.state().updates === 1);
  expect(errors).toHaveLength(2);
  expect(fresh.state()).not.toHaveProperty('error');
});

test('closing stops an update that is running', async () => {
  using tree = new Scratch({ 'a.py': '' });
  let isStopped = false;
  const errors: unknown[] = [];
  const fresh = await keepFresh(
    {
      update: ({ signal }) =>
        new Promise<void>((_, reject) => {
          signal.addEventListener('abort', () => {
            isStopped = true;
            reject(new Error('stopped'));
          });
        }),
    },
    { roots: tree.root, onError: error => errors.push(error) },
  );
  await until('updating', () => fresh.state().phase === 'updating');
  await fresh.close();
  expect(isStopped).toBe(true);
  expect(errors).toEqual([]);
});

test('changes during an update lead to one more', async () => {
  using tree = new Scratch({ 'a.py': '' });
  let calls = 0;
  let release = (): void => undefined;
  const update = async () => {
    calls++;
    if (calls === 1)
      await new Promise<void>(resolve => {
        release = resolve;
      });
  };
  await using fresh = await keepFresh({ update }, { roots: tree.root });
  await until('updating', () => calls === 1);
  for (let n = 0; n < 20; n++) tree.write(`f${n}.py`, '1');
  await sleep(600);
  expect(calls).toBe(1);
  release();
  await until('one more', () => fresh.state().updates === 2);
  await sleep(600);
  expect(calls).toBe(2);
});
