import type { ChildProcess } from 'node:child_process';
import { QuarryError } from '../../core/errors.ts';
import { type ExternalItem, itemsOf } from './external-output.ts';
import { type Command, cannotStart, failed, killGroup, startGroup, tooLong } from './process-group.ts';

interface Waiting {
  id: string;
  resolve(items: ExternalItem[]): void;
  reject(error: Error): void;
}

/** A program that answers queries line by line until its input ends. One question at a time. */
export class BatchProcess {
  private readonly command: Command;
  private readonly child: ChildProcess;
  private readonly closed: Promise<void>;
  private waiting: Waiting | undefined;
  private ended: Error | undefined;
  private rest = '';
  private stderr = '';
  private asked = 0;

  constructor(command: Command) {
    this.command = command;
    this.child = startGroup(command);
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => this.read(text));
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr = (this.stderr + text).slice(-10_000);
    });
    this.child.once('error', error => {
      this.ended ??= cannotStart(command, error);
    });
    this.closed = new Promise(resolve => {
      this.child.once('close', (code, signal) => {
        if (this.rest.trim() !== '') this.read('\n');
        this.ended ??= failed(command, { code, signal, stderr: this.stderr });
        this.waiting?.reject(this.ended);
        resolve();
      });
    });
  }

  /** Throws QuarryError `aborted`, Late, and `unreadable` when the program has ended or writes no JSON. */
  async ask(query: string, timeoutMs: number, signal: AbortSignal | undefined): Promise<ExternalItem[]> {
    if (this.ended) throw this.ended;
    const id = String(++this.asked);
    const stop = (error: QuarryError) => {
      this.ended ??= error;
      this.kill();
    };
    const onAbort = () => stop(new QuarryError('aborted', 'stopped'));
    signal?.addEventListener('abort', onAbort, { once: true });
    const timer = setTimeout(() => stop(tooLong(this.command, timeoutMs)), timeoutMs);
    try {
      return await new Promise((resolve, reject) => {
        this.waiting = { id, resolve, reject };
        this.child.stdin!.write(`${JSON.stringify({ id, query })}\n`);
      });
    } finally {
      this.waiting = undefined;
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  kill(): void {
    killGroup(this.child);
  }

  /** Ends the input and waits two seconds for the program to leave by itself. */
  async close(): Promise<void> {
    this.child.stdin!.end();
    const timer = setTimeout(() => this.kill(), 2000);
    await this.closed;
    clearTimeout(timer);
  }

  private read(text: string): void {
    this.rest += text;
    const lines = this.rest.split('\n');
    this.rest = lines.pop()!;
    for (const line of lines) if (line.trim() !== '') this.answer(line);
  }

  private answer(line: string): void {
    let data: unknown;
    try {
      data = JSON.parse(line);
    } catch {
      // Reported below.
    }
    const { id, results } = (data ?? {}) as { id?: unknown; results?: unknown };
    // An answer nobody waits for, or to another question, is a mistake that would shift all that follow.
    if (this.waiting && String(id) === this.waiting.id && Array.isArray(results)) {
      this.waiting.resolve(itemsOf(results));
      return;
    }
    this.ended ??= new QuarryError(
      'unreadable',
      `${this.command.words[0]}: not the answer to query ${this.waiting?.id ?? 'any'}: ${line.slice(0, 80)}`,
      'batch mode takes one {"id", "results"} line per query, in order',
    );
    this.kill();
  }
}
