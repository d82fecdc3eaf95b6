// Views of the index file: consistent while they are lent, useless afterwards.

import { expect, test } from 'vitest';
import { Scratch } from '../../test/support/scratch.ts';
import { emptyCatalog } from './catalog.ts';
import { IndexStore } from './store.ts';
import type { View } from './view.ts';

const ended = /used after its transaction/;

function openStore(file: string): IndexStore {
  return IndexStore.open(file, { create: true, root: '/somewhere' });
}

test('a view that is kept beyond its transaction throws, whatever is read', async () => {
  using scratch = new Scratch();
  const store = openStore(scratch.indexFile());
  const kept: View[] = [];
  store.read(view => kept.push(view));
  store.commit({
    catalog: (_, view) => {
      kept.push(view);
      return view.catalog();
    },
  });
  await store.readSlowly(async view => kept.push(view));
  expect(kept).toHaveLength(3);
  for (const view of kept) {
    const uses: Array<() => unknown> = [
      () => view.root,
      () => view.sources,
      () => view.segments(),
      () => view.segmentIds(),
      () => view.catalog(),
      () => view.pathIndex(),
      () => view.parts(1),
      () => view.readers(),
      () => view.snapshot(),
      () => view.orphans(),
    ];
    for (const use of uses) expect(use, String(use)).toThrow(ended);
    expect(() => view.catalog()).toThrow(RangeError);
  }
  store.close();
});

test('work that throws ends its view, too, and undoes its commit', () => {
  using scratch = new Scratch();
  const store = openStore(scratch.indexFile());
  let kept: View | undefined;
  const failing = () =>
    store.commit({
      sources: '[]',
      catalog: (_, view) => {
        kept = view;
        throw new Error('stop');
      },
    });
  expect(failing).toThrow('stop');
  expect(() => kept!.sources).toThrow(ended);
  expect(store.read(view => [view.generation, view.sources])).toEqual([0, undefined]);
  store.close();
});

test('a view shows one generation while another process commits', () => {
  using scratch = new Scratch();
  const file = scratch.indexFile();
  const store = openStore(file);
  const other = openStore(file);
  store.read(view => {
    expect(view.catalog().complete).toBe(false);
    other.commit({ sources: '[1]', catalog: () => ({ ...emptyCatalog, complete: true, updatedAt: 1 }) });
    expect([view.generation, view.catalog().complete, view.sources]).toEqual([0, false, undefined]);
  });
  expect(store.read(view => [view.generation, view.catalog().complete, view.sources])).toEqual([
    1,
    true,
    '[1]',
  ]);
  store.close();
  other.close();
});
