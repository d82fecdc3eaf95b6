import { noTerm } from '../../core/encoder.ts';

/**
 * Rows of vectors as they are stored and searched: int8 with one scale per row, symmetric. Value i of row r is
 * `data[r · stride + i] · scales[r]`.
 */
export interface VectorRows extends RowShape {
  count: number;
  /** `count` scales: 0 for a row of zeros (a text without a known token), −1 for one that is not encoded yet. */
  scales: Float32Array;
  /** `count × strideOf(dims)`; what is behind `dims` is 0. */
  data: Int8Array;
  /** `count × terms` token ids for late interaction, `noTerm` where there are fewer. */
  termIds: Uint16Array;
}

/** What a row is made of. */
export interface RowShape {
  dims: number;
  /** Token ids beside each vector; 0 for encoders without late interaction. */
  terms: number;
}

/** The scale of a row that has no vector yet. */
export const notEncoded = -1;

/** Bytes of a row: `dims` rounded up to a multiple of 16, one step of the scan. */
export function strideOf(dims: number): number {
  return Math.ceil(dims / 16) * 16;
}

/** Rows of which none is encoded. */
export function emptyRows(count: number, { dims, terms }: RowShape): VectorRows {
  return {
    count,
    dims,
    terms,
    scales: new Float32Array(count).fill(notEncoded),
    data: new Int8Array(count * strideOf(dims)),
    termIds: new Uint16Array(count * terms).fill(noTerm),
  };
}

/**
 * Quantises float rows, row-major `count × dims`, and puts the terms beside them. Throws RangeError for lengths that do not
 * fit, and for NaN.
 */
export function quantiseRows(values: Float32Array, dims: number, termIds?: Uint16Array): VectorRows {
  const count = values.length / dims;
  if (!Number.isInteger(count)) throw new RangeError(`${values.length} values are no rows of ${dims}`);
  const terms = termIds && count > 0 ? termIds.length / count : 0;
  if (!Number.isInteger(terms)) throw new RangeError(`${termIds!.length} terms for ${count} rows`);
  const rows = emptyRows(count, { dims, terms });
  if (termIds) rows.termIds.set(termIds);
  const stride = strideOf(dims);
  for (let r = 0; r < count; r++) {
    let most = 0;
    for (let i = r * dims; i < (r + 1) * dims; i++) most = Math.max(most, Math.abs(values[i]!));
    if (!Number.isFinite(most)) throw new RangeError(`vector ${r} is not made of numbers`);
    rows.scales[r] = most / 127;
    if (most === 0) continue;
    const factor = 127 / most;
    for (let i = 0; i < dims; i++) rows.data[r * stride + i] = Math.round(values[r * dims + i]! * factor);
  }
  return rows;
}

/** Copies `count` rows; both must be of the same shape, but for rows of which there are none. */
export function copyRows(from: VectorRows, first: number, count: number, to: VectorRows, at: number): void {
  if (count === 0) return;
  const { dims, terms } = to;
  if (from.dims !== dims || from.terms !== terms)
    throw new RangeError(`rows of ${from.dims} and ${from.terms} terms are not rows of ${dims} and ${terms}`);
  const stride = strideOf(dims);
  to.scales.set(from.scales.subarray(first, first + count), at);
  to.data.set(from.data.subarray(first * stride, (first + count) * stride), at * stride);
  to.termIds.set(from.termIds.subarray(first * terms, (first + count) * terms), at * terms);
}

/** Some of the rows, with memory of their own. */
export function sliceRows(rows: VectorRows, first: number, count: number): VectorRows {
  const slice = emptyRows(count, rows);
  copyRows(rows, first, count, slice, 0);
  return slice;
}

/** Bytes of `count` rows as `packRows` writes them. */
export function packedBytes(count: number, { dims, terms }: RowShape): number {
  return count * (4 + strideOf(dims) + 2 * terms);
}

/** One blob: the scales as little-endian float32, then the rows, then the terms as little-endian uint16. */
export function packRows(rows: VectorRows): Uint8Array {
  const { count, scales, data, termIds } = rows;
  const out = new Uint8Array(packedBytes(count, rows));
  out.set(new Uint8Array(scales.buffer, scales.byteOffset, count * 4));
  out.set(new Uint8Array(data.buffer, data.byteOffset, data.length), count * 4);
  out.set(new Uint8Array(termIds.buffer, termIds.byteOffset, termIds.length * 2), count * 4 + data.length);
  return out;
}

/** The reverse, without copying where alignment allows. Throws RangeError for a blob of another size. */
export function unpackRows(bytes: Uint8Array, count: number, { dims, terms }: RowShape): VectorRows {
  if (bytes.length !== packedBytes(count, { dims, terms }))
    throw new RangeError(`${bytes.length} bytes are not ${count} vectors of ${dims} with ${terms} terms`);
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const { buffer, byteOffset } = aligned;
  const data = new Int8Array(buffer, byteOffset + count * 4, count * strideOf(dims));
  return {
    count,
    dims,
    terms,
    scales: new Float32Array(buffer, byteOffset, count),
    data,
    termIds: new Uint16Array(buffer, data.byteOffset + data.length, count * terms),
  };
}
