import type { Snapshot } from '../../../store/snapshot.ts';
import { Mounts } from '../../sources/mounts.ts';
import { isRevision, objectOf, type Source } from '../../sources/source.ts';
import type { ScanFile } from './messages.ts';
import type { ScanBatch } from './scan-threads.ts';

/** Files of a batch: the first ones small, for the first results to come soon, the later ones larger. */
const firstBatch = 16;
const mostInBatch = 256;
const mostBatchBytes = 2 << 20;

/** A batch, with the number of each of its files in the snapshot. */
export interface PlannedBatch extends ScanBatch {
  numbers: number[];
  /** Its place in the order. */
  place: number;
  /** Its thread ended before without a file to blame. */
  isRepeated?: true;
}

/** Cuts the files of a search into batches, in order, as they are asked for. */
export class ScanPlan {
  /** Numbers of the files in the snapshot. */
  readonly files: readonly number[];
  private readonly snapshot: Snapshot;
  private readonly sources: readonly Source[];
  private readonly mounts: Mounts<Source>;
  private readonly positions: ReadonlyMap<Source, number>;
  private readonly patternsOf: (file: number) => readonly number[] | undefined;
  private next = 0;
  private places = 0;

  constructor(
    snapshot: Snapshot,
    sources: readonly Source[],
    files: readonly number[],
    patternsOf: (file: number) => readonly number[] | undefined,
  ) {
    this.snapshot = snapshot;
    this.sources = sources;
    this.mounts = new Mounts(sources);
    this.positions = new Map(sources.map((source, i) => [source, i]));
    this.files = files;
    this.patternsOf = patternsOf;
  }

  /** Batches that were cut so far. */
  get cut(): number {
    return this.places;
  }

  get isEmpty(): boolean {
    return this.next === this.files.length;
  }

  take(): PlannedBatch | undefined {
    if (this.isEmpty) return undefined;
    const most = Math.min(mostInBatch, firstBatch * 2 ** (this.places >> 1));
    const batch: PlannedBatch = { files: [], numbers: [], place: this.places++ };
    let bytes = 0;
    while (this.next < this.files.length && batch.files.length < most && bytes < mostBatchBytes) {
      const number = this.files[this.next++]!;
      batch.files.push(this.fileOf(number));
      batch.numbers.push(number);
      bytes += this.snapshot.files[number]!.size;
    }
    return batch;
  }

  /** Files that are in no batch yet. */
  rest(): readonly number[] {
    return this.files.slice(this.next);
  }

  fileOf(number: number): ScanFile {
    const file = this.snapshot.files[number]!;
    const source = this.mounts.find(file.path);
    const patterns = this.patternsOf(number);
    return {
      path: source ? file.path.slice(source.prefix.length) : file.path,
      source: source ? this.positions.get(source)! : this.sources.length,
      ...(source && isRevision(source) ? { object: objectOf(file) } : {}),
      ...(patterns ? { patterns } : {}),
    };
  }
}
