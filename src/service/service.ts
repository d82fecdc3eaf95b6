import { QuarryError, throwIfAborted } from '../core/errors.ts';
import type { IndexStatus } from '../core/progress.ts';
import type { SearchResult } from '../core/search.ts';
import type { CodeIndex } from '../engine/code-index.ts';
import type {
  FileAnswer,
  FileRequest,
  IndexState,
  RelatedRequest,
  SearchAnswer,
  SearchRequest,
  Service,
  StatusAnswer,
  SymbolAnswer,
  SymbolRequest,
} from './api.ts';
import { cursorOf, readCursor } from './cursor.ts';
import { indexState } from './index-state.ts';
import { LruCache } from './lru.ts';
import { RequestQueue } from './request-queue.ts';
import { checkedFile, checkedRelated, checkedSearch, checkedSymbols, type FullSearch } from './requests.ts';
import { type ServedIndex, servedIndex } from './served-index.ts';
import { statusAnswer } from './status-answer.ts';
import { type RunUpdate, type UpdateOutcome, Updates } from './updating/updates.ts';
import { fileView } from './view/file-view.ts';
import { type FoundPage, pageOf } from './view/found-pages.ts';
import { Highlighter } from './view/highlight.ts';
import { cut, placeOf, type ViewOptions, viewOf } from './view/hit-view.ts';
import { wordTest } from './view/snippet.ts';

/** Parts of a request that are timed. */
export type Stage = 'queue' | 'search' | 'rerank' | 'snippets';

/** What a server counts. All optional. */
export interface ServiceObserver {
  stage?: (stage: Stage, ms: number) => void;
  cache?: (isHit: boolean) => void;
  update?: (outcome: UpdateOutcome, ms: number) => void;
}

export interface ServiceOptions {
  /** An index, or a way to open it. The service closes it. */
  index: CodeIndex | (() => Promise<CodeIndex>);
  /** Of the package. */
  version: string;
  /** How the index is brought up to date; default: by itself, in this thread. */
  update?: RunUpdate;
  /** Searches at a time. Default 4: more than one, as some wait for a re-ranker or for a thread that looks into files. */
  parallel?: number;
  /** Requests that may wait for their turn; one more is `busy`. Default 64. */
  waiting?: number;
  /** Answers of the engine that are kept, for pages, and for what is asked again. Default 200; 0 for none. */
  cachedSearches?: number;
  observer?: ServiceObserver;
}

/** What the process that runs a service sees of it besides what clients do. */
export interface LocalService extends Service {
  /** Requests that are being answered, and that wait. */
  readonly load: { running: number; waiting: number };
  /** Cheap: no look at the model. */
  state(): Promise<{ index: IndexState; generation: number; updatedAt: number | undefined }>;
  /** Drops all caches. */
  shed(): void;
  /** Stops the update that runs; what it has done is kept. The status says why. */
  stopUpdates(reason: string): void;
}

/** Opens a service over one index. Throws as opening the index does. */
export async function openService(options: ServiceOptions): Promise<LocalService> {
  const index = typeof options.index === 'function' ? await options.index() : options.index;
  return new IndexService(servedIndex(index, options.update), options);
}

class IndexService implements LocalService {
  private readonly index: ServedIndex;
  private readonly version: string;
  private readonly observer: ServiceObserver;
  private readonly queue: RequestQueue;
  private readonly updates: Updates;
  private readonly highlighter: Highlighter = new Highlighter();
  private readonly kept: LruCache<string, SearchResult>;
  private counted: Promise<IndexStatus> | undefined;
  private countedAt = -1;
  private closing: Promise<void> | undefined;

  constructor(index: ServedIndex, options: ServiceOptions) {
    this.index = index;
    this.version = options.version;
    this.observer = options.observer ?? {};
    this.queue = new RequestQueue({ parallel: options.parallel ?? 4, waiting: options.waiting ?? 64 });
    // By hits: an answer with 1000 files is worth 100 with 10.
    this.kept = new LruCache((options.cachedSearches ?? 200) * 10, ({ hits }) => hits.length + 1);
    this.updates = new Updates(index.update, (outcome, ms) => this.observer.update?.(outcome, ms));
  }

