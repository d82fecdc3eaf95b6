import { describe, expect, test } from 'vitest';
import { snapshotOf } from '../../indexing/memory-index.ts';
import { fileFilter, pathMatcher } from './filter.ts';

describe('pathMatcher', () => {
  test.each([
    ['src', 'src/a.ts', true],
    ['src/', 'src/deep/a.ts', true],
    ['./src', 'src/a.ts', true],
    ['src', 'lib/src/a.ts', true],
    ['src', 'srcs/a.ts', false],
    ['src/http', 'src/http/a.ts', true],
    ['src/http', 'lib/src/http/a.ts', false],
    ['src/http', 'src/https/a.ts', false],
    ['a.ts', 'src/a.ts', true],
    ['*.ts', 'src/deep/a.ts', true],
    ['*.ts', 'src/deep/a.tsx', false],
    ['src/*.ts', 'src/a.ts', true],
    ['src/*.ts', 'src/deep/a.ts', false],
    ['src/**', 'src/deep/a.ts', true],
    ['src/**/*.ts', 'src/a.ts', true],
    ['{a,b}.ts', 'x/b.ts', true],
    ['.', 'anything', true],
    ['', 'anything', true],
  ])('%s and %s', (pattern, path, matches) => {
    expect(pathMatcher(pattern)(path)).toBe(matches);
  });
});

test('every field given must match, any of its values', async () => {
  const snapshot = await snapshotOf([
    { path: 'src/a.ts', text: 'let a;' },
    { path: 'src/b.py', text: 'b = 1' },
    { path: 'test/a.test.ts', text: 'let t;', role: 'test' },
    { path: 'vendor/c.ts', text: 'let c;', role: 'vendored' },
  ]);
  const kept = (filter: Parameters<typeof fileFilter>[0]) => {
    const accept = fileFilter(filter, snapshot);
    return snapshot.files.map(file => file.path).filter((_, f) => accept(f));
  };
  expect(kept({})).toHaveLength(4);
  expect(kept({ languages: ['python'] })).toEqual(['src/b.py']);
  expect(kept({ languages: ['python', 'typescript'], paths: ['src', 'vendor'] })).toEqual([
    'src/a.ts',
    'src/b.py',
    'vendor/c.ts',
  ]);
  expect(kept({ roles: ['test', 'vendored'] })).toEqual(['test/a.test.ts', 'vendor/c.ts']);
  expect(kept({ notPaths: ['test', '*.py'] })).toEqual(['src/a.ts', 'vendor/c.ts']);
  expect(kept({ paths: ['src'], notPaths: ['src/a.ts'], languages: ['typescript'] })).toEqual([]);
});
