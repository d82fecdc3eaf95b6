import type { Signal } from '../core/search.ts';
import { snippetShare } from './snippets.ts';

/** How a re-ranker's scores and those of the first stage are put together. */
export interface CascadeParameters {
  /** Files that are re-ranked: the first so many (R2PS: k). */
  top: number;
  /** Weight of the cross-encoder's score beside the first stage's, where files are files … */
  inTrees: number;
  /** … and where they are snippets; in between by `snippetShare`. */
  amongSnippets: number;
}

/** Weight of the cross-encoder in a snapshot of so many files and units. */
export function cascadeWeight(
  size: { files: number; units: number },
  { inTrees, amongSnippets }: CascadeParameters,
): number {
  const { share, isTree } = snippetShare(size);
  return isTree ? inTrees : inTrees + (amongSnippets - inTrees) * share;
}

/** What is re-ranked: anything with a score and the signals it is the sum of. */
interface Ranked {
  score: number;
  signals: Signal[];
}

/**
 * The final order of a cascade (R2PS, section 3.1): those re-ranked by the sum of both stages, then the rest as it was.
 * `scores` belong to the first so many of `list`; one that is not finite means that nothing is known, and counts
 * as their median. All of them are shifted so that the worst has the lowest score they had before: the rest stays below.
 */
export function cascade<T extends Ranked>(
  list: readonly T[],
  scores: ArrayLike<number>,
  weight: number,
): T[] {
  const count = Math.min(scores.length, list.length);
  if (count === 0) return [...list];
  const known = Array.from(scores)
    .slice(0, count)
    .filter(score => Number.isFinite(score))
    .sort((a, b) => a - b);
  const median = known[known.length >> 1] ?? 0;
  const own = Array.from({ length: count }, (_, i) =>
    Number.isFinite(scores[i]!) ? weight * scores[i]! : weight * median,
  );
  const lowest = Math.min(...own.map((value, i) => list[i]!.score + value));
  const least = Math.min(...list.slice(0, count).map(({ score }) => score));
  const shift = least - lowest;
  const again = list.slice(0, count).map((item, i) => {
    const value = own[i]! + shift;
    return {
      ...item,
      score: item.score + value,
      signals: [...item.signals, { name: 'rerank', value }],
    };
  });
  // Stable: what is level keeps the order of the first stage.
  again.sort((a, b) => b.score - a.score);
  return [...again, ...list.slice(count)];
}
