import { QuarryError } from '../../core/errors.ts';
import type { OpenDataset } from '../dataset.ts';
import { counted, Fingerprint } from './opening.ts';
import { DataReader } from './reading.ts';

/** Measures of retrieval sets, unless they have their own; the first one is what papers report. */
export const retrievalMeasures: readonly string[] = [
  'mrr',
  'success@1',
  'success@5',
  'success@10',
  'ndcg@10',
];
export const classificationMeasures: readonly string[] = ['accuracy', 'f1', 'precision', 'recall'];

/** Reads files below the data directory. Throws QuarryError `usage` if none was given. */
export function publishedReader(
  id: string,
  whereToGet: string,
  options: Pick<OpenDataset, 'data' | 'strict' | 'signal' | 'onSkipped'>,
): DataReader {
  if (options.data === undefined)
    throw new QuarryError(
      'usage',
      `${id} needs a data directory`,
      'give --data DIR, with one folder per data set',
    );
  return new DataReader(options.data, whereToGet, options);
}

/** A note for each count that is not the published one. */
export function countNotes(
  found: Readonly<Record<string, number>>,
  published: Readonly<Record<string, number>>,
): string[] {
  return Object.entries(published)
    .filter(([what, count]) => (found[what] ?? 0) !== count)
    .map(
      ([what, count]) => `counts differ: ${what} ${written(found[what] ?? 0)}, published ${written(count)}`,
    );
}

/** Notes of an evaluation that was cut down to its first queries. */
export function firstNote(options: OpenDataset, what: string): string[] {
  return options.first === undefined
    ? []
    : [`only the first ${counted(options.first, 'query', 'queries')}${what}`];
}

/** Hash over the files that were read, which must have been read to their end, and over whatever else counts. */
export function fingerprintOf(reader: DataReader, ...parts: readonly unknown[]): string {
  const fingerprint = new Fingerprint();
  for (const { path, sha256 } of reader.files) fingerprint.add(path, sha256);
  fingerprint.add(JSON.stringify(parts));
  return fingerprint.digest();
}

/** The number as it is written in notes: 6,267. */
export function written(count: number): string {
  return count.toLocaleString('en');
}
