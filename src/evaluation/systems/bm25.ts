import { throwIfAborted } from '../../core/errors.ts';
import type { Candidate, Query } from '../dataset.ts';
import type { PreparedSystem, RankedItem, RankOptions, SystemKind } from '../system.ts';
import { Parameters } from './parameters.ts';
import { Scores } from './scores.ts';
import { type TermIndex, TermIndexBuilder } from './term-index.ts';

/** What BM25 takes; see `bm25` for the meaning. */
interface Bm25Parameters {
  k1: number;
  b: number;
  k3: number;
  idf: 'collection' | 'pool';
}

/** Defaults of everything that indexes with BM25. */
export const bm25Defaults: Readonly<Record<string, unknown>> = {
  k1: 1.2,
  b: 0.75,
  k3: 0,
  stem: false,
  stopWords: false,
  name: false,
  path: false,
  lines: 0,
  idf: 'collection',
};

/**
 * BM25 (S. Robertson, H. Zaragoza: "The Probabilistic Relevance Framework: BM25 and Beyond", Foundations and Trends in
 * IR 3(4), 2009), over whole candidates as one field:
 *
 *   Σ idf(t) · tf · (k1 + 1) / (tf + k1 · (1 − b + b · length / average)) · (k3 + 1) · qtf / (k3 + qtf)
 *
 * over the terms of the query, with idf(t) = ln(1 + (N − n + .5) / (n + .5)), which is never negative.
 *
 * Terms are words of identifiers, lower-cased, not stemmed, with numbers and single letters. A repeated word of the
 * query counts once (`k3` 0): with long descriptions as queries (30 seconds of code, TL-CodeSum, CODE-NN) that is worth
 * .02 to .06 MRR, because what they repeat is "the" and "a". `name` adds the candidate's name to its text, so that the
 * words of the name count once more; on CoSQA that is worth up to .02. `path` does the same with the path of a file.
 * `lines` cuts candidates into chunks of so many lines, each a place of its own: a file is as good as its best one; 0
 * leaves them whole. `idf: 'pool'` takes N, n and the average length
 * from a query's published pool instead of from the collection.
 */
export const bm25: SystemKind = {
  id: 'bm25',
  title: 'BM25 over split identifiers',
  source: 'Robertson & Zaragoza 2009, The Probabilistic Relevance Framework: BM25 and Beyond',
  defaults: bm25Defaults,
  create: values => bm25System('bm25', values),
};

/** A system that ranks with BM25; `more` gives further text of a candidate. Throws QuarryError `usage`. */
export function bm25System(
  system: string,
  values: Readonly<Record<string, unknown>>,
  more: (candidate: Candidate) => readonly string[] = () => [],
): ReturnType<SystemKind['create']> {
  const read = new Parameters(system, values);
  const parameters: Bm25Parameters = {
    k1: read.number('k1', 0, 100),
    b: read.number('b', 0, 1),
    k3: read.number('k3', 0, 1e6),
    idf: read.choice('idf', ['collection', 'pool']),
  };
  const analysis = { stem: read.boolean('stem'), stopWords: read.boolean('stopWords') };
  const withName = read.boolean('name');
  const withPath = read.boolean('path');
  const lines = read.whole('lines', 0, 1e6);
  return {
    async prepare(collection, signal) {
      const builder = new TermIndexBuilder(analysis);
      const places: Array<readonly [number, number]> = [];
      for await (const candidate of collection.candidates(signal)) {
        throwIfAborted(signal);
        const name = withName && candidate.name !== undefined ? [candidate.name] : [];
        const path = withPath && candidate.path !== undefined ? [candidate.path] : [];
        for (const [text, first, last] of chunksOf(candidate.text, lines)) {
          builder.add(candidate.id, text, ...name, ...path, ...more(candidate));
          if (lines > 0) places.push([first, last]);
        }
      }
      return new Bm25(builder.finish(), parameters, places);
    },
  };
}

/** A text in chunks of `lines` lines with their first and last line; whole for 0. */
function* chunksOf(text: string, lines: number): Generator<[text: string, first: number, last: number]> {
  if (lines === 0) {
    yield [text, 1, 1];
    return;
  }
  const all = text.split('\n');
  for (let at = 0; at < all.length; at += lines) {
    const chunk = all.slice(at, at + lines);
    yield [chunk.join('\n'), at + 1, at + chunk.length];
  }
}

class Bm25 implements PreparedSystem {
  private readonly index: TermIndex;
  private readonly parameters: Bm25Parameters;
  private readonly scores: Scores;
  /** Lines of each document; empty if these are whole candidates. */
  private readonly places: ReadonlyArray<readonly [number, number]>;

  constructor(index: TermIndex, parameters: Bm25Parameters, places: Bm25['places']) {
    this.index = index;
    this.parameters = parameters;
    this.places = places;
    this.scores = new Scores(index.ids.length);
  }

  async rank({ text, pool }: Query, { limit }: RankOptions): Promise<RankedItem[]> {
    this.score(text, this.index.members(pool));
    return this.scores.take(this.index.ids, limit, this.places);
  }

  /** The share of the score that a candidate saying every word of the query endlessly would have: in [0, 1). */
  async similarity(query: string, id: string): Promise<number> {
    const most = this.score(query, this.index.members([id]));
    const score = this.scores.take(this.index.ids, 1)[0]?.score ?? 0;
    return most > 0 ? score / most : 0;
  }

  /** Scores the members, or all; returns the least upper bound of scores. */
  private score(text: string, members: Int32Array | undefined): number {
    const { index, scores } = this;
    const { k1, b, k3, idf } = this.parameters;
    const { lengths } = index;
    const ofPool = idf === 'pool' && members !== undefined;
    const n = ofPool ? members.length : index.ids.length;
    const average = ofPool ? members.reduce((sum, d) => sum + lengths[d]!, 0) / n : index.averageLength;
    let most = 0;
    for (const [term, count] of index.queryTerms(text)) {
      const { documents, frequencies } = index.postings(term, members);
      const df = ofPool || !members ? documents.length : index.postings(term).documents.length;
      const weight = Math.log(1 + (n - df + 0.5) / (df + 0.5)) * (((k3 + 1) * count) / (k3 + count));
      most += weight * (k1 + 1);
      for (let i = 0; i < documents.length; i++) {
        const d = documents[i]!;
        const tf = frequencies[i]!;
        scores.add(d, (weight * tf * (k1 + 1)) / (tf + k1 * (1 - b + (b * lengths[d]!) / average)));
      }
    }
    return most;
  }
}
