import type { RankedItem } from '../evaluation/system.ts';

export const fusionMethods = ['zscore', 'rrf', 'coverage'] as const;
export type FusionMethod = (typeof fusionMethods)[number];

/** Keeps the first few ranks from deciding alone; the value of the paper. */
const rrfConstant = 60;

/**
 * One list of two, best first; equal scores in the order of `a`, then of `b`. `weight` is that of `b`, in [0, 1]. Every
 * candidate may be in a list once; its lines are those of the list where it stands higher.
 */
export function fuse(
  a: readonly RankedItem[],
  b: readonly RankedItem[],
  method: FusionMethod,
  weight: number,
): RankedItem[] {
  const [valueA, valueB] = method === 'rrf' ? [reciprocal(a), reciprocal(b)] : [standard(a), standard(b)];
  const rankB = new Map(b.map(({ id }, rank) => [id, rank]));
  const items = new Map(b.map(item => [item.id, item]));
  for (const [rank, item] of a.entries()) if (rank <= (rankB.get(item.id) ?? rank)) items.set(item.id, item);
  const order = new Set([...a, ...b].map(({ id }) => id));
  return [...order]
    .map(id => {
      const [ofA, ofB] = [(1 - weight) * valueA(id), weight * valueB(id)];
      const signals = [
        { name: 'a', value: ofA },
        { name: 'b', value: ofB },
      ];
      return { ...items.get(id)!, score: ofA + ofB, signals };
    })
    .sort((x, y) => y.score - x.score);
}

function reciprocal(list: readonly RankedItem[]): (id: string) => number {
  const values = new Map(list.map(({ id }, rank) => [id, 1 / (rrfConstant + rank + 1)]));
  return id => values.get(id) ?? 0;
}

/** Scores in standard deviations from the mean of the list; what it does not hold counts as the last one. */
function standard(list: readonly RankedItem[]): (id: string) => number {
  const mean = list.reduce((sum, { score }) => sum + score, 0) / Math.max(1, list.length);
  const variance = list.reduce((sum, { score }) => sum + (score - mean) ** 2, 0) / Math.max(1, list.length);
  // Equal scores say nothing.
  const scale = variance > 0 ? 1 / Math.sqrt(variance) : 0;
  const values = new Map(list.map(({ id, score }) => [id, (score - mean) * scale]));
  const last = list.length === 0 ? 0 : values.get(list.at(-1)!.id)!;
  return id => values.get(id) ?? last;
}
