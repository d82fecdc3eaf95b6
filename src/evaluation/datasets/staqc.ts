import type { ClassificationDataset, DatasetLoader, LabelledPair, OpenDataset } from '../dataset.ts';
import { splitOf } from './opening.ts';
import { candidateOf, pairLoader, readPairs } from './pairs.ts';
import { classificationMeasures, countNotes, firstNote, publishedReader, written } from './published.ts';
import { MalformedRow } from './reading.ts';

const file = 'staqc/manual_python.jsonl.gz';
const described = {
  licence: 'CC BY 4.0; Stack Overflow content CC BY-SA',
  source:
    'StaQC (Yao et al., WWW 2018), the part labelled by hand: microsoft/CodeXGLUE, earlier revisions of ' +
    'Text-Code/NL-code-search-WebQuery/data/{train,dev}_staqc.json, as staqc/manual_python.jsonl.gz below the data directory',
};
const counts = { train: 2932, dev: 976 };
const published = {
  'train pairs': 2932,
  'train pairs of label 1': 1287,
  'dev pairs': 976,
  'dev pairs of label 1': 421,
};

/** Does this Stack Overflow snippet answer the title? Thresholds are chosen on the training split. */
export const staqcLoader: DatasetLoader = {
  id: 'staqc',
  title: 'StaQC: does the Python snippet answer the question?',
  task: 'classification',
  // The labels of the test split are not public.
  splits: ['dev'],
  ...described,
  open,
};

/** The pairs that were judged right, against all snippets of their split. */
export const staqcRetrievalLoader: DatasetLoader = pairLoader({
  id: 'staqc-retrieval',
  title: 'StaQC: question titles find Python snippets',
  ...described,
  file,
  splits: ['dev', 'train'],
  sameQuery: true,
  counts,
  countedBy: 'split',
  notes: [
    'queries are the titles of pairs with label 1, the pool is all snippets of the split; what was judged wrong stays in it',
    'snippets judged right for a title of the same text are all right',
    'only the part labelled by hand: numbers in papers are for the mined corpus',
  ],
});

async function open(options: OpenDataset): Promise<ClassificationDataset> {
  const { id, title } = staqcLoader;
  const split = splitOf(id, staqcLoader.splits, options);
  const reader = publishedReader(id, described.source, options);
  const pairs: Record<string, LabelledPair[]> = { train: [], dev: [] };
  const rows = readPairs(reader, {
    file,
    splitOf: pair => {
      if (pair.label === undefined) throw new MalformedRow('no number in field label');
      return pair.split;
    },
  });
  for await (const pair of rows)
    pairs[pair.split]?.push({ id: pair.id, query: pair.query, code: candidateOf(pair), label: pair.label! });
  const [train, dev] = [pairs['train']!, pairs['dev']!];
  const trained = new Set(train.map(pair => pair.query));
  const tested = dev.map(pair => ({
    ...pair,
    slices: { question: trained.has(pair.query) ? 'in train' : 'not in train' },
  }));
  const positives = (list: readonly LabelledPair[]) => list.filter(pair => pair.label === 1).length;
  const found = {
    'train pairs': train.length,
    'train pairs of label 1': positives(train),
    'dev pairs': dev.length,
    'dev pairs of label 1': positives(dev),
  };
  const wrong = dev.length - positives(dev);
  const repeated = tested.filter(pair => pair.slices.question === 'in train').length;
  return {
    task: 'classification',
    id,
    title,
    split,
    ...described,
    files: reader.files,
    notes: [
      `${written(wrong)} of ${written(dev.length)} pairs have label 0: always saying no is right for ${(100 * (dev.length ? wrong / dev.length : 0)).toFixed(1)} %`,
      `${written(repeated)} pairs have a question that stands in the training split with another snippet (slice question)`,
      'the labels of its test split are not public',
      ...countNotes(found, published),
      ...firstNote(options, ''),
    ],
    measures: classificationMeasures,
    calibration: [{ name: 'staqc-train', pairs: train }],
    pairs: tested.slice(0, options.first),
  };
}
