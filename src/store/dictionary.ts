import { ByteReader, ByteWriter } from './bytes.ts';

/** Terms per block: one is stored whole, the others as what differs from the one before. */
const blockSize = 16;

/** Where a term's postings lie in the postings part. */
export interface DictionaryEntry {
  /** Number of postings. */
  count: number;
  offset: number;
  length: number;
}

/**
 * Sorted, front-coded dictionary. Terms are ordered by their UTF-8 bytes' JavaScript equivalent: UTF-16 code
 * units, the order of `<` on strings. Layout: u32 number of blocks; for each block u32 offset of its bytes and
 * u32 offset of its first posting list; then the blocks.
 */
export class DictionaryWriter {
  private readonly blocks: ByteWriter = new ByteWriter(1 << 16);
  private readonly index: number[] = [];
  private inBlock = 0;
  private previous = '';
  private postings = 0;

  add(term: string, count: number, length: number): void {
    if (this.inBlock % blockSize === 0) {
      this.index.push(this.blocks.length, this.postings);
      this.previous = '';
    }
    this.inBlock++;
    let shared = 0;
    const most = Math.min(this.previous.length, term.length, 127);
    while (shared < most && term.charCodeAt(shared) === this.previous.charCodeAt(shared)) shared++;
    // Never cut between the halves of a surrogate pair: the rest is written as UTF-8.
    if (shared > 0 && (term.charCodeAt(shared - 1) & 0xfc00) === 0xd800) shared--;
    this.blocks.varint(shared);
    this.blocks.string(term.slice(shared));
    this.blocks.varint(count);
    this.blocks.varint(length);
    this.previous = term;
    this.postings += length;
  }

  finish(): Uint8Array {
    const n = this.index.length / 2;
    const head = new Uint32Array(1 + n * 2);
    head[0] = n;
    head.set(this.index, 1);
    const out = new Uint8Array(head.byteLength + this.blocks.length);
    out.set(new Uint8Array(head.buffer), 0);
    out.set(this.blocks.peek(), head.byteLength);
    return out;
  }
}

export class Dictionary {
  private readonly bytes: Uint8Array;
  private readonly blocks: number;
  private readonly view: DataView;
  private readonly base: number;
  private readonly firstTerms: Array<string | undefined>;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.blocks = this.view.getUint32(0, true);
    this.base = 4 + this.blocks * 8;
    this.firstTerms = Array.from({ length: this.blocks });
  }

  private reader(block: number): ByteReader {
    return new ByteReader(this.bytes, this.base + this.view.getUint32(4 + block * 8, true));
  }

  /** Kept once decoded: the first steps of every binary search read the same few blocks. */
  private firstTerm(block: number): string {
    let term = this.firstTerms[block];
    if (term === undefined) {
      const reader = this.reader(block);
      reader.varint();
      term = reader.string();
      this.firstTerms[block] = term;
    }
    return term;
  }

  /** Looks a term up; undefined if the segment does not have it. */
  lookup(term: string): DictionaryEntry | undefined {
    let low = 0;
    let high = this.blocks - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.firstTerm(middle) <= term) low = middle;
      else high = middle - 1;
    }
    if (high < 0) return undefined;
    for (const entry of this.block(low)) {
      if (entry.term === term) return entry;
      if (entry.term > term) return undefined;
    }
    return undefined;
  }

  private *block(block: number): Generator<DictionaryEntry & { term: string }> {
    const reader = this.reader(block);
    const end = block + 1 < this.blocks ? this.view.getUint32(4 + (block + 1) * 8, true) : undefined;
    const stop = end === undefined ? this.bytes.length : this.base + end;
    let offset = this.view.getUint32(8 + block * 8, true);
    let previous = '';
    while (reader.position < stop) {
      const shared = reader.varint();
      const term = previous.slice(0, shared) + reader.string();
      const count = reader.varint();
      const length = reader.varint();
      yield { term, count, offset, length };
      offset += length;
      previous = term;
    }
  }

  /** All terms in order. */
  *entries(): Generator<DictionaryEntry & { term: string }> {
    for (let b = 0; b < this.blocks; b++) yield* this.block(b);
  }
}
