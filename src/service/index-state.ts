import type { IndexStatus, UpdateProgress } from '../core/progress.ts';
import type { IndexState } from './api.ts';
import type { Updates } from './updating/updates.ts';

/** What a caller is told of an index: of what is in it, and of the update that fills it. */
export function indexState(
  status: Pick<IndexStatus, 'complete' | 'files' | 'units'>,
  updates: Updates,
): IndexState {
  const { files, units, complete } = status;
  const counts = { files, units };
  if (complete) return { state: files === 0 && !updates.isRunning ? 'empty' : 'ready', ...counts };
  if (updates.isRunning) return { state: 'indexing', ...counts, progress: progressOf(updates.progress) };
  if (updates.failure) return { state: 'failed', ...counts };
  // An earlier run was interrupted; what it did can be searched.
  return { state: files === 0 ? 'empty' : 'ready', ...counts };
}

/** 0 to 1, by what the phases usually take; never backwards within a phase. */
function progressOf(progress: UpdateProgress | undefined): number {
  if (!progress) return 0;
  const { phase, filesDone, filesTotal, bytesDone, bytesTotal } = progress;
  const share = (done: number | undefined, total: number | undefined) =>
    total ? Math.min(1, (done ?? 0) / total) : 0;
  switch (phase) {
    case 'walk':
      return 0;
    case 'extract': {
      const value = bytesTotal > 0 ? share(bytesDone, bytesTotal) : share(filesDone, filesTotal);
      return rounded(0.02 + 0.83 * value);
    }
    case 'write':
    case 'merge':
      return 0.85;
    case 'encode':
      return rounded(0.85 + 0.15 * share(progress.encodeDone, progress.encodeTotal));
    case 'done':
      return 1;
  }
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
