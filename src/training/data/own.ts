import { QuarryError } from '../../core/errors.ts';
import { Random } from '../../core/random.ts';
import type { CorpusPair, CorpusSplit } from '../corpus/pair.ts';
import { docsByUnit, exampleOf } from './corpus.ts';
import type { TrainingSource, ValidationPool } from './example.ts';
import { readOwnPairs } from './own-pairs.ts';

/** What `quarry train --on` mined from one repository; validated on files of it that are not trained on. */
export const ownSource: TrainingSource = {
  id: 'own',
  title: 'pairs that quarry train --on mined from one repository',
  argument: 'directory of the run',
  licence: 'that of the repository',
  async *examples(argument) {
    const pairs = readOwnPairs(given(argument)).filter(pair => pair.split === 'train');
    const docs = docsByUnit(pairs);
    for (const pair of pairs) yield exampleOf(pair, docs);
  },
  async pools(argument, { poolSize, seed }) {
    const pairs = readOwnPairs(given(argument));
    const random = new Random(seed);
    const pool = poolOfSplit('valid', random.shuffled(pairs), poolSize);
    return pool.queries.length > 0 ? [{ name: 'own files held out', ...pool }] : [];
  },
};

/** Queries of a split, one for each code, and the units of all of the repository: whoever asks looks among all. */
export function poolOfSplit(
  split: CorpusSplit,
  pairs: readonly CorpusPair[],
  most: number,
): Pick<ValidationPool, 'queries' | 'units'> {
  const seen = new Set<string>();
  const isNew = ({ code }: CorpusPair) => !seen.has(code) && seen.add(code);
  const examples = (some: readonly CorpusPair[]) => some.map(pair => exampleOf(pair, new Map()));
  const own = examples(pairs.filter(pair => pair.split === split && isNew(pair)).slice(0, most));
  const others = examples(pairs.filter(pair => isNew(pair)).slice(0, most - own.length));
  return { queries: own.map(({ query }) => query), units: [...own, ...others].map(({ unit }) => unit) };
}

function given(argument: string | undefined): string {
  if (argument === undefined)
    throw new QuarryError('usage', 'the source own needs a directory', 'write own:DIRECTORY');
  return argument;
}
