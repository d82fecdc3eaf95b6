import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import type { AdaptResult, AdaptScore } from '../../training/adapt/adapt.ts';
import { decisionLine } from '../../training/distil/run.ts';
import { checkpointOf } from '../../training/loop/run-files.ts';
import type { RunResult } from '../../training/run.ts';
import { complain, type Surroundings } from '../surroundings.ts';
import { formatDuration, grouped, printable, table } from '../terminal.ts';

/** What a run came to, for people. */
export function runText(directory: string, result: RunResult, around: Surroundings): string {
  const { model, score, step, seconds, reason } = result;
  const { bold } = around.style;
  const ended = reason === 'early' ? ', stopped early: no better for so long' : '';
  return [
    `${bold('trained')} ${grouped(step)} steps in ${formatDuration(seconds * 1000)}${ended}`,
    score >= 0
      ? `best MRR on validation ${score.toFixed(4)}`
      : 'no validation: none of the sources has a dev split',
    ...(result.distilled ? result.distilled.decisions.map(decision => `  ${decisionLine(decision)}`) : []),
    ...(model
      ? [
          `model   ${shown(`${directory}/model`, around)}  (${kindOf(model)}, ${model.dims} dims, int8)`,
          `use it  quarry "…" --${'architecture' in model ? 'model' : 'reranker'} ${shown(`${directory}/model`, around)}`,
        ]
      : []),
    '',
  ].join('\n');
}

function kindOf(model: NonNullable<RunResult['model']>): string {
  return 'architecture' in model ? model.architecture : 'cross-encoder';
}

/** The same as an object with stable fields. */
export function runJson(directory: string, result: RunResult): object {
  const { model, score, step, seconds, reason } = result;
  return {
    directory,
    reason,
    step,
    seconds,
    mrr: score >= 0 ? score : null,
    ...(result.distilled ? { distilled: result.distilled } : {}),
    model: model
      ? { directory: `${directory}/model`, id: model.id, fingerprint: model.fingerprint, dims: model.dims }
      : null,
  };
}

/** What adapting a model came to: both models on the files held out. */
export function adaptText(
  { pairs, comparison }: AdaptResult,
  name: string,
  before: string,
  around: Surroundings,
): string {
  const kinds = Object.entries(pairs.kinds).map(([kind, count]) => `${grouped(count)} ${kind}`);
  const { train, valid, test } = pairs.splits;
  const row = (of: string, { mrr, first, ten }: AdaptScore) => [
    printable(of),
    mrr.toFixed(4),
    percent(first),
    percent(ten),
  ];
  if (!comparison) return '';
  const gain = comparison.after.mrr - comparison.before.mrr;
  return [
    `pairs: ${kinds.join(', ')}; ${grouped(train)} to learn from, ${grouped(valid)} to stop by, ${grouped(test)} to measure by`,
    `${grouped(comparison.queries)} queries whose files were not trained on, among ${grouped(comparison.units)} units:`,
    '',
    table(
      [['', 'MRR', 'first', 'among ten'], row(before, comparison.before), row(name, comparison.after)],
      '  ',
    ),
    `difference ${gain < 0 ? '−' : '+'}${Math.abs(gain).toFixed(4)} MRR, p = ${comparison.p.toPrecision(2)} (paired randomisation test)`,
    '',
    around.style.bold(comparison.better ? 'the adapted model is better' : 'the adapted model is not better'),
    '',
  ].join('\n');
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

export function shown(path: string, { cwd }: Surroundings): string {
  const near = relative(cwd, path);
  return near === '' ? '.' : near.startsWith('..') ? path : near;
}

/** Says how to go on with what was stopped. */
export function sayStopped(directory: string, around: Surroundings): void {
  complain(
    around,
    'stopped',
    existsSync(checkpointOf(directory))
      ? `go on with: quarry train --out ${shown(directory, around)} --resume`
      : 'no step was made yet: the same command begins anew',
  );
}
