// How an index is opened.

import type { IgnoreOptions } from '../ingest/index.ts';

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
