import { Random } from '../core/random.ts';
import type { Range } from './result.ts';

export { Random };

/** Times an evaluation draws at random. */
export interface Draws {
  bootstrap: number;
  randomisation: number;
}

export const DRAWS: Readonly<Draws> = { bootstrap: 2_000, randomisation: 10_000 };

export function mean(list: readonly number[]): number {
  return list.reduce((a, b) => a + b, 0) / Math.max(1, list.length);
}

/** The value below which a share `q` of the list lies, interpolated; NaN for an empty list. */
export function quantile(list: ArrayLike<number>, q: number): number {
  const sorted = Float64Array.from(list).sort();
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

export function median(list: ArrayLike<number>): number {
  return quantile(list, 0.5);
}

/**
 * What each observation adds to a total that is the mean over groups of their means. `sizes` are the numbers of
 * observations of the groups, all above 0. One group: 1 / n for each.
 */
export function weightsOf(sizes: readonly number[]): Float64Array {
  return Float64Array.from(
    sizes.flatMap(size => Array.from({ length: size }, () => 1 / size / sizes.length)),
  );
}

/** The mean over groups of their means. */
export function groupedMean(values: ArrayLike<number>, sizes: readonly number[]): number {
  let total = 0;
  let at = 0;
  for (const size of sizes) {
    let sum = 0;
    for (const end = at + size; at < end; at++) sum += values[at]!;
    total += sum / size;
  }
  return total / sizes.length;
}

/**
 * Bootstrap (Efron 1979) of totals that are means over groups of their means: every draw takes from each group as
 * many observations as it has, with replacement. The groups themselves stay as they are.
 *
 * A column holds one value per observation, group after group, `sizes` the groups' numbers of observations. Returns
 * the drawn totals by column. All columns see the same observations in each draw, so the difference between two
 * columns of the result is a paired bootstrap of their difference.
 */
export function resample(
  columns: ReadonlyArray<ArrayLike<number>>,
  sizes: readonly number[],
  draws: number = DRAWS.bootstrap,
  seed = 1,
): Float64Array[] {
  const random = new Random(seed);
  const totals = columns.map(() => new Float64Array(draws));
  const values = columns.map(column => Float64Array.from(column));
  const counts = new Float64Array(sizes.reduce((a, b) => a + b, 0));
  const sums = new Float64Array(4);
  for (let draw = 0; draw < draws; draw++) {
    counts.fill(0);
    let start = 0;
    for (const size of sizes) {
      for (let i = 0; i < size; i++) counts[start + random.below(size)]!++;
      for (let c = 0; c < values.length; c += 4) {
        addFour(values, c, counts, start, start + size, sums);
        for (let i = 0; i < 4 && c + i < values.length; i++) totals[c + i]![draw]! += sums[i]! / size;
      }
      start += size;
    }
  }
  // Divided at the end: the mean of ones is one, exactly.
  return totals.map(drawn => drawn.map(total => total / sizes.length));
}

/** Sums of `counts` times four columns from `at` to before `end`; at once, as this is where the time goes. */
function addFour(
  columns: readonly Float64Array[],
  first: number,
  counts: Float64Array,
  at: number,
  end: number,
  sums: Float64Array,
): void {
  const a = columns[first]!;
  const b = columns[first + 1] ?? a;
  const c = columns[first + 2] ?? a;
  const d = columns[first + 3] ?? a;
  let [sumA, sumB, sumC, sumD] = [0, 0, 0, 0];
  for (let i = at; i < end; i++) {
    const count = counts[i]!;
    sumA += count * a[i]!;
    sumB += count * b[i]!;
    sumC += count * c[i]!;
    sumD += count * d[i]!;
  }
  sums[0] = sumA;
  sums[1] = sumB;
  sums[2] = sumC;
  sums[3] = sumD;
}

/** The middle 95 % of drawn totals, or of the differences between those of two columns of one `resample`. */
export function rangeOf(totals: Float64Array, minus?: Float64Array): Range {
  const drawn = minus ? totals.map((total, i) => total - minus[i]!) : totals;
  return [quantile(drawn, 0.025), quantile(drawn, 0.975)];
}

/** A mean with its 95 % bootstrap interval. */
export interface Interval {
  mean: number;
  low: number;
  high: number;
}

/** The mean over groups of their means with its bootstrap interval (`resample`). NaN if there is nothing. */
export function bootstrapInterval(
  groups: ReadonlyArray<readonly number[]>,
  draws: number = DRAWS.bootstrap,
  seed = 1,
): Interval {
  const filled = groups.filter(group => group.length > 0);
  if (filled.length === 0) return { mean: Number.NaN, low: Number.NaN, high: Number.NaN };
  const values = filled.flat();
  const sizes = filled.map(group => group.length);
  const [totals] = resample([values], sizes, draws, seed);
  const [low, high] = rangeOf(totals!);
  return { mean: groupedMean(values, sizes), low, high };
}

/** Differences below this are rounding, not wins: measures are in [0, 1]. */
export const SAME = 1e-12;

/** With so few differences all signs are tried. */
const EXACT = 12;

/**
 * Two-sided p of the paired randomisation test (Fisher 1935; for retrieval Smucker, Allan & Carterette, CIKM 2007):
 * if the systems were alike, each observation's difference could as well have the other sign. The statistic is the
 * sum of the differences times `weights`, by default their mean. All signs are tried with up to twelve differences
 * that are not 0; otherwise p = (1 + draws with |T*| ≥ |T|) / (1 + draws).
 */
export function randomisationTest(
  differences: ArrayLike<number>,
  options: { weights?: ArrayLike<number>; draws?: number; seed?: number } = {},
): number {
  const { weights, draws = DRAWS.randomisation, seed = 1 } = options;
  const terms: number[] = [];
  for (let i = 0; i < differences.length; i++) {
    if (Math.abs(differences[i]!) > SAME) terms.push(differences[i]! * (weights?.[i] ?? 1));
  }
  const size = terms.reduce((a, b) => a + Math.abs(b), 0);
  // Sums of the same terms in another order must count as equal.
  const least = Math.abs(terms.reduce((a, b) => a + b, 0)) - SAME * size;
  if (terms.length <= EXACT) {
    const sums = signedSums(terms, 0, terms.length);
    return sums.filter(sum => Math.abs(sum) >= least).length / sums.length;
  }
  let extreme = 0;
  for (const sum of flippedSums(terms, draws, seed)) if (Math.abs(sum) >= least) extreme++;
  return (1 + extreme) / (1 + draws);
}

/**
 * Sums of the terms with random signs. One random bit decides each sign; eight terms are looked up at once in a
 * table of their 256 sums.
 */
function flippedSums(terms: readonly number[], draws: number, seed: number): Float64Array {
  const random = new Random(seed);
  const sums = new Float64Array(draws);
  for (let at = 0; at < terms.length; at += 32) {
    const first = signedSums(terms, at, 8);
    const second = signedSums(terms, at + 8, 8);
    const third = signedSums(terms, at + 16, 8);
    const fourth = signedSums(terms, at + 24, 8);
    for (let draw = 0; draw < draws; draw++) {
      const bits = random.bits();
      sums[draw]! +=
        first[bits & 255]! + second[(bits >>> 8) & 255]! + third[(bits >>> 16) & 255]! + fourth[bits >>> 24]!;
    }
  }
  return sums;
}

/** Sums of `count` terms from `at` on for all their signs; terms beyond the end are 0. */
function signedSums(terms: readonly number[], at: number, count: number): Float64Array {
  const sums = new Float64Array(2 ** count);
  for (let signs = 0; signs < sums.length; signs++) {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += (terms[at + i] ?? 0) * ((signs >>> i) & 1 ? -1 : 1);
    sums[signs] = sum;
  }
  return sums;
}

/** The p-values of a family of tests, corrected by the method of Holm (1979), in the order given. */
export function holm(ps: readonly number[]): number[] {
  const order = ps.map((_, i) => i).sort((a, b) => ps[a]! - ps[b]!);
  const corrected = [...ps];
  let before = 0;
  for (const [place, i] of order.entries()) {
    before = Math.min(1, Math.max(before, ps[i]! * (ps.length - place)));
    corrected[i] = before;
  }
  return corrected;
}
