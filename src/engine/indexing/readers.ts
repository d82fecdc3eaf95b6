import { SegmentReader } from '../../store/segment-reader.ts';
import type { View } from '../../store/view.ts';

/** Where a document is. */
export interface DocumentPlace {
  segment: number;
  document: number;
}

/** Readers of segments that keep whole parts, for passes over many documents. */
export class SegmentReaders {
  private readonly readers: Map<number, SegmentReader> = new Map();

  /** The reader of a segment; RangeError if there is no such segment. */
  get(view: View, id: number): SegmentReader {
    let reader = this.readers.get(id);
    if (!reader) {
      const kept = new Map<string, Uint8Array>();
      const { range, whole } = view.parts(id);
      reader = new SegmentReader(id, view.segmentInfo(id), {
        range,
        whole: part => {
          let bytes = kept.get(part);
          if (!bytes) kept.set(part, (bytes = whole(part)));
          return bytes;
        },
      });
      this.readers.set(id, reader);
    }
    return reader;
  }
}

/** All documents of an index by key. */
export function knownDocuments(view: View): Map<string, DocumentPlace> {
  const known = new Map<string, DocumentPlace>();
  for (const reader of view.readers()) {
    const { id, info } = reader;
    for (let d = 0; d < info.documents; d++) known.set(reader.hash(d), { segment: id, document: d });
  }
  return known;
}
