import type { UpdateProgress, UpdateReport } from '../core/progress.ts';
import type { CodeIndex } from '../engine/code-index.ts';
import { progressView } from './progress.ts';
import { stoppable } from './stoppable.ts';
import { complain, type Surroundings } from './surroundings.ts';
import { grouped } from './terminal.ts';

/** What an update came to: a report, or the exit code to leave with because the user stopped it. */
export type UpdateOutcome = { report: UpdateReport } | { exitCode: number };

export interface UpdatingOptions {
  delayMs: number;
  /** Wait for another process that writes, or throw QuarryError `busy`. */
  wait: boolean;
  /** Give units their vectors; default true. */
  encode?: boolean;
}

/**
 * Updates with progress on stderr. A first Ctrl-C stops in an orderly way, so that what is done is kept; a second
 * one exits at once, which the index survives as well.
 */
export async function updateWithProgress(
  index: CodeIndex,
  around: Surroundings,
  options: UpdatingOptions,
): Promise<UpdateOutcome> {
  const view = progressView(around, options);
  let last: UpdateProgress | undefined;
  let outcome: Awaited<ReturnType<typeof stoppable<UpdateReport>>>;
  try {
    outcome = await stoppable(signal =>
      index.update({
        signal,
        wait: options.wait,
        encode: options.encode ?? true,
        onProgress: progress => {
          last = progress;
          view.step(progress);
        },
      }),
    );
  } finally {
    view.end();
  }
  if ('value' in outcome) return { report: outcome.value };
  const {
    filesDone,
    filesTotal,
    phase,
    encodeDone = 0,
    encodeTotal = 0,
  }: Pick<UpdateProgress, 'filesDone' | 'filesTotal' | 'phase' | 'encodeDone' | 'encodeTotal'> = last ?? {
    filesDone: 0,
    filesTotal: 0,
    phase: 'walk',
  };
  if (phase === 'walk') complain(around, 'stopped before anything was read', 'nothing is lost');
  else if (phase === 'encode')
    complain(
      around,
      `stopped: all files are indexed, ${grouped(encodeDone)} of ${grouped(encodeTotal)} units were encoded`,
      'the next run goes on from there',
    );
  else
    complain(
      around,
      `stopped: ${grouped(filesDone)} of ${grouped(filesTotal)} files are indexed`,
      'the next run goes on from there',
    );
  return { exitCode: outcome.exitCode };
}
