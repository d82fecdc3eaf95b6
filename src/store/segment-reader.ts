import { type UnitKind, unitKinds } from '../core/unit.ts';
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
import { TrigramIndex } from './trigrams/reader.ts';
import { notEncoded, unpackRows, type VectorRows } from './vectors/rows.ts';

/** How a reader gets at a segment's bytes: from the container, or from memory before it is written. */
export interface PartSource {
  /** A whole part, aligned to 8 bytes so that typed arrays can look at it. */
  whole(part: SegmentPart | OptionalPart): Uint8Array;
  /** `length` bytes of a part from `offset`; may be a view into a cache: do not write to it. */
  range(part: SegmentPart | OptionalPart, offset: number, length: number): Uint8Array;
}

/** A segment's windows, loaded once. All arrays have one entry per window. */
export interface WindowColumns {
  /** Unit number within the segment; 0xffffffff for lines that belong to none. */
  unit: Uint32Array;
  /** 1-based. */
  firstLine: Uint32Array;
  codeLength: Uint8Array;
  commentLength: Uint8Array;
}

/** A segment's documents, loaded once. All arrays have one entry per document. */
export interface DocumentColumns {
  firstWindow: Uint32Array;
  firstUnit: Uint32Array;
  recordStart: Uint32Array;
  importStart: Uint32Array;
  bytes: Uint32Array;
  lines: Uint32Array;
  language: Uint32Array;
  /** 16 bytes each. */
  hashes: Uint8Array;
}

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
  /** Of the last document: where they end is not stored, and to read the whole part at every look takes too long. */
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
    if (!this.loadedWindows) {
      const bytes = this.source.whole('windows');
      const n = this.info.windows;
      if (bytes.length !== n * 10) throw new RangeError('windows part has the wrong size');
      const { buffer, byteOffset } = bytes;
      this.loadedWindows = {
        unit: new Uint32Array(buffer, byteOffset, n),
        firstLine: new Uint32Array(buffer, byteOffset + n * 4, n),
        codeLength: bytes.subarray(n * 8, n * 9),
        commentLength: bytes.subarray(n * 9, n * 10),
      };
    }
    return this.loadedWindows;
  }

  get documents(): DocumentColumns {
    if (!this.loadedDocuments) {
      const bytes = this.source.whole('documents');
      const n = this.info.documents;
      if (bytes.length !== n * 44) throw new RangeError('documents part has the wrong size');
      const column = (i: number) => new Uint32Array(bytes.buffer, bytes.byteOffset + i * n * 4, n);
      this.loadedDocuments = {
        firstWindow: column(0),
        firstUnit: column(1),
        recordStart: column(2),
        importStart: column(3),
        bytes: column(4),
        lines: column(5),
        language: column(6),
        hashes: bytes.subarray(n * 28, n * 44),
      };
    }
    return this.loadedDocuments;
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

/** A unit whose strings are decoded when asked for: a search looks at all units of a file and names a few. */
class LazyUnit implements StoredUnit {
  readonly kind: UnitKind;
  readonly parent: number;
  readonly start: number;
  readonly end: number;
  readonly firstLine: number;
  readonly lastLine: number;
  readonly signatureEnd: number;
  readonly docStart: number;
  readonly docEnd: number;
  readonly #reader: ByteReader;
  readonly #names: number;

  constructor(span: Omit<StoredUnit, 'name' | 'qualifiedName'>, reader: ByteReader, names: number) {
    this.kind = span.kind;
    this.parent = span.parent;
    this.start = span.start;
    this.end = span.end;
    this.firstLine = span.firstLine;
    this.lastLine = span.lastLine;
    this.signatureEnd = span.signatureEnd;
    this.docStart = span.docStart;
    this.docEnd = span.docEnd;
    this.#reader = reader;
    this.#names = names;
  }

  get name(): string {
    this.#reader.position = this.#names;
    return this.#reader.string();
  }

  get qualifiedName(): string {
    const { name } = this;
    const whole = this.#reader.u8() === 1;
    const prefix = this.#reader.string();
    return whole ? prefix : prefix + name;
  }
}

function decodeUnits(reader: ByteReader): StoredUnit[] {
  const count = reader.varint();
  const units: StoredUnit[] = [];
  let start = 0;
  let firstLine = 1;
  for (let u = 0; u < count; u++) {
    const kind = unitKinds[reader.u8()]!;
    const parent = reader.varint() - 1;
    start += reader.varint();
    const end = start + reader.varint();
    firstLine += reader.varint();
    const lastLine = firstLine + reader.varint();
    const signatureEnd = start + reader.varint();
    const folded = reader.varint();
    let docStart = -1;
    let docEnd = -1;
    if (folded > 0) {
      const distance = (folded - 1) & 1 ? -folded / 2 : (folded - 1) / 2;
      docStart = start + distance;
      docEnd = docStart + reader.varint();
    }
    const names = reader.position;
    reader.skip(reader.varint());
    reader.u8();
    reader.skip(reader.varint());
    units.push(
      new LazyUnit(
        { kind, parent, start, end, firstLine, lastLine, signatureEnd, docStart, docEnd },
        reader,
        names,
      ),
    );
  }
  return units;
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