  get load(): { running: number; waiting: number } {
    return { running: this.queue.running, waiting: this.queue.length };
  }

  async search(request: SearchRequest, signal?: AbortSignal): Promise<SearchAnswer> {
    const asked = checkedSearch(request);
    return this.inTurn(signal, async () => {
      const begun = performance.now();
      const { limit, perFile, mode, rerank } = asked;
      const scope = { query: asked.query, options: { limit, perFile, mode, rerank } };
      const position = asked.cursor === undefined ? undefined : readCursor(scope, asked.cursor);
      if (position && position.generation !== this.index.generation()) throw changed();
      const offset = position?.offset ?? 0;
      const page = await pageOf(asked, offset, async (files, top) => this.find(asked, files, top, signal));
      const { first } = page;
      if (position && position.generation !== first.generation) throw changed();
      const test = wordTest(first.words, first.ignoredWords);
      return this.answer(
        page,
        {
          snippetLines: asked.snippetLines,
          highlight: asked.highlight ?? false,
          explain: asked.explain ?? false,
          test,
        },
        page.hasMore
          ? cursorOf(scope, { generation: first.generation, offset: offset + page.hits.length })
          : undefined,
        begun,
        signal,
      );
    });
  }

  async related(request: RelatedRequest, signal?: AbortSignal): Promise<SearchAnswer> {
    const { path, line, limit, sameFile, snippetLines, highlight } = checkedRelated(request);
    return this.inTurn(signal, async () => {
      const begun = performance.now();
      const options = { limit, sameFile, ...(signal ? { signal } : {}) };
      const first = await this.timed('search', async () => this.index.related(path, line, options));
      const page = { first, hits: first.hits, hasMore: false };
      const view = { snippetLines, highlight, explain: false, test: undefined };
      return this.answer(page, view, undefined, begun, signal);
    });
  }

  async symbols(request: SymbolRequest, signal?: AbortSignal): Promise<SymbolAnswer> {
    const { name, find, limit } = checkedSymbols(request);
    return this.inTurn(signal, async () => {
      const begun = performance.now();
      const options = { find, limit, ...(signal ? { signal } : {}) };
      const found = await this.timed('search', async () => this.index.symbols(name, options));
      const texts = await this.index.texts([...new Set(found.definitions.map(({ path }) => path))]);
      const definitions: SymbolAnswer['definitions'] = [];
      for (const hit of found.definitions) {
        const view = { snippetLines: 0, highlight: false, explain: false, test: undefined };
        const { signature } = await viewOf(hit, texts.get(hit.path), view, this.highlighter, signal);
        definitions.push({ path: hit.path, ...placeOf(hit), language: hit.language, signature });
      }
      const references = found.references.map(one => ({ ...one, text: cut(one.text) }));
      return { name, definitions, references, truncated: found.truncated, tookMs: since(begun) };
    });
  }

  async file(request: FileRequest, signal?: AbortSignal): Promise<FileAnswer> {
    const asked = checkedFile(request);
    return this.inTurn(signal, async () => {
      const file = this.index.file(asked.path);
      if (!file)
        throw new QuarryError(
          'not-found',
          `there is no file ${JSON.stringify(cut(asked.path))} in the index`,
          'paths are as in results, with / and upper and lower case as they are',
        );
      return fileView(file, asked, this.highlighter, signal);
    });
  }

  async status(signal?: AbortSignal): Promise<StatusAnswer> {
    throwIfAborted(signal);
    this.throwIfClosing();
    const status = await this.index.status();
    return statusAnswer(status, this.updates, this.version);
  }

  async state(): Promise<{ index: IndexState; generation: number; updatedAt: number | undefined }> {
    const { generation, status } = await this.counts();
    return { index: indexState(status, this.updates), generation, updatedAt: status.updatedAt };
  }

  async update(options: { wait?: boolean; signal?: AbortSignal } = {}): Promise<IndexState> {
    this.throwIfClosing();
    const asked = this.updates.request(options.wait === false ? undefined : options.signal);
    if (options.wait === false) asked.catch(() => undefined);
    else await asked;
    return (await this.state()).index;
  }

  shed(): void {
    this.kept.clear();
    this.highlighter.shed();
  }

