import { expect, test } from 'vitest';
import { MemoryWatch } from './memory.ts';

/** A watch that has looked so many times at this, with what it did. */
async function after(
  looks: number,
  measure: () => { own: number; updates: number },
): Promise<{ refusal: string | undefined; did: string[] }> {
  const did: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = looks;
  const watch: MemoryWatch = new MemoryWatch(
    { ceiling: 100 << 20, everyMs: 1, patience: 15 },
    {
      measure() {
        if (--left <= 0) setTimeout(resolve);
        return measure();
      },
      shed: () => did.push('shed'),
      stopUpdates: () => did.push('stop'),
      give: () => did.push('give'),
    },
  );
  await promise;
  watch.close();
  return { refusal: watch.refusal, did };
}

test('an update over the ceiling is stopped, and searches go on', async () => {
  const { refusal, did } = await after(2, () => ({ own: 60 << 20, updates: 60 << 20 }));
  expect(refusal).toBeUndefined();
  expect(did).toContain('stop');
});

test('an update that does not stop, and a server over the ceiling, refuse what is new', async () => {
  expect((await after(12, () => ({ own: 60 << 20, updates: 60 << 20 }))).refusal).toMatch(/out of memory/);
  const { refusal, did } = await after(1, () => ({ own: 120 << 20, updates: 0 }));
  expect(refusal).toMatch(/120 of 100 MB/);
  expect(did).not.toContain('give');
});

test('near the ceiling caches go, and nothing else', async () => {
  const { refusal, did } = await after(1, () => ({ own: 85 << 20, updates: 0 }));
  expect(refusal).toBeUndefined();
  expect(new Set(did)).toEqual(new Set(['shed']));
});
