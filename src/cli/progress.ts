import type { UpdateProgress } from '../core/progress.ts';
import type { Surroundings } from './surroundings.ts';
import { cut, formatBytes, formatDuration, grouped, terminalWidth } from './terminal.ts';

/** Shows the steps of an update. `end` takes away what should not stay. */
export interface ProgressView {
  step(progress: UpdateProgress): void;
  end(): void;
}

export interface ProgressOptions {
  /** Milliseconds an update may take before anything is shown. */
  delayMs: number;
  /** The clock, milliseconds. */
  now?: () => number;
}

/** On a terminal one line that is redrawn at most ten times a second, elsewhere a line every two seconds. */
export function progressView(around: Surroundings, options: ProgressOptions): ProgressView {
  if (around.quiet) return { step: () => undefined, end: () => undefined };
  const now = options.now ?? (() => performance.now());
  const begun = now();
  const { stderr } = around;
  const live = stderr.isTTY === true && around.env.TERM !== 'dumb';
  const everyMs = live ? 100 : 2000;
  const from = begun + options.delayMs;
  let last = from - everyMs;
  let phase: string | undefined;
  let shown = false;
  return {
    step(progress) {
      const time = now();
      const due = time - last >= everyMs || (progress.phase === 'extract' && phase !== 'extract');
      if (progress.phase === 'done' || time < from || !due) return;
      last = time;
      phase = progress.phase;
      if (live) {
        stderr.write(`\r\u001b[2K${barLine(progress, (terminalWidth(stderr) ?? 80) - 1, around)}`);
        shown = true;
      } else stderr.write(`quarry: ${plainLine(progress)}\n`);
    },
    end() {
      if (shown) stderr.write('\r\u001b[2K');
      shown = false;
    },
  };
}

interface Figures {
  share: number;
  files: string;
  rates: string[];
  left: string | undefined;
}

function figures(progress: UpdateProgress): Figures {
  const { filesDone, filesTotal, bytesDone, bytesTotal, elapsedMs, etaMs } = progress;
  const share = bytesTotal > 0 ? bytesDone / bytesTotal : filesTotal > 0 ? filesDone / filesTotal : 0;
  const seconds = elapsedMs / 1000;
  const rates =
    seconds > 0.2 && filesDone > 0
      ? [`${grouped(filesDone / seconds)} files/s`, `${formatBytes(Math.round(bytesDone / seconds))}/s`]
      : [];
  return {
    share: Math.min(1, share),
    files: `${grouped(filesDone)}/${grouped(filesTotal)} files`,
    rates,
    left:
      etaMs === undefined
        ? undefined
        : `${formatDuration(Math.max(1000, Math.round(etaMs / 1000) * 1000))} left`,
  };
}

/** The step in words, for logs and pipes. */
export function plainLine(progress: UpdateProgress): string {
  const { waitingFor, phase, filesTotal, units, encodeDone = 0, encodeTotal = 0, etaMs } = progress;
  if (waitingFor !== undefined) return `waiting: ${waitingFor} is updating the index`;
  if (phase === 'walk') return `looking for changes, ${grouped(filesTotal)} files so far`;
  if (phase === 'write') return `writing the index, ${grouped(units)} new units`;
  if (phase === 'merge') return 'tidying the index';
  if (phase === 'encode') {
    const left =
      etaMs === undefined ? '' : `, ${formatDuration(Math.max(1000, Math.round(etaMs / 1000) * 1000))} left`;
    return `encoding ${grouped(encodeDone)}/${grouped(encodeTotal)} units${left}`;
  }
  const { share, files, rates, left } = figures(progress);
  return [`indexing ${files} (${Math.floor(share * 100)} %)`, ...rates, ...(left ? [left] : [])].join(', ');
}

/** The step as one line of at most `width` columns: the less important parts go first when it is narrow. */
export function barLine(
  progress: UpdateProgress,
  width: number,
  around: Pick<Surroundings, 'errorStyle'>,
): string {
  if (progress.waitingFor !== undefined || progress.phase !== 'extract')
    return cut(`${plainLine(progress)} …`, width);
  const { share, files, rates, left } = figures(progress);
  const percent = `${String(Math.floor(share * 100)).padStart(3)} %`;
  const parts = [percent, files, ...(left ? [left] : []), ...rates];
  const barWidth = Math.min(24, Math.max(0, width - 60));
  const lead = barWidth < 6 ? 'indexing' : `indexing ${bar(share, barWidth, around)}`;
  const leadWidth = barWidth < 6 ? 8 : 9 + barWidth;
  let text = '';
  for (const part of parts) {
    if (leadWidth + text.length + 2 + part.length > width) break;
    text += `  ${part}`;
  }
  return lead + text;
}

/** A bar in eighths of a column; `share` lies in [0, 1]. */
export function bar(share: number, width: number, around: Pick<Surroundings, 'errorStyle'>): string {
  const eighths = Math.round(share * width * 8);
  const full = '█'.repeat(eighths >> 3);
  const part = eighths & 7 ? ' ▏▎▍▌▋▊▉'[eighths & 7]! : '';
  const { cyan, dim } = around.errorStyle;
  return cyan(full + part) + dim('░'.repeat(width - full.length - part.length));
}
