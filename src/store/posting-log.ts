// Occurrences of terms in order of arrival, turned into a dictionary and posting lists at the end.

import { DictionaryWriter } from './dictionary.ts';
import { PostingsWriter } from './postings.ts';

/** Terms and their postings, coded. */
export interface TermParts {
  dictionary: Uint8Array;
  postings: Uint8Array;
  /** Terms with at least one posting. */
  terms: number;
}

/**
 * Postings are kept as a log in order of arrival and sorted by term once, with a counting sort, when the segment is
 * finished. Terms are numbers; targets – windows or units – arrive in ascending order.
 */
export class PostingLog {
  private terms = new Int32Array(1 << 16);
  private targets = new Int32Array(1 << 16);
  /** Packed as in `packFrequencies`. */
  private frequencies = new Uint8Array(1 << 16);
  private size = 0;
  /** For each term: the last log entry, if it belongs to the current target. */
  private lastEntry = new Int32Array(1 << 14).fill(-1);

  /** Entries so far. */
  get length(): number {
    return this.size;
  }

  /** Counts an occurrence in the current target; `step` is 1 for code, 16 for comments. */
  count(term: number, target: number, step: number): void {
    const entry = term < this.lastEntry.length ? this.lastEntry[term]! : -1;
    if (entry < 0) {
      this.append(term, target, step);
      return;
    }
    const packed = this.frequencies[entry]!;
    if (step === 1 ? (packed & 15) < 15 : (packed & 0x70) < 0x70) this.frequencies[entry] = packed + step;
  }

  /** Marks a term as one of the enclosing unit's name. */
  mark(term: number, target: number): void {
    const entry = term < this.lastEntry.length ? this.lastEntry[term]! : -1;
    if (entry < 0) this.append(term, target, 0x80);
    else this.frequencies[entry]! |= 0x80;
  }

  /** Ends the current target, whose entries begin at `from`. */
  endTarget(from: number): void {
    for (let entry = from; entry < this.size; entry++) this.lastEntry[this.terms[entry]!] = -1;
  }

  /** Adds a posting of its own, with any byte in place of frequencies. */
  add(term: number, target: number, byte: number): void {
    this.append(term, target, byte);
    this.lastEntry[term] = -1;
  }

  private append(term: number, target: number, packed: number): void {
    const n = this.size++;
    if (n === this.terms.length) {
      this.terms = grown(this.terms, n * 2);
      this.targets = grown(this.targets, n * 2);
      this.frequencies = grown(this.frequencies, n * 2);
    }
    if (term >= this.lastEntry.length) {
      const old = this.lastEntry.length;
      this.lastEntry = grown(this.lastEntry, Math.max(old * 2, term + 1));
      this.lastEntry.fill(-1, old);
    }
    this.terms[n] = term;
    this.targets[n] = target;
    this.frequencies[n] = packed;
    this.lastEntry[term] = n;
  }

  /** Sorts the log by term; `texts` has the text of each. */
  encode(texts: readonly string[]): TermParts {
    const counts = new Int32Array(texts.length + 1);
    for (let e = 0; e < this.size; e++) counts[this.terms[e]!]!++;
    const used: number[] = [];
    for (let t = 0; t < texts.length; t++) if (counts[t]! > 0) used.push(t);
    used.sort((a, b) => (texts[a]! < texts[b]! ? -1 : 1));
    const next = new Int32Array(texts.length + 1);
    let total = 0;
    for (const t of used) {
      next[t] = total;
      total += counts[t]!;
    }
    const targets = new Int32Array(total);
    const frequencies = new Uint8Array(total);
    for (let e = 0; e < this.size; e++) {
      const at = next[this.terms[e]!]!++;
      targets[at] = this.targets[e]!;
      frequencies[at] = this.frequencies[e]!;
    }
    const postings = new PostingsWriter(total);
    const dictionary = new DictionaryWriter();
    let at = 0;
    for (const t of used) {
      const start = postings.length;
      const end = at + counts[t]!;
      postings.begin();
      for (; at < end; at++) postings.add(targets[at]!, frequencies[at]!);
      dictionary.add(texts[t]!, counts[t]!, postings.length - start);
    }
    return { dictionary: dictionary.finish(), postings: postings.finish(), terms: used.length };
  }

  clear(): void {
    this.size = 0;
    this.lastEntry.fill(-1);
  }
}

function grown<T extends Int32Array | Uint8Array>(array: T, length: number): T {
  const copy = new (array.constructor as new (n: number) => T)(length);
  copy.set(array);
  return copy;
}
