import { ByteReader } from '../bytes.ts';
import { decodeAscending } from './rice.ts';
import type { Trigram } from './trigram.ts';
import { blockTrigrams, headerWords, layoutVersion } from './writer.ts';

/** Where the documents of a trigram are. */
export interface TrigramEntry {
  trigram: Trigram;
  /** How many documents have it. */
  count: number;
  /** Of the coded list in the part. */
  offset: number;
  length: number;
}

interface Header {
  trigrams: number;
  documents: number;
  blocks: number;
  /** Per block its first trigram, and where it begins in the table and in the lists. */
  directory: Uint32Array;
  uncovered: Uint32Array;
  tableStart: number;
  listStart: number;
}

/**
 * Which documents of a segment have a trigram, read piece by piece from its part; the layout is with `TrigramWriter`. Throws
 * RangeError on damage.
 */
export class TrigramIndex {
  private readonly range: (offset: number, length: number) => Uint8Array;
  private loaded: Header | undefined;

  /** `range` gives bytes of the part; those asked for before this returns are copied. */
  constructor(range: (offset: number, length: number) => Uint8Array) {
    this.range = range;
  }

  /** Over a part that is in memory. */
  static of(part: Uint8Array): TrigramIndex {
    return new TrigramIndex((offset, length) => {
      if (offset + length > part.length) throw new RangeError('the trigrams are cut off');
      return part.subarray(offset, offset + length);
    });
  }

  private get header(): Header {
    return (this.loaded ??= this.readHeader());
  }

  private words(offset: number, count: number): Uint32Array {
    const copy = this.range(offset, count * 4).slice();
    return new Uint32Array(copy.buffer, copy.byteOffset, count);
  }

  private readHeader(): Header {
    const [version, trigrams, documents, blocks, tableBytes, missing] = this.words(0, headerWords);
    if (version !== layoutVersion || blocks !== Math.ceil(trigrams! / blockTrigrams))
      throw new RangeError('the trigrams are described wrongly');
    const directory = this.words(headerWords * 4, blocks * 3);
    const uncovered = this.words((headerWords + blocks * 3) * 4, missing!);
    const tableStart = (headerWords + blocks * 3 + missing!) * 4;
    const listStart = tableStart + tableBytes!;
    return {
      trigrams: trigrams!,
      documents: documents!,
      blocks,
      directory,
      uncovered,
      tableStart,
      listStart,
    };
  }

  get documentCount(): number {
    return this.header.documents;
  }

  /** How many different trigrams there are. */
  get size(): number {
    return this.header.trigrams;
  }

  /** Documents of which no trigrams are known, ascending. */
  get uncovered(): Uint32Array {
    return this.header.uncovered;
  }

  find(trigram: Trigram): TrigramEntry | undefined {
    const { directory, blocks } = this.header;
    let low = 0;
    let high = blocks - 1;
    if (blocks === 0 || trigram < directory[0]!) return undefined;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (directory[middle * 3]! <= trigram) low = middle;
      else high = middle - 1;
    }
    for (const entry of this.block(low)) {
      if (entry.trigram === trigram) return entry;
      if (entry.trigram > trigram) break;
    }
    return undefined;
  }

  /** All trigrams, ascending. */
  *entries(): Generator<TrigramEntry> {
    for (let block = 0; block < this.header.blocks; block++) yield* this.block(block);
  }

  private *block(block: number): Generator<TrigramEntry> {
    const { directory, blocks, trigrams, tableStart, listStart } = this.header;
    const from = directory[block * 3 + 1]!;
    const last = block + 1 === blocks;
    const to = last ? listStart - tableStart : directory[block * 3 + 4]!;
    if (to < from) throw new RangeError('the blocks of trigrams are not in order');
    const reader = new ByteReader(this.range(tableStart + from, to - from));
    const size = last ? trigrams - block * blockTrigrams : blockTrigrams;
    let trigram = directory[block * 3]!;
    let offset = listStart + directory[block * 3 + 2]!;
    for (let i = 0; i < size; i++) {
      trigram += reader.varint();
      const count = reader.varint();
      const length = reader.varint();
      yield { trigram, count, offset, length };
      offset += length;
    }
  }

  /** The documents of a trigram, ascending. */
  documents({ offset, length, count }: TrigramEntry): Uint32Array {
    const { documents } = this.header;
    if (count > documents) throw new RangeError('a trigram has more documents than there are');
    return decodeAscending(this.range(offset, length), count, documents);
  }
}
