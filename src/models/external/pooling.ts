import type { Pooling } from './preparation.ts';

/**
 * One vector for each of `lengths.length` texts from the vectors of their tokens: `states` is [texts, tokens, dims],
 * row-major, padded on the right; only the first `lengths[i]` tokens of a text count. Row `i` is written to
 * `into` at `rows[i] * dims`, L2-normalised; a text without tokens leaves its row as it is.
 */
export function pool(
  states: Float32Array,
  tokens: number,
  dims: number,
  lengths: readonly number[],
  pooling: Pooling,
  into: Float32Array,
  rows: readonly number[],
): void {
  for (const [text, length] of lengths.entries()) {
    if (length === 0) continue;
    const out = into.subarray(rows[text]! * dims, (rows[text]! + 1) * dims);
    const start = text * tokens * dims;
    if (pooling === 'cls' || pooling === 'lasttoken') {
      const from = start + (pooling === 'cls' ? 0 : length - 1) * dims;
      out.set(states.subarray(from, from + dims));
    } else {
      out.fill(pooling === 'max' ? Number.NEGATIVE_INFINITY : 0);
      for (let token = 0; token < length; token++) {
        const from = start + token * dims;
        // The mean's length does not matter, for it is normalised: a sum will do.
        if (pooling === 'mean') for (let d = 0; d < dims; d++) out[d]! += states[from + d]!;
        else for (let d = 0; d < dims; d++) out[d] = Math.max(out[d]!, states[from + d]!);
      }
    }
    normalise(out);
  }
}

/** Gives a vector the length 1, in place; zeros and what is not finite become zeros. */
export function normalise(vector: Float32Array): void {
  let square = 0;
  for (const value of vector) square += value * value;
  const scale = square > 0 && Number.isFinite(square) ? 1 / Math.sqrt(square) : 0;
  if (scale === 0) vector.fill(0);
  else for (let d = 0; d < vector.length; d++) vector[d]! *= scale;
}
