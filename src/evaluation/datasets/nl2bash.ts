import type { DatasetLoader } from '../dataset.ts';
import { pairLoader } from './pairs.ts';

/** Descriptions against bash one-liners. */
export const nl2bashLoader: DatasetLoader = pairLoader({
  id: 'nl2bash',
  title: 'NL2Bash: descriptions find bash one-liners',
  licence: 'MIT (data)',
  source:
    'NL2Bash (Lin et al., LREC 2018): TellinaTool/nl2bash, data/bash/all.nl and all.cm, ' +
    'as nl2bash/pairs.jsonl.gz below the data directory',
  file: 'nl2bash/pairs.jsonl.gz',
  splits: ['all'],
  sameQuery: true,
  counts: { all: 12_607 },
  countedBy: 'split',
  notes: [
    'commands of the same text, and those given for a description of the same text, are all right',
    'no split is given; the paper filters further, to 9,305 pairs',
  ],
});
