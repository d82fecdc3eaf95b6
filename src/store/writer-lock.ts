// The writer's place of an index file: one process at a time has it, whoever dies loses it.

import { readFileSync, realpathSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Container } from './container.ts';

/** A process that writes. `since` is in milliseconds since the epoch. */
export interface Writer {
  pid: number;
  host: string;
  since: number;
}

/** The writer's row: besides, when its process started, and its last sign of life. */
interface WriterRow extends Writer {
  started: string;
  beat: number;
}

/** A writer on another machine counts as gone when it has not shown a sign of life for this long. */
const remoteTimeoutMs = 120_000;

/** Files that this process writes to: the row in the file cannot tell two updates of one process apart. */
const own: Map<WriterLock, { file: string; since: number }> = new Map();

/** Takes, shows and leaves the writer's place of one index file. */
export class WriterLock {
  private readonly container: Container;

  constructor(container: Container) {
    this.container = container;
  }

  /**
   * Takes the writer's place for this process, or returns who has it. A dead holder is replaced: its process is gone,
   * or its number now belongs to a process that started at another time.
   */
  take(): Writer | undefined {
    const file = realFile(this.container.file);
    for (const held of own.values()) {
      if (held.file === file) return { pid: process.pid, host: hostname(), since: held.since };
    }
    const holder = this.exclusive(() => {
      const held = this.row();
      const now = Date.now();
      const isMine = held?.pid === process.pid && held.host === hostname();
      if (held && !isMine && isAlive(held, now)) return writerOf(held);
      this.container
        .statement(
          'INSERT OR REPLACE INTO writer (id, pid, host, started, since, beat) VALUES (1, ?, ?, ?, ?, ?)',
        )
        .run(process.pid, hostname(), startOf(process.pid), now, now);
      return undefined;
    });
    if (!holder) own.set(this, { file, since: Date.now() });
    return holder;
  }

  /** Whoever holds the place and is alive. */
  holder(): Writer | undefined {
    const held = this.container.guarded(() => this.row());
    return held && isAlive(held, Date.now()) ? writerOf(held) : undefined;
  }

  /** The process that holds the place and is alive no more. */
  deadHolder(): number | undefined {
    const held = this.container.guarded(() => this.row());
    return held && !isAlive(held, Date.now()) ? held.pid : undefined;
  }

  /** Shows a sign of life, for writers on other machines that share the file. */
  beat(): void {
    this.exclusive(() =>
      this.container
        .statement('UPDATE writer SET beat = ? WHERE id = 1 AND pid = ?')
        .run(Date.now(), process.pid),
    );
  }

  leave(): void {
    own.delete(this);
    this.exclusive(() =>
      this.container.statement('DELETE FROM writer WHERE pid = ? AND host = ?').run(process.pid, hostname()),
    );
  }

  private row(): WriterRow | undefined {
    const sql = 'SELECT pid, host, started, since, beat FROM writer WHERE id = 1';
    return this.container.statement(sql).get() as unknown as WriterRow | undefined;
  }

  private exclusive<T>(work: () => T): T {
    return this.container.guarded(() => this.container.transaction('IMMEDIATE', work));
  }
}

function writerOf({ pid, host, since }: WriterRow): Writer {
  return { pid, host, since };
}

function realFile(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file; // Cleared by somebody while it is open here.
  }
}

function isAlive(held: WriterRow, now: number): boolean {
  if (held.host !== hostname()) return now - held.beat < remoteTimeoutMs;
  try {
    process.kill(held.pid, 0);
  } catch (error) {
    // EPERM: it lives, but belongs to somebody else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const started = startOf(held.pid);
  return started === '' || held.started === '' || started === held.started;
}

/** The time at which a process started, in the kernel's clock ticks; empty where the system does not tell. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
