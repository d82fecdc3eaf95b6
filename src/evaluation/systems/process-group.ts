import { type ChildProcess, spawn } from 'node:child_process';
import { QuarryError } from '../../core/errors.ts';

/** How a child is started: never through a shell. */
export interface Command {
  /** Program and arguments. */
  words: readonly string[];
  cwd: string;
  /** Added to this process's environment. */
  env: Readonly<Record<string, string>>;
}

const running = new Set<ChildProcess>();

/** Starts a command at the head of a process group of its own, so that `killGroup` reaches what it starts in turn. */
export function startGroup({ words, cwd, env }: Command): ChildProcess {
  const child = spawn(words[0]!, words.slice(1), {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  // A group of its own does not get the terminal's Ctrl-C.
  if (running.size === 0) process.once('exit', killAll);
  running.add(child);
  child.once('close', () => {
    running.delete(child);
    if (running.size === 0) process.off('exit', killAll);
  });
  // A program that does not read its input closes the pipe; that is its business.
  child.stdin?.on('error', () => {});
  return child;
}

/** Ends a child and everything it started, at once. */
export function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill('SIGKILL');
    else process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

function killAll(): void {
  for (const child of running) killGroup(child);
}

/** What a program that has ended left behind. */
export interface Finished {
  stdout: string;
  stderr: string;
  /** Exit code; 128 + number for a signal is not made up: null. */
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** Most that is kept of an output, in characters. */
const maxOutput = 64 << 20;

/**
 * Runs a command to its end. Throws QuarryError: `not-found` if the program cannot be started, `aborted`, and
 * Late when `timeoutMs` have passed; its group is killed then.
 */
export function runGroup(
  command: Command,
  { timeoutMs, signal }: { timeoutMs?: number; signal?: AbortSignal | undefined },
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(new QuarryError('aborted', 'stopped'));
      return;
    }
    const child = startGroup(command);
    let stdout = '';
    let stderr = '';
    let stopped: QuarryError | undefined;
    const stop = (error: QuarryError) => {
      stopped ??= error;
      killGroup(child);
    };
    const onAbort = () => stop(new QuarryError('aborted', 'stopped'));
    const timer =
      timeoutMs === undefined ? undefined : setTimeout(() => stop(tooLong(command, timeoutMs)), timeoutMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      if (stdout.length < maxOutput) stdout += text;
      else stop(new QuarryError('unreadable', `${command.words[0]} wrote more than ${maxOutput} characters`));
    });
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-10_000);
    });
    child.stdin!.end();
    child.once('error', error => {
      stopped ??= cannotStart(command, error);
    });
    child.once('close', (code, by) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      if (stopped) reject(stopped);
      else resolve({ stdout, stderr, code, signal: by });
    });
  });
}

/** A program did not answer in time. */
export class Late extends QuarryError {}

export function tooLong({ words }: Command, timeoutMs: number): Late {
  return new Late(
    'unreadable',
    `${words[0]} took longer than ${timeoutMs} ms`,
    'raise timeoutMs; in batch mode the program must write, and flush, a line per query',
  );
}

export function cannotStart({ words }: Command, error: Error): QuarryError {
  return new QuarryError('not-found', `cannot run ${words[0]}: ${error.message}`, 'check the command', {
    cause: error,
  });
}

/** The error of a program that failed, with the last line it wrote to stderr. */
export function failed({ words }: Command, { code, signal, stderr }: Omit<Finished, 'stdout'>): QuarryError {
  const last = stderr.trimEnd().split('\n').at(-1)!.trim();
  const how = signal === null ? `exit code ${code}` : `killed by ${signal}`;
  return new QuarryError('unreadable', `${words[0]}: ${how}${last === '' ? '' : `: ${last}`}`);
}
