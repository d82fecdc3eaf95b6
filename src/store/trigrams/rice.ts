/**
 * Ascending numbers below `limit` as Golomb–Rice codes of their gaps: for every gap the part above 2^k in unary (so many zero bits and
 * a one), then its k low bits; the lowest bits of a byte come first. k follows from how many numbers there are. Numbers spread at
 * random take about as few bits as can be, and a list of most numbers costs no more than a bitmap.
 */
export function encodeAscending(
  numbers: Uint32Array,
  from: number,
  to: number,
  limit: number,
  out: BitWriter,
): void {
  const k = riceBits(to - from, limit);
  const low = 2 ** k - 1;
  let next = 0;
  for (let i = from; i < to; i++) {
    const gap = numbers[i]! - next;
    next = numbers[i]! + 1;
    let zeros = gap >>> k;
    for (; zeros >= 24; zeros -= 24) out.put(0, 24);
    out.put(1 << zeros, zeros + 1);
    if (k > 0) out.put(gap & low, k);
  }
  out.align();
}

/** The reverse. Throws RangeError if the bytes do not hold `count` ascending numbers below `limit`. */
export function decodeAscending(bytes: Uint8Array, count: number, limit: number): Uint32Array {
  // The window below looks up to four bytes ahead.
  if (padded.length < bytes.length + 8) padded = new Uint8Array(bytes.length * 2 + 8);
  const data = padded;
  data.set(bytes);
  data.fill(0, bytes.length, bytes.length + 8);
  const end = bytes.length * 8;
  const k = riceBits(count, limit);
  const low = 2 ** k - 1;
  const numbers = new Uint32Array(count);
  let at = 0;
  let next = 0;
  for (let i = 0; i < count; i++) {
    let zeros = 0;
    let window = windowAt(data, at);
    while (window === 0) {
      zeros += 24;
      at += 24;
      if (at >= end) throw new RangeError('a list of documents ends too early');
      window = windowAt(data, at);
    }
    const run = 31 - Math.clz32(window & -window);
    zeros += run;
    at += run + 1;
    next += (zeros << k) + (k > 0 ? windowAt(data, at) & low : 0);
    at += k;
    numbers[i] = next++;
  }
  if (at > end || end - at >= 8 || next > limit) throw new RangeError('a list of documents is damaged');
  return numbers;
}

let padded: Uint8Array = new Uint8Array(1 << 12);

/** 24 bits from a position. */
function windowAt(data: Uint8Array, bit: number): number {
  const i = bit >>> 3;
  const word = data[i]! | (data[i + 1]! << 8) | (data[i + 2]! << 16) | (data[i + 3]! << 24);
  return (word >>> (bit & 7)) & 0xffffff;
}

/** Low bits of each gap: those of the mean gap, times 0.7 (about ln 2). Part of the layout. */
function riceBits(count: number, limit: number): number {
  let k = 0;
  while (k < 20 && count * 2 ** (k + 1) * 10 <= limit * 7) k++;
  return k;
}

/** Growing buffer of bits, the lowest of each byte first. */
export class BitWriter {
  private bytes: Uint8Array;
  private pending = 0;
  private filled = 0;
  /** Whole bytes written. */
  length = 0;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(Math.max(16, capacity));
  }

  /** Adds the low `count` bits of a value, at most 24; the bits above are 0. */
  put(value: number, count: number): void {
    this.pending |= value << this.filled;
    this.filled += count;
    if (this.length + 4 > this.bytes.length) this.grow();
    while (this.filled >= 8) {
      this.bytes[this.length++] = this.pending & 0xff;
      this.pending >>>= 8;
      this.filled -= 8;
    }
  }

  /** Fills the last byte with zeros. */
  align(): void {
    if (this.filled > 0) this.put(0, 8 - this.filled);
  }

  private grow(): void {
    const grown = new Uint8Array(this.bytes.length * 2);
    grown.set(this.bytes);
    this.bytes = grown;
  }

  /** What was written, without a copy. */
  peek(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}
