import { throwIfAborted } from '../../core/errors.ts';
import type { Query } from '../dataset.ts';
import type { PreparedSystem, RankedItem, RankOptions, SystemKind } from '../system.ts';
import { Parameters } from './parameters.ts';
import { Scores } from './scores.ts';
import { type TermIndex, TermIndexBuilder } from './term-index.ts';

/**
 * The vector space model: the cosine of the tf·idf vectors of query and candidate (G. Salton, C. Buckley:
 * "Term-weighting approaches in automatic text retrieval", Information Processing & Management 24(5), 1988), with
 * tf = 1 + ln(frequency) if `sublinear`, else the frequency, and idf = ln(N / n). A word of the query that occurs
 * nowhere counts as one that occurs in one candidate: it changes no order, but makes cosines lower.
 */
export const tfidf: SystemKind = {
  id: 'tfidf',
  title: 'TF-IDF cosine over split identifiers',
  source: 'Salton & Buckley 1988, Term-weighting approaches in automatic text retrieval',
  defaults: { stem: false, stopWords: false, sublinear: true },
  create(values) {
    const read = new Parameters('tfidf', values);
    const analysis = { stem: read.boolean('stem'), stopWords: read.boolean('stopWords') };
    const sublinear = read.boolean('sublinear');
    return {
      async prepare(collection, signal) {
        const builder = new TermIndexBuilder(analysis);
        for await (const { id, text } of collection.candidates(signal)) {
          throwIfAborted(signal);
          builder.add(id, text);
        }
        return new CosineSearch(builder.finish(), sublinear);
      },
    };
  },
};

/** Cosines over a term index. Not to be used by two searches at a time. */
export class CosineSearch implements PreparedSystem {
  private readonly index: TermIndex;
  private readonly sublinear: boolean;
  private readonly norms: Float64Array;
  private readonly scores: Scores;

  constructor(index: TermIndex, sublinear: boolean) {
    this.index = index;
    this.sublinear = sublinear;
    this.scores = new Scores(index.ids.length);
    this.norms = new Float64Array(index.ids.length);
    index.forEachPosting((d, frequency, df) => {
      this.norms[d]! += (this.tf(frequency) * this.idf(df)) ** 2;
    });
    for (let d = 0; d < this.norms.length; d++) this.norms[d] = Math.sqrt(this.norms[d]!);
  }

  async rank({ text, pool }: Query, { limit }: RankOptions): Promise<RankedItem[]> {
    return this.search(text, limit, this.index.members(pool));
  }

  /** The cosine: in [0, 1]. */
  async similarity(query: string, id: string): Promise<number> {
    const document = this.index.members([id])[0];
    if (document === undefined) return 0;
    return this.search(query, 1, Int32Array.of(document))[0]?.score ?? 0;
  }

  /** The best documents whose cosine is above 0, of `members` only if given. */
  search(text: string, limit: number, members?: Int32Array): RankedItem[] {
    const { index, scores, norms } = this;
    const weights = new Map<string, number>();
    let squares = 0;
    for (const [term, count] of index.queryTerms(text)) {
      const weight = this.tf(count) * this.idf(Math.max(1, index.postings(term).documents.length));
      weights.set(term, weight);
      squares += weight ** 2;
    }
    const norm = Math.sqrt(squares);
    for (const [term, weight] of weights) {
      // What all candidates say has the weight 0.
      if (weight === 0) continue;
      const idf = this.idf(index.postings(term).documents.length);
      const { documents, frequencies } = index.postings(term, members);
      for (let i = 0; i < documents.length; i++) {
        const d = documents[i]!;
        scores.add(d, (weight * this.tf(frequencies[i]!) * idf) / (norm * norms[d]!));
      }
    }
    return scores.take(index.ids, limit);
  }

  private tf(frequency: number): number {
    return this.sublinear ? 1 + Math.log(frequency) : frequency;
  }

  private idf(df: number): number {
    return Math.log(this.index.ids.length / df);
  }
}