  stopUpdates(reason: string): void {
    this.updates.interrupt(reason);
  }

  async close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  private async end(): Promise<void> {
    const ended = this.updates.close();
    await this.queue.drained();
    await ended;
    await this.highlighter.close();
    this.index.close();
  }

  private throwIfClosing(): void {
    if (this.closing) throw new QuarryError('busy', 'the service is closing', 'try again in a second');
  }

  private async inTurn<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    this.throwIfClosing();
    const asked = performance.now();
    return this.queue.run(async () => {
      this.observer.stage?.('queue', performance.now() - asked);
      throwIfAborted(signal);
      return work();
    }, signal);
  }

  private async timed<T>(stage: Stage, work: () => Promise<T>): Promise<T> {
    const begun = performance.now();
    const value = await work();
    this.observer.stage?.(stage, performance.now() - begun);
    return value;
  }

  /** A search of the engine; the same one again is answered from memory while neither the index nor the files change. */
  private async find(
    asked: FullSearch,
    files: number,
    rerank: number | false | undefined,
    signal: AbortSignal | undefined,
  ): Promise<SearchResult> {
    const { query, perFile, mode } = asked;
    const key = JSON.stringify([query, perFile, mode, files, rerank]);
    const known = this.kept.get(key);
    const isCurrent = known !== undefined && this.isCurrent(known);
    this.observer.cache?.(isCurrent);
    if (isCurrent) return known;
    const begun = performance.now();
    const result = await this.index.search(query, {
      limit: files,
      perFile,
      ...(mode ? { mode } : {}),
      ...(rerank === undefined ? {} : { rerank }),
      ...(signal ? { signal } : {}),
    });
    const took = performance.now() - begun;
    const reranked = result.rerank?.tookMs ?? 0;
    this.observer.stage?.('search', took - reranked);
    if (result.rerank) this.observer.stage?.('rerank', reranked);
    // An order that came about because time was short is not the one to keep.
    if (!result.rerank || result.rerank.used) this.kept.set(key, result);
    return result;
  }

  /** Whether a search would find the same: the same index, and the same files changed since. */
  private isCurrent({ generation, hits }: SearchResult): boolean {
    if (generation !== this.index.generation()) return false;
    const isFresh = this.index.freshness();
    return hits.every(({ path, stale }) => isFresh(path) !== stale);
  }

  private async answer(
    { first, hits }: FoundPage,
    view: ViewOptions,
    cursor: string | undefined,
    begun: number,
    signal: AbortSignal | undefined,
  ): Promise<SearchAnswer> {
    const views = await this.timed('snippets', async () => {
      const texts = await this.index.texts(hits.map(({ path }) => path));
      return Promise.all(
        hits.map(async hit => viewOf(hit, texts.get(hit.path), view, this.highlighter, signal)),
      );
    });
    throwIfAborted(signal);
    const { index } = await this.state();
    const { query, total, confidence, generation, unknownWords, rerank, notes } = first;
    return {
      query,
      hits: views,
      total,
      ...(cursor === undefined ? {} : { cursor }),
      confidence,
      generation,
      tookMs: since(begun),
      unknownWords,
      ...(rerank ? { rerank } : {}),
      notes: [...notes, ...notesOf(index)],
      index,
    };
  }

  /** Counts of the newest generation, made once for each. */
  private async counts(): Promise<{ generation: number; status: IndexStatus }> {
    const generation = this.index.generation();
    if (!this.counted || this.countedAt !== generation) {
      this.countedAt = generation;
      this.counted = this.index.status({ model: false });
      this.counted.catch(() => {
        this.counted = undefined;
      });
    }
    return { generation, status: await this.counted };
  }
}

function changed(): QuarryError {
  return new QuarryError(
    'usage',
    'the index has changed since the cursor was given',
    'search again without one',
  );
}

function notesOf({ state, progress }: IndexState): string[] {
  if (state === 'indexing')
    return [`still indexing (${Math.round((progress ?? 0) * 100)} %): what is not read yet is not found`];
  if (state === 'empty') return ['the index is empty'];
  if (state === 'failed') return ['the last update failed: see the status'];
  return [];
}

function since(begun: number): number {
  return Math.round((performance.now() - begun) * 1000) / 1000;
}
