import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { until } from '../../src/engine/watch/watch.testing.ts';
import { Scratch } from '../support/scratch.ts';

/** `quarry watch` as a process. */

const main = resolve(import.meta.dirname, '../../src/cli/main.ts');
const open: Array<Scratch | ChildProcess> = [];

afterEach(async () => {
  for (const one of open.splice(0).reverse()) {
    if (one instanceof Scratch) one[Symbol.dispose]();
    else if (one.exitCode === null && one.signalCode === null) {
      one.kill('SIGKILL');
      await once(one, 'close');
    }
  }
});

class Watching {
  out = '';
  err = '';
  readonly child: ChildProcess;
  readonly #closed: Promise<unknown[]>;

  constructor(tree: Scratch, args: string[], before: string[] = []) {
    const [command, ...rest] = [...before, process.execPath, main, 'watch', ...args];
    const env = {
      PATH: process.env.PATH,
      HOME: tree.directory,
      QUARRY_INDEX_DIR: `${tree.directory}/indexes`,
      QUARRY_THREADS: '1',
      QUARRY_MODEL: 'none',
      GIT_CONFIG_NOSYSTEM: '1',
    };
    this.child = spawn(command!, rest, { cwd: tree.root, env });
    open.push(this.child);
    this.child.stdout!.setEncoding('utf8').on('data', chunk => (this.out += chunk));
    this.child.stderr!.setEncoding('utf8').on('data', chunk => (this.err += chunk));
    this.#closed = once(this.child, 'close');
  }

  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<unknown> {
    this.child.kill(signal);
    return this.ended();
  }

  async ended(): Promise<unknown> {
    return (await this.#closed)[0];
  }
}

function scratch(): Scratch {
  const tree = new Scratch({ 'src/retry.py': 'def retry_request():\n    pass\n' });
  open.push(tree);
  return tree;
}

test('a line per update, until Ctrl-C', async () => {
  const tree = scratch();
  const watching = new Watching(tree, []);
  await until('first line', () => watching.out.includes('\n'));
  expect(watching.out).toMatch(
    /^\d\d:\d\d:\d\d watching 1 file, 1 unit; brought up to date in .* \(updated 1 file\)\n$/,
  );
  tree.write('src/new.py', 'def a():\n    pass\n\ndef b():\n    pass\n');
  await until('second line', () => watching.out.split('\n').length > 2);
  expect(watching.out).toMatch(/\n\d\d:\d\d:\d\d updated 1 file in .*, 3 units\n$/);
  expect(await watching.stop()).toBe(0);
});

test('JSON lines, by looking again and again', async () => {
  const tree = scratch();
  const watching = new Watching(tree, ['--json', '--poll', '1']);
  await until('first', () => watching.out.includes('\n'));
  tree.remove('src/retry.py');
  await until('second', () => watching.out.trim().split('\n').length > 1);
  const events = watching.out
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));
  expect(events).toMatchObject([
    { event: 'updated', added: 1, files: 1, units: 1 },
    { event: 'updated', removed: 1, files: 0, units: 0 },
  ]);
  expect(await watching.stop('SIGTERM')).toBe(0);
});

test('what cannot be watched is an error', async () => {
  const tree = scratch();
  const nowhere = new Watching(tree, ['nowhere']);
  expect(await nowhere.ended()).toBe(2);
  expect(nowhere.err).toContain('nowhere');
  const poll = new Watching(tree, ['--poll', '0']);
  expect(await poll.ended()).toBe(2);
  expect(poll.err).toContain('not a whole number from 1 to 3600');
});

/** A user namespace of its own, in which there can be no more than so many watches. */
const limited = (most: number) => [
  'unshare',
  '-Ur',
  'sh',
  '-c',
  `echo ${most} > /proc/sys/user/max_inotify_watches && exec "$@"`,
  'sh',
];

function canLimit(): boolean {
  if (process.platform !== 'linux') return false;
  const [command, ...rest] = [...limited(1), 'true'];
  return spawnSync(command!, rest).status === 0;
}

test.runIf(canLimit())('where there can be no more watches it polls, and says so', async () => {
  const tree = scratch();
  const watching = new Watching(tree, [], limited(1));
  await until('first line', () => watching.out.includes('\n'));
  expect(watching.err).toContain('no more directories can be watched (fs.inotify.max_user_watches');
  tree.write('src/new.py', 'def a():\n    pass\n');
  await until('second line', () => watching.out.split('\n').length > 2);
  expect(await watching.stop()).toBe(0);
});
