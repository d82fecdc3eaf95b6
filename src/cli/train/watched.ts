import type { RunOptions } from '../../training/run.ts';
import { type Outcome, stoppable } from '../stoppable.ts';
import { note, type Surroundings } from '../surroundings.ts';
import { type TrainView, trainView } from './progress.ts';
import { writeRunReport } from './report.ts';
import { sayStopped } from './summary.ts';

/** What a run of training reports to. */
type Hooks = Required<Pick<RunOptions, 'onPrepare' | 'onProgress' | 'onNotice' | 'signal'>>;

/**
 * Trains in a directory with progress on stderr, until it is done or stopped; then the report is written, or how to go
 * on is said.
 */
export async function watched<T>(
  directory: string,
  around: Surroundings,
  work: (hooks: Hooks, view: TrainView) => Promise<T>,
): Promise<Outcome<T>> {
  const view = trainView(around);
  const outcome = await stoppable(signal =>
    work(
      {
        signal,
        onPrepare: progress => view.preparing(progress),
        onProgress: progress => view.training(progress),
        onNotice: line => {
          view.end();
          note(around, line);
        },
      },
      view,
    ),
  ).finally(() => view.end());
  if ('exitCode' in outcome) sayStopped(directory, around);
  else writeRunReport(directory, around);
  return outcome;
}
