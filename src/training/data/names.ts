import { QuarryError } from '../../core/errors.ts';
import { splitIdentifier } from '../../core/identifiers.ts';
import { readCorpus } from '../corpus/corpus.ts';
import type { SourceContext, TrainingExample, TrainingSource } from './example.ts';

/** A name of fewer words says too little to be asked for. */
const fewestWords = 3;

/**
 * The words of a function's name as the query for its body, from which the name is taken out: what a body does without
 * anyone having written it down. As in the pre-training of CodeSearchNet's neural bag of words (Husain et al. 2019).
 */
export const namesSource: TrainingSource = {
  id: 'names',
  title: 'names of functions ask for their bodies',
  argument: 'directory of a corpus',
  licence: 'permissive; see corpora/manifest.json',
  async *examples(argument, { signal }: SourceContext) {
    if (argument === undefined)
      throw new QuarryError('usage', 'the source names needs a directory', 'write names:DIRECTORY');
    const kinds = ['doc'] as const;
    for await (const pair of readCorpus(argument, { split: 'train', kinds, ...(signal ? { signal } : {}) })) {
      const { name, code, language, repository } = pair;
      const words = splitIdentifier(name);
      if (words.length < fewestWords) continue;
      const body = code.replaceAll(name, ' ');
      yield {
        query: words.join(' '),
        unit: { name: '', doc: '', code: body, language },
        kind: 'names',
        repository,
      } satisfies TrainingExample;
    }
  },
  pools: () => Promise.resolve([]),
};
