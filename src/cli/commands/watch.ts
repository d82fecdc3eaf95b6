import { QuarryError } from '../../core/errors.ts';
import type { UpdateProgress, UpdateReport } from '../../core/progress.ts';
import type { CodeIndex } from '../../engine/code-index.ts';
import { openOptionsOf } from '../../engine/settings/config.ts';
import { watchedRoots } from '../../engine/watch/watched-roots.ts';
import { keepFresh } from '../../library.ts';
import type { Arguments } from '../arguments.ts';
import { openPlace } from '../opening.ts';
import { type Place, resolvePlace } from '../place.ts';
import { progressView } from '../progress.ts';
import { stoppable } from '../stoppable.ts';
import { complain, note, type Surroundings } from '../surroundings.ts';
import { formatDuration, grouped } from '../terminal.ts';

/**
 * Keeps an index up to date until it is stopped by a signal: exit code 0 then, or 130 and 143 if the first update had not ended.
 * Whatever goes wrong in the first update is thrown; later failures are reported, and the watch goes on.
 */
export async function watch(args: Arguments, around: Surroundings): Promise<number> {
  const place = resolvePlace(args.positionals[0], args, around);
  if (place.below !== '') note(around, `watching all of ${place.root}`);
  const pollMs = args.whole('poll', 1, 3600);
  const index = await openPlace(place, around, true);
  const says = speaker(args.has('json'), around);
  let isFirstDone = false;
  try {
    const outcome = await stoppable(signal =>
      follow(index, place, around, {
        signal,
        pollMs: pollMs === undefined ? undefined : pollMs * 1000,
        onUpdate: report => {
          says.updated(report, !isFirstDone);
          isFirstDone = true;
        },
        onFailure: error => says.failed(error),
        onNote: text => says.noted(text),
      }),
    );
    if (!('exitCode' in outcome)) return 0;
    if (isFirstDone) return 0;
    complain(around, 'stopped before the index was complete', 'the next run goes on from there');
    return outcome.exitCode;
  } finally {
    index.close();
  }
}

interface Following {
  signal: AbortSignal;
  /** Milliseconds; undefined for events. */
  pollMs: number | undefined;
  /** `units`: of the whole index. */
  onUpdate: (report: UpdateReport) => void;
  onFailure: (error: unknown) => void;
  onNote: (text: string) => void;
}

/** Watches until the signal fires. Throws what the first update throws. */
async function follow(
  index: CodeIndex,
  { root, settings, indexFile, workspace }: Place,
  around: Surroundings,
  { signal, pollMs, onUpdate, onFailure, onNote }: Following,
): Promise<void> {
  const { ignore } = openOptionsOf(settings, around.env);
  const { roots, missing } = workspace ? watchedRoots(workspace.sources) : { roots: [root], missing: [] };
  for (const path of missing) onNote(`${path} is not there and not watched`);
  // Progress is for the first update, which may be long; the others are over before anybody reads it.
  let view: ReturnType<typeof progressView> | undefined = progressView(around, { delayMs: 300 });
  const first = Promise.withResolvers<void>();
  const onProgress = (progress: UpdateProgress) => view?.step(progress);
  const endFirst = () => {
    view?.end();
    view = undefined;
  };
  await using _fresh = await keepFresh(
    {
      update: async options => {
        const report = await index.update({ ...options, onProgress });
        // A report counts what is new; the line is about all.
        const { units } = await index.status({ model: false });
        return { ...report, units };
      },
    },
    {
      roots,
      signal,
      // SQLite's files, where the index lies inside the tree.
      exclude: [indexFile, `${indexFile}-wal`, `${indexFile}-shm`],
      ...(ignore ? { ignore } : {}),
      ...(pollMs === undefined ? {} : { method: 'polling', pollMs }),
      onNote,
      onUpdate: report => {
        endFirst();
        first.resolve();
        onUpdate(report);
      },
      onError: error => {
        endFirst();
        first.reject(error);
        // The first failure is thrown.
        first.promise.then(
          () => onFailure(error),
          () => undefined,
        );
      },
    },
  );
  const stopped = new Promise<void>(resolve => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  try {
    await Promise.race([first.promise, stopped]);
    await stopped;
  } finally {
    endFirst();
  }
}

interface Speaker {
  updated(report: UpdateReport, isFirst: boolean): void;
  failed(error: unknown): void;
  noted(text: string): void;
}

/** Lines for people, or JSON lines with an `event` each. Updates that changed nothing are not worth a line. */
function speaker(json: boolean, around: Surroundings): Speaker {
  const { stdout } = around;
  const event = (name: string, rest: object) =>
    stdout.write(`${JSON.stringify({ time: new Date().toISOString(), event: name, ...rest })}\n`);
  return {
    updated(report, isFirst) {
      const { files, units, added, changed, moved, removed, encoded, elapsedMs, notes } = report;
      const touched = added + changed + moved + removed;
      if (isFirst) for (const line of notes) note(around, line);
      if (touched + encoded === 0 && !isFirst) return;
      if (json) {
        event('updated', { ...report, elapsedMs: Math.round(elapsedMs) });
        return;
      }
      if (around.quiet) return;
      const encodedOnly = touched === 0 && encoded > 0;
      const what = encodedOnly
        ? `encoded ${counted(encoded, 'unit')}`
        : `updated ${counted(touched, 'file')}`;
      const line = isFirst
        ? `watching ${counted(files, 'file')}, ${counted(units, 'unit')}; brought up to date in ${formatDuration(elapsedMs)} (${what})`
        : `${what} in ${formatDuration(elapsedMs)}, ${counted(units, 'unit')}`;
      stdout.write(`${around.style.dim(clock())} ${line}\n`);
    },
    failed(error) {
      const { message, hint } =
        error instanceof QuarryError
          ? error
          : { message: `internal error: ${String(error)}`, hint: undefined };
      if (json) event('failed', { message, ...(hint === undefined ? {} : { hint }) });
      else complain(around, message, 'the watch goes on and tries again');
    },
    noted(text) {
      if (json) event('note', { text });
      else note(around, text);
    },
  };
}

function counted(number: number, noun: string): string {
  return `${grouped(number)} ${noun}${number === 1 ? '' : 's'}`;
}

/** Local time, `14:03:12`. */
function clock(): string {
  const now = new Date();
  return [now.getHours(), now.getMinutes(), now.getSeconds()].map(n => String(n).padStart(2, '0')).join(':');
}
