import { Worker } from 'node:worker_threads';
import { throwIfAborted } from '../../core/errors.ts';
import type { SkipReason } from '../../core/source.ts';
import type { SegmentData } from '../../store/segment.ts';
import type { SourceEntry } from '../sources/source.ts';
import type { FileResult, FromWorker, ToWorker, WorkerSetup, WorkerState } from './messages.ts';

type WorkItem = SourceEntry & { plain?: SkipReason };

export interface PoolOptions {
  setup: WorkerSetup;
  workers: number;
  /** A worker hands over its segment when it has collected this many source bytes … */
  flushBytes: number;
  /** … or when this many milliseconds have passed since the last time. */
  flushMs: number;
  /** The same for the first time; it doubles from one time to the next, up to `flushMs`. Default: `flushMs`. */
  firstFlushMs?: number;
  signal?: AbortSignal | undefined;
  onResults: (results: FileResult[]) => void;
  /** Called with a segment and the results that belong to it. */
  onSegment: (segment: SegmentData | undefined, results: FileResult[]) => void;
  /** Called with why a worker gives units no vectors. */
  onNote?: (note: string) => void;
}

/** Files per batch at most, and source bytes: small enough that two workers end at about the same time. */
const batchFiles = 64;
const batchBytes = 512 << 10;

/** How long a worker may sit on one file before it is replaced, as a multiple of the parser's deadline. */
const patience = 3;

/** After this many threads lost without a file to blame the run fails. */
const mostLosses = 3;

interface Slot {
  worker: Worker;
  state: WorkerState;
  batch: WorkItem[];
  /** Results whose documents are in the worker's unfinished segment. */
  pending: FileResult[];
  lastFlush: number;
  /** Milliseconds until the next one. */
  flushAfter: number;
  flushing: boolean;
  recycle: boolean;
  /** For the watchdog: the counter it saw last, and when. */
  seenCounter: number;
  seenAt: number;
}

interface Thread {
  worker: Worker;
  state: WorkerState;
}

function startThread(): Thread {
  const state = new Int32Array(new SharedArrayBuffer(12));
  state[0] = -1;
  // The same file as source (development, tests) and as JavaScript (the package).
  const file = import.meta.url.endsWith('.ts') ? './extract-worker.ts' : './extract-worker.js';
  return { worker: new Worker(new URL(file, import.meta.url), { workerData: state }), state };
}

/**
 * A healthy thread is kept for the next update of this process: starting one and compiling a grammar takes most of
 * the time of an update of one file. It does not keep the process alive, and goes when it is not wanted.
 */
let spare: (Thread & { timer: NodeJS.Timeout }) | undefined;
const spareMs = 60_000;

/** By name: without one, Node's own listeners go as well, and the thread is never heard of again. */
function forgetListeners(worker: Worker): void {
  for (const name of ['message', 'error', 'exit']) worker.removeAllListeners(name);
}

function takeSpare(): Thread | undefined {
  const thread = spare;
  if (!thread) return undefined;
  spare = undefined;
  clearTimeout(thread.timer);
  forgetListeners(thread.worker);
  thread.worker.ref();
  return thread;
}

function keepSpare({ worker, state }: Thread): void {
  forgetListeners(worker);
  const drop = () => {
    if (spare?.worker !== worker) return;
    clearTimeout(spare.timer);
    spare = undefined;
    void worker.terminate();
  };
  const timer = setTimeout(drop, spareMs);
  timer.unref();
  worker.unref();
  // An idle thread that ends is only forgotten.
  worker.on('error', drop);
  worker.on('exit', drop);
  spare = { worker, state, timer };
}

/**
 * Feeds files to worker threads until all are done. A worker that crashes or hangs is replaced: the guilty file is
 * tried once more as plain blocks, the others it had not handed over are queued again.
 */
export class WorkerPool {
  private readonly options: PoolOptions;
  private readonly queue: WorkItem[];
  private readonly slots: Set<Slot> = new Set();
  private next = 0;
  private finish: (() => void) | undefined;
  private fail: ((error: unknown) => void) | undefined;
  private stopping = false;
  private lossesInARow = 0;

  constructor(options: PoolOptions, files: readonly SourceEntry[]) {
    this.options = options;
    this.queue = [...files];
  }

  /** Resolves when every file was handled and handed over, or – after an abort – what was done so far. */
  async run(): Promise<void> {
    if (this.queue.length === 0) return;
    throwIfAborted(this.options.signal);
    const abort = () => {
      this.stopping = true;
      for (const { state } of this.slots) Atomics.store(state, 2, 1);
    };
    this.options.signal?.addEventListener('abort', abort, { once: true });
    const watchdog = setInterval(() => this.watch(), 1000);
    try {
      await new Promise<void>((resolve, reject) => {
        this.finish = resolve;
        this.fail = reject;
        const count = Math.max(1, Math.min(this.options.workers, Math.ceil(this.queue.length / 8)));
        for (let i = 0; i < count; i++) this.start();
      });
    } finally {
      clearInterval(watchdog);
      this.options.signal?.removeEventListener('abort', abort);
      await Promise.all([...this.slots].map(slot => slot.worker.terminate()));
      this.slots.clear();
    }
  }

