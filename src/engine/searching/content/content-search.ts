import { setImmediate as breathe } from 'node:timers/promises';
import { QuarryError, throwIfAborted } from '../../../core/errors.ts';
import { defaultMaxBytes } from '../../../ingest/read.ts';
import type { Pattern } from '../../../query/ast.ts';
import type { Snapshot } from '../../../store/snapshot.ts';
import { documentKey } from '../../sources/document-key.ts';
import { isRevision, type Source } from '../../sources/source.ts';
import { FileMatches } from './file-matches.ts';
import { matcherOf } from './matcher.ts';
import type { FromScanWorker, ScannedFile, ScanSetup } from './messages.ts';
import type { Prefilter } from './prefilter.ts';
import { FileScanner } from './scan-files.ts';
import { type PlannedBatch, ScanPlan } from './scan-plan.ts';
import { type ScanJob, ScanThreads } from './scan-threads.ts';

export interface ContentRequest {
  snapshot: Snapshot;
  /** Where the snapshot's files lie. */
  sources: readonly Source[];
  patterns: readonly Pattern[];
  /** Numbers of files in the snapshot, in the order in which they are looked at. */
  files: readonly number[];
  /** Says which files need no look. Without it all are looked at. */
  prefilter?: Prefilter;
  /** Stop when so many files have a match (or are an answer by `isAnswer`): the first ones in order. Default: all. */
  mostFiles?: number;
  /** Whether a file with these matches counts for `mostFiles`. Default: any match. */
  isAnswer?: (file: number, matches: FileMatches) => boolean;
  /** Places told per file and pattern, from 0. Default 1000. */
  mostPlaces?: number;
  /** Larger files are not looked at. Default: that of indexing. */
  maxFileBytes?: number;
  /** Milliseconds after which no more files are looked at. */
  budgetMs: number;
  signal?: AbortSignal | undefined;
  /** Called with files as they are found, in no order. */
  onFound?: (found: FoundFile) => void;
}

export interface FoundFile {
  /** Number in the snapshot. */
  file: number;
  matches: FileMatches;
  /** Its content is not what was indexed. */
  isStale: boolean;
}

/**
 * Why a file was not looked at: the budget was over; an expression did not come to an end in it; its thread broke down; it cannot be
 * read (gone, no right to, larger than allowed).
 */
export type UnreadReason = 'budget' | 'hung' | 'crashed' | 'unreadable';

export interface ContentResult {
  /** Files with a match, in the order of the request. Files whose bytes are no text have none. */
  found: ReadonlyMap<number, FoundFile>;
  /** Files that were read. */
  looked: number;
  /** Files that the trigrams ruled out. */
  ruledOut: number;
  /** Files that would have had to be looked at, and why they were not. */
  unread: ReadonlyArray<{ file: number; reason: UnreadReason }>;
  /** The budget was over, or an expression did not come to an end: there may be more. */
  timedOut: boolean;
  /** Ended because there are `mostFiles`. */
  hasEnough: boolean;
  tookMs: number;
}

const mostPlaces = 1000;
/** Up to so many files and bytes, literals are looked for without a thread. */
const mostHere = 128;
const mostBytesHere = 4 << 20;
/** Longest stretch of work here between two turns of the event loop. */
const sliceMs = 8;
/** How long a thread may be at one file. */
const longestFileMs = 1000;
const shortestFileMs = 50;

/**
 * Looks for literals and regular expressions in the files of an index, as they are now. Expressions run in threads, which are kept for
 * a minute: whatever they do, an answer comes within the budget.
 */
export class ContentSearch {
  private readonly threads: ScanThreads;

  /** `threads`: at most so many. Default: one per core, at most 8. */
  constructor(threads?: number) {
    this.threads = new ScanThreads(threads);
  }

