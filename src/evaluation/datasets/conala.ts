import type { DatasetLoader } from '../dataset.ts';
import { pairLoader } from './pairs.ts';

/** Rewritten intents against the snippets of the test set. There is no dev split: tune on `train`. */
export const conalaLoader: DatasetLoader = pairLoader({
  id: 'conala',
  title: 'CoNaLa: intents find short Python snippets',
  licence: 'copies of the official files without a licence; Stack Overflow content CC BY-SA',
  source:
    'CoNaLa (Yin et al., MSR 2018): shilliscmu/TranxConalaBaseline, conala-train.json and conala-test.json, ' +
    'as conala/pairs.jsonl.gz below the data directory',
  file: 'conala/pairs.jsonl.gz',
  splits: ['test', 'train'],
  sameQuery: true,
  counts: { test: 500, train: 2378 },
  countedBy: 'split',
  notes: [
    'queries are the rewritten intents; the pool is all snippets of the split',
    'snippets of the same text, and those given for an intent of the same text, are all right',
    'made for generation (BLEU): there is no fixed protocol for retrieval',
  ],
});
