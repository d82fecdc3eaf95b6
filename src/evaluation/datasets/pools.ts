import { createHash } from 'node:crypto';
import { QuarryError, throwIfAborted } from '../../core/errors.ts';
import type { Candidate, Collection, Query, RetrievalDataset } from '../dataset.ts';
import { Random } from '../statistics.ts';
import { counted, Fingerprint } from './opening.ts';

/** What a collection lost when it was divided. */
interface Loss {
  candidates: number;
  queries: number;
  /** Pools no query has its answer in. */
  pools: number;
}

/**
 * The data set with each collection divided at random into pools of exactly `size` candidates, each a collection of its
 * own: the protocol of CodeSearchNet and others, usually with 1,000. Every query is asked of the pool that holds its
 * first relevant candidate, and what is relevant elsewhere does not count. Candidates of the last pool, which would be
 * smaller, and queries about them are left out and counted in the notes. The total is the mean over pools.
 *
 * While the collections are streamed they throw QuarryError `usage` if one has fewer than `size` candidates, or queries
 * with pools of their own.
 */
export function withPools(dataset: RetrievalDataset, size: number, seed: number): RetrievalDataset {
  const losses = new Map<string, Loss>();
  return {
    ...dataset,
    // These two grow while the data set is streamed.
    get files() {
      return dataset.files;
    },
    get notes() {
      const first = `ranked within pools of ${size.toLocaleString('en')} candidates, drawn with seed ${seed}; the total is the mean over pools`;
      return [...dataset.notes, first, ...[...losses].flatMap(([name, loss]) => noteOf(name, loss))];
    },
    averaging: 'collections',
    async *collections(signal) {
      for await (const collection of dataset.collections(signal))
        yield* poolsOf(collection, size, seed, losses, signal);
    },
  };
}

async function* poolsOf(
  collection: Collection,
  size: number,
  seed: number,
  losses: Map<string, Loss>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Collection> {
  if (collection.queries.some(query => query.pool !== undefined))
    throw new QuarryError(
      'usage',
      `${collection.name}: its queries have published pools`,
      'leave the pool size out to rank within those',
    );
  await collection.materialise?.(signal);
  const candidates: Candidate[] = [];
  for await (const candidate of collection.candidates(signal)) {
    throwIfAborted(signal);
    candidates.push(candidate);
  }
  if (candidates.length < size)
    throw new QuarryError(
      'usage',
      `${collection.name} has ${counted(candidates.length, 'candidate')}, fewer than a pool of ${size}`,
      'choose smaller pools, or none',
    );
  // The name counts so that collections of equal size are not all divided alike.
  const salt = createHash('sha256').update(`${seed} ${collection.name}`).digest().readInt32LE(0);
  const shuffled = new Random(salt).shuffled(candidates);
  const count = Math.floor(shuffled.length / size);
  const poolOf = new Map<string, number>();
  for (const [i, { id }] of shuffled.entries()) poolOf.set(id, Math.floor(i / size));

  const asked: Query[][] = Array.from({ length: count }, () => []);
  const loss: Loss = { candidates: shuffled.length - count * size, queries: 0, pools: 0 };
  for (const query of collection.queries) {
    const first = Object.entries(query.judgments).find(([id, grade]) => grade > 0 && poolOf.has(id));
    const pool = first === undefined ? count : poolOf.get(first[0])!;
    if (pool >= count) loss.queries++;
    else asked[pool]!.push(within(query, id => poolOf.get(id) === pool));
  }
  loss.pools = asked.filter(queries => queries.length === 0).length;
  losses.set(collection.name, loss);

  const { root: _, materialise: __, ...rest } = collection;
  for (const [i, queries] of asked.entries()) {
    if (queries.length === 0) continue;
    const pool = shuffled.slice(i * size, (i + 1) * size);
    const fingerprint = new Fingerprint();
    fingerprint.add(collection.fingerprint, String(size), String(seed), String(i));
    yield {
      ...rest,
      name: `${collection.name} pool ${i + 1}/${count}`,
      fingerprint: fingerprint.digest(),
      queries,
      async *candidates(inner) {
        throwIfAborted(inner);
        yield* pool;
      },
    };
  }
}

function within(query: Query, holds: (id: string) => boolean): Query {
  return {
    ...query,
    judgments: Object.fromEntries(Object.entries(query.judgments).filter(([id]) => holds(id))),
  };
}

function noteOf(name: string, { candidates, queries, pools }: Loss): string[] {
  const parts = [
    candidates > 0 ? counted(candidates, 'candidate') : '',
    queries > 0 ? counted(queries, 'query', 'queries') : '',
    pools > 0 ? `${counted(pools, 'pool')} without queries` : '',
  ].filter(part => part !== '');
  return parts.length === 0 ? [] : [`${name}: ${parts.join(', ')} left out by the division into pools`];
}
