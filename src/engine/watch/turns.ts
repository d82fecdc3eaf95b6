/**
 * What has changed: absolute paths in order, or anything. A path may name a file, there or gone, or a folder: then anything below
 * it may have changed.
 */
export interface ChangeBatch {
  paths: readonly string[] | 'everything';
}

/** More paths than this are `everything`. */
const mostPaths = 10_000;

/** How long git may hold its lock, or work without a pause, before it is not waited for any more. */
const longestGitMs = 60_000;

/** A batch that begins so long after git was seen is not its work. */
const gitLeadMs = 2000;

/** How often a held lock is looked at. */
const lockMs = 100;

/** Longest rest after a change was dealt with. */
const longestRestMs = 10_000;

export interface TurnOptions {
  /** Milliseconds without an event before a change counts as complete. */
  quietMs: number;
  /** Milliseconds after its first event when a change is dealt with although more events come. */
  mostMs: number;
  /** True while git changes a working tree. */
  isHeld: () => boolean;
  /** Makes the sources ready, before the batch is taken; its own events belong to the batch. */
  prepare: () => Promise<void>;
  /** Takes from a batch what does not count any more. */
  accept: (batch: ChangeBatch) => ChangeBatch | undefined;
  onChange: (batch: ChangeBatch) => void | Promise<void>;
  onError: (error: unknown) => void;
}

/** Collects events into batches and hands them on one at a time: never two at once, with one waiting. */
export class Turns {
  readonly #options: TurnOptions;
  #paths = new Set<string>();
  #everything = false;
  /** First and last event of the batch, by `performance.now()`; undefined while there is none. */
  #first: number | undefined;
  #last = 0;
  #notBefore = 0;
  /** When git was last seen at work. */
  #gitAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(options: TurnOptions) {
    this.#options = options;
  }

  add(path: string): void {
    if (this.#paths.size < mostPaths) this.#paths.add(path);
    else this.#everything = true;
    this.#touch();
  }

  /** `now`: without waiting for quiet. */
  addEverything(now: boolean = false): void {
    this.#everything = true;
    this.#touch();
    if (now) this.#last = Number.NEGATIVE_INFINITY;
    if (now) this.#arm();
  }

  /** git is at work: whatever is collected waits for it. */
  noteGit(): void {
    this.#gitAt = performance.now();
    this.#last = this.#gitAt;
  }

  /** Waits for the batch that is being dealt with; the next one is dropped. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #touch(): void {
    const now = performance.now();
    this.#first ??= now;
    this.#last = now;
    if (this.#timer === undefined) this.#arm();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#closed || this.#running !== undefined || this.#first === undefined) return;
    this.#timer = setTimeout(() => this.#due(), Math.max(0, this.#dueAt() - performance.now()));
  }

  #dueAt(): number {
    const { quietMs, mostMs } = this.#options;
    // The lock comes before the first file.
    const most = this.#gitAt > this.#first! - gitLeadMs ? longestGitMs : mostMs;
    return Math.max(this.#notBefore, Math.min(this.#last + quietMs, this.#first! + most));
  }

  #due(): void {
    this.#timer = undefined;
    const now = performance.now();
    // Timers fire up to a millisecond early.
    const isEarly = this.#dueAt() - now > 1;
    const isHeld = !isEarly && now - this.#first! < longestGitMs && this.#options.isHeld();
    if (isHeld) {
      this.noteGit();
      this.#notBefore = now + lockMs;
    }
    if (isEarly || isHeld) {
      this.#arm();
      return;
    }
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      this.#arm();
    });
  }

  async #run(): Promise<void> {
    const { prepare, accept, onChange, onError } = this.#options;
    let begun = performance.now();
    try {
      await prepare();
      if (this.#closed) return;
      const batch = accept(this.#take());
      begun = performance.now();
      if (batch !== undefined) await onChange(batch);
    } catch (error) {
      onError(error);
    }
    const end = performance.now();
    // A tree that changes all the time costs at most half of the time.
    this.#notBefore = end + Math.min(end - begun, longestRestMs);
  }

  #take(): ChangeBatch {
    const paths = this.#everything ? 'everything' : [...this.#paths].sort();
    this.#paths = new Set();
    this.#everything = false;
    this.#first = undefined;
    return { paths };
  }
}
