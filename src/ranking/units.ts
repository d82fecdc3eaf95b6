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

/** What vectors say of the units of a file. */
export interface UnitMeaning {
  /** In [0, 1], 1 for the most similar one. */
  share: (unit: number) => number;
  weight: number;
  /** Above 0. */
  floor: number;
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
 * returned; when there is none, the first one that `accept` takes, or the most similar of these.
 *
 * With `meaning`, the similarity of a unit as a share of the best one counts `weight` times as much as the strongest
 * window, and units from `floor` on are returned whether they have a window or not.
 */
export function rankUnits(
  units: ReadonlyArray<Named & { kind: UnitKind }>,
  owner: (window: number) => number,
  scores: ArrayLike<number>,
  base: number,
  nameShare: (unit: Named) => number,
  accept: (unit: number) => boolean,
  meaning?: UnitMeaning,
): RankedUnit[] {
  const touched = new Map<number, { windows: number[]; best: number }>();
  let strongest = 1e-9;
  for (let w = 0; w < scores.length; w++) {
    const score = scores[w]! - base;
    if (score <= 0) continue;
    const unit = owner(w);
    if (unit < 0 || !accept(unit)) continue;
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
  if (meaning) {
    if (touched.size === 0) strongest = 1;
    units.forEach((_, unit) => {
      if (touched.has(unit) || meaning.share(unit) < meaning.floor || !accept(unit)) return;
      ranked.push({ unit, strength: 0, window: -1 });
    });
    for (const found of ranked) found.strength += strongest * meaning.weight * meaning.share(found.unit);
  }
  const byStrength = (a: RankedUnit, b: RankedUnit) => b.strength - a.strength || a.unit - b.unit;
  ranked.sort(byStrength);
  for (const candidate of ranked.slice(0, named)) {
    candidate.strength += strongest * nameShare(units[candidate.unit]!);
  }
  ranked.sort(byStrength);
  if (ranked.length === 0) {
    let first = units.findIndex((_, unit) => accept(unit));
    units.forEach((_, unit) => {
      if (meaning && accept(unit) && meaning.share(unit) > meaning.share(first)) first = unit;
    });
    if (first >= 0) ranked.push({ unit: first, strength: 0, window: -1 });
  }
  return ranked;
}
