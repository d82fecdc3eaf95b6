import { QuarryError } from '../core/errors.ts';
import type { LabelledPair } from './dataset.ts';
import {
  comparisonsOf,
  type Estimate,
  intervalsOf,
  type PairedTest,
  slicesOf,
  valuesOf,
} from './estimates.ts';
import { type ClassificationMeasure, type Confusion, measuresFor } from './measures.ts';
import type { SystemResult } from './result.ts';
import { partsOf } from './slices.ts';
import { DRAWS, type Draws, resample, SAME } from './statistics.ts';

/** What a system gave to all pairs, in their order; a higher score means more likely an answer. */
export interface ScoredSystem {
  name: string;
  /** By rule. */
  calibration: ReadonlyArray<readonly number[]>;
  scores: readonly number[];
}

export interface ClassifyOptions {
  /** In the order of the report. */
  systems: readonly ScoredSystem[];
  /** As in the data set: the first rule is the main one. */
  calibration: ReadonlyArray<{ name: string; pairs: ReadonlyArray<Pick<LabelledPair, 'label'>> }>;
  pairs: ReadonlyArray<Pick<LabelledPair, 'label' | 'slices'>>;
  measures: readonly string[];
  /** Name of one of the systems. */
  baseline: string | null;
  seed?: number;
  draws?: Partial<Draws>;
}

export type ClassificationSummary = Required<
  Pick<
    SystemResult,
    | 'name'
    | 'measures'
    | 'intervals'
    | 'p'
    | 'comparisons'
    | 'meansOver'
    | 'slices'
    | 'recallAt'
    | 'thresholds'
  >
>;

/**
 * Chooses every system's threshold on the calibration pairs of each rule, applies it to the pairs and measures the
 * predictions. Everything but `thresholds` is by the main rule. Intervals take thresholds as given: they are
 * bootstrapped over the pairs. Wins are pairs that only the system got right, losses those only the baseline did.
 *
 * Throws QuarryError `usage` for unknown measures and baselines, calibration without pairs, and scores that are not
 * finite numbers.
 */
export function classify(options: ClassifyOptions): {
  measures: string[];
  systems: ClassificationSummary[];
} {
  const { systems, calibration, pairs, baseline, seed = 1 } = options;
  const draws: Draws = { ...DRAWS, ...options.draws };
  const measures = measuresFor('classification', options.measures);
  if (baseline !== null && !systems.some(({ name }) => name === baseline))
    throw new QuarryError(
      'usage',
      `the baseline ${JSON.stringify(baseline)} is not among the systems`,
      `systems: ${systems.map(({ name }) => name).join(', ')}`,
    );
  if (calibration.length === 0)
    throw new QuarryError('usage', 'a threshold needs pairs to be chosen on, and there are none');

  const labels = Uint8Array.from(pairs, ({ label }) => label);
  const thresholds = systems.map(system =>
    calibration.map((rule, i) => ({
      rule: rule.name,
      threshold: chooseThreshold(
        finite(system, system.calibration[i] ?? [], rule.pairs.length, rule.name),
        rule.pairs.map(({ label }) => label),
      ),
    })),
  );
  const predicted = systems.map((system, s) =>
    thresholds[s]!.map(({ threshold }) =>
      Uint8Array.from(finite(system, system.scores, pairs.length, 'tested'), score =>
        score >= threshold ? 1 : 0,
      ),
    ),
  );
  const byMainRule = predicted.map(rules => rules[0]!);
  const estimates = estimate(labels, byMainRule, measures, draws.bootstrap, seed);
  const at = systems.findIndex(({ name }) => name === baseline);
  const comparisons = comparisonsOf(estimates, at, (s, m) =>
    swapTest(labels, byMainRule[s]!, byMainRule[at]!, measures[m]!),
  );
  const slices = slicesOf(partsOf(pairs.map(pair => pair.slices)), systems.length, rows => {
    const pick = (list: Uint8Array): Uint8Array => Uint8Array.from(rows, row => list[row]!);
    return estimate(pick(labels), byMainRule.map(pick), measures, draws.bootstrap, seed);
  });
  return {
    measures: measures.map(({ name }) => name),
    systems: systems.map(({ name }, s) => ({
      name,
      measures: valuesOf(estimates[s]!),
      intervals: intervalsOf(estimates[s]!),
      p: Object.fromEntries(Object.entries(comparisons[s]!).map(([measure, { p }]) => [measure, p])),
      comparisons: comparisons[s]!,
      meansOver: {},
      slices: slices[s]!,
      recallAt: [],
      thresholds: thresholds[s]!.map(({ rule, threshold }, r) => {
        const confusion = confusionOf(labels, predicted[s]![r]!);
        return {
          rule,
          threshold,
          measures: Object.fromEntries(measures.map(measure => [measure.name, measure.of(confusion)])),
        };
      }),
    })),
  };
}

/**
 * The threshold with the best accuracy when pairs that score at least as much are taken for answers; among equally
 * accurate ones that with the best F1. It lies half way between two neighbouring scores; a threshold that takes all
 * or none lies outside them by half their mean distance. Scores must be finite. Throws QuarryError `usage` if there
 * are none.
 */
