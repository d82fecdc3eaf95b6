import { QuarryError, throwIfAborted } from '../core/errors.ts';

interface Waiting {
  start: () => void;
}

/**
 * Lets so many pieces of work run at a time; others wait in the order they came, up to a bound. Searches share one event
 * loop: more of them at a time would only make each of them slower.
 */
export class RequestQueue {
  private readonly most: number;
  private readonly bound: number;
  private readonly waiting: Set<Waiting> = new Set();
  private active = 0;
  private idle: Array<() => void> = [];

  constructor(options: { parallel: number; waiting: number }) {
    this.most = options.parallel;
    this.bound = options.waiting;
  }

  get running(): number {
    return this.active;
  }

  get length(): number {
    return this.waiting.size;
  }

  /** Throws QuarryError `busy` if too many wait already, `aborted` if the signal fires before it is this one's turn. */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    throwIfAborted(signal);
    if (this.active >= this.most) await this.turn(signal);
    else this.active++;
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  /** Comes back when nothing runs and nothing waits. */
  async drained(): Promise<void> {
    if (this.active === 0) return;
    await new Promise<void>(resolve => {
      this.idle.push(resolve);
    });
  }

  private async turn(signal: AbortSignal | undefined): Promise<void> {
    if (this.waiting.size >= this.bound)
      throw new QuarryError('busy', `${this.waiting.size} requests wait already`, 'try again in a second');
    await new Promise<void>((resolve, reject) => {
      const stop = () => {
        this.waiting.delete(entry);
        reject(new QuarryError('aborted', 'stopped', undefined, { cause: signal?.reason }));
      };
      const entry: Waiting = {
        start: () => {
          signal?.removeEventListener('abort', stop);
          resolve();
        },
      };
      signal?.addEventListener('abort', stop, { once: true });
      this.waiting.add(entry);
    });
  }

  /** Hands the place on, so that nobody who comes just now gets in before those who wait. */
  private leave(): void {
    const [next] = this.waiting;
    if (next) {
      this.waiting.delete(next);
      next.start();
      return;
    }
    this.active--;
    if (this.active > 0) return;
    const { idle } = this;
    this.idle = [];
    for (const resolve of idle) resolve();
  }
}
