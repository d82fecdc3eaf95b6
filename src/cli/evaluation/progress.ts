import type { EvaluationProgress } from '../../evaluation/run.ts';
import { bar } from '../progress.ts';
import type { Surroundings } from '../surroundings.ts';
import { cut, formatDuration, grouped, terminalWidth } from '../terminal.ts';

/** Shows the steps of an evaluation. `end` takes away what should not stay. */
export interface EvaluationView {
  step(progress: EvaluationProgress): void;
  end(): void;
}

const doing: Record<EvaluationProgress['phase'], string> = {
  read: 'reading',
  index: 'indexing',
  search: 'searching',
  time: 'timing',
  compare: 'comparing',
};

/** On a terminal one line that is redrawn at most ten times a second, elsewhere a line every five seconds. */
export function evaluationView(
  around: Surroundings,
  now: () => number = () => performance.now(),
): EvaluationView {
  if (around.quiet) return { step: () => undefined, end: () => undefined };
  const { stderr } = around;
  const live = stderr.isTTY === true && around.env['TERM'] !== 'dumb';
  const everyMs = live ? 100 : 5000;
  const begun = now();
  let last = begun;
  let shown = false;
  return {
    step(progress) {
      const time = now();
      if (time - last < everyMs) return;
      last = time;
      const elapsed = formatDuration(time - begun);
      if (live) {
        const line = liveLine(progress, elapsed, (terminalWidth(stderr) ?? 80) - 1, around);
        stderr.write(`\r\u001b[2K${line}`);
        shown = true;
      } else stderr.write(`quarry: ${plainLine(progress)}, ${elapsed}\n`);
    },
    end() {
      if (shown) stderr.write('\r\u001b[2K');
      shown = false;
    },
  };
}

/** The step in words. */
export function plainLine(progress: EvaluationProgress): string {
  const { dataset, phase, collection, collectionsDone, system, done, total } = progress;
  const place = collection === '' || collection === dataset ? dataset : `${dataset} ${collection}`;
  const before = collectionsDone > 0 ? ` (${grouped(collectionsDone)} collections done)` : '';
  const count = total > 0 && done > 0 ? ` ${grouped(done)}/${grouped(total)} queries` : '';
  const who = system === '' ? '' : ` ${system}`;
  return `${place}${before}: ${doing[phase]}${who}${count}`;
}

function liveLine(
  progress: EvaluationProgress,
  elapsed: string,
  width: number,
  around: Pick<Surroundings, 'errorStyle'>,
): string {
  const text = `${plainLine(progress)}  ${elapsed}`;
  const { done, total } = progress;
  const room = width - text.length - 2;
  if (total === 0 || room < 8) return cut(text, width);
  return `${bar(done / total, Math.min(20, room), around)}  ${text}`;
}
