import { setImmediate } from 'node:timers/promises';
import { throwIfAborted } from '../../core/errors.ts';
import { compile, Graph, matmul, swapLast } from '../../tensor/index.ts';

/** Rows of the products: queries and units of one run. */
const queryRows = 64;
const unitRows = 2048;

export interface NearestOptions {
  /** Rows of length 1, row-major: of all queries, and of all units. */
  queries: Float32Array;
  units: Float32Array;
  dims: number;
  /** Queries to rank for. */
  asked: Int32Array;
  /** Units are ranked for queries of the same pool only; an example in pool -1 is in none. */
  poolOf: (example: number) => number;
  /** Units with equal keys count once; those of the query's own key are left out. */
  unitKey: (example: number) => number;
  /** Units that belong to an equal query are as right as the query's own, and are left out. */
  queryKey: (example: number) => number;
  /** Ranks that are kept. */
  depth: number;
  threads: number;
  signal?: AbortSignal | undefined;
  onProgress?: (done: number) => void;
}

/**
 * Ranks all units of its pool for each query by the dual encoder's vectors, exactly (R2PS, section 3.3: "rank all codes"): row
 * i of the result, `depth` long, holds the examples whose units are nearest to query `asked[i]`, the nearest
 * first, -1 where the pool has no more. Products are made in blocks by onnxruntime.
 */
export async function nearestUnits(options: NearestOptions): Promise<Int32Array> {
  const { queries, units, dims, asked, depth, threads, signal, onProgress } = options;
  const nearest = new Int32Array(asked.length * depth).fill(-1);
  const graph = new Graph();
  const left = graph.input('queries', [queryRows, dims]);
  const right = graph.input('units', [unitRows, dims]);
  const program = await compile({ cosines: matmul(left, swapLast(right)) }, { threads });
  const rows = { queries: new Float32Array(queryRows * dims), units: new Float32Array(unitRows * dims) };
  const copy = (to: Float32Array, from: Float32Array, examples: ArrayLike<number>) => {
    for (let i = 0; i < examples.length; i++)
      to.set(from.subarray(examples[i]! * dims, (examples[i]! + 1) * dims), i * dims);
  };
  let done = 0;
  try {
    for (const { places, members } of pools(options)) {
      for (let from = 0; from < places.length; from += queryRows) {
        throwIfAborted(signal);
        const some = places.slice(from, from + queryRows);
        copy(
          rows.queries,
          queries,
          some.map(place => asked[place]!),
        );
        const best = some.map(() => new Best(depth * 2));
        for (let at = 0; at < members.length; at += unitRows) {
          const block = members.slice(at, at + unitRows);
          copy(rows.units, units, block);
          const cosines = (await program.run(rows))['cosines']!.data as Float32Array;
          for (const [row, found] of best.entries())
            found.offer(cosines.subarray(row * unitRows, row * unitRows + block.length), block);
        }
        for (const [row, place] of some.entries()) keep(best[row]!.sorted(), place, nearest, options);
        done += some.length;
        onProgress?.(done);
        await setImmediate();
      }
    }
  } finally {
    await program.close();
  }
  return nearest;
}

interface Pool {
  /** Places in `asked`. */
  places: number[];
  /** Examples. */
  members: number[];
}

function pools({ units, dims, asked, poolOf }: NearestOptions): Pool[] {
  const found = new Map<number, Pool>();
  for (let i = 0; i < units.length / dims; i++) {
    const id = poolOf(i);
    if (id < 0) continue;
    const pool = found.get(id);
    if (pool) pool.members.push(i);
    else found.set(id, { places: [], members: [i] });
  }
  for (const [place, example] of asked.entries()) found.get(poolOf(example))?.places.push(place);
  return [...found.values()];
}

function keep(
  order: readonly number[],
  place: number,
  nearest: Int32Array,
  { asked, unitKey, queryKey, depth }: NearestOptions,
): void {
  const own = asked[place]!;
  const seen = new Set([unitKey(own)]);
  let count = 0;
  for (const example of order) {
    if (count === depth) break;
    const key = unitKey(example);
    if (seen.has(key) || queryKey(example) === queryKey(own)) continue;
    seen.add(key);
    nearest[place * depth + count++] = example;
  }
}

/** The best of a stream; keeps up to four times as many before it throws the worse ones away. */
class Best {
  private readonly most: number;
  private members: number[] = [];
  private scores: number[] = [];
  private least = Number.NEGATIVE_INFINITY;

  constructor(most: number) {
    this.most = most;
  }

  offer(scores: Float32Array, members: readonly number[]): void {
    for (let i = 0; i < members.length; i++) {
      if (scores[i]! <= this.least) continue;
      this.members.push(members[i]!);
      this.scores.push(scores[i]!);
      if (this.members.length === this.most * 4) this.prune();
    }
  }

  /** Best first; equal ones in the order of the examples. */
  sorted(): number[] {
    this.prune();
    return this.members;
  }

  private prune(): void {
    const { members, scores } = this;
    const order = [...members.keys()]
      .sort((a, b) => scores[b]! - scores[a]! || members[a]! - members[b]!)
      .slice(0, this.most);
    this.members = order.map(i => members[i]!);
    this.scores = order.map(i => scores[i]!);
    if (order.length === this.most) this.least = this.scores.at(-1)!;
  }
}
