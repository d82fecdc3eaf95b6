import { QuarryError } from '../core/errors.ts';
import { readTree } from '../engine/indexing/read-tree.ts';
import { readUnits } from '../engine/indexing/read-units.ts';
import { ignoreOf } from '../engine/settings/config.ts';
import type { DatasetHost } from '../evaluation/dataset.ts';
import { readCorpus } from '../training/corpus/corpus.ts';
import { pairKinds } from '../training/corpus/pair.ts';

/** What the loaders of data sets need of the rest: trees are read as an index would read them. */
export const datasetHost: DatasetHost = {
  readTree: (root, signal) => readTree(root, signal, { ignore: ignoreOf({}, process.env) }),
  readUnits: (root, signal) => readUnits(root, signal, { ignore: ignoreOf({}, process.env) }),
  readCorpus(directory, { kinds, ...filter }) {
    const unknown = kinds.find(kind => pairKinds.every(known => known !== kind));
    if (unknown !== undefined)
      throw new QuarryError(
        'usage',
        `no kind of pairs: ${JSON.stringify(unknown)}`,
        `known: ${pairKinds.join(', ')}`,
      );
    return readCorpus(directory, { ...filter, kinds: pairKinds.filter(kind => kinds.includes(kind)) });
  },
};
