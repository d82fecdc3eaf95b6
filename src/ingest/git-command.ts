import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { QuarryError, throwIfAborted } from '../core/errors.ts';

/**
 * Settings under which a repository is only read: nothing of its configuration runs a program or filters content. Objects are
 * what their ids say, whatever replaces them for others.
 */
const readOnly: readonly string[] = [
  '--no-replace-objects',
  ...['core.hooksPath=/dev/null', 'core.fsmonitor=false', 'core.quotePath=false'].flatMap(s => ['-c', s]),
];

/** Variables of a git that this process may run below, such as a hook's, name another repository: none of them counts. */
function environment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  return {
    ...Object.fromEntries(own),
    // What a partial clone lacks is not fetched.
    GIT_ALLOW_PROTOCOL: 'none',
    GIT_NO_LAZY_FETCH: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
  };
}

/** Starts git on a repository (its git directory). It ends when its input ends. */
export function startGit(repository: string, command: readonly string[]): ChildProcess {
  return spawn('git', ['--git-dir', repository, ...readOnly, ...command], {
    env: environment(),
    stdio: ['pipe', 'pipe', 'pipe'],
    windowsHide: true,
  });
}

export interface GitOutput {
  /** Exit code; null when a signal ended it. */
  code: number | null;
  out: Buffer;
  /** First line of what it complained about; '' if nothing. */
  complaint: string;
}

/** Runs git to its end. Throws QuarryError: `not-found` without git, `unreadable` if it cannot be run, `aborted`. */
export async function runGit(
  repository: string,
  command: readonly string[],
  options: { input?: string; signal?: AbortSignal | undefined } = {},
): Promise<GitOutput> {
  const { signal } = options;
  throwIfAborted(signal);
  const child = startGit(repository, command);
  const out: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout!.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr!.on('data', (chunk: Buffer) => errors.push(chunk));
  // A git that ends before it has read everything says why by itself.
  child.stdin!.on('error', () => undefined);
  child.stdin!.end(options.input ?? '');
  const abort = () => child.kill();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', error => reject(cannotRun(error)));
      child.once('close', resolve);
    });
    throwIfAborted(signal);
    return { code, out: Buffer.concat(out), complaint: firstLine(Buffer.concat(errors)) };
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

/** The same while the thread waits, for single small answers; undefined if git failed or gave more bytes. */
export function runGitNow(
  repository: string,
  command: readonly string[],
  maxBytes: number,
): Buffer | undefined {
  const { status, stdout, error } = spawnSync('git', ['--git-dir', repository, ...readOnly, ...command], {
    env: environment(),
    maxBuffer: maxBytes,
    stdio: ['ignore', 'pipe', 'ignore'],
    windowsHide: true,
  });
  return status === 0 && !error ? stdout : undefined;
}

export function cannotRun(error: unknown): QuarryError {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ENOENT'
    ? new QuarryError('not-found', 'git is not installed', 'revisions are read with git', { cause: error })
    : new QuarryError('unreadable', `git cannot be run: ${code ?? message}`, undefined, { cause: error });
}

export function firstLine(text: Buffer): string {
  return text.toString('utf8').split('\n', 1)[0]!.trim();
}
