import type { DatasetLoader } from '../dataset.ts';
import { type Pair, pairLoader } from './pairs.ts';
import { MalformedRow } from './reading.ts';

/** One task in five is for tuning; the nine languages share tasks, so rows cannot be split one by one. */
const devEvery = 5;

/** Task descriptions against the solutions of one language; nine languages. */
export const mbxpLoader: DatasetLoader = pairLoader({
  id: 'mbxp',
  title: 'MBXP: task descriptions find solutions in nine languages',
  licence: 'CC BY 4.0',
  source:
    'MBXP (Athiwaratkun et al., ICLR 2023): amazon-science/mxeval, data/mbxp/mb*_release_*.jsonl, ' +
    'as mbxp/pairs.jsonl.gz below the data directory',
  file: 'mbxp/pairs.jsonl.gz',
  splits: ['test', 'dev', 'all'],
  splitOf: pair => (taskNumber(pair) % devEvery === 0 ? 'dev' : 'test'),
  byLanguage: true,
  sameQuery: true,
  counts: {
    python: 974,
    typescript: 967,
    php: 950,
    javascript: 938,
    java: 874,
    kotlin: 796,
    ruby: 784,
    cpp: 773,
    csharp: 725,
  },
  countedBy: 'language',
  notes: [
    'the pool is all solutions of one language of the split; only tasks that have a solution',
    `split by task number, the same for all languages: dev has every ${devEvery}th task`,
    'solutions of the same text, and those of a task with the same description, are all right',
    'made for generation (pass@k); most solutions are machine-made, so their style is narrow',
  ],
});

/** 3 of `MBCPP/3`. */
function taskNumber({ id, language }: Pair): number {
  const number = /\/(\d+)$/.exec(id)?.[1];
  if (number === undefined) throw new MalformedRow(`id ${id} has no task number`);
  if (language === undefined) throw new MalformedRow('no text in field lang');
  return Number(number);
}
