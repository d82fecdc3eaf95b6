import { QuarryError } from '../core/errors.ts';

/** Row `ids[i]` of a table gets the gradient `values[i · d .. (i + 1) · d]`; ids may repeat. */
export interface Rows {
  readonly ids: Int32Array;
  readonly values: Float32Array;
}

/** Gradients of a step by the name of the weight, each either dense, in the weight's shape, or rows. */
export interface Gradients {
  readonly dense: ReadonlyMap<string, Float32Array>;
  readonly rows: ReadonlyMap<string, Rows>;
}

/**
 * Adds up the rows that belong to the same id, always in the order given: part after part, row after row. The result
 * has every id once, in the order of its first appearance; `height` is the number of rows of the table, `d` their
 * length.
 */
export function addUpRows(parts: readonly Rows[], height: number, d: number): Rows {
  // First who is there: memory for rows that turn out to be the same is memory to clear in vain.
  const places = new Int32Array(height);
  const unique: number[] = [];
  for (const { ids } of parts) {
    for (const id of ids) {
      if (id < 0 || id >= height) {
        throw new QuarryError('usage', `a gradient for row ${id} of a table of ${height} rows`);
      }
      if (places[id] === 0) places[id] = unique.push(id);
    }
  }
  const sums = new Float32Array(unique.length * d);
  for (const { ids, values } of parts) {
    for (let i = 0; i < ids.length; i++) {
      const from = i * d;
      const to = (places[ids[i]!]! - 1) * d;
      for (let j = 0; j < d; j++) sums[to + j]! += values[from + j]!;
    }
  }
  return { ids: Int32Array.from(unique), values: sums };
}

/** Adds rows to a dense gradient in place. */
export function addRowsTo(dense: Float32Array, { ids, values }: Rows): void {
  const d = values.length / Math.max(1, ids.length);
  for (let i = 0; i < ids.length; i++) {
    const to = ids[i]! * d;
    for (let j = 0; j < d; j++) dense[to + j]! += values[i * d + j]!;
  }
}

/**
 * Scales all gradients in place so that their common Euclidean norm is at most `limit` (Pascanu, Mikolov & Bengio
 * 2013), and returns the norm before. Rows must be added up (`addUpRows`), or their norm would be another.
 * `QuarryError` ('corrupt') names the first weight whose gradient is not finite.
 */
export function clipByGlobalNorm(gradients: Gradients, limit: number): number {
  const arrays = [
    ...gradients.dense,
    ...Array.from(gradients.rows, ([name, { values }]) => [name, values] as const),
  ];
  let total = 0;
  for (const [name, values] of arrays) {
    const squares = sumOfSquares(values);
    if (!Number.isFinite(squares)) {
      throw new QuarryError(
        'corrupt',
        `the gradient of '${name}' is not finite`,
        'try a lower learning rate',
      );
    }
    total += squares;
  }
  const norm = Math.sqrt(total);
  if (norm > limit) {
    const factor = limit / norm;
    for (const [, values] of arrays) for (let i = 0; i < values.length; i++) values[i]! *= factor;
  }
  return norm;
}

/** Four sums at once: one addition would have to wait for the other. */
function sumOfSquares(values: Float32Array): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 3 < values.length; i += 4) {
    a += values[i]! * values[i]!;
    b += values[i + 1]! * values[i + 1]!;
    c += values[i + 2]! * values[i + 2]!;
    d += values[i + 3]! * values[i + 3]!;
  }
  for (; i < values.length; i++) a += values[i]! * values[i]!;
  return a + b + (c + d);
}
