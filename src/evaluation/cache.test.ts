import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keyOf, RunCache } from './cache.ts';

test('keys tell parts apart', () => {
  expect(keyOf(['a', 'b'])).not.toBe(keyOf(['ab']));
  expect(keyOf(['a', 1])).not.toBe(keyOf(['a', '1']));
  expect(keyOf(['a', 'b'])).toBe(keyOf(['a', 'b']));
});

test('a folder that cannot be written to costs nothing but the next head start', () => {
  const folder = mkdtempSync(join(tmpdir(), 'quarry-cache-'));
  try {
    writeFileSync(join(folder, 'file'), '');
    const cache = new RunCache(join(folder, 'file'));
    cache.put('key', 1);
    expect(cache.problem).toMatch(/EEXIST|ENOTDIR/);
    expect(cache.get('key')).toBeUndefined();
    cache.prune();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the oldest files go when the folder is too large', () => {
  const folder = mkdtempSync(join(tmpdir(), 'quarry-cache-'));
  try {
    const noise = () => Array.from({ length: 3000 }, () => Math.random());
    const large = new RunCache(folder);
    for (const [i, key] of ['old', 'middle', 'new'].entries()) {
      large.put(key, noise());
      utimesSync(join(folder, `${key}.json.gz`), 1000 + i, 1000 + i);
    }
    large.prune();
    expect(readdirSync(folder)).toHaveLength(3);
    new RunCache(folder, 40_000).prune();
    expect(readdirSync(folder)).toEqual(['new.json.gz']);
    expect(large.get('new')).toHaveLength(3000);
    expect(large.get('old')).toBeUndefined();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
