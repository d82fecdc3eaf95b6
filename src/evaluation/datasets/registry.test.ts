import { expect, test } from 'vitest';
import { datasetLoader, datasetLoaders } from './registry.ts';

test('every data set has an id of its own and says what it is', () => {
  expect(new Set(datasetLoaders.map(loader => loader.id)).size).toBe(datasetLoaders.length);
  for (const loader of datasetLoaders) {
    expect(datasetLoader(loader.id)).toBe(loader);
    expect(loader.id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    for (const text of [loader.title, loader.licence, loader.source]) expect(text).not.toBe('');
    expect(loader.splits.length).toBeGreaterThan(0);
  }
});

test('an unknown data set names the nearest one', () => {
  expect(() => datasetLoader('cosqa-nodocs')).toThrow(
    expect.objectContaining({ code: 'usage', hint: 'did you mean "cosqa-nodoc"?' }),
  );
  expect(() => datasetLoader('zzzzzz')).toThrow(
    expect.objectContaining({ hint: expect.stringContaining('known: ') }),
  );
});
