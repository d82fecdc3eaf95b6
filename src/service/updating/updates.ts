import { QuarryError, throwIfAborted } from '../../core/errors.ts';
import type { UpdateProgress, UpdateReport } from '../../core/progress.ts';

/** Brings an index up to date. What is done is kept when the signal fires. */
export type RunUpdate = (options: {
  signal: AbortSignal;
  onProgress: (progress: UpdateProgress) => void;
}) => Promise<UpdateReport>;

/** How an update ended. */
export type UpdateOutcome = 'done' | 'aborted' | 'failed';

/**
 * Updates one at a time. Who asks while one runs may be interested in a file it has passed already, so that one more is
 * done after it – one for all who ask meanwhile.
 */
export class Updates {
  private readonly run: RunUpdate;
  private readonly onEnd: (outcome: UpdateOutcome, ms: number) => void;
  private readonly stop: AbortController = new AbortController();
  private current: AbortController | undefined;
  private running: Promise<UpdateReport> | undefined;
  private next: Promise<UpdateReport> | undefined;
  private at: UpdateProgress | undefined;
  private problem: Error | undefined;
  private ended = false;

  constructor(run: RunUpdate, onEnd: (outcome: UpdateOutcome, ms: number) => void) {
    this.run = run;
    this.onEnd = onEnd;
  }

  get isRunning(): boolean {
    return this.running !== undefined;
  }

  /** Of the update that runs. */
  get progress(): UpdateProgress | undefined {
    return this.at;
  }

  /** Updates that wait: 0 or 1. */
  get queued(): number {
    return this.next ? 1 : 0;
  }

  /** Why the last update failed; undefined if it did not. */
  get failure(): Error | undefined {
    return this.problem;
  }

  /** Whether any update has ended well since the start. */
  get hasEnded(): boolean {
    return this.ended;
  }

  /** Asks for an update that begins now or later. Throws what it throws. The signal ends the waiting, not the update. */
  async request(signal?: AbortSignal): Promise<UpdateReport> {
    throwIfAborted(signal);
    if (this.stop.signal.aborted) throw new QuarryError('aborted', 'the service is closing');
    let asked: Promise<UpdateReport>;
    if (!this.running) asked = this.start();
    else {
      this.next ??= this.running.then(
        async () => this.start(),
        async () => this.start(),
      );
      this.next.catch(() => undefined);
      asked = this.next;
    }
    return signal ? unlessAborted(asked, signal) : asked;
  }

  /** Stops the update that runs; the one that waits begins. */
  interrupt(reason: string): void {
    if (!this.current || this.current.signal.aborted) return;
    this.problem = new Error(`it was stopped: ${reason}`);
    this.current.abort();
  }

  async close(): Promise<void> {
    this.stop.abort();
    await Promise.allSettled([this.running, this.next]);
  }

  private start(): Promise<UpdateReport> {
    this.next = undefined;
    const running = this.once().finally(() => {
      this.running = undefined;
      this.at = undefined;
    });
    running.catch(() => undefined);
    this.running = running;
    return running;
  }

  private async once(): Promise<UpdateReport> {
    const begun = performance.now();
    this.current = new AbortController();
    const signal = AbortSignal.any([this.stop.signal, this.current.signal]);
    try {
      throwIfAborted(signal);
      const report = await this.run({
        signal,
        onProgress: progress => {
          this.at = { ...progress };
        },
      });
      if (!signal.aborted) this.problem = undefined;
      this.ended ||= !report.aborted;
      this.onEnd(report.aborted ? 'aborted' : 'done', performance.now() - begun);
      return report;
    } catch (error) {
      if (!signal.aborted) this.problem = error instanceof Error ? error : new Error(String(error));
      this.onEnd(signal.aborted ? 'aborted' : 'failed', performance.now() - begun);
      throw error;
    } finally {
      this.current = undefined;
    }
  }
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(new QuarryError('aborted', 'stopped', undefined, { cause: signal.reason }));
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
