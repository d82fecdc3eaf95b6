import { QuarryError } from '../core/errors.ts';
import type { Query } from './dataset.ts';
import type { QueryOutcome, RelevantOutcome, TopItem } from './result.ts';
import type { RankedItem } from './system.ts';

const TOP = 10;

/** Places of equal score; `fresh` holds the number of places of each candidate no better place was seen of. */
interface Tie {
  places: number;
  fresh: Map<string, number>;
}

/**
 * Reads the ranks of the relevant candidates off a list. Whatever the list leaves open counts against the system:
 *
 * - Among equal scores relevant candidates come last, higher grades last of all. In `rawRank` all places of one come
 *   before those of the next; of equal grades the one with fewest places is last.
 * - Relevant candidates that were not returned take the last ranks of the pool, higher grades last.
 *
 * A list that does not descend is sorted by score, equal scores staying in place: the score is what a system says
 * of a candidate. Lists without scores of their own (external commands) must come with strictly descending ones.
 * Of several places of one candidate the best counts; in `rawRank` the others take ranks of their own. Entries
 * outside `query.pool` are left out, as if they had not been returned. `top` keeps the order of the list, so that a
 * candidate may stand there above its `rank`.
 *
 * `pool` is the number of candidates. Throws QuarryError `usage` when the system is at fault: a score that is not a
 * number, or more candidates than there are.
 */
export function judge(
  ranked: readonly RankedItem[],
  query: Query,
  pool: number,
  collectionName: string,
): QueryOutcome {
  const where = `query ${JSON.stringify(query.id)} of ${JSON.stringify(collectionName)}`;
  const list = inOrder(ranked, query, where);
  const grades = new Map(Object.entries(query.judgments));

  const relevant: RelevantOutcome[] = [];
  let rank = 0;
  let rawRank = 0;
  for (const { places, fresh } of ties(list)) {
    const golds = [...fresh.keys()].filter(id => (grades.get(id) ?? 0) > 0);
    // Of equal grades the candidate with more places first: no other order puts first places further down.
    golds.sort((a, b) => grades.get(a)! - grades.get(b)! || fresh.get(b)! - fresh.get(a)! || compare(a, b));
    let rawGold = rawRank + places - golds.reduce((sum, id) => sum + fresh.get(id)!, 0);
    rank += fresh.size;
    rawRank += places;
    for (const [i, id] of golds.entries()) {
      const grade = grades.get(id)!;
      relevant.push({ id, grade, rank: rank - golds.length + i + 1, rawRank: rawGold + 1, returned: true });
      rawGold += fresh.get(id)!;
    }
  }
  if (rank > pool)
    throw new QuarryError(
      'usage',
      `the system returned ${rank} candidates for ${where}, which has ${pool}`,
      'it may only return ids of candidates of the collection',
    );

  const returned = new Set(relevant.map(({ id }) => id));
  const missing = [...grades].filter(([id, grade]) => grade > 0 && !returned.has(id));
  missing.sort(([a, gradeA], [b, gradeB]) => gradeA - gradeB || compare(a, b));
  // Relevant candidates that are not in the pool at all come after it rather than share a rank with another one.
  const last = Math.max(pool, rank + missing.length);
  const repeated = rawRank - rank;
  for (const [i, [id, grade]] of missing.entries()) {
    const at = last - missing.length + i + 1;
    relevant.push({ id, grade, rank: at, rawRank: at + repeated, returned: false });
  }
  return { collection: collectionName, query: query.id, pool, relevant, top: top(list, grades) };
}

function inOrder(ranked: readonly RankedItem[], query: Query, where: string): RankedItem[] {
  const allowed = query.pool && new Set(query.pool);
  const list = allowed ? ranked.filter(({ id }) => allowed.has(id)) : [...ranked];
  for (const { id, score } of list) {
    if (!Number.isNaN(score)) continue;
    throw new QuarryError(
      'usage',
      `the system gave ${JSON.stringify(id)} a score that is not a number, for ${where}`,
      'every entry of a ranked list needs a score',
    );
  }
  return list.sort((a, b) => (a.score === b.score ? 0 : b.score > a.score ? 1 : -1));
}

function* ties(list: readonly RankedItem[]): Generator<Tie> {
  const seen = new Set<string>();
  for (let from = 0; from < list.length; ) {
    const fresh = new Map<string, number>();
    let to = from;
    for (; to < list.length && list[to]!.score === list[from]!.score; to++) {
      const { id } = list[to]!;
      if (!seen.has(id)) fresh.set(id, (fresh.get(id) ?? 0) + 1);
    }
    for (const id of fresh.keys()) seen.add(id);
    yield { places: to - from, fresh };
    from = to;
  }
}

function top(list: readonly RankedItem[], grades: ReadonlyMap<string, number>): TopItem[] {
  const items = new Map<string, TopItem>();
  for (const { id, score, signals, lines } of list) {
    if (items.size === TOP) break;
    if (items.has(id)) continue;
    const grade = grades.get(id);
    items.set(id, {
      id,
      score,
      ...(grade !== undefined && { grade }),
      ...(signals && { signals }),
      ...(lines && { lines }),
    });
  }
  return [...items.values()];
}

/** By code units, so that the order does not depend on the locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
