import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type ErrorCode, QuarryError, throwIfAborted } from '../../../core/errors.ts';
import type { RerankCandidate } from '../../../core/reranker.ts';
import type { FromRerankWorker, RerankSetup, ToRerankWorker } from './messages.ts';

/** Scores of candidates in their order, and the probability that each is right. */
export interface RerankScores {
  scores: Float32Array;
  relevances: Float32Array;
}

/** Why there are no scores: the search goes on without them. */
export interface NoScores {
  reason: string;
}

/** Threads of the native runtime at most: twenty pairs are too little work for more. */
const mostThreads = 4;

/**
 * A cross-encoder in a worker thread, started when it is first needed and used by all searches of an index. It does not
 * keep the process alive. Whatever goes wrong in it costs a search its re-ranking, never its results.
 */
export class RerankClient {
  readonly directory: string;
  private worker: Worker | undefined;
  private next = 1;
  private readonly waiting: Map<number, (answer: RerankScores | NoScores) => void> = new Map();
  private broken: QuarryError | undefined;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Starts the thread and opens the model in it, for the first search to find it ready. */
  start(): void {
    if (this.worker || this.broken) return;
    // The same file as source (development, tests) and as JavaScript (the package).
    const file = import.meta.url.endsWith('.ts') ? './rerank-worker.ts' : './rerank-worker.js';
    const setup: RerankSetup = {
      directory: this.directory,
      threads: Math.min(mostThreads, availableParallelism()),
    };
    const worker = new Worker(new URL(file, import.meta.url), { workerData: setup });
    worker.unref();
    worker.on('message', (message: FromRerankWorker) => this.receive(message));
    worker.on('error', error => this.lose(worker, error.message));
    worker.on('exit', () => this.lose(worker, 'its thread ended'));
    this.worker = worker;
  }

  /**
   * Scores of candidates, or why there are none: the budget (milliseconds from now, opening the model included) is over,
   * the model cannot be used here, its thread died. Throws QuarryError `aborted`, and what opening a damaged model throws.
   */
  async score(
    query: string,
    candidates: readonly RerankCandidate[],
    budgetMs: number,
    signal?: AbortSignal,
  ): Promise<RerankScores | NoScores> {
    throwIfAborted(signal);
    if (budgetMs <= 0) return { reason: overBudget(budgetMs) };
    this.start();
    const { worker } = this;
    if (!worker) return this.without();
    const id = this.next++;
    const { promise, resolve, reject } = Promise.withResolvers<RerankScores | NoScores>();
    const give = (message: ToRerankWorker) => worker.postMessage(message);
    const cancel = () => give({ type: 'cancel', id });
    const timer = setTimeout(() => {
      cancel();
      resolve({ reason: overBudget(budgetMs) });
    }, budgetMs);
    const stop = () => {
      cancel();
      reject(new QuarryError('aborted', 'stopped', undefined, { cause: signal?.reason }));
    };
    signal?.addEventListener('abort', stop, { once: true });
    this.waiting.set(id, resolve);
    worker.ref();
    give({ type: 'score', id, query, candidates });
    try {
      const answer = await promise;
      return 'reason' in answer && this.broken ? this.without() : answer;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      this.waiting.delete(id);
      if (this.waiting.size === 0) worker.unref();
    }
  }

  async close(): Promise<void> {
    const { worker } = this;
    this.worker = undefined;
    worker?.removeAllListeners();
    await worker?.terminate();
    this.answerAll('the index was closed');
  }

  private receive(message: FromRerankWorker): void {
    switch (message.type) {
      case 'scored':
        this.waiting.get(message.id)?.({ scores: message.scores, relevances: message.relevances });
        break;
      case 'error':
        this.waiting.get(message.id)?.({ reason: message.message });
        break;
      case 'failed':
        this.broken = new QuarryError(message.code as ErrorCode, message.message, message.hint);
        void this.close();
        break;
      case 'ready':
        break;
    }
  }

  /** The next search starts another thread. */
  private lose(worker: Worker, why: string): void {
    if (this.worker !== worker) return;
    this.worker = undefined;
    this.answerAll(why);
  }

  private answerAll(reason: string): void {
    for (const resolve of this.waiting.values()) resolve({ reason });
  }

  /** A platform without binaries is no fault of the model's; a damaged model is to be known. */
  private without(): NoScores {
    const { broken } = this;
    if (broken && broken.code !== 'unsupported') throw broken;
    return { reason: broken?.message ?? 'the re-ranker cannot be started' };
  }
}

function overBudget(ms: number): string {
  return `it was not done within ${ms} ms`;
}
