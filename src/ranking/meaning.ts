import type { Confidence } from '../core/search.ts';
import { snippetShare } from './snippets.ts';

/**
 * How words and meaning are put together. Plain numbers, so that they can be tuned over one index. Similarities are
 * used as z-scores: how many standard deviations a unit lies above the mean of all units for this query, which means the
 * same for every model and query.
 */
export interface HybridParameters {
  /** Most similar units whose files become candidates. */
  units: number;
  /** Weight of the signal `meaning`, in all cases … */
  meaning: number;
  /**
   * … and in addition, times the squared share of files in units: where every file is one unit, its vector speaks for
   * all of the file, and it has neither path nor neighbours that would say more …
   */
  alone: number;
  /** … and times the same is the weight of late interaction against the cosine, where the model has it: see `VectorQuery` … */
  late: number;
  /** … and in addition, times the share of the query's idf that the strongest files by text do not have … */
  uncovered: number;
  /** … of which so many are looked at. */
  strongest: number;
  /** What is left of both when the query is one identifier, or one word. */
  symbol: number;
  /** z-score from which on a unit says something. */
  floor: number;
  /** z-score at which the best file has the whole weight; below it, less. */
  full: number;
  /** How much the second-best unit of a file adds, the third this factor less, and so on. */
  further: number;
  /** Weight of a unit's similarity against its words when the best unit of a file is chosen. */
  unit: number;
  /** Share of the file's best similarity from which on a unit without the query's words counts as found. */
  unitFloor: number;
  /** Weight of the cosine when pairs are compared across queries. */
  similarity: number;
  /** Confidence is high from this share of the query's idf on, or from this z-score on … */
  highCoverage: number;
  highZ: number;
  /** … and none below both of these. */
  noneCoverage: number;
  noneZ: number;
}

/** What of a snapshot decides how its vectors are used. */
export interface SnapshotSize {
  files: number;
  units: number;
  /** Units that have a vector. */
  encodedUnits: number;
}

/**
 * The same for one snapshot. Whether it is a tree or a pool of snippets is decided by all of its units: one that is encoded in
 * part is no pool. Among few vectors none can stand out far: the largest of n random numbers is expected about √(2 ln n)
 * deviations above their mean, so z-scores that are asked for are bounded by that.
 */
export function parametersFor(
  { files, units, encodedUnits }: SnapshotSize,
  parameters: HybridParameters,
): HybridParameters {
  const expected = Math.sqrt(2 * Math.log(Math.max(2, encodedUnits)));
  const { meaning, alone, late, floor, full, highZ, noneZ } = parameters;
  const { share, isTree } = snippetShare({ files, units });
  return {
    ...parameters,
    meaning: meaning + alone * share,
    // In a tree of files the words of a question are looked for by words already, and it would change nothing.
    late: isTree ? 0 : late * share,
    floor: Math.min(floor, expected * 0.4),
    full: Math.min(full, expected * 1.2),
    highZ: Math.min(highZ, expected * 1.4),
    noneZ: Math.min(noneZ, expected * 0.8),
  };
}

/** Files' units that are looked at beyond the best. */
const mostFurther = 5;

/** Mean and standard deviation of all similarities to a query. */
export interface Distribution {
  mean: number;
  deviation: number;
}

/**
 * A file's evidence in z-scores above the floor, 0 if nothing speaks for it: its best unit, and its further ones with
 * decay. A score of 0 stands for a unit without a vector.
 */
export function meaningOf(
  scores: Float32Array | undefined,
  { mean, deviation }: Distribution,
  { floor, further }: HybridParameters,
): number {
  if (!scores) return 0;
  // Asked of every candidate of every search: nothing is allocated for the many that say nothing.
  const least = mean + floor * deviation;
  let best = 0;
  let others: number[] | undefined;
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]!;
    if (score === 0 || score <= least) continue;
    const value = (score - mean) / deviation - floor;
    if (best === 0) best = value;
    else if (value > best) {
      (others ??= []).push(best);
      best = value;
    } else (others ??= []).push(value);
  }
  if (further === 0 || !others) return best;
  others.sort((x, y) => y - x);
  let sum = best;
  let factor = further;
  for (let i = 0; i < others.length && i < mostFurther; i++) {
    sum += others[i]! * factor;
    factor *= further;
  }
  return sum;
}

/** The largest similarity, 0 if there is none. */
export function bestOf(scores: Float32Array | undefined): number {
  let best = 0;
  if (!scores) return 0;
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]!;
    if (score !== 0 && (best === 0 || score > best)) best = score;
  }
  return best;
}

/**
 * For every unit of a file, its similarity as a share of the best one's, by z-scores above the floor: 1 for the best,
 * 0 for those that say nothing.
 */
export function unitShares(
  scores: Float32Array | undefined,
  { mean, deviation }: Distribution,
  { floor }: HybridParameters,
): ((unit: number) => number) | undefined {
  if (!scores) return undefined;
  const above = (score: number) => (score === 0 ? 0 : Math.max(0, (score - mean) / deviation - floor));
  const best = above(bestOf(scores));
  return best === 0 ? undefined : unit => above(scores[unit] ?? 0) / best;
}

/** The weight of the signal `meaning` for a query, before it is scaled by how clear the best file is. */
export function meaningWeight(
  coverage: number,
  isSymbol: boolean,
  { meaning, uncovered, symbol }: HybridParameters,
): number {
  return (meaning + uncovered * (1 - coverage)) * (isSymbol ? symbol : 1);
}

/** How sure the first hit is; see `SearchResult.confidence`. `z` is undefined when no vectors were used. */
export function confidenceOf(
  coverage: number,
  z: number | undefined,
  { highCoverage, highZ, noneCoverage, noneZ }: HybridParameters,
): Confidence {
  if (coverage >= highCoverage || (z ?? 0) >= highZ) return 'high';
  // Without vectors, words that are missing may only be other words.
  return z !== undefined && coverage < noneCoverage && z < noneZ ? 'none' : 'low';
}
