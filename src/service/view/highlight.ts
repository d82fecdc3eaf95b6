import { hash } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { QuarryError, throwIfAborted } from '../../core/errors.ts';
import type { Token } from '../api.ts';
import { LruCache } from '../lru.ts';

export interface HighlightRequest {
  id: number;
  /** Of shiki. */
  language: string;
  lines: string[];
  /** Lines at the beginning that are only there so that the others are understood. */
  skip: number;
}

export interface HighlightAnswer {
  id: number;
  tokens: Token[][] | undefined;
}

/** Most characters that are coloured in one piece; more is left plain. */
const mostCharacters = 400_000;

/** Coloured tokens kept: some 100 bytes each. */
const cachedTokens = 200_000;

/** Longer than any grammar takes; then the thread is replaced. */
const patienceMs = 10_000;

/** Colours code, in a worker thread that is started when it is first needed and does not keep the process alive. */
export class Highlighter {
  private worker: Worker | undefined;
  private next = 1;
  private readonly waiting: Map<number, (tokens: Token[][] | undefined) => void> = new Map();
  private readonly cache: LruCache<string, Token[][]> = new LruCache(cachedTokens, tokens =>
    tokens.reduce((sum, line) => sum + line.length, 1),
  );

  /**
   * Tokens of `lines` without the first `skip`, or undefined where the language has no grammar or the text is too long.
   * `path` tells dialects apart. Throws QuarryError `aborted`.
   */
  async tokens(
    language: string,
    path: string,
    lines: string[],
    skip: number,
    signal?: AbortSignal,
  ): Promise<Token[][] | undefined> {
    throwIfAborted(signal);
    const grammar = grammarOf(language, path);
    if (grammar === undefined || lines.length <= skip) return undefined;
    if (lines.reduce((sum, line) => sum + line.length + 1, 0) > mostCharacters) return undefined;
    const key = hash('sha256', `${grammar}\0${skip}\0${lines.join('\n')}`, 'base64');
    const known = this.cache.get(key);
    if (known) return known;
    const found = await this.ask({ id: this.next++, language: grammar, lines, skip }, signal);
    // A grammar may give up on a line: no tokens are better than others than the text.
    const isWhole = found?.every((line, i) => line.map(({ text }) => text).join('') === lines[skip + i]);
    if (!found || !isWhole) return undefined;
    this.cache.set(key, found);
    return found;
  }

  /** Drops what is cached. */
  shed(): void {
    this.cache.clear();
  }

  async close(): Promise<void> {
    const { worker } = this;
    this.worker = undefined;
    await worker?.terminate();
    this.answerAll();
  }

  private async ask(
    request: HighlightRequest,
    signal: AbortSignal | undefined,
  ): Promise<Token[][] | undefined> {
    const worker = (this.worker ??= this.start());
    const { promise, resolve, reject } = Promise.withResolvers<Token[][] | undefined>();
    const stop = () => reject(new QuarryError('aborted', 'stopped', undefined, { cause: signal?.reason }));
    signal?.addEventListener('abort', stop, { once: true });
    const timer = setTimeout(() => void this.close(), patienceMs);
    this.waiting.set(request.id, resolve);
    worker.ref();
    worker.postMessage(request);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      this.waiting.delete(request.id);
      if (this.waiting.size === 0) worker.unref();
    }
  }

  private start(): Worker {
    // The same file as source (development, tests) and as JavaScript (the package).
    const file = import.meta.url.endsWith('.ts') ? './highlight-worker.ts' : './highlight-worker.js';
    const worker = new Worker(new URL(file, import.meta.url));
    worker.on('message', ({ id, tokens }: HighlightAnswer) => this.waiting.get(id)?.(tokens));
    const lose = () => {
      if (this.worker !== worker) return;
      this.worker = undefined;
      this.answerAll();
    };
    worker.on('error', lose);
    worker.on('exit', lose);
    return worker;
  }

  private answerAll(): void {
    for (const resolve of this.waiting.values()) resolve(undefined);
  }
}

/** Ids of languages are those of shiki but for dialects. */
function grammarOf(language: string, path: string): string | undefined {
  if (language === 'text') return undefined;
  if (language === 'javascript' && path.endsWith('.jsx')) return 'jsx';
  return language;
}
