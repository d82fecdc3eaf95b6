import { gzipSync } from 'node:zlib';
import type { Scratch } from '../../../test/support/scratch.ts';
import { QuarryError } from '../../core/errors.ts';
import type {
  Candidate,
  ClassificationDataset,
  Collection,
  Dataset,
  DatasetHost,
  DatasetLoader,
  OpenDataset,
  RetrievalDataset,
} from '../dataset.ts';

/** A file of JSON lines, packed; a string stands for itself. */
export function packed(rows: readonly unknown[]): Uint8Array {
  return gzipSync(rows.map(row => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n'));
}

const host: DatasetHost = {
  readTree() {
    throw new Error('published sets have no tree');
  },
  readUnits() {
    throw new Error('published sets have no tree');
  },
};

/** Opens a data set below `data`, the tree of a scratch directory or a path; what was left out goes into `skipped`. */
export async function opened(
  loader: DatasetLoader,
  data: Scratch | string | undefined,
  options: Partial<OpenDataset> = {},
): Promise<{ dataset: Dataset; skipped: string[] }> {
  const skipped: string[] = [];
  const dataset = await loader.open({
    data: typeof data === 'object' ? data.root : data,
    host,
    onSkipped: message => skipped.push(message),
    ...options,
  });
  return { dataset, skipped };
}

/** A retrieval set read to its end. */
export async function retrieved(
  loader: DatasetLoader,
  data: Scratch | string,
  options: Partial<OpenDataset> = {},
): Promise<{
  dataset: RetrievalDataset;
  skipped: string[];
  collections: Array<Collection & { all: Candidate[] }>;
}> {
  const { dataset, skipped } = await opened(loader, data, options);
  if (dataset.task !== 'retrieval') throw new Error(`${dataset.id} is no retrieval set`);
  const collections: Array<Collection & { all: Candidate[] }> = [];
  for await (const collection of dataset.collections())
    collections.push({ ...collection, all: await Array.fromAsync(collection.candidates()) });
  return { dataset, skipped, collections };
}

export async function classified(
  loader: DatasetLoader,
  data: Scratch | string,
  options: Partial<OpenDataset> = {},
): Promise<{ dataset: ClassificationDataset; skipped: string[] }> {
  const { dataset, skipped } = await opened(loader, data, options);
  if (dataset.task !== 'classification') throw new Error(`${dataset.id} is no classification set`);
  return { dataset, skipped };
}

/** What a promise fails with. Throws if it does not fail with QuarryError. */
export async function failure(promise: Promise<unknown>): Promise<QuarryError> {
  const error = await promise.then(
    () => new Error('nothing was thrown'),
    (reason: unknown) => reason,
  );
  if (error instanceof QuarryError) return error;
  throw error;
}
