import { QuarryError } from '../../core/errors.ts';
import type { TrainingSource } from '../example.ts';
import { readLists } from '../ranking/list-file.ts';

/**
 * What the engine finds in whole repositories for questions whose answer is known. As pairs, the right candidate of each
 * list; as lists, all of it, which is what a re-ranker meets: look-alikes from the same folder.
 */
export const listsSource: TrainingSource = {
  id: 'lists',
  title: 'candidate lists made by quarry corpus lists',
  argument: 'directory',
  licence: 'permissive; see corpora/manifest.json',
  async *examples(argument, { signal }) {
    for await (const { repository, split, units, lists } of readLists(given(argument), signal)) {
      if (split !== 'train') continue;
      for (const { query, kind, positive, candidates } of lists) {
        const { path, ...unit } = units[candidates[positive]!]!;
        yield { query, unit, kind: `lists ${kind}`, repository, path };
      }
    }
  },
  async *lists(argument, wanted, { signal }) {
    for await (const { split, units, lists } of readLists(given(argument), signal)) {
      if (split !== wanted) continue;
      for (const { candidates, kind, ...list } of lists)
        yield { ...list, kind: `lists ${kind}`, candidates: candidates.map(unit => units[unit]!) };
    }
  },
  // Pools of single units say nothing of the order of files.
  pools: async () => [],
};

function given(argument: string | undefined): string {
  if (argument === undefined)
    throw new QuarryError('usage', 'the source lists needs a directory', 'write lists:DIRECTORY');
  return argument;
}