  /**
   * Throws QuarryError `usage` for an empty pattern or an expression that is none, `aborted`. What cannot be read costs the
   * search that file.
   */
  async search(request: ContentRequest): Promise<ContentResult> {
    const { patterns, prefilter, files, snapshot, sources, signal } = request;
    throwIfAborted(signal);
    const begun = performance.now();
    // Wrong ones are told before anything is started.
    for (const pattern of patterns) matcherOf(pattern);
    const all = patterns.map((_, i) => i);
    const patternsOf = (file: number) => {
      const possible = prefilter && all.filter(pattern => prefilter.mayMatch(file, pattern));
      return possible?.length === all.length ? undefined : possible;
    };
    const possible = prefilter
      ? files.filter(file => all.some(pattern => prefilter.mayMatch(file, pattern)))
      : files;
    const plan = new ScanPlan(snapshot, sources, possible, patternsOf);
    const setup: ScanSetup = {
      patterns,
      sources,
      maxFileBytes: request.maxFileBytes ?? defaultMaxBytes,
      mostPlaces: request.mostPlaces ?? mostPlaces,
    };
    const run = new ContentRun(request, setup, plan, begun);
    if (possible.length > 0 && patterns.length > 0) {
      if (isSmall(request, possible)) await run.here();
      else await run.within(this.threads);
    }
    return run.result(files.length - possible.length);
  }

  /** Ends the threads; searches under way end as if their budget were over. */
  async close(): Promise<void> {
    await this.threads.close();
  }
}

/** Literals cannot run away, and to read a few files takes less than to start a thread. */
function isSmall({ patterns, snapshot, sources }: ContentRequest, files: readonly number[]): boolean {
  if (files.length > mostHere || patterns.some(({ isRegex }) => isRegex) || sources.some(isRevision))
    return false;
  return files.reduce((sum, file) => sum + snapshot.files[file]!.size, 0) <= mostBytesHere;
}

/** One search. */
class ContentRun implements ScanJob<PlannedBatch> {
  readonly setup: ScanSetup;
  private readonly request: ContentRequest;
  private readonly plan: ScanPlan;
  private readonly begun: number;
  private readonly found: Map<number, FoundFile> = new Map();
  private readonly unread: Array<{ file: number; reason: UnreadReason }> = [];
  /** What is left of batches whose thread was lost. */
  private readonly again: PlannedBatch[] = [];
  private readonly pending: Set<PlannedBatch> = new Set();
  /** Answers in each batch that is done, by its place. */
  private readonly answers: Array<number | undefined> = [];
  /** Batches up to here are done. */
  private settled = 0;
  private settledAnswers = 0;
  private looked = 0;
  private hung = 0;
  private hasEnough = false;
  private isOver = false;
  private finish: (() => void) | undefined;

  constructor(request: ContentRequest, setup: ScanSetup, plan: ScanPlan, begun: number) {
    this.request = request;
    this.setup = setup;
    this.plan = plan;
    this.begun = begun;
  }

  /** The more files an expression did not come to an end in, the less others are waited for. */
  get fileMs(): number {
    const most = Math.min(longestFileMs, this.request.budgetMs / 4);
    return Math.max(shortestFileMs, most / 2 ** this.hung);
  }

  /** In this thread. */
  async here(): Promise<void> {
    const { signal, budgetMs } = this.request;
    const scanner = new FileScanner(this.setup, new Map());
    let slice = performance.now();
    for (let batch = this.take(); batch; batch = this.take()) {
      const message: FromScanWorker = { type: 'done', looked: 0, files: [], unreadable: [] };
      for (const [position, file] of batch.files.entries()) {
        if (performance.now() - slice > sliceMs) {
          await breathe();
          throwIfAborted(signal);
          slice = performance.now();
        }
        if (performance.now() - this.begun > budgetMs) break;
        try {
          const scanned = scanner.scan(file, position);
          if (scanned) message.files.push(scanned);
        } catch {
          message.unreadable.push(position);
        }
        message.looked++;
      }
      this.done(batch, message);
      if (message.looked < batch.files.length) break;
    }
    this.isOver = !this.hasEnough && (this.again.length > 0 || !this.plan.isEmpty);
  }

