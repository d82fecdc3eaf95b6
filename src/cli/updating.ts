import { QuarryError } from '../core/errors.ts';
import type { UpdateProgress, UpdateReport } from '../core/progress.ts';
import type { CodeIndex } from '../engine/code-index.ts';
import { progressView } from './progress.ts';
import { complain, type Surroundings } from './surroundings.ts';
import { grouped } from './terminal.ts';

const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** What an update came to: a report, or the exit code to leave with because the user stopped it. */
export type UpdateOutcome = { report: UpdateReport } | { exitCode: number };

export interface UpdatingOptions {
  delayMs: number;
  /** Wait for another process that writes, or throw QuarryError `busy`. */
  wait: boolean;
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
  const stop = new AbortController();
  let exitCode = 0;
  const onSignal = (name: NodeJS.Signals) => {
    const code = signals[name as keyof typeof signals];
    if (exitCode !== 0) process.exit(code);
    exitCode = code;
    stop.abort();
  };
  for (const name of Object.keys(signals)) process.on(name, onSignal);
  const view = progressView(around, options);
  let last: UpdateProgress | undefined;
  try {
    const report = await index.update({
      signal: stop.signal,
      wait: options.wait,
      onProgress: progress => {
        last = progress;
        view.step(progress);
      },
    });
    view.end();
    if (exitCode === 0) return { report };
  } catch (error) {
    view.end();
    if (exitCode === 0 || !(error instanceof QuarryError && error.code === 'aborted')) throw error;
  } finally {
    for (const name of Object.keys(signals)) process.off(name, onSignal);
  }
  const { filesDone, filesTotal, phase } = last ?? { filesDone: 0, filesTotal: 0, phase: 'walk' };
  if (phase === 'walk') complain(around, 'stopped before anything was read', 'nothing is lost');
  else
    complain(
      around,
      `stopped: ${grouped(filesDone)} of ${grouped(filesTotal)} files are indexed`,
      'the next run goes on from there',
    );
  return { exitCode };
}
