import { expect, test } from 'vitest';
import { QuarryError } from '../core/errors.ts';
import type { Service, StatusAnswer } from '../service/api.ts';
import { parseLines, servedPath, splitPlace } from './places.ts';

test.each([
  ['10-80', 10, 80],
  ['10', 10, 10],
  ['10-', 10, undefined],
  ['-80', 1, 80],
  ['L10-L80', 10, 80],
  [' 10 : 80 ', 10, 80],
  ['lines 3-4', 3, 4],
  ['10..20', 10, 20],
])('lines %s', (text, first, last) => {
  expect(parseLines(text)).toEqual({ first, last });
});

test.each(['', '-', 'abc', '80-10', '0-5', '1-2-3', '1;2', '99999999999'])('no lines: %s', text => {
  expect(() => parseLines(text)).toThrow(QuarryError);
});

test('a path may carry its lines', () => {
  expect(splitPlace('src/a.ts:10-80')).toEqual({ path: 'src/a.ts', lines: '10-80' });
  expect(splitPlace('src/a.ts:7')).toEqual({ path: 'src/a.ts', lines: '7' });
  expect(splitPlace('C:\\x\\a.ts')).toEqual({ path: 'C:\\x\\a.ts', lines: undefined });
});

/** Only the part of a status that paths need. */
function withRoots(...repositories: StatusAnswer['repositories']): Service {
  return { status: async () => ({ repositories }) } as unknown as Service;
}

test('paths are made those of the service', async () => {
  const service = withRoots({ name: 'app', directory: '/home/me/app', files: 3 });
  const { signal } = new AbortController();
  const served = async (path: string) => servedPath(path, service, signal);
  expect(await served('./src//a.ts')).toBe('src/a.ts');
  expect(await served('src\\a.ts')).toBe('src/a.ts');
  expect(await served('src/http/')).toBe('src/http');
  expect(await served('.')).toBe('');
  expect(await served('/home/me/app/src/a.ts')).toBe('src/a.ts');
  expect(await served('/home/me/app')).toBe('');
  expect(await served('file:///home/me/app/src/a%20b.ts')).toBe('src/a b.ts');
  for (const path of [
    '../x',
    'src/../../x',
    '/etc/passwd',
    '/home/me/app/../x',
    '/home/me/apple/x',
    'file:///etc/passwd',
  ])
    await expect(served(path)).rejects.toThrow(QuarryError);
  const several = withRoots(
    { name: 'a', directory: '/r/a', files: 1 },
    { name: 'b', directory: '/r/b', files: 1 },
  );
  expect(await servedPath('/r/b/x.ts', several, signal)).toBe('b/x.ts');
});