  /** In threads, until all is done, enough is found, or the budget is over. */
  async within(threads: ScanThreads): Promise<void> {
    const { signal, budgetMs } = this.request;
    const left = budgetMs - (performance.now() - this.begun);
    if (left <= 0) {
      this.isOver = true;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.finish = resolve;
    const stop = () => reject(new QuarryError('aborted', 'stopped', undefined, { cause: signal?.reason }));
    signal?.addEventListener('abort', stop, { once: true });
    const timer = setTimeout(() => {
      this.isOver = true;
      if (!threads.halt(this)) resolve();
    }, left);
    try {
      threads.add(this);
      await promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      threads.remove(this);
    }
  }

  take(): PlannedBatch | undefined {
    if (this.hasEnough || this.isOver) return undefined;
    const batch = this.again.shift() ?? this.plan.take();
    if (batch) this.pending.add(batch);
    return batch;
  }

  done(batch: PlannedBatch, { files, looked, unreadable }: FromScanWorker): void {
    this.pending.delete(batch);
    this.looked += looked - unreadable.length;
    for (const position of unreadable)
      this.unread.push({ file: batch.numbers[position]!, reason: 'unreadable' });
    for (const scanned of files) this.add(batch, scanned);
    if (looked < batch.files.length) this.again.unshift(restOf(batch, position => position >= looked));
    this.advance();
  }

  lost(batch: PlannedBatch, position: number, reason: 'hung' | 'crashed'): void {
    this.pending.delete(batch);
    if (position >= 0) {
      if (reason === 'hung') this.hung++;
      this.unread.push({ file: batch.numbers[position]!, reason });
      const rest = restOf(batch, each => each !== position);
      if (rest.files.length > 0) this.again.unshift(rest);
    } else if (reason === 'crashed') {
      // No file is to blame: once more, but not for ever.
      if (batch.isRepeated) for (const file of batch.numbers) this.unread.push({ file, reason });
      else this.again.unshift({ ...batch, isRepeated: true });
    } else this.again.unshift(batch);
    this.advance();
  }

  private add(batch: PlannedBatch, { position, found, hash }: ScannedFile): void {
    const { snapshot, onFound, isAnswer } = this.request;
    const file = batch.numbers[position]!;
    const matches = new FileMatches(found);
    const segment = snapshot.segment(file);
    const { document } = snapshot.files[file]!;
    const isStale = hash !== '' && documentKey(hash, segment.language(document)) !== segment.hash(document);
    const one: FoundFile = { file, matches, isStale };
    this.found.set(file, one);
    if (!isAnswer || isAnswer(file, matches))
      this.answers[batch.place] = (this.answers[batch.place] ?? 0) + 1;
    onFound?.(one);
  }

  /** Looks how far everything before is done: only then the first answers are known. */
  private advance(): void {
    const open = new Set([...this.pending, ...this.again].map(({ place }) => place));
    while (this.settled < this.plan.cut && !open.has(this.settled)) {
      this.settledAnswers += this.answers[this.settled] ?? 0;
      this.settled++;
    }
    if (this.settledAnswers >= (this.request.mostFiles ?? Infinity)) this.hasEnough = true;
    const isDone = this.isOver ? this.pending.size === 0 : this.plan.isEmpty && open.size === 0;
    if (this.hasEnough || isDone) this.finish?.();
  }

  result(ruledOut: number): ContentResult {
    const { isAnswer, mostFiles = Infinity } = this.request;
    const found = new Map<number, FoundFile>();
    let answers = 0;
    for (const file of this.plan.files) {
      if (answers >= mostFiles) break;
      const one = this.found.get(file);
      if (!one) continue;
      found.set(file, one);
      if (!isAnswer || isAnswer(file, one.matches)) answers++;
    }
    const left = this.isOver
      ? [...[...this.pending, ...this.again].flatMap(({ numbers }) => numbers), ...this.plan.rest()]
      : [];
    const unread = [...this.unread, ...left.map(file => ({ file, reason: 'budget' as const }))];
    return {
      found,
      looked: this.looked,
      ruledOut,
      unread,
      timedOut: unread.some(({ reason }) => reason === 'budget' || reason === 'hung'),
      hasEnough: this.hasEnough,
      tookMs: performance.now() - this.begun,
    };
  }
}

function restOf(batch: PlannedBatch, isLeft: (position: number) => boolean): PlannedBatch {
  return {
    ...batch,
    files: batch.files.filter((_, position) => isLeft(position)),
    numbers: batch.numbers.filter((_, position) => isLeft(position)),
  };
}
