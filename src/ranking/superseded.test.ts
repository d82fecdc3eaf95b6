import { expect, test } from 'vitest';
import { isSuperseded } from './superseded.ts';

const tree = new Set([
  'fields.py',
  'v1/fields.py',
  'v1/api.py',
  'core/a.ts',
  'core/legacy/a.ts',
  'src/v2.ts',
]);
const superseded = (path: string) => isSuperseded(path, other => tree.has(other));

test('a copy in a directory for former versions is superseded by the file it was', () => {
  expect(superseded('v1/fields.py')).toBe(true);
  expect(superseded('core/legacy/a.ts')).toBe(true);
});

test('what has no newer copy is not: v1 may be the current version', () => {
  expect(superseded('v1/api.py')).toBe(false);
  expect(superseded('fields.py')).toBe(false);
  expect(superseded('core/a.ts')).toBe(false);
  expect(superseded('src/v2.ts')).toBe(false);
});
