import type { SearchAnswer, SearchHit, SearchRequest } from '../../../src/service/api.ts';
import { Problem } from '../api/client.ts';

/** Everything the results show. The answer stays while the next one is on its way. */
export interface Shown {
  /** The newest answer, and the request it answers. */
  answer?: SearchAnswer;
  request?: SearchRequest;
  /** Hits of all pages of it. */
  hits: readonly SearchHit[];
  pages: number;
  /** Why the newest request has no answer. */
  problem?: Problem;
  isPending: boolean;
  isLoadingMore: boolean;
}

type Ask = (request: SearchRequest, signal: AbortSignal) => Promise<SearchAnswer>;

const nothing: Shown = { hits: [], pages: 0, isPending: false, isLoadingMore: false };

/**
 * Searches as one types: a key after a pause asks at once, keys that follow fast ask together; a request that is superseded is
 * aborted, and an answer is shown only if no later request has been sent.
 */
export class SearchSession {
  shown: Shown = nothing;
  private readonly ask: Ask;
  private readonly changed: (shown: Shown) => void;
  private readonly delayMs: number;
  private sentAt = Number.NEGATIVE_INFINITY;
  private wanted: SearchRequest | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private controller: AbortController | undefined;

  constructor(ask: Ask, changed: (shown: Shown) => void, delayMs = 60) {
    this.ask = ask;
    this.changed = changed;
    this.delayMs = delayMs;
  }

  /** What is to be shown from now on; undefined: nothing. */
  want(request: SearchRequest | undefined): void {
    if (request && JSON.stringify(request) === JSON.stringify(this.wanted)) return;
    this.wanted = request;
    clearTimeout(this.timer);
    this.timer = undefined;
    if (!request) {
      this.controller?.abort();
      this.show(nothing);
      return;
    }
    this.show({ ...this.shown, isPending: true });
    const wait = this.sentAt + this.delayMs - performance.now();
    if (wait <= 0) void this.send(request);
    else this.timer = setTimeout(() => void this.send(request), wait);
  }

  /** Does not wait for further keys. */
  hurry(): void {
    if (this.timer === undefined || !this.wanted) return;
    clearTimeout(this.timer);
    void this.send(this.wanted);
  }

  /** Asks once more for what is wanted, as after a failure or when the index has changed. */
  again(): void {
    if (!this.wanted || this.timer !== undefined) return;
    this.show({ ...this.shown, isPending: true });
    void this.send(this.wanted);
  }

  /** The next page of what is shown. */
  async more(): Promise<void> {
    const { answer, request, hits, pages, isLoadingMore, isPending } = this.shown;
    if (!answer?.cursor || !request || isLoadingMore || isPending) return;
    const controller = this.controller!;
    this.show({ ...this.shown, isLoadingMore: true });
    try {
      const next = await this.ask({ ...request, cursor: answer.cursor }, controller.signal);
      if (controller !== this.controller) return;
      const known = new Set(hits.map(keyOf));
      const { cursor: _, ...rest } = answer;
      this.show({
        ...this.shown,
        answer: { ...rest, ...(next.cursor !== undefined && { cursor: next.cursor }) },
        hits: [...hits, ...next.hits.filter(hit => !known.has(keyOf(hit)))],
        pages: pages + 1,
        isLoadingMore: false,
      });
    } catch (error) {
      if (controller !== this.controller || controller.signal.aborted) return;
      this.show({ ...this.shown, isLoadingMore: false, problem: problemOf(error) });
    }
  }

  close(): void {
    clearTimeout(this.timer);
    this.controller?.abort();
  }

  private async send(request: SearchRequest): Promise<void> {
    this.timer = undefined;
    this.sentAt = performance.now();
    this.controller?.abort();
    const controller = new AbortController();
    this.controller = controller;
    try {
      const answer = await this.ask(request, controller.signal);
      // The server may have answered before it heard of the abort.
      if (controller !== this.controller || controller.signal.aborted) return;
      this.show({
        answer,
        request,
        hits: answer.hits,
        pages: 1,
        isPending: this.timer !== undefined,
        isLoadingMore: false,
      });
    } catch (error) {
      if (controller !== this.controller || controller.signal.aborted) return;
      const { problem: _, ...rest } = this.shown;
      this.show({
        ...rest,
        problem: problemOf(error),
        isPending: this.timer !== undefined,
        isLoadingMore: false,
      });
    }
  }

  private show(shown: Shown): void {
    this.shown = shown;
    this.changed(shown);
  }
}

/** Tells hits of one list apart. */
export function keyOf(hit: { path: string; firstLine: number; symbol: string }): string {
  return `${hit.path}:${hit.firstLine}:${hit.symbol}`;
}

function problemOf(error: unknown): Problem {
  return error instanceof Problem
    ? error
    : new Problem(0, error instanceof Error ? error.message : String(error));
}
