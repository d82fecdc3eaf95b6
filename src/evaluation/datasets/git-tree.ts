import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QuarryError, throwIfAborted } from '../../core/errors.ts';

/**
 * Settings under which a clone is only read: nothing of its configuration runs a program, filters content, writes
 * beside its objects, or fetches what is missing from elsewhere.
 */
const readOnly = [
  'core.hooksPath=/dev/null',
  'core.attributesFile=/dev/null',
  'core.fsmonitor=false',
  'core.splitIndex=false',
  'core.untrackedCache=false',
  'core.sparseCheckout=false',
  'core.autocrlf=false',
  'filter.lfs.process=',
  'filter.lfs.smudge=',
  'filter.lfs.required=false',
  'advice.detachedHead=false',
].flatMap(setting => ['-c', setting]);

/** What runs git on a clone so that it is only read: what stands before the command, and the environment. */
export function readOnlyGit(gitDir: string): { args: string[]; env: NodeJS.ProcessEnv } {
  return {
    args: ['--git-dir', gitDir, ...readOnly],
    env: {
      ...clean(process.env),
      GIT_ALLOW_PROTOCOL: 'none',
      GIT_NO_LAZY_FETCH: '1',
      GIT_TERMINAL_PROMPT: '0',
      LC_ALL: 'C',
    },
  };
}

/** Git directory of a clone of `owner/name` below a directory, in one of the usual layouts; undefined if there is none. */
export function findClone(directory: string, repository: string): string | undefined {
  const [owner = '', name = ''] = repository.split('/');
  const places = [`${owner}__${name}`, `${owner}/${name}`, `${owner}+${name}`, `${owner}+${name}/repo`, name];
  for (const place of places) {
    for (const path of [join(directory, place), join(directory, `${place}.git`)]) {
      if (existsSync(join(path, '.git'))) return join(path, '.git');
      if (existsSync(join(path, 'HEAD')) && isDirectory(join(path, 'objects'))) return path;
    }
  }
  return undefined;
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Seconds since the epoch by commit, of those commits the clone has. Throws QuarryError `aborted`, `not-found`. */
export async function commitDates(
  gitDir: string,
  commits: ReadonlySet<string>,
  signal: AbortSignal | undefined,
): Promise<Map<string, number>> {
  const listed = await git(gitDir, ['cat-file', '--batch-check'], {
    input: [...commits].map(commit => `${commit}^{commit}\n`).join(''),
    signal,
  });
  const present = listed.out.split('\n').flatMap(line => /^([0-9a-f]+) commit /.exec(line)?.[1] ?? []);
  const dates = new Map<string, number>();
  if (present.length === 0) return dates;
  const shown = await git(gitDir, ['log', '--no-walk', '--stdin', '--format=%H %ct'], {
    input: `${present.join('\n')}\n`,
    signal,
  });
  for (const line of shown.out.split('\n')) {
    const [commit, seconds] = line.split(' ');
    if (commit && seconds) dates.set(commit, Number(seconds));
  }
  return dates;
}

/**
 * A temporary directory that shows one commit of a clone after the other. From commit to commit only what differs is
 * written. The clone, its index and its work tree are left alone.
 */
export class ScratchTree {
  private readonly gitDir: string;
  private readonly directory: string = mkdtempSync(join(tmpdir(), 'quarry-swebench-'));
  private shown: string | undefined;
  private removed = false;
  /** A process that is ended from outside the loop still leaves nothing behind. */
  private readonly atExit = () => rmSync(this.directory, { recursive: true, force: true });

  constructor(gitDir: string) {
    this.gitDir = gitDir;
    mkdirSync(this.root);
    process.once('exit', this.atExit);
  }

  /** Where the files of the commit stand. */
  get root(): string {
    return join(this.directory, 'tree');
  }

  /** Paths of the files of a commit whose content the clone lacks; undefined if it lacks some of its directories. */
  async missing(commit: string, signal?: AbortSignal): Promise<string[] | undefined> {
    const listed = await git(this.gitDir, ['ls-tree', '-r', '-z', commit], { signal });
    if (listed.code !== 0) return undefined;
    const files = listed.out.split('\0').flatMap(entry => {
      const [, object, path] = /^\d+ blob ([0-9a-f]+)\t(.*)$/s.exec(entry) ?? [];
      return object === undefined ? [] : [{ object, path: path! }];
    });
    const checked = await git(this.gitDir, ['cat-file', '--batch-check'], {
      input: files.map(({ object }) => `${object}\n`).join(''),
      signal,
    });
    const absent = new Set(checked.out.split('\n').flatMap(line => /^(\S+) missing$/.exec(line)?.[1] ?? []));
    return files.filter(({ object }) => absent.has(object)).map(({ path }) => path);
  }

  /**
   * Makes the directory hold the files of a commit, without those in `missing`, which the clone lacks. Throws QuarryError
   * `unreadable` if it lacks others.
   */
  async show(commit: string, missing: readonly string[], signal?: AbortSignal): Promise<void> {
    if (this.removed) throw new Error('the tree was removed: its collection is no longer current');
    if (this.shown === commit) return;
    this.shown = undefined;
    // Git gives up on a commit with missing files, so those are taken out of an index that begins anew.
    if (missing.length > 0) this.clear();
    const { code, error } =
      missing.length > 0 ? await this.write(commit, missing, signal) : await this.step(commit, signal);
    if (code === 0) {
      this.shown = commit;
      return;
    }
    // What stands there now is no commit.
    this.clear();
    throw new QuarryError(
      'unreadable',
      `cannot check out ${commit} of ${this.gitDir}: ${error.trim().split('\n').at(-1) ?? ''}`,
      'clone the repository in full, without --filter and --depth',
    );
  }

  private step(commit: string, signal: AbortSignal | undefined): Promise<Ran> {
    return this.inTree(['read-tree', '--reset', '-u', commit], { signal });
  }

  private async write(
    commit: string,
    missing: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<Ran> {
    const read = await this.inTree(['read-tree', commit], { signal });
    if (read.code !== 0) return read;
    const input = missing.map(path => `${path}\0`).join('');
    const removed = await this.inTree(['update-index', '--force-remove', '-z', '--stdin'], { signal, input });
    return removed.code === 0 ? this.inTree(['checkout-index', '-a', '-f', '-u'], { signal }) : removed;
  }

  private inTree(
    args: readonly string[],
    options: { signal: AbortSignal | undefined; input?: string },
  ): Promise<Ran> {
    const env = { GIT_INDEX_FILE: join(this.directory, 'index'), GIT_WORK_TREE: this.root };
    return git(this.gitDir, args, { ...options, env, cwd: this.root });
  }

  private clear(): void {
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 3 });
    mkdirSync(this.root, { recursive: true });
  }

  async remove(): Promise<void> {
    this.removed = true;
    process.off('exit', this.atExit);
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 3 });
  }
}

