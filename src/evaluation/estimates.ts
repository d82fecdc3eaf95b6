import type { Comparison, Range, SliceResult } from './result.ts';
import type { Part } from './slices.ts';
import { holm, rangeOf } from './statistics.ts';

/** What a system got by a measure. */
export interface Estimate {
  measure: string;
  value: number;
  /** Bootstrapped values; the draws of all systems of a data set took the same observations. */
  drawn: Float64Array;
}

/** A system against the baseline by one measure, observation by observation. */
export interface PairedTest {
  /** Two-sided. */
  p: number;
  wins: number;
  losses: number;
  ties: number;
}

export function valuesOf(estimates: readonly Estimate[]): Record<string, number> {
  return Object.fromEntries(estimates.map(({ measure, value }) => [measure, value]));
}

export function intervalsOf(estimates: readonly Estimate[]): Record<string, Range> {
  return Object.fromEntries(estimates.map(({ measure, drawn }) => [measure, rangeOf(drawn)]));
}

/**
 * All systems but the one at index `baseline` compared with it, by system and measure; the baseline's own are empty,
 * and all are if there is none (-1). `test` is asked by the indices of system and measure. Within each measure p is
 * corrected over the systems.
 */
export function comparisonsOf(
  estimates: ReadonlyArray<readonly Estimate[]>,
  baseline: number,
  test: (system: number, measure: number) => PairedTest,
): Array<Record<string, Comparison>> {
  const compared: Array<Record<string, Comparison>> = estimates.map(() => ({}));
  const others = [...estimates.keys()].filter(s => s !== baseline);
  for (const [m, base] of (estimates[baseline] ?? []).entries()) {
    const tests = others.map(s => test(s, m));
    const corrected = holm(tests.map(({ p }) => p));
    for (const [i, s] of others.entries()) {
      const { value, drawn } = estimates[s]![m]!;
      const { p, ...counts } = tests[i]!;
      compared[s]![base.measure] = {
        difference: value - base.value,
        interval: rangeOf(drawn, base.drawn),
        pUncorrected: p,
        p: corrected[i]!,
        ...counts,
      };
    }
  }
  return compared;
}

/** The results of all parts, by system. `estimate` gets the rows of a part. */
export function slicesOf(
  parts: readonly Part[],
  systems: number,
  estimate: (rows: readonly number[]) => Estimate[][],
): SliceResult[][] {
  const results: SliceResult[][] = Array.from({ length: systems }, () => []);
  for (const { slice, value, rows } of parts) {
    for (const [s, estimates] of estimate(rows).entries())
      results[s]!.push({
        slice,
        value,
        queries: rows.length,
        measures: valuesOf(estimates),
        intervals: intervalsOf(estimates),
      });
  }
  return results;
}
