// An open index: everything that a program can do with it.

import { hash as digest } from 'node:crypto';
import { dirname } from 'node:path';
import { QuarryError } from '../core/errors.ts';
import type { IndexStatus, UpdateProgress, UpdateReport } from '../core/progress.ts';
import type {
  Hit,
  IndexedFile,
  RelatedOptions,
  Searcher,
  SearchOptions,
  SearchResult,
  SymbolOptions,
  SymbolResult,
} from '../core/search.ts';
import type { CodeUnit } from '../core/unit.ts';
import { defaultMaxBytes, type IgnoreOptions } from '../ingest/index.ts';
import { formatVersion } from '../store/container.ts';
import type { IndexStore } from '../store/store.ts';
import { encodedShare } from '../store/vectors/dense.ts';
import { Model } from './encoding/model.ts';
import { cacheDirectory } from './encoding/vector-cache.ts';
import { addSources, forgetFiles, type NewRepository, removeSources } from './indexing/edit-sources.ts';
import type { UpdateOptions } from './indexing/options.ts';
import { updateIndex } from './indexing/run.ts';
import { asWriter, type TurnOptions } from './indexing/turn.ts';
import type { IndexSetup, OpenOptions } from './open-options.ts';
import { openStore } from './open-store.ts';
import { ContentSearch } from './searching/content/content-search.ts';
import { findInContents } from './searching/content/findings.ts';
import { hitTexts } from './searching/hit-text.ts';
import { related } from './searching/related.ts';
import { RerankClient } from './searching/reranking/rerank-client.ts';
import { Meaning } from './searching/retrieval/meaning.ts';
import { Retriever } from './searching/retrieval/retriever.ts';
import { search } from './searching/search.ts';
import type { SearchParts } from './searching/search-parts.ts';
import { symbols } from './searching/symbols.ts';
import { indexFileOf, realDirectory } from './settings/locate.ts';
import { defaultRanking } from './settings/parameters.ts';
import { readSources } from './sources/source.ts';
import { Sources } from './sources/sources.ts';
import { statusOf } from './status.ts';

/** Opens the index of a directory. Throws QuarryError `not-found` for a missing directory, and as `openStore` does. */
export function openTreeIndex(directory: string, options: OpenOptions, setup: IndexSetup): CodeIndex {
  const root = realDirectory(directory);
  const file = options.indexFile ?? indexFileOf(root, setup.indexDirectory);
  return new CodeIndex(root, openStore(file, root, options, { name: root, flag: '--index' }), options, setup);
}

/** An index of one tree, or of a workspace. Any number of processes may have it open; one at a time updates it. */
export class CodeIndex implements Searcher {
  /** The directory; for a workspace, `workspace:` and its name. */
  readonly root: string;
  private readonly store: IndexStore;
  private readonly options: OpenOptions;
  private readonly ignore: IgnoreOptions;
  private readonly model: Model | undefined;
  private readonly meaning: Meaning<Model>;
  private readonly reranker: RerankClient | undefined;
  /** Origins of the files, and the files as they are now, as of the newest generation that was read. */
  private readonly sources: Sources = new Sources([]);
  private readonly parts: SearchParts;
  private retriever: Retriever | undefined;
  private contents: ContentSearch | undefined;

  /** Use `openIndex` or `openWorkspace`. */
  constructor(
    root: string,
    store: IndexStore,
    options: OpenOptions,
    { ignore, model, reranker }: Omit<IndexSetup, 'indexDirectory'>,
  ) {
    this.root = root;
    this.store = store;
    this.options = options;
    this.ignore = ignore;
    this.model = model && new Model(model);
    this.meaning = new Meaning(this.model);
    this.reranker = reranker && new RerankClient(reranker.directory);
    this.parts = this.searchParts(reranker?.isChosen ?? false);
  }

