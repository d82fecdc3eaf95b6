/**
 * Rows of vectors as they are stored and searched: int8 with one scale per row, symmetric. Value i of row r is
 * `data[r · stride + i] · scales[r]`.
 */
export interface VectorRows {
  count: number;
  dims: number;
  /** `count` scales: 0 for a row of zeros (a text without a known token), −1 for one that is not encoded yet. */
  scales: Float32Array;
  /** `count × strideOf(dims)`; what is behind `dims` is 0. */
  data: Int8Array;
}

/** The scale of a row that has no vector yet. */
export const notEncoded = -1;

/** Bytes of a row: `dims` rounded up to a multiple of 16, one step of the scan. */
export function strideOf(dims: number): number {
  return Math.ceil(dims / 16) * 16;
}

/** Rows of which none is encoded. */
export function emptyRows(count: number, dims: number): VectorRows {
  const scales = new Float32Array(count).fill(notEncoded);
  return { count, dims, scales, data: new Int8Array(count * strideOf(dims)) };
}

/** Quantises float rows, row-major `count × dims`. Throws RangeError for lengths that do not fit, and for NaN. */
export function quantiseRows(values: Float32Array, dims: number): VectorRows {
  const count = values.length / dims;
  if (!Number.isInteger(count)) throw new RangeError(`${values.length} values are no rows of ${dims}`);
  const rows = emptyRows(count, dims);
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

/** Copies `count` rows; both must have the same number of dims. */
export function copyRows(from: VectorRows, first: number, count: number, to: VectorRows, at: number): void {
  if (from.dims !== to.dims) throw new RangeError(`rows of ${from.dims} are not rows of ${to.dims}`);
  const stride = strideOf(from.dims);
  to.scales.set(from.scales.subarray(first, first + count), at);
  to.data.set(from.data.subarray(first * stride, (first + count) * stride), at * stride);
}

/** Bytes of `count` rows as `packRows` writes them. */
export function packedBytes(count: number, dims: number): number {
  return count * (4 + strideOf(dims));
}

/** One blob: the scales as little-endian float32, then the rows. */
export function packRows({ count, dims, scales, data }: VectorRows): Uint8Array {
  const out = new Uint8Array(packedBytes(count, dims));
  out.set(new Uint8Array(scales.buffer, scales.byteOffset, count * 4));
  out.set(new Uint8Array(data.buffer, data.byteOffset, data.length), count * 4);
  return out;
}

/** The reverse, without copying where alignment allows. Throws RangeError for a blob of another size. */
export function unpackRows(bytes: Uint8Array, count: number, dims: number): VectorRows {
  if (bytes.length !== packedBytes(count, dims))
    throw new RangeError(`${bytes.length} bytes are not ${count} vectors of ${dims}`);
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const { buffer, byteOffset } = aligned;
  return {
    count,
    dims,
    scales: new Float32Array(buffer, byteOffset, count),
    data: new Int8Array(buffer, byteOffset + count * 4, count * strideOf(dims)),
  };
}
