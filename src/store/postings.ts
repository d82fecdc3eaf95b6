import { ByteWriter } from './bytes.ts';

/**
 * A posting list: targets ascending (windows, or units for definitions), each with a packed frequency byte (see
 * segment.ts). Coded as varint((target − previous) << 2 | form), where form 0 means one occurrence in code,
 * 1 one in a comment, 2 two in code, and 3 that the frequency byte follows. The first target is coded as is.
 */
export class PostingsWriter {
  private readonly out: ByteWriter;
  private previous = 0;

  constructor(expected = 1024) {
    this.out = new ByteWriter(expected * 2 + 16);
  }

  get length(): number {
    return this.out.length;
  }

  begin(): void {
    this.previous = 0;
  }

  add(target: number, frequencies: number): void {
    const delta = (target - this.previous) << 2;
    this.previous = target;
    if (frequencies === 1) this.out.varint(delta);
    else if (frequencies === 16) this.out.varint(delta | 1);
    else if (frequencies === 2) this.out.varint(delta | 2);
    else {
      this.out.varint(delta | 3);
      this.out.u8(frequencies);
    }
  }

  finish(): Uint8Array {
    return this.out.finish();
  }
}

/** Frequency byte of the short forms. */
export const shortForms: Uint8Array = Uint8Array.of(1, 16, 2, 0);

/** Decoded posting list; arrays may be longer than `count`. */
export interface PostingList {
  count: number;
  targets: Uint32Array;
  frequencies: Uint8Array;
}

/** Decodes `bytes[offset, offset + length)`, which holds `count` postings. Throws RangeError on damage. */
export function decodePostings(
  bytes: Uint8Array,
  offset: number,
  length: number,
  count: number,
): PostingList {
  const targets = new Uint32Array(count);
  const frequencies = new Uint8Array(count);
  const end = offset + length;
  let at = offset;
  let target = 0;
  for (let i = 0; i < count; i++) {
    let b = bytes[at++]!;
    let v = b & 0x7f;
    for (let shift = 7; b >= 0x80; shift += 7) {
      b = bytes[at++]!;
      v |= (b & 0x7f) << shift;
    }
    v >>>= 0;
    target += v >>> 2;
    targets[i] = target;
    const form = v & 3;
    frequencies[i] = form === 3 ? bytes[at++]! : shortForms[form]!;
  }
  if (at !== end) throw new RangeError('posting list does not end where it should');
  return { count, targets, frequencies };
}
