import type { BuildProgress } from '../../training/corpus/build.ts';
import { bar } from '../progress.ts';
import type { Surroundings } from '../surroundings.ts';
import { cut, formatDuration, grouped, printable, terminalWidth } from '../terminal.ts';

/** Shows the steps of a build. `end` takes away what should not stay. */
export interface CorpusView {
  /** An evaluation set is being read. */
  reading(set: string): void;
  step(progress: BuildProgress): void;
  end(): void;
}

/** On a terminal one line that is redrawn at most ten times a second, elsewhere a line every five seconds. */
export function corpusView(around: Surroundings, now: () => number = () => performance.now()): CorpusView {
  if (around.quiet) return { reading: () => undefined, step: () => undefined, end: () => undefined };
  const { stderr } = around;
  const live = stderr.isTTY === true && around.env['TERM'] !== 'dumb';
  const everyMs = live ? 100 : 5000;
  const begun = now();
  let last = begun;
  let shown = false;
  const show = (text: string, share: number | undefined) => {
    const time = now();
    if (time - last < everyMs) return;
    last = time;
    const line = `${text}, ${formatDuration(time - begun)}`;
    if (!live) {
      stderr.write(`quarry: ${line}\n`);
      return;
    }
    const width = (terminalWidth(stderr) ?? 80) - 1;
    const room = width - line.length - 2;
    const drawn = share === undefined || room < 8 ? '' : `${bar(share, Math.min(20, room), around)}  `;
    stderr.write(`\r\u001b[2K${drawn}${cut(line, width - (drawn === '' ? 0 : Math.min(20, room) + 2))}`);
    shown = true;
  };
  return {
    reading: set => show(`reading evaluation set ${set}`, undefined),
    step: progress => show(plainLine(progress), progress.done / progress.total),
    end() {
      if (shown) stderr.write('\r\u001b[2K');
      shown = false;
    },
  };
}

/** The step in words. */
function plainLine({ phase, source, done, total, files, pairs }: BuildProgress): string {
  const place = `${printable(source)} (${grouped(done + 1)}/${grouped(total)})`;
  return phase === 'mine'
    ? `mining ${place}: ${grouped(files)} files, ${grouped(pairs)} pairs so far`
    : `choosing from ${place}: ${grouped(pairs)} pairs so far`;
}
