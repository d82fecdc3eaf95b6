import { foldedByte } from './trigram.ts';
import { TrigramWriter } from './writer.ts';

/** Digits of the sort: two of twelve bits. */
const digit = 1 << 12;

/**
 * Collects which document has which trigrams. They are kept as a log in order of arrival and sorted once, when the segment is
 * finished. Not safe for concurrent use.
 */
export class TrigramCollector {
  /** One bit per trigram: whether the current document has it. Zeros between documents. */
  private readonly seen = new Int32Array(1 << 19);
  private log = new Uint32Array(1 << 16);
  private length = 0;
  /** Where each document ends in the log. */
  private ends: number[] = [];

  /** The next document. */
  add(text: string): void {
    const { seen } = this;
    const first = this.length;
    let { log } = this;
    let at = first;
    let window = 0;
    for (let i = 0; i < text.length; i++) {
      let code = text.charCodeAt(i);
      if (code < 0x80) {
        window = ((window << 8) | foldedByte[code]!) & 0xffffff;
        const bit = 1 << (window & 31);
        if ((seen[window >>> 5]! & bit) !== 0 || !isKept(window)) continue;
        seen[window >>> 5]! |= bit;
        if (at === log.length) log = this.grow();
        log[at++] = window;
        continue;
      }
      let more = code < 0x800 ? 1 : 2;
      if (code >= 0xd800 && code < 0xe000) {
        const low = code < 0xdc00 && i + 1 < text.length ? text.charCodeAt(i + 1) : 0;
        if (low >= 0xdc00 && low <= 0xdfff) {
          code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
          more = 3;
          i++;
        } else code = 0xfffd;
      }
      for (let left = more; left >= 0; left--) {
        const byte =
          left === more ? lead[more]! | (code >> (6 * more)) : 0x80 | ((code >> (6 * left)) & 0x3f);
        window = ((window << 8) | byte) & 0xffffff;
        const bit = 1 << (window & 31);
        if ((seen[window >>> 5]! & bit) !== 0 || !isKept(window)) continue;
        seen[window >>> 5]! |= bit;
        if (at === log.length) log = this.grow();
        log[at++] = window;
      }
    }
    for (let i = first; i < at; i++) seen[log[i]! >>> 5] = 0;
    this.length = at;
    this.ends.push(at);
  }

  private grow(): Uint32Array<ArrayBuffer> {
    const grown = new Uint32Array(this.log.length * 2);
    grown.set(this.log);
    this.log = grown;
    return grown;
  }

  /** The part of the segment with all documents collected; empties the collector. */
  finish(): Uint8Array {
    const documents = this.ends.length;
    const { keys, targets } = this.sorted();
    const writer = new TrigramWriter(documents, this.length >> 1);
    for (let from = 0; from < keys.length; ) {
      const key = keys[from]!;
      let to = from + 1;
      while (to < keys.length && keys[to] === key) to++;
      writer.add(key, targets, from, to);
      from = to;
    }
    this.length = 0;
    this.ends = [];
    return writer.finish();
  }

  /** The log by trigram and document: a radix sort in two passes, which keeps the order of documents. */
  private sorted(): { keys: Uint32Array; targets: Uint32Array } {
    const { length: n, log } = this;
    const [low, high] = [new Uint32Array(digit), new Uint32Array(digit)];
    for (let i = 0; i < n; i++) {
      low[log[i]! & (digit - 1)]!++;
      high[log[i]! >>> 12]!++;
    }
    const [firstKeys, firstTargets] = [new Uint32Array(n), new Uint32Array(n)];
    startsOf(low);
    let document = 0;
    for (let i = 0; i < n; i++) {
      while (i >= this.ends[document]!) document++;
      const key = log[i]!;
      const at = low[key & (digit - 1)]!++;
      firstKeys[at] = key;
      firstTargets[at] = document;
    }
    const [keys, targets] = [new Uint32Array(n), new Uint32Array(n)];
    startsOf(high);
    for (let i = 0; i < n; i++) {
      const at = high[firstKeys[i]! >>> 12]!++;
      keys[at] = firstKeys[i]!;
      targets[at] = firstTargets[i]!;
    }
    return { keys, targets };
  }
}

/** No trigram has a byte 0: line ends, and what lies before the first character. */
function isKept(window: number): boolean {
  return window > 0xffff && (window & 0xff00) !== 0 && (window & 0xff) !== 0;
}

/** The first byte of a UTF-8 sequence, by how many follow. */
const lead = [0, 0xc0, 0xe0, 0xf0];

/** Turns counts into the positions at which each value begins. */
function startsOf(counts: Uint32Array): void {
  let sum = 0;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i]!;
    counts[i] = sum;
    sum += count;
  }
}
