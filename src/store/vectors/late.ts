import { type LateInteraction, noTerm, type QueryTerms, type TokenVectors } from '../../core/encoder.ts';
import { emptyRows, strideOf } from './rows.ts';
import { VectorTable } from './table.ts';

/** Query tokens whose similarities to all tokens are remembered: 64 KiB each. */
const mostRemembered = 256;

/** Compares queries with units' terms; see `LateInteraction`. Not for two queries at a time. */
export class LateScorer {
  readonly late: LateInteraction;
  private table: VectorTable | undefined;
  /** Cosines with every unit token, by query token; what was used last is at the end. */
  private readonly known: Map<number, Float32Array> = new Map();

  constructor(late: LateInteraction) {
    this.late = late;
  }

  /** Undefined for a text without a known token. */
  query(text: string): LateQuery | undefined {
    const terms = this.late.queryTerms(text);
    if (terms.ids.length === 0) return undefined;
    return new LateQuery(
      terms,
      Array.from(terms.ids, id => this.similarities(id)),
    );
  }

  private similarities(id: number): Float32Array {
    const known = this.known.get(id);
    this.known.delete(id);
    const found = known ?? this.compared(id);
    this.known.set(id, found);
    if (this.known.size > mostRemembered) this.known.delete(this.known.keys().next().value!);
    return found;
  }

  private compared(id: number): Float32Array {
    const { queryTokens, unitTokens } = this.late;
    this.table ??= new VectorTable(directionsOf(unitTokens));
    const { data, dims } = queryTokens;
    const vector = Float32Array.from(data.subarray(id * dims, (id + 1) * dims));
    const length = Math.hypot(...vector);
    if (length > 0) for (let i = 0; i < dims; i++) vector[i]! /= length;
    return this.table.scan(vector).slice();
  }
}

/** One query against the terms of units. */
export class LateQuery {
  private readonly weights: Float32Array;
  private readonly similarities: readonly Float32Array[];

  constructor({ weights }: QueryTerms, similarities: readonly Float32Array[]) {
    this.weights = weights;
    this.similarities = similarities;
  }

  /** Σ weight · max cos over the terms from `from` to `to`, in [0, 1]; what points away counts as nothing. */
  score(terms: Uint16Array, from: number, to: number): number {
    let sum = 0;
    for (let i = 0; i < this.weights.length; i++) {
      const similarity = this.similarities[i]!;
      let best = 0;
      for (let t = from; t < to; t++) {
        const id = terms[t]!;
        if (id === noTerm) break;
        if (similarity[id]! > best) best = similarity[id]!;
      }
      sum += this.weights[i]! * best;
    }
    return sum;
  }
}

/** Rows whose dot product with a vector of length 1 is the cosine. */
function directionsOf({ count, dims, data }: TokenVectors): ReturnType<typeof emptyRows> {
  const rows = emptyRows(count, { dims, terms: 0 });
  const stride = strideOf(dims);
  for (let r = 0; r < count; r++) {
    const own = data.subarray(r * dims, (r + 1) * dims);
    // Bytes are taken as they are: only the direction counts.
    let factor = 1;
    if (own instanceof Float32Array) {
      let most = 0;
      for (const value of own) most = Math.max(most, Math.abs(value));
      factor = most > 0 ? 127 / most : 0;
    }
    let squares = 0;
    for (let i = 0; i < dims; i++) {
      const value = Math.round(own[i]! * factor);
      rows.data[r * stride + i] = value;
      squares += value * value;
    }
    rows.scales[r] = squares > 0 ? 1 / Math.sqrt(squares) : 0;
  }
  return rows;
}
