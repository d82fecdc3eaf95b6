import type { PrepareProgress } from '../../training/dual/prepare-run.ts';
import type { TrainProgress } from '../../training/loop/train.ts';
import { bar } from '../progress.ts';
import type { Surroundings } from '../surroundings.ts';
import { cut, formatDuration, grouped, terminalWidth, widthOf } from '../terminal.ts';

/** Shows what training is at. `end` takes away what should not stay. */
export interface TrainView {
  mining(files: number, pairs: number): void;
  preparing(progress: PrepareProgress): void;
  training(progress: TrainProgress): void;
  end(): void;
}

/** On a terminal one line that is redrawn at most ten times a second, elsewhere a line every ten seconds. */
export function trainView(around: Surroundings, now: () => number = () => performance.now()): TrainView {
  const silent = () => undefined;
  if (around.quiet) return { mining: silent, preparing: silent, training: silent, end: silent };
  const { stderr } = around;
  const live = stderr.isTTY === true && around.env['TERM'] !== 'dumb';
  const everyMs = live ? 100 : 10_000;
  let last = Number.NEGATIVE_INFINITY;
  let lastPhase: string | undefined;
  let shown = false;
  const show = (phase: string, line: (width: number) => string) => {
    const time = now();
    // A log has the beginning of each phase.
    if (time - last < everyMs && phase === lastPhase) return;
    last = time;
    lastPhase = phase;
    if (live) {
      stderr.write(`\r\u001b[2K${line((terminalWidth(stderr) ?? 80) - 1)}`);
      shown = true;
    } else stderr.write(`quarry: ${line(Number.POSITIVE_INFINITY)}\n`);
  };
  return {
    mining: (files, pairs) =>
      show('mine', width => cut(`mining: ${grouped(files)} files, ${grouped(pairs)} pairs so far`, width)),
    preparing: ({ phase, done }) =>
      show(phase, width =>
        cut(
          phase === 'tokenizer'
            ? `training the tokenizer: ${grouped(done)} examples so far`
            : `${phase === 'read' ? 'reading' : 'encoding'}: ${grouped(done)} examples so far`,
          width,
        ),
      ),
    training: progress => show('train', width => trainLine(progress, width, around)),
    end() {
      if (shown) stderr.write('\r\u001b[2K');
      shown = false;
    },
  };
}

/** The step as one line of at most `width` columns: the less important parts go first when it is narrow. */
export function trainLine(
  { step, steps, epoch, loss, pairsPerSecond, eta, score, best }: TrainProgress,
  width: number,
  around: Pick<Surroundings, 'errorStyle'>,
): string {
  // Epochs differ by a few batches, so that there can be more steps than were foreseen.
  const share = Math.min(1, step / Math.max(1, steps));
  const parts = [
    `step ${grouped(step)}/${grouped(steps)}`,
    `loss ${loss.toFixed(3)}`,
    ...(Number.isFinite(eta) && eta > 0
      ? [`${formatDuration(Math.max(1, Math.round(eta)) * 1000)} left`]
      : []),
    ...(Number.isNaN(score) ? [] : [`MRR ${score.toFixed(4)}`]),
    ...(best >= 0 ? [`best ${best.toFixed(4)}`] : []),
    `${grouped(pairsPerSecond)} pairs/s`,
    `epoch ${epoch.toFixed(2)}`,
  ];
  if (width === Number.POSITIVE_INFINITY) return `${parts.join(', ')} (${Math.floor(share * 100)} %)`;
  const barWidth = Math.min(20, Math.max(0, width - 60));
  let line = barWidth < 6 ? '' : bar(share, barWidth, around);
  let used = barWidth < 6 ? 0 : barWidth;
  for (const part of parts) {
    const own = widthOf(part) + (used > 0 ? 2 : 0);
    if (used + own > width) break;
    line += `${used > 0 ? '  ' : ''}${part}`;
    used += own;
  }
  return line;
}
