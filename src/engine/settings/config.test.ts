import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { QuarryError } from '../../core/errors.ts';
import {
  environmentSettings,
  joinSettings,
  leavesOut,
  openOptionsOf,
  parseBytes,
  parseDuration,
  projectSettings,
  userSettings,
} from './config.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'quarry-config-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function failure(run: () => unknown): QuarryError {
  try {
    run();
  } catch (error) {
    return error as QuarryError;
  }
  throw new Error('nothing was thrown');
}

function user(content: string): Record<string, string> {
  mkdirSync(join(directory, 'quarry'), { recursive: true });
  writeFileSync(join(directory, 'quarry', 'config.json'), content);
  return { XDG_CONFIG_HOME: directory, HOME: '/nowhere' };
}

describe('sources', () => {
  test('nothing set is nothing', () => {
    expect(userSettings({ XDG_CONFIG_HOME: directory })).toEqual({});
    expect(projectSettings(directory)).toEqual({});
    expect(environmentSettings({})).toEqual({});
  });

  test('the later source outranks the earlier one, ignore patterns add up', () => {
    const env = { ...user('{ "limit": 5, "threads": 2, "ignore": ["a"] }'), QUARRY_THREADS: '3' };
    writeFileSync(
      join(directory, '.quarryrc.json'),
      '{ "limit": 7, "ignore": ["b"], "maxFileSize": "512kB" }',
    );
    const joined = joinSettings(userSettings(env), projectSettings(directory), environmentSettings(env), {
      limit: 9,
    });
    expect(joined).toEqual({ limit: 9, threads: 3, ignore: ['a', 'b'], maxFileSize: 524_288 });
    expect(openOptionsOf(joined, {})).toMatchObject({
      workers: 3,
      maxFileBytes: 524_288,
      ignore: { patterns: ['a', 'b'] },
    });
  });

  test('an index directory is relative to the file that names it', () => {
    expect(userSettings(user('{ "indexDir": "indexes" }')).indexDir).toBe(
      join(directory, 'quarry', 'indexes'),
    );
    expect(userSettings(user('{ "indexDir": "~/indexes" }')).indexDir).toBe('/nowhere/indexes');
  });

  test('quarry.config.json comes before .quarryrc.json', () => {
    writeFileSync(join(directory, '.quarryrc.json'), '{ "limit": 1 }');
    writeFileSync(join(directory, 'quarry.config.json'), '\ufeff{ "$schema": "x", "limit": 2 }');
    expect(projectSettings(directory)).toEqual({ limit: 2 });
  });
});

describe('what is wrong is said with file and line', () => {
  const project = (text: string) => {
    writeFileSync(join(directory, 'quarry.config.json'), text);
    return failure(() => projectSettings(directory));
  };
  const file = () => join(directory, 'quarry.config.json');

  test('an unknown key names the nearest one', () => {
    expect(project('{\n  "limit": 3,\n  "perfile": 2\n}')).toMatchObject({
      code: 'usage',
      message: `${file()}:3: unknown setting "perfile"`,
      hint: 'did you mean "perFile"?',
    });
    expect(project('{ "zebra": 1 }').hint).toContain('known: ignore, maxFileSize');
  });

  test('a wrong value', () => {
    expect(project('{\n "limit": 0\n}')).toMatchObject({
      message: `${file()}:2: limit cannot be 0`,
      hint: 'it takes a whole number from 1 to 1000',
    });
    expect(project('{ "ignore": "x" }').message).toContain('ignore cannot be');
    expect(project('{ "color": "blue" }').message).toContain('color cannot be');
  });

  test('what is no JSON object', () => {
    expect(project('{\n  "limit": 3,\n}').message).toMatch(/:3: not valid JSON/);
    expect(project('[]').message).toContain('must hold one object');
    expect(project('').message).toContain('not valid JSON');
  });

  test('a project may not say where files are written', () => {
    expect(project('{ "indexDir": "/etc" }').message).toContain("the user's choice");
  });

  test('YAML is refused rather than passed over', () => {
    writeFileSync(join(directory, '.quarryrc.yaml'), 'limit: 3\n');
    expect(failure(() => projectSettings(directory)).message).toContain('YAML is not read');
  });

  test('a variable', () => {
    expect(failure(() => environmentSettings({ QUARRY_THREADS: 'many' }))).toMatchObject({
      message: 'QUARRY_THREADS is "many"',
      hint: 'it takes a whole number from 1 to 64',
    });
  });
});

test('leavesOut knows ignore files and settings', () => {
  mkdirSync(join(directory, '.git'));
  writeFileSync(join(directory, '.gitignore'), 'out/\n');
  mkdirSync(join(directory, 'out'));
  mkdirSync(join(directory, 'node_modules', 'x'), { recursive: true });
  mkdirSync(join(directory, 'src'));
  const out = (path: string, ignore: string[] = []) => leavesOut(directory, path, true, { ignore }, {});
  expect(['out', 'node_modules/x', 'src'].map(path => out(path))).toEqual([true, true, false]);
  expect(out('src', ['src/'])).toBe(true);
});

test('sizes and times', () => {
  expect([1, '10', '2k', '512kB', '4 MiB', '1.5GB'].map(parseBytes)).toEqual([
    1, 10, 2048, 524_288, 4_194_304, 1_610_612_736,
  ]);
  expect([0, -1, 1.5, '', 'x', '4 apples', null, true].map(parseBytes)).toEqual(Array(8).fill(undefined));
  expect([5000, '500ms', '5s', '1min'].map(parseDuration)).toEqual([5000, 500, 5000, 60_000]);
  expect([0, '-1', 'soon', '1h', '2000s', null].map(parseDuration)).toEqual(Array(6).fill(undefined));
});
