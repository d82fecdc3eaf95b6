import { readTree } from '../../engine/read-tree.ts';
import { readUnits } from '../../engine/read-units.ts';
import type { DatasetHost } from '../../evaluation/dataset.ts';

/** What the loaders of data sets need of the engine: trees are read as an index would read them. */
export const datasetHost: DatasetHost = {
  readTree: (root, signal) => readTree(root, signal),
  readUnits: (root, signal) => readUnits(root, signal),
};
