import type { RankedItem } from '../system.ts';

/** Adds up scores of documents, reused between queries so that a query costs what it touches. */
export class Scores {
  private readonly values: Float64Array;
  private readonly touched: Int32Array;
  private count = 0;

  constructor(documents: number) {
    this.values = new Float64Array(documents);
    this.touched = new Int32Array(documents);
  }

  /** `value` must be above 0. */
  add(document: number, value: number): void {
    if (this.values[document] === 0) this.touched[this.count++] = document;
    this.values[document]! += value;
  }

  /** Documents with a score, in no order; valid until the next call of `add` or `take`. */
  documents(): Int32Array {
    return this.touched.subarray(0, this.count);
  }

  get(document: number): number {
    return this.values[document]!;
  }

  /** Replaces a score; `value` must be above 0, and so must the score have been. */
  set(document: number, value: number): void {
    this.values[document] = value;
  }

  /**
   * The best documents, equal scores in the order of the collection, with their lines if these are given; everything is
   * 0 again afterwards.
   */
  take(
    ids: readonly string[],
    limit: number,
    lines: ReadonlyArray<readonly [number, number]> = [],
  ): RankedItem[] {
    const { values } = this;
    let found = this.documents();
    if (found.length > limit) {
      // Sorting bare numbers is native: what cannot be among the best is told apart before objects are made.
      const sorted = Float64Array.from(found, d => values[d]!).sort();
      const least = sorted[sorted.length - limit]!;
      found = found.filter(d => values[d]! >= least);
    }
    const best = Array.from(found)
      .sort((a, b) => values[b]! - values[a]! || a - b)
      .slice(0, limit)
      .map(d => ({ id: ids[d]!, score: values[d]!, ...(lines[d] ? { lines: lines[d] } : {}) }));
    for (let i = 0; i < this.count; i++) values[this.touched[i]!] = 0;
    this.count = 0;
    return best;
  }
}
