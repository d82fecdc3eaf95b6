import type { Pattern } from '../../../query/ast.ts';
import type { Snapshot } from '../../../store/snapshot.ts';
import { documentsMeeting } from '../../../store/trigrams/condition.ts';
import { conditionOf } from './trigram-condition.ts';

/**
 * Which files of a snapshot may have which patterns, by the trigrams of what was indexed. Never wrong in saying no, but of files
 * that have changed since.
 */
export class Prefilter {
  private readonly snapshot: Snapshot;
  /** Per pattern and segment one byte per document: 1 if it may have the pattern; undefined if all may. */
  private readonly documents: ReadonlyArray<ReadonlyArray<Uint8Array | undefined>>;

  /** Reads the trigrams of the snapshot. Throws RangeError on damage. */
  constructor(snapshot: Snapshot, patterns: readonly Pattern[]) {
    this.snapshot = snapshot;
    this.documents = patterns.map(pattern => {
      const condition = conditionOf(pattern);
      return snapshot.segments.map(segment => {
        const found = segment.trigrams && documentsMeeting(condition, segment.trigrams);
        if (!found) return undefined;
        const marks = new Uint8Array(segment.info.documents);
        for (const document of found) marks[document] = 1;
        return marks;
      });
    });
    // Whether a hit is stale is asked when nothing can be read of the index any more.
    for (const segment of snapshot.segments) void segment.documents;
  }

  mayMatch(file: number, pattern: number): boolean {
    const { segmentOf, files } = this.snapshot;
    const marks = this.documents[pattern]![segmentOf[file]!];
    return marks === undefined || marks[files[file]!.document] === 1;
  }
}
