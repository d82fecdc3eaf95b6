import type { DownloadProgress } from '../../models/library/download.ts';
import { bar } from '../progress.ts';
import type { Surroundings } from '../surroundings.ts';
import { cut, formatBytes, formatDuration, printable, terminalWidth } from '../terminal.ts';

/** Shows the steps of a download. `end` takes away what should not stay. */
export interface DownloadView {
  step(progress: DownloadProgress): void;
  end(): void;
}

/** On a terminal one line that is redrawn at most ten times a second, elsewhere a line every five seconds. */
export function downloadView(
  around: Surroundings,
  now: () => number = () => performance.now(),
): DownloadView {
  if (around.quiet) return { step: () => undefined, end: () => undefined };
  const { stderr } = around;
  const live = stderr.isTTY === true && around.env['TERM'] !== 'dumb';
  const everyMs = live ? 100 : 5000;
  let begun: { at: number; bytes: number } | undefined;
  let last = now();
  let shown = false;
  return {
    step({ file, bytesDone, bytesTotal }) {
      const time = now();
      // What an interrupted download had is not counted into the rate.
      begun ??= { at: time, bytes: bytesDone };
      if (time - last < everyMs) return;
      last = time;
      const rate = (bytesDone - begun.bytes) / Math.max(1, time - begun.at);
      const left = rate > 0 && time - begun.at > 1000 ? (bytesTotal - bytesDone) / rate : undefined;
      const parts = [
        `${printable(file)}: ${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}`,
        ...(rate > 0 ? [`${formatBytes(Math.round(rate * 1000))}/s`] : []),
        ...(left === undefined ? [] : [`${formatDuration(Math.max(1000, left))} left`]),
      ];
      if (!live) {
        stderr.write(`quarry: ${parts.join(', ')}\n`);
        return;
      }
      const width = (terminalWidth(stderr) ?? 80) - 1;
      const text = cut(parts.join('  '), width);
      const room = Math.min(20, width - text.length - 2);
      const drawn = room < 8 ? '' : `${bar(Math.min(1, bytesDone / bytesTotal), room, around)}  `;
      stderr.write(`\r\u001b[2K${drawn}${text}`);
      shown = true;
    },
    end() {
      if (shown) stderr.write('\r\u001b[2K');
      shown = false;
    },
  };
}
