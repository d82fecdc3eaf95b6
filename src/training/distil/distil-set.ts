import { QuarryError, throwIfAborted } from '../../core/errors.ts';
import { Random } from '../../core/random.ts';
import { Preparer } from '../../models/index.ts';
import type { Tokenizer } from '../../text/index.ts';
import type { SourceContext } from '../data/example.ts';
import { examplesOf, parseSource } from '../data/sources.ts';
import type { PrepareProgress } from '../dual/prepare-run.ts';
import { lengthsUpTo } from '../loop/lengths.ts';
import type { Recipe } from '../loop/recipe.ts';
import { ValidationEncoder } from '../loop/validate.ts';
import type { QueryTower } from './query-tower.ts';

/** Queries with the vectors of their units, which no student changes. */
export interface DistilSet {
  queries: string[];
  /** [queries, dims], rows of length 1. */
  units: Float32Array;
  dims: number;
  counts: Map<string, number>;
  pools: Array<{ name: string; queries: string[]; units: Float32Array }>;
}

const encodedAtOnce = 512;

/** Reads the sources of a recipe and encodes their units by the teacher. Throws QuarryError `usage`, `not-found`, `aborted`. */
export async function distilSet(
  recipe: Recipe,
  teacher: QueryTower,
  tokenizer: Tokenizer,
  {
    context,
    sample,
    threads,
    onProgress,
  }: {
    context: SourceContext;
    sample: number;
    threads: number;
    onProgress?: (progress: PrepareProgress) => void;
  },
): Promise<DistilSet> {
  const { signal, seed } = context;
  const { shape, weights } = teacher;
  const preparer = new Preparer(tokenizer, shape.preparation);
  const { query, name, doc, code } = shape.preparation;
  const lengths = lengthsUpTo(name + doc + code).filter(length => length >= Math.min(query, 16));
  const encoder = new ValidationEncoder(shape, lengths, threads);
  const encode = (units: Parameters<Preparer['unit']>[0][]) =>
    encoder.encode(
      'unit',
      units.map(unit => preparer.unit(unit)),
      weights,
      signal,
    );
  try {
    const read = [];
    const pools: DistilSet['pools'] = [];
    for (const spec of recipe.sources.map(parseSource)) {
      const { source, argument, repeat } = spec;
      for await (const { query: text, unit, kind } of examplesOf(spec, context)) {
        if (read.length % 1000 === 0) {
          throwIfAborted(signal);
          onProgress?.({ phase: 'read', done: read.length });
        }
        const most = (code + doc) * 64;
        const kept = { ...unit, code: unit.code.slice(0, most), doc: unit.doc.slice(0, most) };
        for (let i = 0; i < repeat; i++) read.push({ text, unit: kept, kind });
      }
      for (const pool of await source.pools(argument, context))
        pools.push({ name: pool.name, queries: pool.queries, units: await encode(pool.units) });
    }
    if (pools.length === 0)
      throw new QuarryError(
        'usage',
        'none of the sources has a dev split, by which students are compared',
        'add one, such as --source cosqa:disjoint',
      );
    const chosen = new Random(seed).shuffled(read).slice(0, sample);
    if (chosen.length < recipe.batch)
      throw new QuarryError(
        'usage',
        `${chosen.length} examples are less than a batch of ${recipe.batch}`,
        'add sources, or lower --batch',
      );
    const units = new Float32Array(chosen.length * shape.dims);
    for (let at = 0; at < chosen.length; at += encodedAtOnce) {
      throwIfAborted(signal);
      onProgress?.({ phase: 'encode', done: at });
      units.set(await encode(chosen.slice(at, at + encodedAtOnce).map(({ unit }) => unit)), at * shape.dims);
    }
    const counts = new Map<string, number>();
    for (const { kind } of chosen) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    return { queries: chosen.map(({ text }) => text), units, dims: shape.dims, counts, pools };
  } finally {
    await encoder.close();
  }
}
