export function mean(list: readonly number[]): number {
  return list.reduce((a, b) => a + b, 0) / Math.max(1, list.length);
}

/** The value below which a share `q` of the list lies, interpolated; NaN for an empty list. */
export function quantile(list: readonly number[], q: number): number {
  const sorted = list.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

export function median(list: readonly number[]): number {
  return quantile(list, 0.5);
}

/** Numbers from a seed: mulberry32. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed | 0;
  }

  /** In [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  below(n: number): number {
    return Math.floor(this.next() * n);
  }

  shuffled<T>(list: readonly T[]): T[] {
    const copy = [...list];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [copy[i], copy[j]] = [copy[j]!, copy[i]!];
    }
    return copy;
  }
}

/** A mean with its 95 % bootstrap interval. */
export interface Interval {
  mean: number;
  low: number;
  high: number;
}

/**
 * The mean over groups of their means, with an interval from drawing the members of each group anew, with
 * replacement. One group: the plain bootstrap of a mean. Seeded, so that it comes out the same every time.
 */
export function bootstrap(groups: ReadonlyArray<readonly number[]>, draws = 2000, seed = 1): Interval {
  const filled = groups.filter(group => group.length > 0);
  if (filled.length === 0) return { mean: Number.NaN, low: Number.NaN, high: Number.NaN };
  const random = new Random(seed);
  const means: number[] = [];
  for (let draw = 0; draw < draws; draw++) {
    let total = 0;
    for (const group of filled) {
      let sum = 0;
      for (let i = 0; i < group.length; i++) sum += group[random.below(group.length)]!;
      total += sum / group.length;
    }
    means.push(total / filled.length);
  }
  return { mean: mean(filled.map(mean)), low: quantile(means, 0.025), high: quantile(means, 0.975) };
}
