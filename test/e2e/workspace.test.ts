import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestRepository } from '../support/git.ts';

/** The command line over several repositories. */

const main = resolve(import.meta.dirname, '../../src/cli/main.ts');
const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'quarry-workspace-')));
const indexes = join(scratch, 'indexes');
const retry = '// Retry tries again.\nfunc Retry() {}\n';
let app: TestRepository;
let lib: TestRepository;

beforeAll(() => {
  app = new TestRepository(join(scratch, 'app'), {
    'src/client.ts': '/** Sends a request. */\nexport function sendRequest() {}\n',
  });
  app.git('tag', 'v1');
  app.commit({ 'src/wheel.ts': '/** Turns the wheel. */\nexport function turnWheel() {}\n' });
  lib = new TestRepository(join(scratch, 'lib'), { 'retry.go': `package lib\n\n${retry}` });
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function quarry(args: string[], options: { cwd?: string; env?: Record<string, string> } = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    cwd: options.cwd ?? scratch,
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      HOME: scratch,
      QUARRY_INDEX_DIR: indexes,
      QUARRY_THREADS: '1',
      QUARRY_MODEL: 'none',
      QUARRY_RERANKER: 'none',
      ...options.env,
    },
  });
  return { code: status, out: stdout, err: stderr };
}

test('several directories and revisions are indexed, searched, listed and taken out', {
  timeout: 300_000,
}, () => {
  const made = quarry(['index', 'app', 'lib', '--workspace', 'team', '--quiet']);
  expect(made).toMatchObject({ code: 0, err: '' });
  expect(existsSync(join(indexes, 'workspace-team.quarry'))).toBe(true);
  const extended = quarry(['index', 'app', '--rev', 'v1', '--workspace', 'team']);
  expect(extended.code).toBe(0);
  expect(extended.out).toContain('added to the workspace team: app@v1\n4 files indexed');

  const inTeam = ['--workspace', 'team', '--no-snippet', '-k', '1'];
  expect(quarry(['turn the wheel', ...inTeam]).out).toMatch(/^app\/src\/wheel\.ts:2 {2}turnWheel/);
  // From inside a repository, and from elsewhere: paths can be opened.
  expect(quarry(['turn the wheel', ...inTeam], { cwd: app.directory }).out).toMatch(/^src\/wheel\.ts:2 /);
  const below = join(scratch, 'elsewhere');
  mkdirSync(below);
  expect(quarry(['try again', ...inTeam], { cwd: below }).out).toContain(`${lib.directory}/retry.go:4`);
  const old = quarry(['send a request repo:app@v1', '--workspace', 'team', '--json']);
  const { root, results } = JSON.parse(old.out) as { root: string; results: Array<Record<string, unknown>> };
  expect(root).toBe('workspace:team');
  expect(results).toMatchObject([
    { path: 'app@v1:src/client.ts', doc: 'Sends a request.', signature: 'export function sendRequest()' },
  ]);
  expect(quarry(['turn the wheel repo:app@v1', ...inTeam]).code).toBe(1);
  // A path inside narrows, one outside is refused.
  expect(quarry(['turn the wheel', 'lib', ...inTeam]).code).toBe(1);
  expect(quarry(['turn the wheel', 'elsewhere', ...inTeam])).toMatchObject({
    code: 2,
    err: expect.stringContaining('is not in the workspace team'),
  });
  // The variable counts where no path is named.
  const env = { QUARRY_WORKSPACE: 'team' };
  expect(quarry(['try again', '-l'], { env }).out).toBe('lib/retry.go\n');
  expect(quarry(['turn wheel', 'app', '-l'], { env }).out).toMatch(/^app\/src\/wheel\.ts\n/);
  expect(existsSync(join(indexes, 'workspace-default.quarry'))).toBe(false);

  const status = quarry(['status', '--workspace', 'team']).out;
  expect(status).toMatch(/^root +workspace:team$/m);
  expect(status).toMatch(/^app@v1 +1 +[0-9a-f]{12} +.*only if named$/m);
  const list = JSON.parse(quarry(['repos', '--json'], { env }).out) as { repositories: unknown[] };
  expect(list.repositories).toHaveLength(3);
  expect(quarry(['doctor', '--workspace', 'team'])).toMatchObject({
    code: 0,
    out: expect.stringContaining('3 repositories and revisions'),
  });
  expect(quarry(['repos', 'remove', 'app@v1', '--workspace', 'team']).out).toBe('removed app@v1\n');
  expect(quarry(['index', '--force', '--workspace', 'team']).out).toContain('3 files indexed');
  // Cleared only by name: it is a list that somebody made.
  expect(quarry(['clear'], { env, cwd: below }).code).toBe(0);
  expect(existsSync(join(indexes, 'workspace-team.quarry'))).toBe(true);
  expect(quarry(['clear', '--workspace', 'team']).out).toContain('workspace-team.quarry');
  expect(quarry(['x', '--workspace', 'team'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('there is no workspace team'),
  });
});

test.for([
  [['index', 'app', 'lib', '--name', 'one'], '--name has 1 names for 2 directories'],
  [['index', 'app', 'nowhere'], 'no such directory'],
  [['index', 'app', '--rev', 'nothing'], 'has no branch, tag or commit "nothing"'],
  [['index', 'app', '--rev', '--all'], 'has no branch, tag or commit "--all"'],
  [['index', 'app', '--rev', 'v1:src'], 'has no branch, tag or commit "v1:src"'],
  [['index', 'app', '--workspace', '../x'], '"../x" cannot be the name of a workspace'],
  [['index', '--workspace', 'none'], 'there is no workspace none'],
  [['repos', 'ad', 'app'], 'did you mean add'],
  [['repos', 'add'], 'needs to be told a directory'],
  [['repos', 'remove', 'x', '--rev', 'v1'], 'takes no --rev'],
] as const)('%j is one clear line', ([args, message]) => {
  const { code, out, err } = quarry([...args]);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain(message);
  expect(err.trim().split('\n').length).toBeLessThanOrEqual(2);
  expect(existsSync(join(indexes, 'workspace-default.quarry'))).toBe(false);
});

test('a project cannot choose the workspace', () => {
  const directory = join(scratch, 'bossy');
  mkdirSync(directory);
  writeFileSync(join(directory, 'quarry.config.json'), '{ "workspace": "team" }\n');
  expect(quarry(['x', 'bossy'])).toMatchObject({
    code: 2,
    err: expect.stringContaining("workspace is the user's choice"),
  });
});
