import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

const program = join(import.meta.dirname, 'child.ts');

export type Message = Record<string, unknown>;

/** A process that runs `child.ts`. */
export class Child {
  readonly process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly messages: Message[] = [];
  errors = '';
  readonly #ended: Promise<{ code: number | null; signal: string | null }>;
  readonly #waiting: Array<{ test: (message: Message) => boolean; resolve: () => void }> = [];

  constructor(mode: 'update' | 'hold' | 'read', root: string, indexFile: string) {
    this.process = spawn(process.execPath, [program, mode, root, indexFile], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.process.stderr.on('data', data => {
      this.errors += String(data);
    });
    createInterface(this.process.stdout).on('line', line => {
      const message = JSON.parse(line) as Message;
      this.messages.push(message);
      for (const waiter of this.#waiting) if (waiter.test(message)) waiter.resolve();
    });
    this.#ended = once(this.process, 'close').then(([code, signal]) => ({ code, signal }));
  }

  /** Resolves when the child says something that passes the test, or ends. */
  async said(test: (message: Message) => boolean): Promise<void> {
    if (this.messages.some(test)) return;
    const heard = new Promise<void>(resolve => {
      this.#waiting.push({ test, resolve });
    });
    await Promise.race([heard, this.#ended]);
  }

  ended(): Promise<{ code: number | null; signal: string | null }> {
    return this.#ended;
  }

  async kill(): Promise<{ code: number | null; signal: string | null }> {
    this.process.kill('SIGKILL');
    return this.#ended;
  }
}
