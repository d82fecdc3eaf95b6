import type { JSX } from 'preact';
import type { StatusAnswer } from '../../../src/service/api.ts';
import { duration, grouped, percent } from '../format.ts';

const phases: Record<string, string> = {
  walk: 'Looking for files',
  extract: 'Reading files',
  write: 'Writing the index',
  merge: 'Merging parts of the index',
  encode: 'Encoding units for search by meaning',
  done: 'Finishing',
  start: 'Starting',
};

/** What an update is doing, as a bar and in words. */
export function Progress({ status }: { status: StatusAnswer }): JSX.Element | null {
  const { update, index } = status;
  if (!update && index.state !== 'indexing') return null;
  const share = update && update.total > 0 ? update.done / update.total : index.progress;
  return (
    <div class="progress">
      {share === undefined ? (
        <progress aria-label="Indexing" />
      ) : (
        <progress aria-label="Indexing" max={1} value={share} />
      )}
      <p class="fine">
        {update ? (phases[update.phase] ?? update.phase) : 'Indexing'}
        {update && update.total > 0 && `: ${grouped(update.done)} of ${grouped(update.total)}`}
        {share !== undefined && ` (${percent(share)})`}
        {update?.etaMs !== undefined && `, about ${duration(Math.max(1000, update.etaMs))} left`}
        {update && update.queued > 0 && `; ${update.queued} more waiting`}
      </p>
    </div>
  );
}
