import { QuarryError } from '../core/errors.ts';

const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** What a piece of work came to: its value, or the exit code to leave with because the user stopped it. */
export type Outcome<T> = { value: T } | { exitCode: number };

/**
 * Runs work with a signal that fires on Ctrl-C, so that it can stop in an orderly way; a second Ctrl-C exits at once.
 * Work that was stopped may return or throw QuarryError `aborted`: either way its value is not used.
 */
export async function stoppable<T>(work: (signal: AbortSignal) => Promise<T>): Promise<Outcome<T>> {
  const stop = new AbortController();
  let exitCode = 0;
  const onSignal = (name: NodeJS.Signals) => {
    const code = exitCodes[name as keyof typeof exitCodes];
    if (exitCode !== 0) process.exit(code);
    exitCode = code;
    stop.abort();
  };
  for (const name of Object.keys(exitCodes)) process.on(name, onSignal);
  try {
    const value = await work(stop.signal);
    if (exitCode === 0) return { value };
  } catch (error) {
    if (exitCode === 0 || !(error instanceof QuarryError && error.code === 'aborted')) throw error;
  } finally {
    for (const name of Object.keys(exitCodes)) process.off(name, onSignal);
  }
  return { exitCode };
}
