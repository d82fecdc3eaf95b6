import type { DatasetLoader } from '../dataset.ts';
import { pairLoader } from './pairs.ts';

/** First sentences of descriptions against all snippets of two languages. Small and clean. */
export const thirtySecondsLoader: DatasetLoader = pairLoader({
  id: '30-seconds',
  title: '30 seconds of code: descriptions find JavaScript and Python snippets',
  licence: 'CC0 1.0',
  source:
    '30-seconds/30-seconds-of-code and 30-seconds/30-seconds-of-python, snippets/*.md, ' +
    'as thirty_seconds/pairs.jsonl.gz below the data directory',
  file: 'thirty_seconds/pairs.jsonl.gz',
  splits: ['all'],
  sameQuery: true,
  slices: pair => (pair.language === undefined ? {} : { language: pair.language }),
  counts: { javascript: 536, python: 124 },
  countedBy: 'language',
  notes: [
    'one pool of both languages; a query is the first sentence of a description',
    'where both languages have the same description, both snippets are right (+.015 MRR for BM25 against one right snippet)',
    'there is no published protocol for retrieval, and no split',
  ],
});
