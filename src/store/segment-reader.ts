// Read access to one segment: columns, postings, units and vectors, each loaded when it is first needed.

import { ByteReader } from './bytes.ts';
import { Dictionary, type DictionaryEntry } from './dictionary.ts';
import { decodePostings, type PostingList } from './postings.ts';
import {
  type OptionalPart,
  type SegmentInfo,
  type SegmentPart,
  type StoredUnit,
  trigramPart,
  vectorPart,
} from './segment.ts';
import {
  type DocumentColumns,
  decodeDocuments,
  decodeWindows,
  type WindowColumns,
} from './segment-columns.ts';
import { TrigramIndex } from './trigrams/reader.ts';
import { decodeUnits } from './unit-records.ts';
import { notEncoded, unpackRows, type VectorRows } from './vectors/rows.ts';

/** How a reader gets at a segment's bytes: from the container, or from memory before it is written. */
export interface PartSource {
  /** A whole part, aligned to 8 bytes so that typed arrays can look at it. */
  whole(part: SegmentPart | OptionalPart): Uint8Array;
  /** `length` bytes of a part from `offset`; may be a view into a cache: do not write to it. */
  range(part: SegmentPart | OptionalPart, offset: number, length: number): Uint8Array;
}

/** The unit of windows whose lines belong to no unit. */
export const noUnit = 0xffffffff;

/** Read access to one immutable segment. Parts are loaded on first use and kept. Throws RangeError on damage. */
export class SegmentReader {
  readonly id: number;
  readonly info: SegmentInfo;
  private readonly source: PartSource;
  private loadedDictionary: Dictionary | undefined;
  private loadedWindows: WindowColumns | undefined;
  private loadedDocuments: DocumentColumns | undefined;
  private loadedWindowDocs: Uint32Array | undefined;
  /** Records of the last document: their end is not stored, and to read the whole part each time takes too long. */
  private lastRecords: Uint8Array | undefined;
  private loadedTrigrams: TrigramIndex | undefined;

  constructor(id: number, info: SegmentInfo, source: PartSource) {
    this.id = id;
    this.info = info;
    this.source = source;
  }

  get dictionary(): Dictionary {
    return (this.loadedDictionary ??= new Dictionary(this.source.whole('dictionary')));
  }

  get windows(): WindowColumns {
    return (this.loadedWindows ??= decodeWindows(this.source.whole('windows'), this.info.windows));
  }

  get documents(): DocumentColumns {
    return (this.loadedDocuments ??= decodeDocuments(this.source.whole('documents'), this.info.documents));
  }

  /** For every window the document it belongs to. */
  get windowDocuments(): Uint32Array {
    if (!this.loadedWindowDocs) {
      const map = new Uint32Array(this.info.windows);
      for (let d = 0; d < this.info.documents; d++)
        map.fill(d, this.documents.firstWindow[d]!, this.endWindow(d));
      this.loadedWindowDocs = map;
    }
    return this.loadedWindowDocs;
  }

  endWindow(doc: number): number {
    return doc + 1 < this.info.documents ? this.documents.firstWindow[doc + 1]! : this.info.windows;
  }

  endUnit(doc: number): number {
    return doc + 1 < this.info.documents ? this.documents.firstUnit[doc + 1]! : this.info.units;
  }

  hash(doc: number): string {
    return Buffer.from(this.documents.hashes.subarray(doc * 16, doc * 16 + 16)).toString('hex');
  }

  language(doc: number): string {
    return this.info.languages[this.documents.language[doc]!] ?? 'text';
  }

  /** The document that holds a unit, by binary search. */
  documentOfUnit(unit: number): number {
    const { firstUnit } = this.documents;
    let low = 0;
    let high = this.info.documents - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (firstUnit[middle]! <= unit) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  lookup(term: string): DictionaryEntry | undefined {
    return this.dictionary.lookup(term);
  }

  postings(entry: DictionaryEntry): PostingList {
    return decodePostings(this.postingBytes(entry), 0, entry.length, entry.count);
  }

  /** The coded posting list: exactly `entry.length` bytes. */
  postingBytes(entry: DictionaryEntry): Uint8Array {
    return this.source.range('postings', entry.offset, entry.length);
  }

  /** The units of one document, in order. */
  units(doc: number): StoredUnit[] {
    const start = this.documents.recordStart[doc]!;
    const end = doc + 1 < this.info.documents ? this.documents.recordStart[doc + 1]! : undefined;
    const bytes =
      end === undefined
        ? (this.lastRecords ??= this.source.whole('records').slice(start))
        : this.source.range('records', start, end - start);
    return decodeUnits(new ByteReader(bytes));
  }

  /** The module specifiers of one document, as written. */
  imports(doc: number): string[] {
    const reader = new ByteReader(this.source.whole('imports'), this.documents.importStart[doc]!);
    const count = reader.varint();
    const found: string[] = [];
    for (let i = 0; i < count; i++) found.push(reader.string());
    return found;
  }

  /** The vectors of all units, if those there are come from this encoder. Read anew at every call. */
  vectors(fingerprint: string): VectorRows | undefined {
    const { vectors } = this.info;
    if (vectors?.fingerprint !== fingerprint) return undefined;
    return unpackRows(this.source.whole(vectorPart), this.info.units, vectors);
  }

  /** Documents with units that have no vector of this encoder, by number. Reads the scales only. */
  withoutVectors(fingerprint: string): number[] {
    const { vectors, units, documents } = this.info;
    if (vectors?.fingerprint === fingerprint && vectors.missing === 0) return [];
    const scales =
      vectors?.fingerprint === fingerprint
        ? new Float32Array(this.source.range(vectorPart, 0, units * 4).slice().buffer)
        : undefined;
    const found: number[] = [];
    for (let doc = 0; doc < documents; doc++) {
      const first = this.documents.firstUnit[doc]!;
      if (this.endUnit(doc) > first && (scales?.[first] ?? notEncoded) === notEncoded) found.push(doc);
    }
    return found;
  }

  /** Which documents have a trigram; undefined if the segment has no such part. Reads piece by piece. */
  get trigrams(): TrigramIndex | undefined {
    if (this.info.trigrams === undefined) return undefined;
    return (this.loadedTrigrams ??= new TrigramIndex((offset, length) =>
      this.source.range(trigramPart, offset, length),
    ));
  }

  /** The whole part of the trigrams, if there is one. Read anew at every call. */
  trigramBytes(): Uint8Array | undefined {
    return this.info.trigrams === undefined ? undefined : this.source.whole(trigramPart);
  }

  whole(part: SegmentPart): Uint8Array {
    return this.source.whole(part);
  }
}

/** A reader over a segment that is still in memory. */
export function memorySource(
  parts: Record<SegmentPart, Uint8Array>,
  vectors?: Uint8Array,
  trigrams?: Uint8Array,
): PartSource {
  const all: Partial<Record<SegmentPart | OptionalPart, Uint8Array | undefined>> = {
    ...parts,
    vectors,
    trigrams,
  };
  const whole: PartSource['whole'] = part => {
    const bytes = all[part];
    if (!bytes) throw new RangeError(`the segment has no ${part}`);
    return bytes;
  };
  return { whole, range: (part, offset, length) => whole(part).subarray(offset, offset + length) };
}
