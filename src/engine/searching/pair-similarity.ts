// A score for one query and one document that can be compared with the scores of other queries.

import type { SearchMode } from '../../core/search.ts';
import { bestOf, type HybridParameters, parametersFor } from '../../ranking/meaning.ts';
import { nameShareOf } from '../../ranking/names.ts';
import { type AnalyzedQuery, analyzeQuery } from '../../ranking/query.ts';
import { type Bm25fParameters, Bm25fScorer } from '../../store/bm25f.ts';
import type { Snapshot } from '../../store/snapshot.ts';
import type { DenseEvidence } from '../../store/vectors/dense.ts';
import { bm25f } from '../settings/parameters.ts';
import { coverageOf, queryTerms, vectorQuery } from './retrieval/retriever.ts';
import type { QueryMeaning } from './search-parts.ts';

/**
 * By words in [0, 3.25]: the share of the query's idf found in the document, plus its text evidence as a share of the most there
 * can be in one window, plus the share of the query that its best name is made of; 0 for a query without words. By meaning the
 * cosine of its best unit, if that is above 0; together a weighted sum. One call at a time.
 */
export class PairSimilarity {
  private readonly snapshot: Snapshot;
  private readonly meaning: QueryMeaning;
  private readonly hybrid: HybridParameters;
  private readonly mode: SearchMode;
  private readonly scorer: Bm25fScorer;
  /** The evidence of the last query, valid until the vectors are searched again: see `forget`. */
  private last: { query: string; evidence: DenseEvidence | undefined } | undefined;

  constructor(snapshot: Snapshot, meaning: QueryMeaning, hybrid: HybridParameters, mode: SearchMode) {
    this.snapshot = snapshot;
    this.meaning = meaning;
    this.hybrid = hybrid;
    this.mode = mode;
    this.scorer = new Bm25fScorer(snapshot, bm25f);
  }

  /** The similarity of a query and the document at a path; 0 for an unknown path. */
  async of(query: string, path: string): Promise<number> {
    const file = this.snapshot.numberOf(path);
    if (file < 0) return 0;
    const evidence = this.mode === 'lexical' ? undefined : await this.evidenceOf(query);
    const cosine = evidence ? Math.max(0, bestOf(evidence.scoresOf(file))) : 0;
    return this.mode === 'dense' ? cosine : this.byWords(query, file) + this.hybrid.similarity * cosine;
  }

  /** To be called before anyone else searches the same vectors. */
  forget(): void {
    this.last = undefined;
  }

  private async evidenceOf(query: string): Promise<DenseEvidence | undefined> {
    if (this.last?.query !== query) {
      const vector = await this.meaning.encode(query, 'hybrid', undefined);
      const { dense } = this.meaning.over(this.snapshot, vector, this.hybrid);
      const parameters = dense && parametersFor(dense.index.size, this.hybrid);
      const evidence =
        dense && parameters
          ? dense.index.search(vectorQuery({ ...dense, parameters }), 0, undefined, undefined)
          : undefined;
      this.last = { query, evidence };
    }
    return this.last.evidence;
  }

  private byWords(text: string, file: number): number {
    const query = analyzeQuery(text);
    if (query.words.length === 0) return 0;
    const terms = queryTerms(query);
    const evidence = this.scorer.collect(terms, other => other === file, 1);
    const rarest = Math.log(1 + (this.snapshot.windows + 0.5) / 0.5);
    const idf = new Map(terms.map(({ term }, i) => [term, evidence.idf[i] || rarest]));
    const found = evidence.files[0];
    if (!found) return 0;
    return (
      coverageOf(query, stem => idf.get(stem)!, found.words) +
      Math.min(1, found.text / mostText(query, idf, bm25f)) +
      this.bestName(file, query, idf)
    );
  }

  private bestName(file: number, query: AnalyzedQuery, idf: ReadonlyMap<string, number>): number {
    const share = nameShareOf(query, stem => idf.get(stem) ?? 0);
    let best = 0;
    for (const unit of this.snapshot.segment(file).units(this.snapshot.files[file]!.document))
      best = Math.max(best, share(unit));
    return best;
  }
}

/** The upper bound of a window's score: every word of the query in it without end. */
function mostText(query: AnalyzedQuery, idf: ReadonlyMap<string, number>, { k1 }: Bm25fParameters): number {
  return query.words.reduce((sum, { stem }) => sum + idf.get(stem)! * (k1 + 1), 0);
}
