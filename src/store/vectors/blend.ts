/** From so many units on, late interaction is not asked about those below average. */
const manyUnits = 2000;

/** Cosine and late interaction as one similarity, and its distribution over all units. */
export class Blend {
  mean: number;
  deviation: number;
  private readonly weight: number;
  private readonly lateOf: (row: number, table: number) => number;
  private readonly cosines: { mean: number; deviation: number; count: number };
  private usual = 0;

  constructor(
    weight: number,
    cosines: { mean: number; deviation: number; count: number },
    lateOf: (row: number, table: number) => number,
  ) {
    this.weight = weight;
    this.lateOf = lateOf;
    this.cosines = cosines;
    this.mean = cosines.mean;
    this.deviation = cosines.deviation;
  }

  /** Learns from a sample how much of both the average unit has, and how far they spread. */
  measure(sample: ReadonlyArray<{ row: number; score: number; table: number }>): void {
    const n = sample.length;
    if (n === 0) return;
    const { weight, cosines } = this;
    const late = sample.map(({ row, table }) => this.lateOf(row, table));
    const meanLate = late.reduce((sum, value) => sum + value, 0) / n;
    const meanCosine = sample.reduce((sum, { score }) => sum + score, 0) / n;
    let [squares, products] = [0, 0];
    for (const [i, { score }] of sample.entries()) {
      squares += (late[i]! - meanLate) ** 2;
      products += (late[i]! - meanLate) * (score - meanCosine);
    }
    // Of the cosines everything is known; only what late interaction adds is estimated.
    const variance = cosines.deviation ** 2 + (2 * weight * products + weight ** 2 * squares) / n;
    this.usual = meanLate;
    this.mean = (cosines.mean + weight * meanLate) / (1 + weight);
    this.deviation = Math.max(1e-6, Math.sqrt(Math.max(0, variance)) / (1 + weight));
  }

  score(cosine: number, row: number, table: number): number {
    // Among many units, one whose vector is below average will not be lifted to where it could matter.
    const isHopeless = this.cosines.count > manyUnits && cosine < this.cosines.mean;
    const late = isHopeless ? this.usual : this.lateOf(row, table);
    return (cosine + this.weight * late) / (1 + this.weight);
  }
}
