import { Random } from '../../core/random.ts';
import type { RankingSpec } from '../recipe.ts';
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
 * ranking (R2PS, section 3.3): of the sample's units in the query's language or, for a share of the lists, of its
 * repository's; with `rr` `negatives` stays empty: other units of the batch are taken. Lists without enough negatives
 * are left out.
 */
export async function exampleLists({
  set,
  spec,
  seed,
  threads,
  signal,
}: ExampleListOptions): Promise<ExampleList[]> {
  const random = new Random(seed);
  const chosen = sampled(set, spec.sample, random);
  const pathOf = (example: number) =>
    (set.examples[example]!.path ?? '') !== '' && random.next() < spec.paths;
  if (spec.negatives === 'rr')
    return Array.from(chosen, example => ({ example, negatives: [], showsPath: pathOf(example) }));
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
  const inSample = await rank(i => (isChosen[i] ? keys.languages[i]! : -1), spec.end);
  const inRepository = spec.siblings > 0 ? await rank(i => keys.repositories[i]!, siblingRanks) : undefined;
  const lists: ExampleList[] = [];
  for (const [place, example] of chosen.entries()) {
    const siblings = inRepository?.(place) ?? [];
    const isOfRepository = siblings.length >= spec.count && random.next() < spec.siblings;
    const ranks = isOfRepository ? siblings : inSample(place);
    const window = isOfRepository ? ranks : ranks.slice(spec.start - 1);
    if (window.length < spec.count) continue;
    if (spec.recalled && similarity(set, example, example) < similarity(set, example, ranks.at(-1)!))
      continue;
    const negatives = random.shuffled(window).slice(0, spec.count);
    lists.push({ example, negatives, showsPath: pathOf(example) });
  }
  return lists;
}

/** Cosine of one example's query and another's unit. */
function similarity({ queries, units, dims }: RankingSet, query: number, unit: number): number {
  let dot = 0;
  for (let k = 0; k < dims; k++) dot += queries[query * dims + k]! * units[unit * dims + k]!;
  return dot;
}

/** So many examples, kinds by the square root of their number: questions of people are few and worth most. */
function sampled({ examples }: RankingSet, count: number, random: Random): Int32Array {
  const byKind = Map.groupBy(examples.keys(), i => examples[i]!.kind);
  const kinds = [...byKind.values()].sort((a, b) => a.length - b.length);
  const chosen: number[] = [];
  let left = count;
  let weight = kinds.reduce((sum, { length }) => sum + Math.sqrt(length), 0);
  // Small kinds first: what they cannot fill of their share goes to the larger ones.
  for (const kind of kinds) {
    const share = Math.min(kind.length, Math.round((left * Math.sqrt(kind.length)) / weight));
    for (const example of random.shuffled(kind).slice(0, share)) chosen.push(example);
    left -= share;
    weight -= Math.sqrt(kind.length);
  }
  return Int32Array.from(random.shuffled(chosen));
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