  /** The parts of this index that a search works with. */
  private searchParts(reranksByDefault: boolean): SearchParts {
    const { sources, meaning, reranker } = this;
    return {
      read: work => this.onNewest(work),
      meaning,
      reranker,
      rerankedFiles: reranksByDefault ? defaultRanking.cascade.top : 0,
      ranking: defaultRanking,
      get sources() {
        return sources.mounted;
      },
      findInContents: (scope, limits) => {
        this.contents ??= new ContentSearch();
        const maxFileBytes = this.options.maxFileBytes ?? defaultMaxBytes;
        return findInContents(this.contents, sources.list, scope, { ...limits, maxFileBytes });
      },
      isStale: (path, snapshot) => !sources.isFresh(path, snapshot),
      textOf: path => sources.text(path),
      tellingPath: path => path,
      repositoryOf: path => sources.repositoryOf(path),
    };
  }

  /** Runs `work` on the newest generation; its snapshot is made once. */
  private onNewest<T>(work: (retriever: Retriever) => T): T {
    return this.store.read(view => {
      if (this.retriever?.snapshot.generation !== view.generation) {
        const snapshot = view.snapshot(this.retriever?.snapshot);
        this.sources.use(snapshot, readSources(view));
        this.retriever = new Retriever(snapshot);
      }
      return work(this.retriever);
    });
  }

  get indexFile(): string {
    return this.store.file;
  }

  /**
   * Brings the index up to date: only new and changed files are read. When the signal fires, what is done is kept,
   * and the report says `aborted`; the next update goes on from there.
   */
  async update(options: UpdateOptions = {}): Promise<UpdateReport> {
    return updateIndex(
      this.store,
      {
        ignore: this.ignore,
        workers: this.options.workers,
        maxFileBytes: this.options.maxFileBytes ?? defaultMaxBytes,
        deadlineMs: this.options.deadlineMs ?? 5000,
        model: this.model,
        cacheDirectory: cacheDirectory(dirname(this.store.file)),
      },
      options,
    );
  }

  /** The newest committed generation; grows with every change. */
  get generation(): number {
    return this.store.generation();
  }

  /** What the newest generation holds of a file, its units in order and parents first; undefined for a path that is not indexed. */
  file(path: string): IndexedFile | undefined {
    return this.onNewest(({ snapshot }) => {
      const entry = snapshot.file(path);
      if (!entry) return undefined;
      const segment = snapshot.segment(snapshot.numberOf(path));
      const { document, role } = entry;
      return {
        language: segment.language(document),
        role,
        units: segment.units(document),
        stale: !this.sources.isFresh(path, snapshot),
      };
    });
  }

  /** The text of a file as it is now, with offsets as they were indexed; undefined if it is not indexed or not readable. */
  text(path: string): string | undefined {
    return this.onNewest(() => this.sources.text(path));
  }

  /** The texts of several files as they are now. Those of revisions are read by git in one go. */
  async texts(paths: Iterable<string>): Promise<Map<string, string | undefined>> {
    const wanted = new Set(paths);
    // Ends before git is waited for: a view does not outlive its transaction.
    this.onNewest(() => undefined);
    await this.sources.prefetch(wanted);
    return this.onNewest(() => new Map([...wanted].map(path => [path, this.sources.text(path)])));
  }

  /** Those of the paths whose files are no longer what was indexed, or are not indexed. */
  changed(paths: Iterable<string>): Set<string> {
    return this.onNewest(() => new Set([...paths].filter(path => !this.sources.isFresh(path))));
  }

  /** Adds repositories or revisions to a workspace: see `addSources`. The next update reads them. */
  async addRepositories(
    repositories: readonly NewRepository[],
    options: TurnOptions = {},
  ): Promise<string[]> {
    return asWriter(this.store, options, () => addSources(this.store, repositories, options.signal));
  }

  /** Takes repositories, or revisions of them, out of a workspace, with their files: see `removeSources`. */
  async removeRepositories(labels: readonly string[], options: TurnOptions = {}): Promise<string[]> {
    return asWriter(this.store, options, () => removeSources(this.store, labels));
  }

