import type { UpdateProgress } from '../../core/progress.ts';
import type { IgnoreOptions } from '../../ingest/index.ts';
import type { Model } from '../encoding/model.ts';

export interface UpdateOptions {
  signal?: AbortSignal;
  onProgress?: (progress: UpdateProgress) => void;
  /** What to do while another process writes: wait for it (default) or throw QuarryError `busy`. */
  wait?: boolean;
  /** Give units their vectors (default) if there is a model. Without, the next update does. */
  encode?: boolean;
}

export interface UpdateSettings {
  /** For every source; directories of a workspace add what their own configuration says. */
  ignore: IgnoreOptions;
  workers: number | undefined;
  maxFileBytes: number;
  deadlineMs: number;
  /** What gives units their vectors. */
  model: Model | undefined;
  /** Directory of the caches of vectors. */
  cacheDirectory: string;
}

/**
 * A file whose time stamp is this close to the moment it was read may change again without its stamp changing; its
 * stamp is not trusted, so that the next update reads it again (git calls such entries racily clean).
 */
export const racyMs = 50;
