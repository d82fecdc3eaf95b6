import { hash as digest } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { QuarryError, throwIfAborted } from '../core/errors.ts';
import type { IndexStatus, UpdateProgress, UpdateReport } from '../core/progress.ts';
import {
  type Hit,
  type RerankReport,
  type Searcher,
  type SearchOptions,
  type SearchResult,
  searchModes,
} from '../core/search.ts';
import type { CodeUnit } from '../core/unit.ts';
import { SegmentReader } from '../index/segment-reader.ts';
import { Snapshot } from '../index/snapshot.ts';
import { formatVersion, IndexStore } from '../index/store.ts';
import { encodedShare } from '../index/vectors/dense.ts';
import { currentWriter } from '../index/writer-lock.ts';
import { defaultMaxBytes, gitUserFrom, type IgnoreOptions } from '../ingest/index.ts';
import { cleanDoc } from '../languages/clean-doc.ts';
import { cascadeWeight } from '../ranking/cascade.ts';
import { fileFilter } from './filter.ts';
import { isStale, withFreshness } from './freshness.ts';
import { defaultIndexDirectory, indexFileOf, realDirectory } from './locate.ts';
import { Meaning } from './meaning.ts';
import { findModel, findReranker, Model, type ModelSource, type RerankerSource } from './model.ts';
import {
  bm25f,
  candidateFiles,
  cascadeDefaults,
  hybrid,
  mostReranked,
  rerankBudget,
  rerankedFiles,
  weights,
} from './parameters.ts';
import { type FoundHit, rerankHits } from './reranking/rerank.ts';
import { RerankClient } from './reranking/rerank-client.ts';
import { Retriever } from './retrieve.ts';
import { statusOf } from './status.ts';
import { type UpdateOptions, updateIndex } from './update.ts';
import { cacheDirectory } from './vector-cache.ts';

/** How an index is opened. Everything has a default. */
export interface OpenOptions {
  /** The index file; default: one per root below `QUARRY_INDEX_DIR` or the user's cache directory. */
  indexFile?: string;
  /** Create the file if it is missing (default), or throw QuarryError `not-found`. */
  create?: boolean;
  ignore?: IgnoreOptions;
  /** Indexing threads, 1..64. Default: one per core, at most 16. */
  workers?: number;
  /** Larger files are skipped. Default 2 MiB. */
  maxFileBytes?: number;
  /** Milliseconds one file may take to parse. Default 5000. */
  deadlineMs?: number;
  /**
   * The model that searches by meaning: a folder, or the name of a shipped or downloaded one; false or `none` for
   * search by words only. Default: `QUARRY_MODEL`, else the shipped model, if there is one.
   */
  model?: string | false;
  /**
   * The cross-encoder that re-ranks: a folder, or a name; false or `none` for none. One that is named here or by
   * `QUARRY_RERANKER` re-ranks whatever does not say otherwise. Default: the shipped one, for searches that ask for it.
   */
  reranker?: string | false;
}

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

/** An index of one tree. Any number of processes may have it open; one at a time updates it. */
export class CodeIndex implements Searcher {
  readonly root: string;
  private readonly store: IndexStore;
  private readonly options: OpenOptions;
  private readonly meaning: Meaning;
  private readonly reranker: RerankClient | undefined;
  private readonly reranksByDefault: boolean;
  private retriever: Retriever | undefined;
  private readers: Map<number, SegmentReader> = new Map();

