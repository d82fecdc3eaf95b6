// Puts the first hits of a search in the order of a cross-encoder.

import { QuarryError } from '../../../core/errors.ts';
import type { RerankCandidate } from '../../../core/reranker.ts';
import type { RerankReport } from '../../../core/search.ts';
import { type CascadeParameters, cascade, cascadeWeight } from '../../../ranking/cascade.ts';
import type { Snapshot } from '../../../store/snapshot.ts';
import { encodedShare } from '../../../store/vectors/dense.ts';
import { unitTexts } from '../../encoding/unit-text.ts';
import type { UncheckedHit } from '../hits.ts';
import type { SearchParts } from '../search-parts.ts';

type RerankParts = Pick<SearchParts, 'reranker' | 'textOf' | 'tellingPath'>;

export interface RerankOptions {
  /** Files to re-rank: all of them, if there are fewer. */
  top: number;
  budgetMs: number;
  /** Weight of the re-ranker's score: see `rerankWeight`. */
  weight: number;
  isStale: (path: string) => boolean;
  signal: AbortSignal | undefined;
}

/** The weight of a re-ranker's score over a snapshot; to be called within `SearchParts.read`. */
export function rerankWeight(snapshot: Snapshot, cascade: CascadeParameters): number {
  const { totalUnits } = encodedShare(snapshot, '');
  return cascadeWeight({ files: snapshot.files.length, units: totalUnits }, cascade);
}

/**
 * The hits in their final order; as they were, if there are no scores. Throws QuarryError `not-found` without a re-ranker,
 * `aborted`.
 */
export async function rerankHits(
  parts: RerankParts,
  query: string,
  hits: readonly UncheckedHit[],
  { top, budgetMs, weight, isStale, signal }: RerankOptions,
): Promise<{ hits: UncheckedHit[]; report: RerankReport }> {
  const { reranker } = parts;
  if (!reranker)
    throw new QuarryError('not-found', 'there is no re-ranker', 'set QUARRY_RERANKER, or leave --rerank out');
  const start = performance.now();
  const first = hits.slice(0, top);
  const candidates: RerankCandidate[] = [];
  const positions: number[] = [];
  for (const [i, hit] of first.entries()) {
    // Where the unit lies in a file that has changed, nobody knows.
    const text = isStale(hit.path) ? undefined : parts.textOf(hit.path);
    if (text === undefined) continue;
    positions.push(i);
    candidates.push({ ...unitTexts(hit.language, text, [hit])[0]!, path: parts.tellingPath(hit.path) });
  }
  const unchanged = (reason: string) => ({
    hits: [...hits],
    report: {
      used: false,
      candidates: candidates.length,
      tookMs: performance.now() - start,
      reason,
    },
  });
  // A single hit has its place.
  if (first.length < 2) return unchanged('there is nothing to put in order');
  if (candidates.length === 0) return unchanged('no file could be read');
  const answer = await reranker.score(query, candidates, budgetMs, signal);
  if ('reason' in answer) return unchanged(answer.reason);
  const scores = new Float32Array(first.length).fill(Number.NaN);
  const rated: UncheckedHit[] = [...first];
  for (const [c, i] of positions.entries()) {
    scores[i] = answer.scores[c]!;
    rated[i] = { ...first[i]!, relevance: answer.relevances[c]! };
  }
  const ordered = cascade([...rated, ...hits.slice(top)], scores, weight);
  return {
    hits: ordered,
    report: { used: true, candidates: candidates.length, tookMs: performance.now() - start },
  };
}
