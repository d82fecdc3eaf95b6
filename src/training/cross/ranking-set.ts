import type { Encoder } from '../../core/encoder.ts';
import { QuarryError, throwIfAborted } from '../../core/errors.ts';
import type { RerankCandidate } from '../../core/reranker.ts';
import type { Preparation } from '../../models/index.ts';
import type { CandidateList, SourceContext, TrainingExample, ValidationPool } from '../data/example.ts';
import { examplesOf, parseSource } from '../data/sources.ts';
import type { PrepareProgress } from '../dual/prepare-run.ts';
import type { Recipe } from '../loop/recipe.ts';
import { nearestUnits } from './nearest-units.ts';

/** Everything a re-ranker is trained on, as texts, with the dual encoder's vectors of it. */
export interface RankingSet {
  examples: TrainingExample[];
  /** Vectors of the examples' queries and units by the dual encoder, rows of length 1. */
  queries: Float32Array;
  units: Float32Array;
  dims: number;
  /** Lists by pool that tell how good the ranker is. */
  validation: Map<string, CandidateList[]>;
  counts: Map<string, number>;
}

export interface RankingSetOptions {
  context: SourceContext;
  encoder: Encoder;
  /** Decides what of a text can ever be read: the rest is not kept. */
  preparation: Preparation;
  /** Most queries of a validation pool. */
  validationQueries: number;
  threads: number;
  onProgress?: (progress: PrepareProgress) => void;
}

/** Texts that are encoded at once. */
const encodedAtOnce = 512;
/** Candidates of a validation list. */
const validationDepth = 20;
/** UTF-16 code units of a text for each token that a model may read of it: see `Preparer`. */
const charactersKept = 64;

/** Reads the sources of a recipe. Throws QuarryError `usage`, `not-found`, `aborted`. */
export async function rankingSet(recipe: Recipe, options: RankingSetOptions): Promise<RankingSet> {
  const { context, encoder, preparation, validationQueries, threads, onProgress } = options;
  const { signal } = context;
  const specs = recipe.sources.map(parseSource);
  const examples: TrainingExample[] = [];
  const validation = new Map<string, CandidateList[]>();
  const kept = (unit: TrainingExample['unit']) => ({
    ...unit,
    doc: unit.doc.slice(0, preparation.doc * charactersKept),
    code: unit.code.slice(0, preparation.code * charactersKept),
  });
  for (const spec of specs) {
    const { source, argument, repeat } = spec;
    for await (const example of examplesOf(spec, context)) {
      if (examples.length % 1000 === 0) {
        throwIfAborted(signal);
        onProgress?.({ phase: 'read', done: examples.length });
      }
      for (let i = 0; i < repeat; i++) examples.push({ ...example, unit: kept(example.unit) });
    }
    for (const pool of await source.pools(argument, context))
      validation.set(pool.name, await poolLists(pool, validationQueries, { encoder, threads, signal }));
  }
  if (examples.length === 0) throw new QuarryError('usage', 'the sources have no examples', 'add sources');
  const counts = new Map<string, number>();
  for (const { kind } of examples) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const { dims } = encoder;
  const encode = async (of: 'queries' | 'units') => {
    const rows = new Float32Array(examples.length * dims);
    for (let at = 0; at < examples.length; at += encodedAtOnce) {
      throwIfAborted(signal);
      onProgress?.({ phase: 'encode', done: at + (of === 'units' ? examples.length : 0) });
      const some = examples.slice(at, at + encodedAtOnce);
      const own =
        of === 'queries'
          ? await encoder.encodeQueries(
              some.map(({ query }) => query),
              signal,
            )
          : await encoder.encodeUnits(
              some.map(({ unit }) => unit),
              signal,
            );
      rows.set(own, at * dims);
    }
    return rows;
  };
  return {
    examples,
    validation,
    counts,
    dims,
    queries: await encode('queries'),
    units: await encode('units'),
  };
}

/** What the dual encoder finds in a pool for some of its queries; the right unit is among it whatever its rank. */
async function poolLists(
  pool: ValidationPool,
  most: number,
  { encoder, threads, signal }: { encoder: Encoder; threads: number; signal: AbortSignal | undefined },
): Promise<CandidateList[]> {
  const count = Math.min(most, pool.queries.length);
  const { dims } = encoder;
  const units = await encoder.encodeUnits(pool.units, signal);
  const queries = new Float32Array(units.length);
  queries.set(await encoder.encodeQueries(pool.queries.slice(0, count), signal));
  const depth = validationDepth - 1;
  const nearest = await nearestUnits({
    queries,
    units,
    dims,
    asked: Int32Array.from({ length: count }, (_, i) => i),
    poolOf: () => 0,
    unitKey: i => i,
    queryKey: i => -1 - i,
    depth,
    threads,
    signal,
  });
  const cosine = (q: number, u: number) => {
    let dot = 0;
    for (let k = 0; k < dims; k++) dot += queries[q * dims + k]! * units[u * dims + k]!;
    return dot;
  };
  return Array.from({ length: count }, (_, i): CandidateList => {
    const found = [i, ...nearest.subarray(i * depth, (i + 1) * depth)].filter(u => u >= 0);
    const scored = found.map(u => ({ u, score: cosine(i, u) })).sort((a, b) => b.score - a.score);
    return {
      query: pool.queries[i]!,
      positive: scored.findIndex(({ u }) => u === i),
      candidates: scored.map(({ u }): RerankCandidate => ({ ...pool.units[u]!, path: '' })),
    };
  });
}
