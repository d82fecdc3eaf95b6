import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { QuarryError } from '../core/errors.ts';

/** Who serves an index. `url` is missing until it listens. */
interface Running {
  instance: string;
  pid: number;
  host: string;
  url?: string;
}

/** A process that lives but has not said where it listens is believed for this long. */
const startsWithinMs = 30_000;

/**
 * The file beside an index that says where it is served, so that all agents and editors of a machine share one process.
 * Made in one step: of two that start at once, one gets it.
 */
export class RunningFile {
  private readonly file: string;
  private readonly mine: Running = { instance: randomUUID(), pid: process.pid, host: hostname() };

  constructor(indexFile: string) {
    this.file = `${indexFile}.serve.json`;
  }

  /** Tells one server from another. */
  get instance(): string {
    return this.mine.instance;
  }

  /** Throws QuarryError `busy` that says where the index is served already. */
  async take(): Promise<void> {
    for (let attempt = 0; attempt < 5; attempt++) {
      if (this.link()) return;
      const other = this.read();
      if (other && (await this.isAlive(other))) throw runsAlready(other);
      rmSync(this.file, { force: true });
    }
    throw new QuarryError('busy', `${this.file} changes all the time`, 'start one server at a time');
  }

  /** Says where this process listens. */
  tell(url: string): void {
    this.mine.url = url;
    const beside = `${this.file}.${process.pid}.tmp`;
    writeFileSync(beside, `${JSON.stringify(this.mine)}\n`, { mode: 0o600 });
    renameSync(beside, this.file);
  }

  leave(): void {
    if (this.read()?.instance === this.mine.instance) rmSync(this.file, { force: true });
  }

  private link(): boolean {
    const beside = `${this.file}.${process.pid}.tmp`;
    writeFileSync(beside, `${JSON.stringify(this.mine)}\n`, { mode: 0o600 });
    try {
      linkSync(beside, this.file);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw new QuarryError('unreadable', `cannot write ${this.file}`, 'check permissions', { cause: error });
    } finally {
      rmSync(beside, { force: true });
    }
  }

  private read(): Running | undefined {
    try {
      const found = JSON.parse(readFileSync(this.file, 'utf8')) as Partial<Running>;
      if (typeof found.pid === 'number' && typeof found.instance === 'string') return found as Running;
    } catch {
      // Gone, or damaged: nobody's.
    }
    return undefined;
  }

  /** Numbers of processes are used again: who lives must also answer where it says. */
  private async isAlive({ pid, host, url, instance }: Running): Promise<boolean> {
    if (host === hostname() && !processLives(pid)) return false;
    if (url === undefined) {
      const age = Date.now() - (statSync(this.file, { throwIfNoEntry: false })?.mtimeMs ?? 0);
      return age < startsWithinMs;
    }
    try {
      const answer = await fetch(new URL('/healthz', url), { signal: AbortSignal.timeout(2000) });
      const { instance: found } = (await answer.json()) as { instance?: unknown };
      return found === instance;
    } catch {
      return false;
    }
  }
}

function processLives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, but belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function runsAlready({ pid, url, host }: Running): QuarryError {
  const where = url === undefined ? 'is just starting' : `listens at ${url}`;
  const who = host === hostname() ? `process ${pid}` : `process ${pid} on ${host}`;
  return new QuarryError(
    'busy',
    `this index is served already: ${who} ${where}`,
    'use that one, or stop it first',
  );
}
