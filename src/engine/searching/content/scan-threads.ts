import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { FromScanWorker, ScanFile, ScanSetup, ScanState, ToScanWorker } from './messages.ts';

/** Files handed to a thread at once. */
export interface ScanBatch {
  files: ScanFile[];
}

/** A search that threads work for. */
export interface ScanJob<Batch extends ScanBatch = ScanBatch> {
  setup: ScanSetup;
  /** A thread that is at one file for longer is replaced. */
  readonly fileMs: number;
  /** The next batch; undefined if there is none now. */
  take(): Batch | undefined;
  done(batch: Batch, message: FromScanWorker): void;
  /** The thread ended: at the file in that position of the batch, or at none (−1). */
  lost(batch: Batch, position: number, reason: 'hung' | 'crashed'): void;
}

interface Slot {
  worker: Worker;
  state: ScanState;
  known: Set<number>;
  work: { job: ScanJob; batch: ScanBatch; seenCounter: number; seenAt: number; stopBy: number } | undefined;
}

/** More threads wait for the disk, not for each other. */
const mostThreads = 8;
/** How long idle threads are kept: starting one takes longer than most searches. */
const keepMs = 60_000;
const watchMs = 20;
/** How long a thread may take to hear that it shall stop. */
const graceMs = 100;
/** After so many threads lost without a file to blame a search is given up. */
const mostLosses = 3;

/** Threads that look through files, shared by all searches of an index. Idle ones do not keep the process alive. */
export class ScanThreads {
  private readonly most: number;
  private readonly slots: Set<Slot> = new Set();
  private readonly jobs: Map<ScanJob, number> = new Map();
  private nextSearch = 1;
  private turn = 0;
  private losses = 0;
  private watchdog: NodeJS.Timeout | undefined;
  private rest: NodeJS.Timeout | undefined;

  constructor(most: number = Math.min(mostThreads, availableParallelism())) {
    this.most = most;
  }

  /** Threads that are there already. */
  get size(): number {
    return this.slots.size;
  }

  add(job: ScanJob): void {
    clearTimeout(this.rest);
    this.losses = 0;
    this.jobs.set(job, this.nextSearch++);
    this.watchdog ??= setInterval(() => this.watch(), watchMs);
    this.feed();
  }

  /** Lets threads end their batch of a search, or ends them; false if none is at it. */
  halt(job: ScanJob): boolean {
    let some = false;
    for (const { work, state } of this.slots) {
      if (work?.job !== job) continue;
      Atomics.store(state, 2, 1);
      work.stopBy = Math.min(work.stopBy, Date.now() + graceMs);
      some = true;
    }
    return some;
  }

  /** Takes a search out; threads that are at it end their batch, or are ended. */
  remove(job: ScanJob): void {
    const search = this.jobs.get(job);
    if (search === undefined) return;
    this.jobs.delete(job);
    this.halt(job);
    for (const slot of this.slots) if (slot.work?.job !== job) this.forget(slot, search);
    this.settle();
  }

  /** Ends all threads. */
  async close(): Promise<void> {
    clearTimeout(this.rest);
    clearInterval(this.watchdog);
    this.watchdog = undefined;
    const slots = [...this.slots];
    this.slots.clear();
    this.jobs.clear();
    await Promise.all(slots.map(({ worker }) => worker.terminate()));
  }

  private forget(slot: Slot, search: number): void {
    if (slot.known.delete(search)) slot.worker.postMessage({ type: 'end', search } satisfies ToScanWorker);
  }

  private feed(): void {
    for (const slot of this.slots) if (!slot.work) this.give(slot);
    while (this.slots.size < this.most) {
      const next = this.take();
      if (!next) break;
      this.give(this.start(), next);
    }
    this.settle();
  }

  /** A batch of the search whose turn it is. */
  private take(): { job: ScanJob; batch: ScanBatch } | undefined {
    const jobs = [...this.jobs.keys()];
    for (let i = 0; i < jobs.length; i++) {
      const job = jobs[(this.turn + i) % jobs.length]!;
      const batch = job.take();
      if (!batch) continue;
      this.turn = (this.turn + i + 1) % jobs.length;
      return { job, batch };
    }
    return undefined;
  }

  private give(slot: Slot, next: { job: ScanJob; batch: ScanBatch } | undefined = this.take()): void {
    if (!next) return;
    const { job, batch } = next;
    const search = this.jobs.get(job)!;
    Atomics.store(slot.state, 2, 0);
    const send = (message: ToScanWorker) => slot.worker.postMessage(message);
    if (!slot.known.has(search)) {
      slot.known.add(search);
      send({ type: 'begin', search, setup: job.setup });
    }
    slot.work = { job, batch, seenCounter: -1, seenAt: Date.now(), stopBy: Infinity };
    slot.worker.ref();
    send({ type: 'batch', search, files: batch.files });
  }

  private start(): Slot {
    const state = new Int32Array(new SharedArrayBuffer(12));
    state[0] = -1;
    // The same file as source (development, tests) and as JavaScript (the package).
    const file = import.meta.url.endsWith('.ts') ? './scan-worker.ts' : './scan-worker.js';
    const worker = new Worker(new URL(file, import.meta.url), { workerData: state });
    const slot: Slot = { worker, state, known: new Set(), work: undefined };
    worker.on('message', (message: FromScanWorker) => this.receive(slot, message));
    worker.on('error', () => this.lose(slot, 'crashed'));
    worker.on('exit', () => this.lose(slot, 'crashed'));
    this.slots.add(slot);
    return slot;
  }

  private receive(slot: Slot, message: FromScanWorker): void {
    const { work } = slot;
    if (!work || !this.slots.has(slot)) return;
    slot.work = undefined;
    this.losses = 0;
    slot.worker.unref();
    for (const search of slot.known) if (![...this.jobs.values()].includes(search)) this.forget(slot, search);
    if (this.jobs.has(work.job)) work.job.done(work.batch, message);
    this.feed();
  }

  private lose(slot: Slot, reason: 'hung' | 'crashed'): void {
    if (!this.slots.delete(slot)) return;
    void slot.worker.terminate();
    const { work } = slot;
    const position = Atomics.load(slot.state, 0);
    if (position < 0) this.losses++;
    if (work && this.jobs.has(work.job)) {
      work.job.lost(work.batch, position, reason);
      if (this.losses >= mostLosses) {
        // Threads end before they read a file: others would as well.
        for (let batch = work.job.take(); batch; batch = work.job.take()) work.job.lost(batch, -1, 'crashed');
      }
    }
    if (this.losses < mostLosses) this.feed();
    else this.settle();
  }

  /** Replaces threads that do not come back. */
  private watch(): void {
    const now = Date.now();
    for (const slot of this.slots) {
      const { work, state } = slot;
      if (!work) continue;
      const counter = Atomics.load(state, 1);
      if (now > work.stopBy) this.lose(slot, 'hung');
      else if (counter !== work.seenCounter || Atomics.load(state, 0) < 0) {
        work.seenCounter = counter;
        work.seenAt = now;
      } else if (now - work.seenAt > work.job.fileMs) this.lose(slot, 'hung');
    }
  }

  /** With nothing left to do there is nothing to watch, and threads go after a while. */
  private settle(): void {
    if (this.jobs.size > 0 || [...this.slots].some(({ work }) => work)) return;
    clearInterval(this.watchdog);
    this.watchdog = undefined;
    clearTimeout(this.rest);
    this.rest = setTimeout(() => void this.close(), keepMs);
    this.rest.unref();
  }
}
