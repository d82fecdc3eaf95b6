// How an index is opened: the options of a caller, and what they come to under an environment.

import { gitUserFrom, type IgnoreOptions } from '../ingest/index.ts';
import { findModel, findReranker, type ModelSource, type RerankerSource } from './encoding/model.ts';
import { defaultIndexDirectory } from './settings/locate.ts';

/** How an index is opened. Everything has a default. */
export interface OpenOptions {
  /** The index file; default: one per root below `QUARRY_INDEX_DIR` or the user's cache directory. */
  indexFile?: string;
  /** Create the file if it is missing (default), or throw QuarryError `not-found`. */
  create?: boolean;
  /** Files that are left out. Default: as git does for this user, and by the rules of the tree itself. */
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

/** Everything about opening an index that the environment has a say in. */
export interface IndexSetup {
  /** Directory of index files that nobody names. */
  indexDirectory: string;
  ignore: IgnoreOptions;
  /** Undefined for search by words only. */
  model: ModelSource | undefined;
  reranker: RerankerSource | undefined;
}

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What options come to under an environment. Throws QuarryError `not-found` for a missing model or re-ranker. */
export function indexSetup(options: OpenOptions, env: Environment): IndexSetup {
  return {
    indexDirectory: defaultIndexDirectory(env),
    ignore: options.ignore ?? { user: gitUserFrom(env) },
    model: findModel(options.model, env),
    reranker: findReranker(options.reranker, env),
  };
}
