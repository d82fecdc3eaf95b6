import type { SkipReason } from './source.ts';

/** One step of a running update. Counts are of this update, not of the whole index. */
export interface UpdateProgress {
  phase: 'walk' | 'extract' | 'write' | 'merge' | 'encode' | 'done';
  /** Files known to need work so far, and done. */
  filesTotal: number;
  filesDone: number;
  bytesTotal: number;
  bytesDone: number;
  units: number;
  /** In the phase `encode`: units that had no vector of the current model, and how many of them have one now. */
  encodeTotal?: number;
  encodeDone?: number;
  /** Milliseconds since the update began. */
  elapsedMs: number;
  /** Expected milliseconds left; undefined while unknown. */
  etaMs?: number;
  /** Set while another process holds the writer's place. */
  waitingFor?: string;
}

/** What an update did. */
export interface UpdateReport {
  /** Live files after the update. */
  files: number;
  units: number;
  added: number;
  changed: number;
  removed: number;
  /** Same content under another path: nothing was parsed again. */
  moved: number;
  unchanged: number;
  skipped: number;
  /** Source bytes that were read and parsed. */
  parsedBytes: number;
  generation: number;
  elapsedMs: number;
  /** Units that got their vectors after they had been indexed: the model is new, or was missing then. */
  encoded: number;
  /** Lines for people, such as why units have no vectors. */
  notes: string[];
  /** True when the update was stopped; what it had done is kept. */
  aborted: boolean;
}

/** A repository, or one revision of it, in an index of several. */
export interface RepositoryStatus {
  name: string;
  /** Branch, tag or commit as it was named; undefined for a working tree. */
  revision?: string;
  /** Of a working tree; absolute. */
  directory?: string;
  /** Git directory of a revision; absolute. */
  repository?: string;
  /** The commit that is indexed; undefined before the first update has ended. */
  commit?: string;
  files: number;
  /** Searched when a query names no repository. */
  isDefault: boolean;
  /** The directory or repository is not there any more; its files are kept. */
  isGone: boolean;
}

/** State of an index and its coverage of the tree. */
export interface IndexStatus {
  root: string;
  indexFile: string;
  /** In an index of several repositories or revisions: all of them, in the order they were added. */
  repositories?: RepositoryStatus[];
  /** Bytes on disk. */
  indexBytes: number;
  formatVersion: number;
  generation: number;
  /** Milliseconds since the epoch of the last finished update; undefined if none finished yet. */
  updatedAt: number | undefined;
  /** False when the last update was interrupted: the next one goes on from there. */
  complete: boolean;
  files: number;
  units: number;
  sourceBytes: number;
  segments: number;
  /** The model that searches by meaning, and how many of all units have its vectors; undefined without one. */
  model?: { id: string; directory: string; fingerprint: string; encodedUnits: number; totalUnits: number };
  /** Why there is no model although one was asked for. */
  notes: string[];
  languages: Array<{ language: string; files: number; units: number }>;
  roles: Record<string, number>;
  /** Files that are not in the index, or only as plain blocks, with the reason. */
  skipped: Array<{ path: string; reason: SkipReason; detail?: string }>;
  /** Another process that is writing at the moment. */
  writer?: { pid: number; host: string; since: number };
}
