import { Random } from '../../core/random.ts';
import type { RankingSpec } from '../loop/recipe.ts';
import { nearestUnits } from './nearest-units.ts';
import type { RankingSet } from './ranking-set.ts';

/** Positions of examples: the right unit first, then the negatives. */
export interface ExampleList {
  example: number;
  negatives: number[];
  /** Whether the units show their path. */
  showsPath: boolean;
}

export interface ExampleListOptions {
  set: RankingSet;
  spec: RankingSpec;
  /** Different for every epoch, so that other negatives are drawn. */
  seed: number;
  threads: number;
  signal?: AbortSignal | undefined;
}

/** Ranks of a repository that are looked at: most repositories have no more look-alikes. */
const siblingRanks = 20;

/**
 * The lists of an epoch that are made of pairs. With `ps` the negatives are sampled from a window of the dual encoder's
 * ranking (R2PS, section 3.3) of the units in the query's language and, a share of them, of those in its repository; with
 * `both` half as many are, and with `rr` none: the rest is left to the other units of the batch. Lists without enough
 * negatives are left out.
 */
export async function exampleLists({
  set,
  spec,
  seed,
  threads,
  signal,
}: ExampleListOptions): Promise<ExampleList[]> {
  const random = new Random(seed);
  const chosen = sampled(set, spec, random);
  const pathOf = (example: number) =>
    (set.examples[example]!.path ?? '') !== '' && random.next() < spec.paths;
  if (spec.negatives === 'rr')
    return Array.from(chosen, example => ({ example, negatives: [], showsPath: pathOf(example) }));
  const count = spec.negatives === 'both' ? Math.ceil(spec.count / 2) : spec.count;
  const keys = new Keys(set);
  const isChosen = new Uint8Array(set.examples.length);
  for (const example of chosen) isChosen[example] = 1;
  const rank = async (poolOf: (example: number) => number, depth: number) => {
    const nearest = await nearestUnits({
      queries: set.queries,
      units: set.units,
      dims: set.dims,
      asked: chosen,
      poolOf,
      unitKey: i => keys.units[i]!,
      queryKey: i => keys.queries[i]!,
      depth,
      threads,
      signal,
    });
    return (place: number) => [...nearest.subarray(place * depth, (place + 1) * depth)].filter(i => i >= 0);
  };
  const isIn = (i: number) => spec.pool === 'all' || isChosen[i] === 1;
  const inPool = await rank(i => (isIn(i) ? keys.languages[i]! : -1), spec.end);
  const inRepository = spec.siblings > 0 ? await rank(i => keys.repositories[i]!, siblingRanks) : undefined;
  const lists: ExampleList[] = [];
  for (const [place, example] of chosen.entries()) {
    const ranks = inPool(place);
    if (ranks.length === 0) continue;
    if (spec.recalled && similarity(set, example, example) < similarity(set, example, ranks.at(-1)!))
      continue;
    const negatives: number[] = [];
    const seen = new Set<number>();
    const take = (window: readonly number[], most: number) => {
      for (const other of random.shuffled([...window])) {
        if (negatives.length >= most) return;
        if (seen.has(keys.units[other]!)) continue;
        seen.add(keys.units[other]!);
        negatives.push(other);
      }
    };
    take(inRepository?.(place) ?? [], Math.round(count * spec.siblings));
    take(ranks.slice(spec.start - 1), count);
    if (negatives.length === count) lists.push({ example, negatives, showsPath: pathOf(example) });
  }
  return lists;
}

/** Cosine of one example's query and another's unit. */
function similarity({ queries, units, dims }: RankingSet, query: number, unit: number): number {
  let dot = 0;
  for (let k = 0; k < dims; k++) dot += queries[query * dims + k]! * units[unit * dims + k]!;
  return dot;
}

/** So many examples, a share of them questions of people, which are few and worth most. */
function sampled({ examples }: RankingSet, { sample, questions }: RankingSpec, random: Random): Int32Array {
  const isMined = (i: number) => examples[i]!.repository !== undefined;
  const all = random.shuffled([...examples.keys()]);
  const asked = all.filter(i => !isMined(i)).slice(0, Math.round(sample * questions));
  const mined = all.filter(isMined).slice(0, sample - asked.length);
  return Int32Array.from(random.shuffled([...asked, ...mined]));
}

/** What examples share, as numbers. */
class Keys {
  readonly units: Int32Array;
  readonly queries: Int32Array;
  /** Ids of languages, and of languages in a repository, -1 without one. */
  readonly languages: Int32Array;
  readonly repositories: Int32Array;

  constructor({ examples }: RankingSet) {
    const ids = new Map<string, number>();
    const idOf = (key: string) => {
      let id = ids.get(key);
      if (id === undefined) ids.set(key, (id = ids.size));
      return id;
    };
    this.units = Int32Array.from(examples, ({ unit }) => idOf(`code ${unit.code}`));
    this.queries = Int32Array.from(examples, ({ query }) => idOf(`query ${query}`));
    this.languages = Int32Array.from(examples, ({ unit }) => idOf(`language ${unit.language}`));
    this.repositories = Int32Array.from(examples, ({ unit, repository }) =>
      repository === undefined ? -1 : idOf(`repository ${unit.language} ${repository}`),
    );
  }
}
