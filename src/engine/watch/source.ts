/** How a tree is watched. */
export type WatchMethod = 'directories' | 'native' | 'polling';

/** What a source says. Paths are absolute and not filtered yet. */
export interface SourceListener {
  /** Something happened to a path; `isNew` if it may have come into being. */
  changed(path: string, isNew: boolean): void;
  /** Something happened, nobody knows where: events were lost, or the source does not tell. */
  changedSomewhere(): void;
  /** The source is of no use any more. */
  failed(error: unknown): void;
}

/** Something that notices changes below a root. */
export interface ChangeSource {
  readonly method: WatchMethod;
  /** Begins, or takes in directories that came and lets go of those that went. Throws if it cannot watch (any more). */
  sync(): Promise<void>;
  /** Rules have changed: at the next `sync` other directories may count. */
  invalidate(): void;
  close(): Promise<void>;
}
