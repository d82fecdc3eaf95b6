import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { QuarryError } from '../../core/errors.ts';
import type { UpdateReport } from '../../core/progress.ts';
import type { FromUpdater, ToUpdater, UpdateTarget } from './update-messages.ts';
import type { RunUpdate } from './updates.ts';

/** How long a process that does not react to being told to stop is waited for. */
const patienceMs = 5000;

/**
 * Updates an index in a process of its own: merging segments and encoding units would hold up searches for seconds, and
 * what parsers take of memory is given back when it ends. A process that dies costs an update, never the server.
 */
export class Updater {
  private readonly target: UpdateTarget;
  private child: ChildProcess | undefined;

  constructor(target: UpdateTarget) {
    this.target = target;
  }

  /** Bytes of memory that the process has at the moment; 0 without one, or where the system does not tell. */
  get memory(): number {
    const pid = this.child?.pid;
    if (pid === undefined) return 0;
    try {
      const pages = readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1];
      return Number(pages) * 4096;
    } catch {
      return 0;
    }
  }

  readonly run: RunUpdate = async ({ signal, onProgress }) => {
    // The same file as source (development, tests) and as JavaScript (the package).
    const file = import.meta.url.endsWith('.ts') ? './update-child.ts' : './update-child.js';
    const child = fork(fileURLToPath(new URL(file, import.meta.url)), [], {
      execArgv: [],
      serialization: 'advanced',
    });
    this.child = child;
    const { promise, resolve, reject } = Promise.withResolvers<UpdateReport>();
    child.on('message', (message: FromUpdater) => {
      if (message.type === 'progress') onProgress(message.progress);
      else if (message.type === 'done') resolve(message.report);
      else reject(errorOf(message));
    });
    child.on('error', reject);
    child.on('exit', (code, by) =>
      reject(
        signal.aborted
          ? new QuarryError('aborted', 'stopped')
          : new Error(`the process that updates the index ended with ${by ?? code}`),
      ),
    );
    let timer: NodeJS.Timeout | undefined;
    const stop = () => {
      send(child, { type: 'abort' });
      timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
    };
    signal.addEventListener('abort', stop, { once: true });
    send(child, { type: 'update', target: this.target });
    if (signal.aborted) stop();
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', stop);
      clearTimeout(timer);
      this.child = undefined;
      if (child.connected) child.disconnect();
    }
  };
}

/** A process that has just died is noticed by its `exit`. */
function send(child: ChildProcess, message: ToUpdater): void {
  if (child.connected) child.send(message, () => undefined);
}

function errorOf({ code, message, hint }: Extract<FromUpdater, { type: 'failed' }>): Error {
  return code === undefined ? new Error(message) : new QuarryError(code, message, hint);
}
