/** What a process does about its memory. */
export interface MemoryActions {
  /** Bytes in use: of this process, and of the one that updates. */
  measure: () => { own: number; updates: number };
  /** Drop what can be made again. */
  shed: () => void;
  /** Stop what takes memory and can go on later. */
  stopUpdates: () => void;
  /** It does not fall: end in an orderly way. */
  give: (bytes: number) => void;
}

export interface MemorySettings {
  /** Bytes. */
  ceiling: number;
  /** Milliseconds between two looks. */
  everyMs: number;
  /** Looks in a row above the ceiling after which it is given up. */
  patience: number;
}

/** From this share of the ceiling on, caches go. */
const shedAt = 0.8;

/** Looks in a row until an update that was told to stop has to be gone. */
const looksAfterStop = 6;

/** Watches over the ceiling. Above it, nothing new is taken. */
export class MemoryWatch {
  private readonly settings: MemorySettings;
  private readonly actions: MemoryActions;
  private readonly timer: NodeJS.Timeout;
  private above = 0;
  private now = 0;
  private own = 0;

  constructor(settings: MemorySettings, actions: MemoryActions) {
    this.settings = settings;
    this.actions = actions;
    this.timer = setInterval(() => this.look(), settings.everyMs);
    this.timer.unref();
    this.look();
  }

  /** Why nothing new is taken; undefined while there is room, or where stopping the update will make some. */
  get refusal(): string | undefined {
    if (this.above === 0 || (this.own < this.settings.ceiling && this.above <= looksAfterStop))
      return undefined;
    return `out of memory: ${megabytes(this.now)} of ${megabytes(this.settings.ceiling)} MB are in use`;
  }

  close(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const { settings, actions } = this;
    const { own, updates } = actions.measure();
    this.own = own;
    this.now = own + updates;
    if (this.now < settings.ceiling * shedAt) {
      this.above = 0;
      return;
    }
    actions.shed();
    // Exposed with --expose-gc only; where it is, what was shed is given back at once.
    (globalThis as { gc?: () => void }).gc?.();
    if (this.now < settings.ceiling) {
      this.above = 0;
      return;
    }
    this.above++;
    actions.stopUpdates();
    if (this.above === settings.patience) actions.give(this.now);
  }
}

export function megabytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
