import { Random } from '../../core/random.ts';
import type { PreparedSet } from '../data/prepared-set.ts';
import type { SimilarOrder } from './similar.ts';

/** The examples of one step and the length that their units are padded to. */
export interface PlannedBatch {
  examples: Int32Array;
  queryLength: number;
  unitLength: number;
}

export interface PlanOptions {
  batch: number;
  /** Share of the examples whose batches hold one language only, 0..1. */
  sameLanguage: number;
  /** Share of the examples whose batches hold similar ones of one language, and how those are found. */
  similar?: { share: number; order: SimilarOrder };
  /** Lengths that queries and units are padded to, ascending; the last one is the longest there is. */
  queryLengths: readonly number[];
  unitLengths: readonly number[];
  seed: number;
}

/** Batches that are sorted by length together. */
const sortedTogether = 24;

/**
 * The batches of an epoch. No batch has a query or a code twice, for the second would be taken for a wrong answer to the
 * first. Batches of one language, and of similar examples, have harder negatives; other batches are of about equal lengths, for little padding. The
 * plan depends on the seed and the epoch only, so that a run can go on in the middle of it. What is left over in the end, less
 * than a batch of a language, is left out of this epoch.
 */
export function planEpoch(set: PreparedSet, epoch: number, options: PlanOptions): PlannedBatch[] {
  const random = new Random(options.seed ^ Math.imul(epoch + 1, 0x9e3779b1));
  const { similar, sameLanguage } = options;
  const mixed: number[] = [];
  const alike = new Map<number, number[]>();
  const byLanguage = new Map<number, number[]>();
  const put = (streams: Map<number, number[]>, i: number) => {
    const list = streams.get(set.groupOf(i));
    if (list) list.push(i);
    else streams.set(set.groupOf(i), [i]);
  };
  const share = similar?.share ?? 0;
  for (let i = 0; i < set.size; i++) {
    for (let repeat = set.repeatOf(i); repeat > 0; repeat--) {
      const chance = random.next();
      if (chance < share) put(alike, i);
      else if (chance < share + sameLanguage) put(byLanguage, i);
      else mixed.push(i);
    }
  }
  // A language without enough examples for a few batches takes part in the mixed ones.
  for (const streams of [alike, byLanguage]) {
    for (const [language, list] of streams) {
      if (list.length >= 4 * options.batch) continue;
      for (const i of list) mixed.push(i);
      streams.delete(language);
    }
  }
  const inOrder = (streams: Map<number, number[]>) => [...streams].sort(([a], [b]) => a - b);
  const batches: PlannedBatch[] = [];
  for (const [, list] of inOrder(alike))
    batches.push(...cut(set, similar!.order(list, options.batch, random), options));
  for (const list of [mixed, ...inOrder(byLanguage).map(([, list]) => list)]) {
    const order = random.shuffled(list);
    const chunk = options.batch * sortedTogether;
    for (let at = 0; at < order.length; at += chunk) {
      const some = order.slice(at, at + chunk);
      some.sort((a, b) => set.units.lengthOf(a) - set.units.lengthOf(b) || a - b);
      batches.push(...cut(set, some, options));
    }
  }
  return random.shuffled(batches);
}

function cut(set: PreparedSet, order: readonly number[], options: PlanOptions): PlannedBatch[] {
  const batches: PlannedBatch[] = [];
  let waiting: readonly number[] = order;
  while (waiting.length >= options.batch) {
    const chosen: number[] = [];
    const later: number[] = [];
    const queries = new Set<number>();
    const units = new Set<number>();
    let at = 0;
    for (; at < waiting.length && chosen.length < options.batch; at++) {
      const i = waiting[at]!;
      if (queries.has(set.queryKey(i)) || units.has(set.unitKey(i))) {
        later.push(i);
        continue;
      }
      queries.add(set.queryKey(i));
      units.add(set.unitKey(i));
      chosen.push(i);
    }
    if (chosen.length < options.batch) break;
    const longest = (lengths: (i: number) => number, known: readonly number[]) => {
      const most = chosen.reduce((a, i) => Math.max(a, lengths(i)), 0);
      return known.find(length => length >= most) ?? known.at(-1)!;
    };
    batches.push({
      examples: Int32Array.from(chosen),
      queryLength: longest(i => set.queries.lengthOf(i), options.queryLengths),
      unitLength: longest(i => set.units.lengthOf(i), options.unitLengths),
    });
    waiting = later.length > 0 ? [...later, ...waiting.slice(at)] : waiting.slice(at);
  }
  return batches;
}
