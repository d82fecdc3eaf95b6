export const precisions = ['fp32', 'int8'] as const;
export type Precision = (typeof precisions)[number];

/** Steps of an int8 row to either side of 0. */
const steps = 127;

/**
 * Vectors of one length, compared with a query's by their dot product, all of them. With `int8` a row is kept as 127
 * steps of its own size to either side of 0, and compared with the query as it is: what a quantised index costs.
 */
export class VectorRows {
  readonly dims: number;
  private readonly precision: Precision;
  private values: Float32Array | Int8Array;
  /** What a step of each row is worth; only for `int8`. */
  private scales: Float32Array = new Float32Array(0);
  private count = 0;

  constructor(dims: number, precision: Precision) {
    this.dims = dims;
    this.precision = precision;
    this.values = precision === 'int8' ? new Int8Array(0) : new Float32Array(0);
  }

  get length(): number {
    return this.count;
  }

  /** Of the vectors, without what is reserved. */
  get bytes(): number {
    const scales = this.precision === 'int8' ? 4 : 0;
    return this.count * (this.dims * this.values.BYTES_PER_ELEMENT + scales);
  }

  /** Adds rows, row-major. The array is not kept. */
  add(rows: Float32Array): void {
    const { dims } = this;
    const more = rows.length / dims;
    this.reserve(this.count + more);
    if (this.precision === 'fp32') this.values.set(rows, this.count * dims);
    else {
      for (let r = 0; r < more; r++) {
        const row = rows.subarray(r * dims, (r + 1) * dims);
        const scale = row.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / steps;
        this.scales[this.count + r] = scale;
        const at = (this.count + r) * dims;
        if (scale > 0) for (let i = 0; i < dims; i++) this.values[at + i] = Math.round(row[i]! / scale);
      }
    }
    this.count += more;
  }

  /** Dot product of a row and a vector of the same length. */
  dot(row: number, vector: Float32Array): number {
    const { dims, values } = this;
    const at = row * dims;
    // Four sums that do not wait for each other: half the time.
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    const whole = dims - (dims % 4);
    for (let i = 0; i < whole; i += 4) {
      s0 += values[at + i]! * vector[i]!;
      s1 += values[at + i + 1]! * vector[i + 1]!;
      s2 += values[at + i + 2]! * vector[i + 2]!;
      s3 += values[at + i + 3]! * vector[i + 3]!;
    }
    for (let i = whole; i < dims; i++) s0 += values[at + i]! * vector[i]!;
    const sum = s0 + s1 + (s2 + s3);
    return this.precision === 'int8' ? sum * this.scales[row]! : sum;
  }

  /** All zeros: the text had no token that the encoder knows. */
  isZero(row: number): boolean {
    const { dims, values } = this;
    for (let i = row * dims; i < (row + 1) * dims; i++) if (values[i] !== 0) return false;
    return true;
  }

  private reserve(rows: number): void {
    const { dims, values, scales } = this;
    if (rows * dims <= values.length) return;
    const room = Math.max(rows, this.count * 2, 256);
    this.values = this.precision === 'int8' ? new Int8Array(room * dims) : new Float32Array(room * dims);
    this.values.set(values.subarray(0, this.count * dims));
    if (this.precision === 'int8') {
      this.scales = new Float32Array(room);
      this.scales.set(scales.subarray(0, this.count));
    }
  }
}
