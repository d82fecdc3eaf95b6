import { throwIfAborted } from '../../core/errors.ts';
import {
  type Architecture,
  architectureById,
  encodeTower,
  type ModelShape,
  type Prepared,
  type Preparer,
  padded,
  type Side,
  tokenInputs,
} from '../../models/index.ts';
import { compile, Graph, l2Normalise, type Program, type Weights } from '../../tensor/index.ts';
import type { ValidationPool } from '../data/example.ts';

/** A pool as numbers. */
export interface PreparedPool {
  name: string;
  queries: Prepared[];
  units: Prepared[];
}

/** How good the model is at a pool. */
export interface PoolScore {
  name: string;
  queries: number;
  units: number;
  /** Mean of 1/rank; a tie counts against the model. */
  mrr: number;
  /** Mean similarity of the right pairs, and of all others. */
  positive: number;
  negative: number;
}

export function preparePool(pool: ValidationPool, preparer: Preparer): PreparedPool {
  return {
    name: pool.name,
    queries: pool.queries.map(query => preparer.query(query)),
    units: pool.units.map(unit => preparer.unit(unit)),
  };
}

/** Texts per run; the programs are compiled once, with the weights as inputs, for every length. */
const rows = 64;

/** Encodes with weights that still change. */
export class ValidationEncoder {
  private readonly architecture: Architecture;
  private readonly shape: ModelShape;
  private readonly lengths: readonly number[];
  private readonly threads: number;
  private readonly programs: Map<string, Program> = new Map();

  /** `lengths` that texts are padded to, ascending. */
  constructor(shape: ModelShape, lengths: readonly number[], threads: number) {
    this.architecture = architectureById(shape.architecture);
    this.shape = shape;
    this.lengths = lengths;
    this.threads = threads;
  }

  /** [texts, dims], rows of length 1, zeros for a text without tokens. */
  async encode(
    side: Side,
    texts: readonly Prepared[],
    weights: Weights,
    signal?: AbortSignal,
  ): Promise<Float32Array> {
    const { dims } = this.shape;
    const vectors = new Float32Array(texts.length * dims);
    const order = [...texts.keys()].sort((a, b) => texts[a]!.ids.length - texts[b]!.ids.length);
    for (let at = 0; at < order.length; at += rows) {
      throwIfAborted(signal);
      const chosen = order.slice(at, at + rows);
      const longest = texts[chosen.at(-1)!]!.ids.length;
      const t = this.lengths.find(length => length >= longest) ?? this.lengths.at(-1)!;
      const program = await this.program(side, t);
      const batch = padded(
        chosen.map(i => texts[i]!),
        rows,
        t,
      );
      const feeds: Record<string, Float32Array | Int32Array> = {};
      for (const { name } of program.inputs)
        feeds[name] = name in batch ? batch[name as keyof typeof batch] : weights.get(name)!.data;
      const out = (await program.run(feeds))['vectors']!.data as Float32Array;
      for (const [row, i] of chosen.entries())
        vectors.set(out.subarray(row * dims, (row + 1) * dims), i * dims);
    }
    return vectors;
  }

  async close(): Promise<void> {
    for (const program of this.programs.values()) await program.close();
    this.programs.clear();
  }

  private async program(side: Side, t: number): Promise<Program> {
    const key = `${this.shape.towers === 'shared' ? '' : side} ${t}`;
    const known = this.programs.get(key);
    if (known) return known;
    const inputs = tokenInputs(new Graph(), rows, t);
    const vectors = l2Normalise(encodeTower(this.architecture, this.shape, side, inputs));
    const made = await compile({ vectors }, { threads: this.threads });
    this.programs.set(key, made);
    return made;
  }
}

/** MRR of each pool under the weights given. */
export async function validate(
  encoder: ValidationEncoder,
  pools: readonly PreparedPool[],
  weights: Weights,
  dims: number,
  signal?: AbortSignal,
): Promise<PoolScore[]> {
  const scores: PoolScore[] = [];
  for (const { name, queries, units } of pools) {
    const q = await encoder.encode('query', queries, weights, signal);
    const u = await encoder.encode('unit', units, weights, signal);
    scores.push({ name, queries: queries.length, units: units.length, ...rankOwn(q, u, dims) });
  }
  return scores;
}

/** Row i of `queries` belongs to row i of `units`, which may have more. */
export function rankOwn(
  queries: Float32Array,
  units: Float32Array,
  dims: number,
): { mrr: number; positive: number; negative: number } {
  let [sum, positive, negative] = [0, 0, 0];
  const n = queries.length / dims;
  const m = units.length / dims;
  eachRow(queries, units, dims, (row, i) => {
    sum += 1 / rankIn(row, i);
    positive += row[i]!;
    for (let j = 0; j < m; j++) if (j !== i) negative += row[j]!;
  });
  return { mrr: sum / n, positive: positive / n, negative: negative / Math.max(1, n * (m - 1)) };
}

/** Rank of unit i for query i, from 1; rows as in `rankOwn`. */
export function ranksOf(queries: Float32Array, units: Float32Array, dims: number): Int32Array {
  const ranks = new Int32Array(queries.length / dims);
  eachRow(queries, units, dims, (row, i) => {
    ranks[i] = rankIn(row, i);
  });
  return ranks;
}

/** A tie counts against the own one. */
function rankIn(row: Float32Array, own: number): number {
  const least = row[own]!;
  let rank = 0;
  for (const similarity of row) if (similarity >= least) rank++;
  return rank;
}

/** Similarities of each query with all units; the array is used again. */
function eachRow(
  queries: Float32Array,
  units: Float32Array,
  dims: number,
  see: (row: Float32Array, i: number) => void,
): void {
  const row = new Float32Array(units.length / dims);
  for (let i = 0; i < queries.length / dims; i++) {
    for (let j = 0; j < row.length; j++) {
      let dot = 0;
      for (let k = 0; k < dims; k++) dot += queries[i * dims + k]! * units[j * dims + k]!;
      row[j] = dot;
    }
    see(row, i);
  }
}
