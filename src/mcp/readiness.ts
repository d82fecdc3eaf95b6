import { setTimeout as sleep } from 'node:timers/promises';
import type { Service, StatusAnswer } from '../service/api.ts';

export interface ReadinessOptions {
  /** Milliseconds after which the tree is looked at again before an answer; undefined where somebody else keeps the index fresh. */
  refreshMs?: number | undefined;
  /** Milliseconds an answer waits for such a look; what it finds later counts for the next answer. Default 1000. */
  refreshWaitMs?: number;
  /** Milliseconds the first answer waits for an index that holds nothing yet. Default 20 000. */
  patienceMs?: number;
}

const pollMs = 200;

/** Tells whoever waits how far indexing is. */
export type Tell = (status: StatusAnswer) => void;

/**
 * Keeps the index of a service as new as answers need it, without making them wait for long: an answer from an index that is some
 * seconds old is better than none.
 */
export class Readiness {
  private readonly service: Service;
  private readonly refreshMs: number | undefined;
  private readonly refreshWaitMs: number;
  private readonly patienceMs: number;
  private update: Promise<void> | undefined;
  private updateBegun = 0;
  private updateEnded = Number.NEGATIVE_INFINITY;
  /** Something was searchable once: no answer waits long any more. */
  private isFilled = false;
  private problem: Error | undefined;

  constructor(service: Service, options: ReadinessOptions = {}) {
    this.service = service;
    this.refreshMs = options.refreshMs;
    this.refreshWaitMs = options.refreshWaitMs ?? 1000;
    this.patienceMs = options.patienceMs ?? 20_000;
  }

  /** Why the last update did not succeed; undefined if it did. */
  get updateError(): Error | undefined {
    return this.problem;
  }

  /** Begins an update unless one runs. */
  start(): void {
    if (this.update) return;
    this.updateBegun = performance.now();
    this.update = this.service
      .update({ wait: true })
      .then(
        () => {
          this.problem = undefined;
        },
        (error: unknown) => {
          this.problem = error instanceof Error ? error : new Error(String(error));
        },
      )
      .finally(() => {
        this.update = undefined;
        this.updateEnded = performance.now();
      });
  }

  /** Comes back when an answer should be made, however far the index is by then. Throws the signal's reason when it fires. */
  async ready(signal: AbortSignal, tell?: Tell): Promise<void> {
    const { refreshMs } = this;
    if (refreshMs !== undefined && performance.now() - this.updateEnded > refreshMs) this.start();
    if (!this.isFilled) await this.fill(signal, tell);
    // A long update was waited for by those who came first.
    const left = this.refreshWaitMs - (performance.now() - this.updateBegun);
    if (this.update && left > 0) await this.waitFor(this.update, left, signal);
  }

  /** Waits until something can be searched, nothing is being done about it, or patience ends. */
  private async fill(signal: AbortSignal, tell: Tell | undefined): Promise<void> {
    const until = performance.now() + this.patienceMs;
    for (;;) {
      const status = await this.service.status(signal);
      if (status.index.files > 0) {
        this.isFilled = true;
        return;
      }
      const { state } = status.index;
      if (!this.update && state !== 'indexing') return;
      tell?.(status);
      const left = until - performance.now();
      if (left <= 0) return;
      const pause = Math.min(pollMs, left);
      if (this.update) await this.waitFor(this.update, pause, signal);
      else await sleep(pause, undefined, { signal });
    }
  }

  private async waitFor(work: Promise<void>, ms: number, signal: AbortSignal): Promise<void> {
    const stop = new AbortController();
    const either = AbortSignal.any([signal, stop.signal]);
    try {
      await Promise.race([work, sleep(ms, undefined, { signal: either })]);
    } finally {
      stop.abort();
    }
  }
}

/** One line on an index that is not complete yet; undefined when it is. */
export function indexingNote(status: StatusAnswer): string | undefined {
  const { index, update } = status;
  if (index.state !== 'indexing' && !(index.state === 'empty' && update)) return undefined;
  const files = index.files.toLocaleString('en');
  const part =
    index.files > 0
      ? 'this is from what is there so far'
      : 'nothing is searchable yet: ask again in some seconds';
  if (update && update.total > 0)
    return `still indexing (${update.phase}: ${update.done.toLocaleString('en')} of ${update.total.toLocaleString('en')} files); ${part}`;
  if (index.progress !== undefined)
    return `still indexing (${Math.floor(index.progress * 100)} %, ${files} files searchable); ${part}`;
  return `still indexing (${files} files searchable); ${part}`;
}
