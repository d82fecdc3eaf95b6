import type { UnitKind } from '../core/unit.ts';
import type { Named } from './names.ts';

/** A unit of a file that matched, with its evidence. */
export interface RankedUnit {
  /** Position in the file's units. */
  unit: number;
  strength: number;
  /** Position of its best window among the file's, -1 if none of its own matched. */
  window: number;
}

/** How much each further window of a unit counts, best first. */
const decay = 0.6;
/** What is left of the evidence of code that belongs to no definition: between equals, a name is the better answer. */
const aroundShare = 0.75;
/** Units whose names are looked at, the strongest by text. */
const named = 8;

/**
 * Orders the units of a file by the decayed sum of their own windows – what lies in their children counts for these –
 * and by how much of the query their names say. `owner[w]` is the unit of window w, negative for none; `scores[w]` is its
 * evidence, of which `base` is the file's and says nothing about a unit. Only units with a window above `base` are
 * returned; when there is none, the first one that `accept` takes.
 */
export function rankUnits(
  units: ReadonlyArray<Named & { kind: UnitKind }>,
  owner: (window: number) => number,
  scores: ArrayLike<number>,
  base: number,
  nameShare: (unit: Named) => number,
  accept: (kind: UnitKind) => boolean,
): RankedUnit[] {
  const touched = new Map<number, { windows: number[]; best: number }>();
  let strongest = 1e-9;
  for (let w = 0; w < scores.length; w++) {
    const score = scores[w]! - base;
    if (score <= 0) continue;
    const unit = owner(w);
    if (unit < 0 || !accept(units[unit]!.kind)) continue;
    if (score > strongest) strongest = score;
    const known = touched.get(unit);
    if (!known) touched.set(unit, { windows: [score], best: w });
    else {
      known.windows.push(score);
      if (scores[w]! > scores[known.best]!) known.best = w;
    }
  }
  const ranked: RankedUnit[] = [];
  for (const [unit, { windows, best }] of touched) {
    windows.sort((a, b) => b - a);
    let strength = 0;
    let factor = 1;
    for (const score of windows) {
      strength += score * factor;
      factor *= decay;
    }
    const { kind } = units[unit]!;
    if (kind === 'module' || kind === 'block') strength *= aroundShare;
    ranked.push({ unit, strength, window: best });
  }
  const byStrength = (a: RankedUnit, b: RankedUnit) => b.strength - a.strength || a.unit - b.unit;
  ranked.sort(byStrength);
  for (const candidate of ranked.slice(0, named)) {
    candidate.strength += strongest * nameShare(units[candidate.unit]!);
  }
  ranked.sort(byStrength);
  if (ranked.length === 0) {
    const first = units.findIndex(unit => accept(unit.kind));
    if (first >= 0) ranked.push({ unit: first, strength: 0, window: -1 });
  }
  return ranked;
}