interface Ran {
  code: number;
  out: string;
  error: string;
}

/** Runs git on a clone. Throws QuarryError `aborted`, and `not-found` without git. */
function git(
  gitDir: string,
  args: readonly string[],
  options: {
    input?: string;
    signal: AbortSignal | undefined;
    env?: Readonly<Record<string, string>>;
    cwd?: string;
  },
): Promise<Ran> {
  const { input, signal, env, cwd } = options;
  throwIfAborted(signal);
  const base = readOnlyGit(gitDir);
  return new Promise((resolve, reject) => {
    const child = execFile(
      'git',
      [...base.args, ...args],
      {
        encoding: 'utf8',
        maxBuffer: 1 << 28,
        ...(cwd === undefined ? {} : { cwd }),
        ...(signal ? { signal } : {}),
        env: { ...base.env, ...env },
      },
      (error, out, errors) => {
        const settle = () => {
          if (signal?.aborted)
            reject(new QuarryError('aborted', 'stopped', undefined, { cause: signal.reason }));
          else if (error?.code === 'ENOENT')
            reject(new QuarryError('not-found', 'git is not installed', 'clones are read with it'));
          else
            resolve({
              code: typeof error?.code === 'number' ? error.code : error ? 1 : 0,
              out,
              error: errors,
            });
        };
        // An abort is reported at once, but git may write until it has ended.
        const running = child.pid !== undefined && child.exitCode === null && child.signalCode === null;
        if (running) child.once('exit', settle);
        else settle();
      },
    );
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input ?? '');
  });
}

/** Without variables that would point git at another repository, as they are set inside hooks. */
function clean(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name]) =>
        !/^GIT_(?:DIR|INDEX_FILE|WORK_TREE|OBJECT_DIRECTORY|ALTERNATE\w*|CONFIG_(?:COUNT|KEY_\d+|VALUE_\d+|PARAMETERS)|NAMESPACE|PREFIX|COMMON_DIR)$/.test(
          name,
        ),
    ),
  );
}
