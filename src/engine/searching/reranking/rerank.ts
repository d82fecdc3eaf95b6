import type { RerankCandidate } from '../../../core/reranker.ts';
import type { Hit, RerankReport } from '../../../core/search.ts';
import { cascade } from '../../../ranking/cascade.ts';
import { unitTexts } from '../../encoding/unit-text.ts';
import type { NoScores, RerankScores } from './rerank-client.ts';

export type FoundHit = Omit<Hit, 'stale'>;

export interface RerankRequest {
  query: string;
  hits: readonly FoundHit[];
  /** Files to re-rank: all of them, if there are fewer. */
  top: number;
  /** Weight of the re-ranker's score. */
  weight: number;
  /** Text of a hit's file, as it was indexed; undefined if that cannot be had. */
  textOf: (hit: FoundHit) => string | undefined;
  /** Path that the re-ranker is told; '' where it says nothing. */
  pathOf: (hit: FoundHit) => string;
  score: (candidates: readonly RerankCandidate[]) => Promise<RerankScores | NoScores>;
}

/** The hits in their final order; as they were, if there are no scores. */
export async function rerankHits(request: RerankRequest): Promise<{ hits: FoundHit[]; said: RerankReport }> {
  const { hits, top, weight, textOf, pathOf } = request;
  const begun = performance.now();
  const first = hits.slice(0, top);
  const candidates: RerankCandidate[] = [];
  const places: number[] = [];
  for (const [i, hit] of first.entries()) {
    const text = textOf(hit);
    if (text === undefined) continue;
    places.push(i);
    candidates.push({ ...unitTexts(hit.language, text, [hit])[0]!, path: pathOf(hit) });
  }
  const said = { candidates: candidates.length };
  const since = () => performance.now() - begun;
  // One alone has its place.
  if (first.length < 2 || candidates.length === 0) {
    const reason = first.length < 2 ? 'there is nothing to put in order' : 'no file could be read';
    return { hits: [...hits], said: { used: false, ...said, tookMs: since(), reason } };
  }
  const answer = await request.score(candidates);
  if ('reason' in answer)
    return { hits: [...hits], said: { used: false, ...said, tookMs: since(), reason: answer.reason } };
  const scores = new Float32Array(first.length).fill(Number.NaN);
  const rated: FoundHit[] = [...first];
  for (const [c, i] of places.entries()) {
    scores[i] = answer.scores[c]!;
    rated[i] = { ...first[i]!, relevance: answer.relevances[c]! };
  }
  const ordered = cascade([...rated, ...hits.slice(top)], scores, weight);
  return { hits: ordered, said: { used: true, ...said, tookMs: since() } };
}
