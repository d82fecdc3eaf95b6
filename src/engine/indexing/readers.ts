import { SegmentReader } from '../../store/segment-reader.ts';
import type { IndexStore } from '../../store/store.ts';

/** Where a document is. */
export interface DocumentPlace {
  segment: number;
  document: number;
}

/** Readers of segments that keep whole parts, for passes over many documents. */
export class SegmentReaders {
  private readonly store: IndexStore;
  private readonly readers: Map<number, SegmentReader> = new Map();

  constructor(store: IndexStore) {
    this.store = store;
  }

  /** Call inside a transaction. */
  get(id: number): SegmentReader {
    let reader = this.readers.get(id);
    if (!reader) {
      const found = this.store.current().segments.find(segment => segment.id === id);
      if (!found) throw new RangeError(`segment ${id} is missing`);
      const whole = new Map<string, Uint8Array>();
      const { range } = this.store.partSource(id);
      reader = new SegmentReader(id, found.info, {
        range,
        whole: part => {
          let bytes = whole.get(part);
          if (!bytes) whole.set(part, (bytes = this.store.partSource(id).whole(part)));
          return bytes;
        },
      });
      this.readers.set(id, reader);
    }
    return reader;
  }
}

/** All documents of an index by key. */
export function knownDocuments(store: IndexStore): Map<string, DocumentPlace> {
  const known = new Map<string, DocumentPlace>();
  store.read(() => {
    for (const { id, info } of store.current().segments) {
      const reader = new SegmentReader(id, info, store.partSource(id));
      for (let d = 0; d < info.documents; d++) known.set(reader.hash(d), { segment: id, document: d });
    }
  });
  return known;
}
