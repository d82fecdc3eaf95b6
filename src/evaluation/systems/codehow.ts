import { throwIfAborted } from '../../core/errors.ts';
import type { Query } from '../dataset.ts';
import type { PreparedSystem, RankedItem, RankOptions, SystemKind } from '../system.ts';
import { type ApiCatalog, ApiCollector, codeHowAnalysis, type PotentialApi } from './codehow-apis.ts';
import { Parameters } from './parameters.ts';
import { Scores } from './scores.ts';
import { type TermIndex, TermIndexBuilder } from './term-index.ts';

/**
 * CodeHow (F. Lv, H. Zhang, J. Lou, S. Wang, D. Zhang, J. Zhao: "CodeHow: Effective Code Search Based on API
 * Understanding and Extended Boolean Model", ASE 2015). It finds the APIs a query may refer to, expands the query with
 * them, and ranks with the extended Boolean model (see `extended-boolean.ts`):
 *
 *   (word AND word AND …) OR (API₁ AND the words it does not stand for) OR (API₂ AND …) OR …
 *
 * The words have the importance 1 in the OR, an API its similarity with the query. A word's weight in a candidate is
 * the OR of its weights in three fields – names of the functions defined, words of what is called, all words – each one
 * (frequency / highest frequency in the candidate's field) · (ln(N / n) / ln N). An API's weight is the same over calls.
 *
 * Rebuilt from the abstract and what others write of it, so it differs from the paper where that has more:
 * - API documents came from MSDN. Here an API is any function the collection calls, its name is its name, and its
 *   description what it is called through (`os.path`) and the first comment of the candidate that defines it.
 * - The paper's p and number of APIs are not known to us: of 1, 2, 3 and 5, `p` 3 and 5 were best on the dev splits of
 *   CoSQA and CODE-NN, and 3 is the default; `apis` makes hardly a difference there.
 * - Calls and definitions are found by regular expressions, not by a compiler; overloads and types are not told apart.
 */
export const codeHow: SystemKind = {
  id: 'codehow',
  title: 'CodeHow: APIs a query may refer to, and the extended Boolean model',
  source: 'Lv et al. 2015, CodeHow (ASE); Salton, Fox & Wu 1983, Extended Boolean Information Retrieval',
  defaults: { p: 3, apis: 10 },
  create(values) {
    const read = new Parameters('codehow', values);
    const p = read.number('p', 1, 100);
    const count = read.whole('apis', 0, 100);
    return {
      async prepare(collection, signal) {
        const fields = [0, 1, 2].map(() => new TermIndexBuilder(codeHowAnalysis));
        const apis = new ApiCollector();
        let document = 0;
        for await (const candidate of collection.candidates(signal)) {
          throwIfAborted(signal);
          const { defined, called } = apis.add(candidate, document++);
          fields[0]!.add(candidate.id, ...defined);
          fields[1]!.add(candidate.id, ...called);
          fields[2]!.add(candidate.id, candidate.text);
        }
        return new CodeHow(
          fields.map(field => field.finish()),
          apis.finish(),
          p,
          count,
        );
      },
    };
  },
};

class CodeHow implements PreparedSystem {
  private readonly fields: TermIndex[];
  /** Per field, per candidate: frequency of its most frequent term. */
  private readonly most: Int32Array[];
  private readonly apis: ApiCatalog;
  private readonly count: number;
  private readonly ids: readonly string[];
  private readonly scores: Scores;
  private readonly power: (x: number) => number;
  private readonly root: (x: number) => number;
  private readonly rows: Float64Array[] = [];
  /** Candidates with any weight in the query at hand. */
  private readonly found: Set<number> = new Set();

  constructor(fields: TermIndex[], apis: ApiCatalog, p: number, count: number) {
    this.fields = fields;
    this.apis = apis;
    // Two and three are what is used, and quicker than powers in general.
    this.power = p === 2 ? x => x * x : p === 3 ? x => x * x * x : x => x ** p;
    this.root = p === 2 ? Math.sqrt : p === 3 ? Math.cbrt : x => x ** (1 / p);
    this.count = count;
    this.ids = fields[0]!.ids;
    this.scores = new Scores(this.ids.length);
    this.most = fields.map(field => {
      const most = new Int32Array(field.ids.length);
      field.forEachPosting((d, frequency) => {
        if (frequency > most[d]!) most[d] = frequency;
      });
      return most;
    });
  }

