/** A row with its score. */
export interface ScoredRow {
  row: number;
  score: number;
}

/**
 * The `k` best of all rows seen, with sums for their mean and standard deviation. Rows of score 0 have no vector and
 * are never among the best.
 */
export class TopRows {
  private readonly k: number;
  /** A heap, the worst on top. */
  private readonly rows: Float64Array;
  private readonly scores: Float32Array;
  private size = 0;
  private n = 0;
  private sum = 0;
  private squares = 0;

  constructor(k: number) {
    this.k = k;
    this.rows = new Float64Array(k);
    this.scores = new Float32Array(k);
  }

  /**
   * Adds the rows `base`, `base + 1` …, of which `counted` have a vector; `accept` gets the position in `scores`, of
   * those only that would be kept.
   */
  add(
    scores: Float32Array,
    counted: number,
    base: number,
    accept: ((row: number) => boolean) | undefined,
  ): void {
    this.measure(scores, counted);
    let threshold = this.threshold();
    for (let i = 0; i < scores.length; i++) {
      const score = scores[i]!;
      if (score > threshold && score !== 0 && (!accept || accept(i))) {
        this.keep(base + i, score);
        threshold = this.threshold();
      }
    }
  }

  /** Rows without a vector score 0, so they change no sum. Four sums each, so that no addition waits for the last. */
  private measure(scores: Float32Array, counted: number): void {
    let [a, b, c, d] = [0, 0, 0, 0];
    let [aa, bb, cc, dd] = [0, 0, 0, 0];
    const whole = scores.length & ~3;
    for (let i = 0; i < whole; i += 4) {
      const [w, x, y, z] = [scores[i]!, scores[i + 1]!, scores[i + 2]!, scores[i + 3]!];
      a += w;
      b += x;
      c += y;
      d += z;
      aa += w * w;
      bb += x * x;
      cc += y * y;
      dd += z * z;
    }
    for (let i = whole; i < scores.length; i++) {
      a += scores[i]!;
      aa += scores[i]! ** 2;
    }
    this.n += counted;
    this.sum += a + b + c + d;
    this.squares += aa + bb + cc + dd;
  }

  get count(): number {
    return this.n;
  }

  /** Of all rows, accepted or not; 0 if there are none. */
  get mean(): number {
    return this.n === 0 ? 0 : this.sum / this.n;
  }

  /** Never 0, so that it can be divided by. */
  get deviation(): number {
    const variance = this.n === 0 ? 0 : this.squares / this.n - this.mean ** 2;
    return Math.max(1e-6, Math.sqrt(Math.max(0, variance)));
  }

  /** Best first, equal ones by row. */
  best(): ScoredRow[] {
    const all: ScoredRow[] = [];
    for (let i = 0; i < this.size; i++) all.push({ row: this.rows[i]!, score: this.scores[i]! });
    return all.sort((a, b) => b.score - a.score || a.row - b.row);
  }

  private threshold(): number {
    if (this.k === 0) return Number.POSITIVE_INFINITY;
    return this.size < this.k ? Number.NEGATIVE_INFINITY : this.scores[0]!;
  }

  private keep(row: number, score: number): void {
    const { rows, scores } = this;
    let i: number;
    if (this.size < this.k) {
      i = this.size++;
      for (let up = (i - 1) >> 1; i > 0 && scores[up]! > score; up = (i - 1) >> 1) {
        scores[i] = scores[up]!;
        rows[i] = rows[up]!;
        i = up;
      }
    } else {
      i = 0;
      for (;;) {
        let down = 2 * i + 1;
        if (down >= this.size) break;
        if (down + 1 < this.size && scores[down + 1]! < scores[down]!) down++;
        if (scores[down]! >= score) break;
        scores[i] = scores[down]!;
        rows[i] = rows[down]!;
        i = down;
      }
    }
    scores[i] = score;
    rows[i] = row;
  }
}
