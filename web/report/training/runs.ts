import type { ReportRun, TrainingPayload } from '../../../src/training/report.ts';
import type { Data } from '../data.ts';

export type { ReportRun };

/** The runs of a page about training; none if it is about something else. */
export function runsOf(payload: unknown): readonly ReportRun[] {
  const { training } = (payload ?? {}) as Partial<TrainingPayload>;
  return Array.isArray(training) ? training : [];
}

/** Colours and symbols of the runs, for `Mark`. The first slot, a grey, stays free. */
export function slotsOf(runs: readonly ReportRun[]): Data {
  return { parts: [], slots: new Map(runs.map((run, i) => [run.name, i + 1])) };
}

/** What the curves run over. */
export const axes = ['steps', 'epochs', 'minutes'] as const;
export type Axis = (typeof axes)[number];

/** One point of a curve. */
export interface Point {
  run: string;
  x: number;
  y: number;
  /** Which of several curves of a run; '' if there is one. */
  series: string;
}

/** Position of a step or a validation on an axis. */
export function placeOf(axis: Axis, at: { step: number; epoch: number; seconds: number }): number {
  return axis === 'steps' ? at.step : axis === 'epochs' ? at.epoch : at.seconds / 60;
}

export type StepValue = 'loss' | 'rate' | 'pairsPerSecond' | 'gradientNorm';

/** A value over the steps of every run. */
export function stepPoints(runs: readonly ReportRun[], axis: Axis, value: StepValue): Point[] {
  return runs.flatMap(({ name, steps }) =>
    steps.step.map((step, i) => ({
      run: name,
      series: '',
      x: placeOf(axis, { step, epoch: steps.epoch[i]!, seconds: steps.seconds[i]! }),
      y: steps[value][i]!,
    })),
  );
}

/** Fields of the recipes, nested ones as `loss.kind`, with the value of each run as text. */
export function recipeFields(runs: readonly ReportRun[]): Array<{ field: string; values: string[] }> {
  const flat = runs.map(({ recipe, seed, threads, device }) =>
    flattened({ ...recipe, seed, threads, device } as unknown as Record<string, unknown>, ''),
  );
  const names = [...new Set(flat.flatMap(fields => [...fields.keys()]))];
  return names.map(field => ({ field, values: flat.map(fields => fields.get(field) ?? '–') }));
}

function flattened(object: Readonly<Record<string, unknown>>, prefix: string): Map<string, string> {
  const out = new Map<string, string>();
  for (const [name, value] of Object.entries(object)) {
    if (Array.isArray(value)) out.set(prefix + name, value.join('  '));
    else if (typeof value === 'object' && value !== null) {
      for (const [inner, text] of flattened(value as Record<string, unknown>, `${prefix}${name}.`))
        out.set(inner, text);
    } else out.set(prefix + name, String(value));
  }
  return out;
}