  async rank({ text, pool }: Query, { limit }: RankOptions): Promise<RankedItem[]> {
    this.score(text, this.fields[0]!.members(pool));
    return this.scores.take(this.ids, limit);
  }

  /** The value of the expanded query's expression: in [0, 1]. */
  async similarity(query: string, id: string): Promise<number> {
    const document = this.fields[0]!.members([id])[0];
    if (document === undefined) return 0;
    this.score(query, Int32Array.of(document));
    return this.scores.take(this.ids, 1)[0]?.score ?? 0;
  }

  private score(text: string, members: Int32Array | undefined): void {
    const { power, root, found } = this;
    const terms = [...this.fields[2]!.queryTerms(text).keys()];
    if (terms.length === 0) return;
    const apis = this.count > 0 ? this.apis.find(text, this.count) : [];
    found.clear();
    const words = terms.map((term, i) => this.wordWeights(term, i, members));
    const pool = members && new Set(members);
    const calls = apis.map((api, a) => this.callWeights(api, terms.length + a, pool));
    // For each API the words it does not stand for.
    const others = apis.map(api => terms.flatMap((term, i) => (api.terms.has(term) ? [] : [i])));
    const importance = apis.map(api => power(api.similarity));
    const total = importance.reduce((a, b) => a + b, 1);
    const missing = new Float64Array(terms.length);
    for (const d of found) {
      // As in `pNormAnd`: what a weight lacks to 1.
      let all = 0;
      for (let i = 0; i < words.length; i++) all += missing[i] = power(1 - words[i]![d]!);
      let sum = power(1 - root(all / terms.length));
      for (let a = 0; a < calls.length; a++) {
        const rest = others[a]!;
        let lacking = power(1 - calls[a]![d]!);
        for (let i = 0; i < rest.length; i++) lacking += missing[rest[i]!]!;
        sum += importance[a]! * power(1 - root(lacking / (rest.length + 1)));
      }
      if (sum > 0) this.scores.add(d, root(sum / total));
    }
  }

  /** A word's weight by candidate: the OR over the fields. */
  private wordWeights(term: string, row: number, members: Int32Array | undefined): Float64Array {
    const { fields, most, power, root } = this;
    const weights = this.row(row);
    const touched = new Set<number>();
    for (const [f, field] of fields.entries()) {
      const idf = this.idf(field.postings(term).documents.length);
      const { documents, frequencies } = field.postings(term, members);
      for (let i = 0; i < documents.length; i++) {
        const d = documents[i]!;
        weights[d]! += power((frequencies[i]! / most[f]![d]!) * idf);
        touched.add(d);
      }
    }
    for (const d of touched) {
      weights[d] = root(weights[d]! / fields.length);
      this.found.add(d);
    }
    return weights;
  }

  private callWeights(
    { name }: PotentialApi,
    row: number,
    pool: ReadonlySet<number> | undefined,
  ): Float64Array {
    const weights = this.row(row);
    const { documents, frequencies } = this.apis.postings(name);
    const idf = this.idf(documents.length);
    for (const [i, d] of documents.entries()) {
      if (pool && !pool.has(d)) continue;
      weights[d] = (frequencies[i]! / this.apis.most[d]!) * idf;
      this.found.add(d);
    }
    return weights;
  }

  /** Space for one weight per candidate, kept between queries. */
  private row(n: number): Float64Array {
    return (this.rows[n] ??= new Float64Array(this.ids.length)).fill(0);
  }

  /** Inverse document frequency as a share of the highest one there is. */
  private idf(df: number): number {
    const n = this.ids.length;
    return n > 1 ? Math.log(n / Math.max(1, df)) / Math.log(n) : 1;
  }
}
