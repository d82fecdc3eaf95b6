import { hash as digest } from 'node:crypto';
import { dirname } from 'node:path';
import { QuarryError } from '../core/errors.ts';
import type { IndexStatus, UpdateProgress, UpdateReport } from '../core/progress.ts';
import type { Hit, Searcher, SearchOptions, SearchResult } from '../core/search.ts';
import type { CodeUnit, Role, UnitSpan } from '../core/unit.ts';
import { defaultMaxBytes, gitUserFrom } from '../ingest/index.ts';
import { SegmentReader } from '../store/segment-reader.ts';
import { Snapshot } from '../store/snapshot.ts';
import { formatVersion, IndexStore } from '../store/store.ts';
import { encodedShare } from '../store/vectors/dense.ts';
import { currentWriter } from '../store/writer-lock.ts';
import { findModel, findReranker, Model, type ModelSource, type RerankerSource } from './encoding/model.ts';
import { cacheDirectory } from './encoding/vector-cache.ts';
import { addSources, forgetFiles, type NewRepository, removeSources } from './indexing/edit-sources.ts';
import type { UpdateOptions } from './indexing/options.ts';
import { updateIndex } from './indexing/run.ts';
import { asWriter, type TurnOptions } from './indexing/turn.ts';
import type { OpenOptions } from './open-options.ts';
import { ContentSearch } from './searching/content/content-search.ts';
import { findInContents } from './searching/content/findings.ts';
import { hitTexts } from './searching/hit-text.ts';
import { type RelatedOptions, related } from './searching/related.ts';
import { RerankClient } from './searching/reranking/rerank-client.ts';
import { Meaning } from './searching/retrieval/meaning.ts';
import { Retriever } from './searching/retrieval/retriever.ts';
import { search } from './searching/search.ts';
import type { SearchParts } from './searching/search-parts.ts';
import { type SymbolOptions, type SymbolResult, symbols } from './searching/symbols.ts';
import { defaultIndexDirectory, indexFileOf, realDirectory } from './settings/locate.ts';
import { defaultRanking } from './settings/parameters.ts';
import { readSources } from './sources/source.ts';
import { Sources } from './sources/sources.ts';
import { statusOf } from './status.ts';

/**
 * Opens the index of a directory. Nothing is read of the tree until `update`. Throws QuarryError: `not-found` for a
 * missing directory or model, `format` and `corrupt` for an index file that cannot be used, `unreadable`, `no-space`.
 */
export async function openIndex(directory: string, options: OpenOptions = {}): Promise<CodeIndex> {
  return openIndexWith(directory, options, findModel(options.model, process.env));
}

/** The same with a model from elsewhere. */
export async function openIndexWith(
  directory: string,
  options: OpenOptions,
  model: ModelSource | undefined,
): Promise<CodeIndex> {
  const root = realDirectory(directory);
  const file = options.indexFile ?? indexFileOf(root, defaultIndexDirectory(process.env));
  const store = IndexStore.open(file, { create: options.create ?? true, root });
  const indexed = store.getMeta('root');
  if (indexed !== root) {
    store.close();
    throw new QuarryError(
      'usage',
      `the index ${file} belongs to ${indexed}, not to ${root}`,
      'name another --index, or clear that one first',
    );
  }
  const reranker = findReranker(options.reranker, process.env);
  return new CodeIndex(root, store, options, model && new Model(model), reranker);
}

/** A file of an index. */
export interface IndexedFile {
  language: string;
  role: Role;
  units: UnitSpan[];
  /** It is no longer what was indexed: lines may have moved. */
  stale: boolean;
}

/** An index of one tree, or of a workspace. Any number of processes may have it open; one at a time updates it. */
export class CodeIndex implements Searcher {
  /** The tree; of a workspace, `workspace:` and its name. */
  readonly root: string;
  private readonly tree: Sources = new Sources([]);
  private readonly store: IndexStore;
  private readonly options: OpenOptions;
  private readonly meaning: Meaning<Model>;
  private readonly reranker: RerankClient | undefined;
  private readonly reranksByDefault: boolean;
  private retriever: Retriever | undefined;
  private contents: ContentSearch | undefined;
  private readers: Map<number, SegmentReader> = new Map();

  /** Use `openIndex` or `openWorkspace`. */
  constructor(
    root: string,
    store: IndexStore,
    options: OpenOptions,
    model: Model | undefined,
    reranker: RerankerSource | undefined,
  ) {
    this.root = root;
    this.store = store;
    this.options = options;
    this.meaning = new Meaning(model);
    this.reranker = reranker && new RerankClient(reranker.directory);
    this.reranksByDefault = reranker?.isChosen ?? false;
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
        ignore: this.options.ignore ?? { user: gitUserFrom(process.env) },
        workers: this.options.workers,
        maxFileBytes: this.options.maxFileBytes ?? defaultMaxBytes,
        deadlineMs: this.options.deadlineMs ?? 5000,
        model: this.meaning.model,
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
    return this.store.read(() => {
      const { snapshot } = this.current();
      const entry = snapshot.file(path);
      if (!entry) return undefined;
      const segment = snapshot.segment(snapshot.numberOf(path));
      const { document, role } = entry;
      return {
        language: segment.language(document),
        role,
        units: segment.units(document),
        stale: !this.tree.isFresh(path, snapshot),
      };
    });
  }

  /** Where files come from, and what they are now, as of the newest generation. */
  get sources(): Sources {
    this.store.read(() => this.current());
    return this.tree;
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

  /** The snapshot of the newest generation; segments known from the one before are kept. Call inside `read`. */
  private current(): Retriever {
    const generation = this.store.generation();
    if (this.retriever?.snapshot.generation === generation) return this.retriever;
    const { segments } = this.store.current();
    const readers = new Map<number, SegmentReader>();
    for (const { id, info } of segments) {
      const known = this.readers.get(id);
      // Of a segment nothing but its vectors can change.
      const same = known?.info.vectors?.crc === info.vectors?.crc;
      readers.set(id, known && same ? known : new SegmentReader(id, info, this.store.partSource(id)));
    }
    this.readers = readers;
    const snapshot = new Snapshot(generation, [...readers.values()], this.store.catalog(), () =>
      this.store.pathIndex(),
    );
    this.retriever = new Retriever(snapshot);
    this.tree.use(snapshot, readSources(this.store));
    return this.retriever;
  }

  /** Reads the code of a hit from the file as it is now. Throws QuarryError `unreadable` if it cannot be read. */
  read(hit: Hit): CodeUnit {
    const text = this.sources.text(hit.path);
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
    const model = options.model === false ? undefined : this.meaning.model;
    const encoder = await model?.open();
    return this.store.read(() => {
      const { snapshot } = this.current();
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
      if (this.tree.isWorkspace) status.repositories = this.tree.status();
      const writer = currentWriter(this.store);
      if (writer) status.writer = writer;
      return status;
    });
  }

  /** What searches work with. */
  private get parts(): SearchParts {
    const { sources } = this;
    return {
      read: work => this.store.read(() => work(this.current())),
      meaning: this.meaning,
      reranker: this.reranker,
      rerankedFiles: this.reranksByDefault ? defaultRanking.cascade.top : 0,
      ranking: defaultRanking,
      get sources() {
        return sources.mounted();
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

  close(): void {
    this.retriever = undefined;
    this.readers.clear();
    this.tree.close();
    this.meaning.close();
    void this.reranker?.close();
    void this.contents?.close();
    this.store.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
