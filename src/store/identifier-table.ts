import { identifierTerms } from '../core/identifiers.ts';

/**
 * Interns identifiers straight from a text, so that splitting and stemming run once for each distinct identifier
 * and no substring is made for the others (most of a code base: one distinct identifier in about twenty-five).
 * Open addressing over a hash that the caller computes while it scans; the characters are kept in an arena to
 * tell collisions apart.
 */
export class IdentifierTable {
  private slots: Int32Array = new Int32Array(1 << 15).fill(-1);
  private mask: number = (1 << 15) - 1;
  private hashes: Int32Array = new Int32Array(1 << 13);
  private offsets: Uint32Array = new Uint32Array(1 << 13);
  private lengths: Uint16Array = new Uint16Array(1 << 13);
  private arena: Uint16Array = new Uint16Array(1 << 17);
  private arenaLength = 0;
  private readonly termIds: Map<string, number> = new Map();
  private termList: Int32Array = new Int32Array(1 << 15);
  private termListLength = 0;
  /** Terms of identifier i: `termList[termStart[i]] … termList[termStart[i + 1] − 1]`. */
  private termStart: Uint32Array = new Uint32Array((1 << 13) + 1);
  /** Distinct identifiers so far. */
  size = 0;
  /** Every term seen, by id. */
  readonly terms: string[] = [];

  /** Id of a term, new or known. */
  termId(term: string): number {
    let id = this.termIds.get(term);
    if (id === undefined) {
      id = this.terms.length;
      this.terms.push(term);
      this.termIds.set(term, id);
    }
    return id;
  }

  /** Id of the identifier `text[start, end)`; `hash` must be `hashIdentifier` of it. */
  intern(text: string, start: number, end: number, hash: number): number {
    const length = end - start;
    let slot = (hash ^ (hash >>> 15)) & this.mask;
    for (;;) {
      const id = this.slots[slot]!;
      if (id < 0) return this.insert(text, start, end, hash, slot);
      if (this.hashes[id] === hash && this.lengths[id] === length) {
        let at = this.offsets[id]!;
        let i = start;
        while (i < end && this.arena[at] === text.charCodeAt(i)) {
          i++;
          at++;
        }
        if (i === end) return id;
      }
      slot = (slot + 1) & this.mask;
    }
  }

  private insert(text: string, start: number, end: number, hash: number, slot: number): number {
    const id = this.size++;
    const length = end - start;
    if (id + 1 >= this.hashes.length) this.growIds();
    while (this.arenaLength + length > this.arena.length) this.arena = doubled(this.arena);
    this.slots[slot] = id;
    this.hashes[id] = hash;
    this.offsets[id] = this.arenaLength;
    this.lengths[id] = length;
    for (let i = start; i < end; i++) this.arena[this.arenaLength++] = text.charCodeAt(i);
    for (const term of identifierTerms(text.slice(start, end))) {
      if (this.termListLength === this.termList.length) this.termList = doubled(this.termList);
      this.termList[this.termListLength++] = this.termId(term);
    }
    this.termStart[id + 1] = this.termListLength;
    if (this.size * 2 > this.slots.length) this.rehash();
    return id;
  }

  /** Half-open range of the identifier's terms in `termAt`. */
  firstTerm(id: number): number {
    return this.termStart[id]!;
  }
  endTerm(id: number): number {
    return this.termStart[id + 1]!;
  }
  termAt(index: number): number {
    return this.termList[index]!;
  }

  private growIds(): void {
    this.hashes = doubled(this.hashes);
    this.offsets = doubled(this.offsets);
    this.lengths = doubled(this.lengths);
    const starts = new Uint32Array(this.hashes.length + 1);
    starts.set(this.termStart);
    this.termStart = starts;
  }

  private rehash(): void {
    const slots = new Int32Array(this.slots.length * 4).fill(-1);
    const mask = slots.length - 1;
    for (let id = 0; id < this.size; id++) {
      const hash = this.hashes[id]!;
      let slot = (hash ^ (hash >>> 15)) & mask;
      while (slots[slot]! >= 0) slot = (slot + 1) & mask;
      slots[slot] = id;
    }
    this.slots = slots;
    this.mask = mask;
  }
}

/** Seed and step of the identifier hash (FNV-1a over UTF-16 code units, 32 bits). */
export const hashSeed: number = 0x811c9dc5 | 0;
export function hashStep(hash: number, c: number): number {
  return Math.imul(hash ^ c, 0x01000193);
}

function doubled<T extends Int32Array | Uint32Array | Uint16Array | Uint8Array>(array: T): T {
  const grown = new (array.constructor as new (n: number) => T)(array.length * 2);
  grown.set(array);
  return grown;
}