export function chooseThreshold(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  const order = Array.from({ length: scores.length }, (_, i) => i).sort((a, b) => scores[b]! - scores[a]!);
  const lowest = scores[order.at(-1) ?? -1];
  const highest = scores[order[0] ?? -1];
  if (lowest === undefined || highest === undefined)
    throw new QuarryError('usage', 'a threshold needs pairs to be chosen on, and there are none');
  const distinct = new Set(Array.from(scores)).size;
  const margin = distinct > 1 ? (highest / 2 - lowest / 2) / (distinct - 1) : 0.5;

  let threshold = highest + margin;
  let truePositives = 0;
  let right = 0;
  for (const i of order) if (labels[i] === 0) right++;
  let best = { right, truePositives };
  for (const [place, i] of order.entries()) {
    if (labels[i] === 1) truePositives++;
    right += labels[i] === 1 ? 1 : -1;
    const next = scores[order[place + 1] ?? -1];
    if (next === scores[i]) continue;
    // With as many right, F1 = 2 TP / (2 TP + wrong) grows with TP.
    if (right < best.right || (right === best.right && truePositives <= best.truePositives)) continue;
    best = { right, truePositives };
    threshold = next === undefined ? lowest - margin : between(next, scores[i]!);
  }
  return threshold;
}

/** Half way; the higher one where no number lies between. */
function between(low: number, high: number): number {
  const middle = low / 2 + high / 2;
  return middle > low ? middle : high;
}

function finite(
  system: ScoredSystem,
  scores: readonly number[],
  pairs: number,
  what: string,
): readonly number[] {
  if (scores.length !== pairs)
    throw new Error(`${system.name}: ${scores.length} scores for ${pairs} pairs (${what})`);
  const at = scores.findIndex(score => !Number.isFinite(score));
  if (at >= 0)
    throw new QuarryError(
      'usage',
      `${system.name} gave pair ${at + 1} (${what}) the score ${scores[at]}`,
      'every pair needs a finite score',
    );
  return scores;
}

export function confusionOf(labels: ArrayLike<number>, predicted: ArrayLike<number>): Confusion {
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < labels.length; i++) counts[2 * labels[i]! + predicted[i]!]!++;
  const [trueNegatives, falsePositives, falseNegatives, truePositives] = counts as [
    number,
    number,
    number,
    number,
  ];
  return { truePositives, falsePositives, falseNegatives, trueNegatives };
}

function estimate(
  labels: Uint8Array,
  predicted: readonly Uint8Array[],
  measures: readonly ClassificationMeasure[],
  draws: number,
  seed: number,
): Estimate[][] {
  // The confusion of a draw follows from three columns: labels, which all share, and per system two of predictions.
  const columns = predicted.flatMap(list => [list, list.map((value, i) => value & labels[i]!)]);
  const [positive, ...drawn] = resample([labels, ...columns], [labels.length], draws, seed);
  return predicted.map((list, s) => {
    const confusion = confusionOf(labels, list);
    const confusions = Array.from(positive!, (positives, draw) => {
      const truePositives = drawn[2 * s + 1]![draw]!;
      const falsePositives = drawn[2 * s]![draw]! - truePositives;
      const falseNegatives = positives - truePositives;
      return {
        truePositives,
        falsePositives,
        falseNegatives,
        trueNegatives: 1 - truePositives - falsePositives - falseNegatives,
      };
    });
    return measures.map(({ name, of }) => ({
      measure: name,
      value: of(confusion),
      drawn: Float64Array.from(confusions, of),
    }));
  });
}

/**
 * Paired randomisation test of two systems' predictions (Yeh, COLING 2000): if the systems were alike, their
 * predictions of each pair could as well be swapped. Exact: swapping matters only where they differ, and of the
 * pairs where they differ the number that the system takes for answers is binomial for each label. For accuracy this
 * is the exact test of McNemar (1947). A p below 1e-30 is given as 1e-30.
 */
export function swapTest(
  labels: ArrayLike<number>,
  system: ArrayLike<number>,
  baseline: ArrayLike<number>,
  measure: ClassificationMeasure,
): PairedTest {
  const both = [0, 0];
  const differing = [0, 0];
  const onlySystem = [0, 0];
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (system[i] === baseline[i]) both[label]! += system[i]!;
    else {
      differing[label]!++;
      onlySystem[label]! += system[i]!;
    }
  }
  const positives = confusionOf(labels, labels).truePositives;
  const negatives = labels.length - positives;
  const of = (truePositives: number, falsePositives: number): number =>
    measure.of({
      truePositives,
      falsePositives,
      falseNegatives: positives - truePositives,
      trueNegatives: negatives - falsePositives,
    });
  /** When the system takes `right` and `wrong` of the differing pairs for answers, and the baseline the rest. */
  const difference = (right: number, wrong: number): number =>
    Math.abs(
      of(both[1]! + right, both[0]! + wrong) -
        of(both[1]! + differing[1]! - right, both[0]! + differing[0]! - wrong),
    );
  const least = difference(onlySystem[1]!, onlySystem[0]!) - SAME;
  const chanceRight = binomial(differing[1]!);
  const chanceWrong = binomial(differing[0]!);
  let p = 0;
  for (const [right, chance] of chanceRight.entries()) {
    if (chance === 0) continue;
    for (const [wrong, other] of chanceWrong.entries())
      if (other > 0 && difference(right, wrong) >= least) p += chance * other;
  }
  const wins = onlySystem[1]! + differing[0]! - onlySystem[0]!;
  const ties = labels.length - differing[0]! - differing[1]!;
  return { p: Math.min(1, Math.max(1e-30, p)), wins, losses: labels.length - ties - wins, ties };
}

/** Logarithm of the smallest chance that matters: even a hundred million of them do not add up to 1e-30. */
const LEAST = Math.log(1e-40);

/** Chances of 0 … n heads in n throws of a coin; those too small to matter are 0, which saves most of the work. */
function binomial(n: number): Float64Array {
  const chances = new Float64Array(n + 1);
  let log = -n * Math.LN2;
  for (let heads = 0; heads <= n; heads++) {
    chances[heads] = log < LEAST ? 0 : Math.exp(log);
    log += Math.log(n - heads) - Math.log(heads + 1);
  }
  return chances;
}