  private start(): void {
    const { worker, state } = takeSpare() ?? startThread();
    Atomics.store(state, 2, 0);
    worker.postMessage({ type: 'begin', setup: this.options.setup } satisfies ToWorker);
    const now = Date.now();
    const slot: Slot = {
      worker,
      state,
      batch: [],
      pending: [],
      lastFlush: now,
      flushAfter: this.options.firstFlushMs ?? this.options.flushMs,
      flushing: false,
      recycle: false,
      seenCounter: -1,
      seenAt: now,
    };
    this.slots.add(slot);
    worker.on('message', (message: FromWorker) => {
      try {
        this.onMessage(slot, message);
      } catch (error) {
        this.fail?.(error);
      }
    });
    worker.on('error', error => this.lost(slot, 'grammar', error));
    worker.on('exit', () => this.lost(slot, 'grammar', undefined));
    this.feed(slot);
  }

  private feed(slot: Slot): void {
    const due = Date.now() - slot.lastFlush > slot.flushAfter && slot.pending.length > 0;
    if (this.stopping || this.next >= this.queue.length || slot.recycle || due) {
      if (slot.pending.length > 0 && !slot.flushing) {
        slot.flushing = true;
        slot.worker.postMessage({ type: 'flush' } satisfies ToWorker);
      } else if (!slot.flushing) this.retire(slot);
      return;
    }
    // Towards the end batches get smaller, so that no worker is left alone with a long one.
    const share = Math.ceil((this.queue.length - this.next) / (this.options.workers * 2));
    const most = Math.max(1, Math.min(batchFiles, share));
    slot.batch = [];
    let bytes = 0;
    while (this.next < this.queue.length && slot.batch.length < most && bytes < batchBytes) {
      const item = this.queue[this.next++]!;
      slot.batch.push(item);
      bytes += item.size;
    }
    slot.worker.postMessage({ type: 'batch', files: slot.batch } satisfies ToWorker);
  }

  private onMessage(slot: Slot, message: FromWorker): void {
    if (!this.slots.has(slot)) return;
    if (message.note !== undefined) this.options.onNote?.(message.note);
    if (message.type === 'segment') {
      const results = slot.pending;
      slot.pending = [];
      slot.flushing = false;
      slot.lastFlush = Date.now();
      slot.flushAfter = Math.min(slot.flushAfter * 2, this.options.flushMs);
      this.options.onSegment(message.segment, results);
      this.feed(slot);
      return;
    }
    this.lossesInARow = 0;
    slot.batch = [];
    slot.recycle = message.recycle;
    this.queue.push(...message.left);
    slot.pending.push(...message.results);
    this.options.onResults(message.results);
    if (message.pendingBytes >= this.options.flushBytes) {
      slot.flushing = true;
      slot.worker.postMessage({ type: 'flush' } satisfies ToWorker);
    } else this.feed(slot);
  }

  private retire(slot: Slot): void {
    this.slots.delete(slot);
    if (spare || slot.recycle) void slot.worker.terminate();
    else keepSpare(slot);
    if (this.next < this.queue.length && !this.stopping) this.start();
    else if (this.slots.size === 0) this.finish?.();
  }

  private lost(slot: Slot, reason: SkipReason, error: unknown): void {
    if (!this.slots.delete(slot)) return;
    const at = Atomics.load(slot.state, 0);
    const guilty = at >= 0 ? slot.batch[at] : undefined;
    this.lossesInARow++;
    if (!guilty && this.lossesInARow >= mostLosses) {
      // Threads end before they read a file: others would as well.
      this.fail?.(error ?? new Error('indexing threads end before they begin'));
      return;
    }
    for (const result of slot.pending) this.queue.push(result.entry);
    for (const item of slot.batch) {
      if (item !== guilty) this.queue.push(item);
      else if (item.plain === undefined) this.queue.push({ ...item, plain: reason });
      else {
        // Even plain blocks failed: give the file up, with a line in the status.
        const { plain, ...entry } = item;
        const results: FileResult[] = [{ entry, skipped: { path: entry.path, reason: plain } }];
        this.options.onResults(results);
        this.options.onSegment(undefined, results);
      }
    }
    if (this.stopping && this.slots.size === 0) this.finish?.();
    else if (!this.stopping) this.start();
  }

  private watch(): void {
    const now = Date.now();
    for (const slot of this.slots) {
      const counter = Atomics.load(slot.state, 1);
      if (counter !== slot.seenCounter || Atomics.load(slot.state, 0) < 0) {
        slot.seenCounter = counter;
        slot.seenAt = now;
      } else if (now - slot.seenAt > this.options.setup.deadlineMs * patience) {
        const { worker } = slot;
        this.lost(slot, 'deadline', undefined);
        void worker.terminate();
      }
    }
  }
}