  /** Drops what a workspace has read of its repositories, not the list of them. */
  async forgetFiles(options: TurnOptions = {}): Promise<void> {
    return asWriter(this.store, options, () => forgetFiles(this.store));
  }

  /** Updates like `update`, as a stream of steps; the last one has the phase `done`. Leaving the loop aborts. */
  async *updates(
    options: Omit<UpdateOptions, 'onProgress'> = {},
  ): AsyncGenerator<UpdateProgress, UpdateReport> {
    const stop = new AbortController();
    const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
    const steps: UpdateProgress[] = [];
    let wake: (() => void) | undefined;
    let ended = false;
    const onProgress = (step: UpdateProgress) => {
      steps.push(step);
      wake?.();
    };
    const work = this.update({ ...options, signal, onProgress }).finally(() => {
      ended = true;
      wake?.();
    });
    try {
      for (;;) {
        const step = steps.shift();
        if (step) yield step;
        else if (ended) return await work;
        else
          await new Promise<void>(resolve => {
            wake = resolve;
          });
      }
    } finally {
      stop.abort();
      await work.catch(() => undefined);
    }
  }

  /**
   * Finds the code units that answer a query – words of what they do, and filters: docs/query-language.md –, the best one of each
   * file first. Reads the newest committed generation. Throws QuarryError `usage` for an empty or malformed query or options
   * out of range, `not-found` for the mode `dense` without a model, `corrupt` for a damaged one.
   */
  async search(query: string, options: SearchOptions = {}): Promise<SearchResult> {
    return search(this.parts, query, options);
  }

  /** Code that does nearly the same as the unit at a line: see `searching/related.ts`. */
  async related(path: string, line: number, options: RelatedOptions = {}): Promise<SearchResult> {
    return related(this.parts, path, line, options);
  }

  /** Where a name is defined, and where it is used: see `searching/symbols.ts`. */
  async symbols(name: string, options: SymbolOptions = {}): Promise<SymbolResult> {
    return symbols(this.parts, name, options);
  }

  /** Reads the code of a hit from the file as it is now. Throws QuarryError `unreadable` if it cannot be read. */
  read(hit: Hit): CodeUnit {
    const text = this.text(hit.path);
    if (text === undefined)
      throw new QuarryError('unreadable', `cannot read ${hit.path}`, 'run `quarry index`: it may be gone');
    const { path, language, kind, name, qualifiedName, start, end, firstLine, lastLine, role } = hit;
    return {
      id: digest(
        'sha256',
        `${path}\0${kind}\0${qualifiedName}\0${qualifiedName === '' ? firstLine : ''}`,
      ).slice(0, 16),
      path,
      language,
      kind,
      name,
      qualifiedName,
      ...hitTexts(text, hit),
      text: text.slice(start, end),
      start,
      end,
      firstLine,
      lastLine,
      role,
    };
  }

  /**
   * State and coverage of the index, as of the newest generation. `model: false` leaves the model and its vectors out,
   * which saves opening it.
   */
  async status(options: { model?: boolean } = {}): Promise<IndexStatus> {
    const model = options.model === false ? undefined : this.model;
    const encoder = await model?.open();
    return this.onNewest(({ snapshot }) => {
      const status: IndexStatus = {
        ...statusOf(snapshot),
        root: this.root,
        indexFile: this.store.file,
        indexBytes: this.store.bytes(),
        formatVersion,
        notes: model?.note === undefined ? [] : [model.note],
      };
      if (model && encoder) {
        const { id, fingerprint } = encoder;
        const { directory } = model.source;
        status.model = { id, directory, fingerprint, ...encodedShare(snapshot, fingerprint) };
      }
      if (this.sources.isWorkspace) status.repositories = this.sources.status();
      const writer = this.store.writer.holder();
      if (writer) status.writer = writer;
      return status;
    });
  }

  close(): void {
    this.retriever = undefined;
    this.sources.close();
    this.meaning.close();
    void this.reranker?.close();
    void this.contents?.close();
    this.store.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