  /** Use `openIndex`. */
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
        root: this.root,
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
   * Finds the code units that answer a question in plain words, the best one of each file first. Reads the newest
   * committed generation. Throws QuarryError `usage` for an empty query or options out of range, `not-found` for the
   * mode `dense` without a model, `corrupt` for a damaged one.
   */
  async search(query: string, options: SearchOptions = {}): Promise<SearchResult> {
    throwIfAborted(options.signal);
    const begun = performance.now();
    const limit = options.limit ?? 10;
    const perFile = options.perFile ?? 1;
    if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
      throw new QuarryError('usage', `limit must be a whole number from 1 to 1000, not ${limit}`);
    if (!Number.isInteger(perFile) || perFile < 1 || perFile > 1000)
      throw new QuarryError('usage', `perFile must be a whole number from 1 to 1000, not ${perFile}`);
    if (query.trim() === '') throw new QuarryError('usage', 'the query is empty', 'say what the code does');
    const mode = options.mode ?? 'hybrid';
    if (!searchModes.includes(mode))
      throw new QuarryError('usage', `mode must be one of ${searchModes.join(', ')}, not ${mode}`);
    const rerank = rerankSettings(options, this.reranksByDefault);
    if (rerank) this.reranker?.start();
    const asked = await this.meaning.ask(query, mode, options.signal);
    const { found, said, notes } = this.store.read(() => {
      const retriever = this.current();
      const { snapshot } = retriever;
      const { dense, said, notes } = this.meaning.over(snapshot, asked, hybrid);
      const found = retriever.retrieve(query, {
        limit: Math.max(limit, rerank?.top ?? 0),
        perFile,
        parameters: bm25f,
        weights,
        candidates: Math.max(candidateFiles, limit * 3),
        accept: options.filter ? fileFilter(options.filter, snapshot) : undefined,
        ...(options.filter?.kinds ? { kinds: new Set(options.filter.kinds) } : {}),
        dense,
      });
      return { found, said, notes };
    });
    const { snapshot } = this.retriever!;
    const stamps = new Map(found.hits.map(hit => [hit.path, isStale(this.root, hit.path, snapshot)]));
    let ordered: FoundHit[] = found.hits;
    let reranked: RerankReport | undefined;
    if (rerank) {
      const isFresh = (hit: FoundHit) => stamps.get(hit.path) === false;
      const { hits: again, said } = await this.rerank(query, found.hits, rerank, isFresh, options.signal);
      ordered = again;
      reranked = said;
      if (!said.used && said.candidates > 1) notes.push(`not re-ranked: ${said.reason}`);
    }
    const hits = ordered.slice(0, limit).map(hit => withFreshness(hit as Hit, stamps.get(hit.path) ?? false));
    return {
      query,
      hits,
      total: found.total,
      generation: snapshot.generation,
      tookMs: performance.now() - begun,
      unknownWords: found.unknown,
      ignoredWords: found.query.ignored,
      dense: said,
      confidence: found.confidence,
      ...(reranked ? { rerank: reranked } : {}),
      notes,
    };
  }

  private rerank(
    query: string,
    hits: readonly FoundHit[],
    { top, budgetMs }: { top: number; budgetMs: number },
    isFresh: (hit: FoundHit) => boolean,
    signal: AbortSignal | undefined,
  ): ReturnType<typeof rerankHits> {
    const { snapshot } = this.retriever!;
    const { reranker } = this;
    if (!reranker)
      throw new QuarryError(
        'not-found',
        'there is no re-ranker',
        'set QUARRY_RERANKER, or leave --rerank out',
      );
    return rerankHits({
      query,
      hits,
      top,
      weight: cascadeWeight(
        { files: snapshot.files.length, units: encodedShare(snapshot, '').totalUnits },
        cascadeDefaults,
      ),
      // Of a file that has changed, nobody knows where the unit is.
      textOf: hit => (isFresh(hit) ? textOf(join(this.root, hit.path)) : undefined),
      pathOf: hit => hit.path,
      score: candidates => reranker.score(query, candidates, budgetMs, signal),
    });
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
    return this.retriever;
  }

  /** Reads the code of a hit from the file as it is now. Throws QuarryError `unreadable` if it cannot be read. */
  read(hit: Hit): CodeUnit {
    const text = textOf(join(this.root, hit.path));
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
      signature: text.slice(start, hit.signatureEnd).replace(/\s+/g, ' ').trim(),
      doc: hit.docStart < 0 ? '' : cleanDoc(text.slice(hit.docStart, hit.docEnd)),
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
      const writer = currentWriter(this.store);
      if (writer) status.writer = writer;
      return status;
    });
  }

  close(): void {
    this.retriever = undefined;
    this.readers.clear();
    this.meaning.close();
    void this.reranker?.close();
    this.store.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** A file as text, without a byte order mark; undefined if it cannot be read. */
function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').replace(/^\ufeff/, '');
  } catch {
    return undefined;
  }
}

/** What was asked of re-ranking; undefined for none. Throws QuarryError `usage`. */
function rerankSettings(
  { rerank, rerankBudgetMs: budgetMs = rerankBudget }: SearchOptions,
  byDefault: boolean,
): { top: number; budgetMs: number } | undefined {
  if (!(budgetMs >= 0 && budgetMs <= 600_000))
    throw new QuarryError('usage', `rerankBudgetMs must be from 0 to 600000, not ${budgetMs}`);
  if (rerank === false || (rerank === undefined && !byDefault)) return undefined;
  const top = rerank ?? rerankedFiles;
  if (!Number.isInteger(top) || top < 1 || top > mostReranked)
    throw new QuarryError('usage', `rerank must be a whole number from 1 to ${mostReranked}, not ${top}`);
  return { top, budgetMs };
}
