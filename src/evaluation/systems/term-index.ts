import { identifiersOf, splitIdentifier } from '../../core/identifiers.ts';
import { stem } from '../../core/stem.ts';
import { stopWords } from '../../ranking/query.ts';

/** How texts become terms. */
export interface Analysis {
  /** Porter's stems instead of words. */
  stem: boolean;
  /** Leave out the words of questions that say nothing about code. */
  stopWords: boolean;
}

/** Documents with a term, ascending, and how often it occurs in each. */
export interface Postings {
  documents: Int32Array;
  frequencies: Int32Array;
}

/** Splits identifiers at case changes, underscores and digits and lower-cases; the terms in order, repetitions kept. */
export function termsOf(text: string, analysis: Analysis): string[] {
  return identifiersOf(text).flatMap(identifier => termsOfIdentifier(identifier, analysis));
}

function termsOfIdentifier(identifier: string, analysis: Analysis): string[] {
  let words = splitIdentifier(identifier);
  if (analysis.stopWords) words = words.filter(word => !stopWords.has(word));
  return analysis.stem ? words.map(stem) : words;
}

/** Numbers that grow; a plain array of millions of numbers takes more than twice the space. */
class Growing {
  values: Int32Array = new Int32Array(1024);
  length = 0;

  push(value: number): void {
    if (this.length === this.values.length) {
      const larger = new Int32Array(this.length * 2);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.length++] = value;
  }
}

const nothing: Postings = { documents: new Int32Array(0), frequencies: new Int32Array(0) };

/** Collects the terms of documents and turns them into postings. */
export class TermIndexBuilder {
  private readonly analysis: Analysis;
  private readonly terms: Map<string, number> = new Map();
  /** The same identifiers occur again and again: each is split once. */
  private readonly known: Map<string, Int32Array> = new Map();
  private readonly ids: string[] = [];
  private readonly lengths: Growing = new Growing();
  /** For each document, one after the other, its distinct terms with their frequencies. */
  private readonly ends: Growing = new Growing();
  private readonly documentTerms: Growing = new Growing();
  private readonly frequencies: Growing = new Growing();
  private readonly counts: Map<number, number> = new Map();

  constructor(analysis: Analysis) {
    this.analysis = analysis;
  }

  /** Adds a document; its length is the number of terms of all its texts. */
  add(id: string, ...texts: string[]): void {
    const { counts } = this;
    counts.clear();
    let length = 0;
    for (const text of texts) {
      for (const identifier of identifiersOf(text)) {
        for (const term of this.termIds(identifier)) {
          counts.set(term, (counts.get(term) ?? 0) + 1);
          length++;
        }
      }
    }
    for (const [term, n] of counts) {
      this.documentTerms.push(term);
      this.frequencies.push(n);
    }
    this.ids.push(id);
    this.lengths.push(length);
    this.ends.push(this.documentTerms.length);
  }

  private termIds(identifier: string): Int32Array {
    let found = this.known.get(identifier);
    if (!found) {
      const words = termsOfIdentifier(identifier, this.analysis);
      found = Int32Array.from(words, word => {
        let id = this.terms.get(word);
        if (id === undefined) this.terms.set(word, (id = this.terms.size));
        return id;
      });
      this.known.set(identifier, found);
    }
    return found;
  }

  /** Sorts by term what was collected by document. */
  finish(): TermIndex {
    const total = this.documentTerms.length;
    const starts = new Int32Array(this.terms.size + 1);
    for (let i = 0; i < total; i++) starts[this.documentTerms.values[i]! + 1]!++;
    for (let t = 0; t < this.terms.size; t++) starts[t + 1]! += starts[t]!;
    const next = starts.slice();
    const documents = new Int32Array(total);
    const frequencies = new Int32Array(total);
    let i = 0;
    for (let d = 0; d < this.ids.length; d++) {
      for (; i < this.ends.values[d]!; i++) {
        const at = next[this.documentTerms.values[i]!]!++;
        documents[at] = d;
        frequencies[at] = this.frequencies.values[i]!;
      }
    }
    const lengths = this.lengths.values.slice(0, this.ids.length);
    return new TermIndex(this.ids, lengths, this.analysis, this.terms, starts, documents, frequencies);
  }
}

/** Postings of a collection by term. Documents are numbered in the order in which they were added. */
export class TermIndex {
  readonly ids: readonly string[];
  /** Terms of each document. */
  readonly lengths: Int32Array;
  /** Mean of `lengths`. */
  readonly averageLength: number;
  private readonly analysis: Analysis;
  private readonly terms: ReadonlyMap<string, number>;
  private readonly starts: Int32Array;
  private readonly documents: Int32Array;
  private readonly frequencies: Int32Array;
  private readonly numbers: Map<string, number[]>;

  /** Use `TermIndexBuilder`. */
  constructor(
    ids: readonly string[],
    lengths: Int32Array,
    analysis: Analysis,
    terms: ReadonlyMap<string, number>,
    starts: Int32Array,
    documents: Int32Array,
    frequencies: Int32Array,
  ) {
    this.ids = ids;
    this.lengths = lengths;
    this.averageLength = lengths.reduce((a, b) => a + b, 0) / Math.max(1, lengths.length);
    this.analysis = analysis;
    this.terms = terms;
    this.starts = starts;
    this.documents = documents;
    this.frequencies = frequencies;
    this.numbers = new Map();
    for (const [d, id] of ids.entries()) {
      const known = this.numbers.get(id);
      if (known) known.push(d);
      else this.numbers.set(id, [d]);
    }
  }

  /** The distinct terms of a query, in order, with how often each occurs in it. */
  queryTerms(query: string): Map<string, number> {
    const counts = new Map<string, number>();
    for (const term of termsOf(query, this.analysis)) counts.set(term, (counts.get(term) ?? 0) + 1);
    return counts;
  }

  /** Postings of a term, only those of `members` if given. */
  postings(term: string, members?: Int32Array): Postings {
    const t = this.terms.get(term);
    if (t === undefined) return nothing;
    const [from, to] = [this.starts[t]!, this.starts[t + 1]!];
    const documents = this.documents.subarray(from, to);
    const frequencies = this.frequencies.subarray(from, to);
    if (!members) return { documents, frequencies };
    const places = members.map(member => placeOf(documents, member)).filter(place => place >= 0);
    return {
      documents: places.map(place => documents[place]!),
      frequencies: places.map(place => frequencies[place]!),
    };
  }

  /** Calls `visit` for every document with its distinct terms' postings; one pass over all of them. */
  forEachPosting(visit: (document: number, frequency: number, documentFrequency: number) => void): void {
    const { starts, documents, frequencies } = this;
    for (let t = 0; t + 1 < starts.length; t++) {
      const df = starts[t + 1]! - starts[t]!;
      for (let i = starts[t]!; i < starts[t + 1]!; i++) visit(documents[i]!, frequencies[i]!, df);
    }
  }

  /** Numbers of the documents of a query's pool, ascending, ids that are none left out; undefined if it has none. */
  members(pool: readonly string[]): Int32Array;
  members(pool: readonly string[] | undefined): Int32Array | undefined;
  members(pool: readonly string[] | undefined): Int32Array | undefined {
    return pool && Int32Array.from([...new Set(pool)].flatMap(id => this.numbers.get(id) ?? [])).sort();
  }
}

/** Where a number stands in an ascending list; -1 if it does not. */
function placeOf(list: Int32Array, number: number): number {
  let low = 0;
  let high = list.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]! < number) low = middle + 1;
    else high = middle;
  }
  return list[low] === number ? low : -1;
}
