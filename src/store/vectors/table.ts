import { isUnavailable, newMemory, queryLimit, scanOver } from './kernel.ts';
import { strideOf, type VectorRows } from './rows.ts';

/**
 * Bytes of one WebAssembly memory. 4 GiB is what 32-bit addresses reach; half of it is granted everywhere. A table that
 * needs more – from about eight million rows of 256 on – lies in several.
 */
const mostBytes = 2 ** 31 - 2 ** 16;
const wasmPage = 2 ** 16;

/** Rows that are searched together. Not for two searches at a time. */
export class VectorTable {
  readonly count: number;
  readonly dims: number;
  /** Rows that have a vector, one of zeros included. */
  readonly encoded: number;
  /** Rows whose vector is not all zeros. */
  readonly counted: number;
  /** Terms per row, and their ids; see `VectorRows`. */
  readonly terms: number;
  readonly termIds: Uint16Array;
  private readonly chunks: Array<Chunk | PlainChunk> = [];
  private readonly scores: Float32Array;

  /** Copies the rows. `limit` is the size of one memory in bytes. */
  constructor(rows: VectorRows, limit: number = mostBytes) {
    this.count = rows.count;
    this.dims = rows.dims;
    this.terms = rows.terms;
    this.termIds = rows.termIds.slice();
    let encoded = 0;
    let counted = 0;
    for (const scale of rows.scales) {
      if (scale >= 0) encoded++;
      if (scale > 0) counted++;
    }
    this.encoded = encoded;
    this.counted = counted;
    const stride = strideOf(rows.dims);
    const most = Math.max(4, Math.floor((limit - stride * 2 - 64) / (stride + 8) / 4) * 4);
    for (let first = 0; first < rows.count; first += most) {
      const part = {
        count: Math.min(most, rows.count - first),
        dims: rows.dims,
        scales: rows.scales.subarray(first, first + most),
        data: rows.data.subarray(first * stride, (first + most) * stride),
      };
      this.chunks.push(chunkOf(part));
    }
    const single = this.chunks.length === 1 ? this.chunks[0] : undefined;
    this.scores = single ? single.scores : new Float32Array(rows.count);
  }

  /** Whether the row has a vector that says something. */
  has(row: number): boolean {
    return this.scaleOf(row) > 0;
  }

  /** Scale of a row; see `VectorRows`. */
  scaleOf(row: number): number {
    for (let c = 0, first = 0; c < this.chunks.length; c++) {
      const chunk = this.chunks[c]!;
      if (row < first + chunk.scores.length) return chunk.scales[row - first]!;
      first += chunk.scores.length;
    }
    return -1;
  }

  /** A row as floats; undefined if it has no vector or one of zeros. */
  vector(row: number): Float32Array | undefined {
    for (let c = 0, first = 0; c < this.chunks.length; c++) {
      const { scores, scales, data } = this.chunks[c]!;
      const at = row - first;
      first += scores.length;
      if (at >= scores.length) continue;
      const scale = scales[at]!;
      if (!(scale > 0)) return undefined;
      const start = at * strideOf(this.dims);
      return Float32Array.from(data.subarray(start, start + this.dims), value => value * scale);
    }
    return undefined;
  }

  /**
   * The dot product of every row with a query of `dims` floats: cosines, if both are normalised. Rows without a vector
   * and rows of zeros give 0. The query is kept in 15 bits, so its own rounding is far below that of the rows, and a
   * second look with floats would change nothing. The array is valid until the next scan.
   */
  scan(query: Float32Array): Float32Array {
    if (query.length !== this.dims)
      throw new RangeError(`a query of ${query.length} for vectors of ${this.dims}`);
    let first = 0;
    for (const chunk of this.chunks) {
      chunk.scan(query);
      if (this.chunks.length > 1) this.scores.set(chunk.scores, first);
      first += chunk.scores.length;
    }
    return this.scores;
  }
}

/** Rows of which only the vectors matter. */
type Vectors = Omit<VectorRows, 'terms' | 'termIds'>;

function chunkOf(rows: Vectors): Chunk | PlainChunk {
  try {
    return new Chunk(rows);
  } catch (error) {
    if (isUnavailable(error)) return new PlainChunk(rows);
    throw error;
  }
}

/** Rows in one WebAssembly memory: query, scores, scales, rows. */
class Chunk {
  readonly scores: Float32Array;
  readonly scales: Float32Array;
  readonly data: Int8Array;
  private readonly query: Int16Array;
  private readonly limit: number;
  private readonly run: (unit: number) => void;

  constructor(rows: Vectors) {
    const stride = strideOf(rows.dims);
    const padded = Math.ceil(rows.count / 4) * 4;
    const scoresAt = stride * 2;
    const scalesAt = scoresAt + padded * 4;
    const rowsAt = scalesAt + padded * 4;
    const end = rowsAt + padded * stride;
    const pages = Math.ceil(end / wasmPage);
    const memory = newMemory(pages);
    const { buffer } = memory;
    this.query = new Int16Array(buffer, 0, stride);
    this.scores = new Float32Array(buffer, scoresAt, rows.count);
    this.scales = new Float32Array(buffer, scalesAt, rows.count);
    this.scales.set(rows.scales);
    this.data = new Int8Array(buffer, rowsAt, rows.data.length);
    this.data.set(rows.data);
    this.limit = queryLimit(stride);
    const scan = scanOver(memory);
    this.run = unit => {
      if (padded > 0) scan(rowsAt, scalesAt, 0, scoresAt, end, stride, unit);
    };
  }

  scan(query: Float32Array): void {
    this.run(quantiseQuery(query, this.query, this.limit));
  }
}

/** Fills `out` and gives the unit of its numbers. */
function quantiseQuery(query: Float32Array, out: Int16Array, limit: number): number {
  let most = 0;
  for (const value of query) most = Math.max(most, Math.abs(value));
  if (!(most > 0) || !Number.isFinite(most)) {
    out.fill(0);
    return 0;
  }
  for (let i = 0; i < query.length; i++) out[i] = Math.round((query[i]! / most) * limit);
  return most / limit;
}

/** The same without WebAssembly, ten times slower: the reference, and the way out. */
export class PlainChunk {
  readonly scores: Float32Array;
  readonly scales: Float32Array;
  readonly data: Int8Array;
  private readonly rows: Vectors;

  constructor(rows: Vectors) {
    this.rows = rows;
    this.scales = rows.scales;
    this.data = rows.data;
    this.scores = new Float32Array(rows.count);
  }

  scan(query: Float32Array): void {
    const { count, data, scales } = this.rows;
    const stride = strideOf(this.rows.dims);
    for (let r = 0; r < count; r++) {
      let sum = 0;
      for (let i = 0; i < query.length; i++) sum += data[r * stride + i]! * query[i]!;
      this.scores[r] = scales[r]! > 0 ? sum * scales[r]! : 0;
    }
  }
}
