import type { DatasetLoader } from '../dataset.ts';
import { pairLoader } from './pairs.ts';

/** First sentences of Java comments against tokenised methods. */
export const tlCodesumLoader: DatasetLoader = pairLoader({
  id: 'tl-codesum',
  title: 'TL-CodeSum: comments find Java methods',
  licence: 'none given: evaluate with it, do not ship what was trained on it',
  source:
    'TL-CodeSum (Hu et al., IJCAI 2018): xing-hu/TL-CodeSum, data/{valid,test}/*.token.{code,nl}, ' +
    'as tlcodesum_java/pairs.jsonl.gz below the data directory',
  file: 'tlcodesum_java/pairs.jsonl.gz',
  splits: ['test', 'valid'],
  sameQuery: false,
  counts: { test: 7840, valid: 8282 },
  countedBy: 'split',
  notes: [
    'code is tokenised, literals are _STR and _NUM, comments are lower-cased; the pool is all methods of the split',
    'one right method per comment, with methods of exactly the same text; equal comments of other methods are not merged',
    'pools of 1,000 are more common: the first 1,000 rows with --first 1000',
    'made for summarisation (BLEU); near-duplicates between its splits are reported',
  ],
});
