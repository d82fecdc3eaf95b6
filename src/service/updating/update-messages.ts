import type { ErrorCode } from '../../core/errors.ts';
import type { UpdateProgress, UpdateReport } from '../../core/progress.ts';
import type { OpenOptions } from '../../engine/open-options.ts';

/** What is to be updated: the index of a tree, or of a workspace. */
export interface UpdateTarget {
  place: { directory: string } | { workspace: string };
  options: OpenOptions & { indexFile: string };
}

/** To the process that updates. */
export type ToUpdater = { type: 'update'; target: UpdateTarget } | { type: 'abort' };

/** From it. */
export type FromUpdater =
  | { type: 'progress'; progress: UpdateProgress }
  | { type: 'done'; report: UpdateReport }
  | { type: 'failed'; code: ErrorCode | undefined; message: string; hint: string | undefined };
