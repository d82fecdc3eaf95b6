import { QuarryError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import type { QueryOutcome } from './result.ts';

/** A measure of one ranked list. Its value is in [0, 1]; a query without relevant candidates gets 0. */
export interface RetrievalMeasure {
  /** Canonical, e.g. `ndcg@10`. */
  name: string;
  task: 'retrieval';
  of(outcome: QueryOutcome): number;
}

/** Shares or numbers of pairs by label and prediction; only their proportions matter to the measures. */
export interface Confusion {
  truePositives: number;
  falsePositives: number;
  falseNegatives: number;
  trueNegatives: number;
}

/** A measure of a whole set of predictions, in [0, 1]; 0 where the quotient would have 0 below the line. */
export interface ClassificationMeasure {
  name: string;
  task: 'classification';
  of(confusion: Confusion): number;
}

export type Measure = RetrievalMeasure | ClassificationMeasure;

/** Measures of the first k ranks by canonical name. */
const atRank: Readonly<Record<string, (outcome: QueryOutcome, k: number) => number>> = {
  success: (outcome, k) => (firstRank(outcome) <= k ? 1 : 0),
  recall: (outcome, k) => share(found(outcome, k), outcome.relevant.length),
  // As in trec_eval the divisor is k, even where fewer candidates exist.
  p: (outcome, k) => found(outcome, k) / k,
  // "Acc@k" of LocAgent (Chen et al., ACL 2025): every place that has to be changed is among the first k.
  all: (outcome, k) => (outcome.relevant.length > 0 && found(outcome, k) === outcome.relevant.length ? 1 : 0),
  ndcg: (outcome, k) => ndcg(outcome, k, 'rank'),
  'raw-ndcg': (outcome, k) => ndcg(outcome, k, 'rawRank'),
};

/** Measures of the whole list. */
const overall: Readonly<Record<string, (outcome: QueryOutcome) => number>> = {
  mrr: outcome => (outcome.relevant.length > 0 ? 1 / firstRank(outcome) : 0),
  map: averagePrecision,
};

const ofConfusion: Readonly<Record<string, (confusion: Confusion) => number>> = {
  accuracy: c => {
    const right = c.truePositives + c.trueNegatives;
    return share(right, right + c.falsePositives + c.falseNegatives);
  },
  f1: c => share(2 * c.truePositives, 2 * c.truePositives + c.falsePositives + c.falseNegatives),
  precision: c => share(c.truePositives, c.truePositives + c.falsePositives),
  recall: c => share(c.truePositives, c.truePositives + c.falseNegatives),
};

/** Other names of the literature for the measures at a rank. */
const aliases: Readonly<Record<string, string>> = {
  sr: 'success',
  hit: 'success',
  acc: 'success',
  r: 'recall',
  precision: 'p',
};

/** Canonical names for lists, with `k` for the rank. */
export const measureNames: readonly string[] = [
  ...Object.keys(overall),
  ...Object.keys(atRank).map(name => `${name}@k`),
  ...Object.keys(ofConfusion),
];

/**
 * The measure of a name: `mrr`, `map`, `success@k` (also `sr@k`, `hit@k`, `acc@k`), `recall@k` (`r@k`), `p@k`
 * (`precision@k`), `all@k`, `ndcg@k`, `raw-ndcg@k` with k from 1 to 10,000; for classification `accuracy`, `f1`,
 * `precision`, `recall`. Case does not matter. Throws QuarryError `usage`.
 *
 * - `mrr`: 1 / rank of the first relevant candidate, over the whole pool.
 * - `map`: mean over all relevant candidates of the precision at their ranks (average precision).
 * - `ndcg@k`: Σ (2^grade − 1) / log2(rank + 1) over ranks up to k, divided by the same sum for the k best grades in
 *   the best order (Burges et al., ICML 2005).
 * - `raw-ndcg@k`: the same when further places of a candidate that was listed already take ranks too.
 * - `all@k`: 1 if all relevant candidates are among the first k.
 */
export function parseMeasure(text: string): Measure {
  const wanted = text.trim().toLowerCase();
  const at = wanted.indexOf('@');
  const word = at < 0 ? wanted : wanted.slice(0, at);
  if (at < 0) {
    const whole = own(overall, wanted);
    if (whole) return { name: wanted, task: 'retrieval', of: whole };
    const counted = own(ofConfusion, wanted);
    if (counted) return { name: wanted, task: 'classification', of: counted };
  }
  const base = own(aliases, word) ?? word;
  const ranked = own(atRank, base);
  if (!ranked) throw unknown(text, word, at < 0 ? '' : wanted.slice(at));
  const digits = at < 0 ? '' : wanted.slice(at + 1);
  const k = /^[1-9]\d{0,4}$/.test(digits) ? Number(digits) : 0;
  if (k < 1 || k > 10_000)
    throw new QuarryError(
      'usage',
      `measure ${JSON.stringify(text)} needs a rank from 1 to 10000`,
      `for example ${base}@10`,
    );
  return { name: `${base}@${k}`, task: 'retrieval', of: outcome => ranked(outcome, k) };
}

/** The measures of these names, each once, in order. Throws QuarryError `usage` if one is for the other task. */
export function measuresFor(task: 'retrieval', names: readonly string[]): RetrievalMeasure[];
export function measuresFor(task: 'classification', names: readonly string[]): ClassificationMeasure[];
export function measuresFor(task: Measure['task'], names: readonly string[]): Measure[] {
  const byName = new Map<string, Measure>();
  for (const text of names) {
    const measure = parseMeasure(text);
    if (measure.task !== task)
      throw new QuarryError(
        'usage',
        `measure ${JSON.stringify(text)} is for ${measure.task}, the data set for ${task}`,
        task === 'retrieval' ? 'for example mrr, success@10, ndcg@10' : 'for example accuracy, f1',
      );
    byName.set(measure.name, measure);
  }
  return [...byName.values()];
}

/**
 * Share of relevant candidates among the first k, for every k: the mean of `recall@k` over the outcomes, or the sum
 * with these weights, one per outcome, which should add up to 1.
 */
export function recallCurve(
  outcomes: readonly QueryOutcome[],
  ks: readonly number[],
  weights?: ArrayLike<number>,
): Array<{ k: number; recall: number }> {
  return ks.map(k => {
    let recall = 0;
    for (const [i, outcome] of outcomes.entries())
      recall += atRank['recall']!(outcome, k) * (weights?.[i] ?? 1 / outcomes.length);
    return { k, recall: Math.min(1, recall) };
  });
}

function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

function unknown(text: string, word: string, rank: string): QuarryError {
  const whole = [...Object.keys(overall), ...Object.keys(ofConfusion)];
  if (rank !== '' && whole.includes(word))
    return new QuarryError('usage', `measure ${JSON.stringify(text)} takes no rank`, `did you mean ${word}?`);
  // Names of one letter are near to everything.
  const names = [...whole, ...Object.keys(atRank), ...Object.keys(aliases)].filter(name => name.length > 1);
  const near = nearest(word, names);
  const suffix = /^@[1-9]\d{0,3}$/.test(rank) ? rank : '@10';
  return new QuarryError(
    'usage',
    `unknown measure ${JSON.stringify(text)}`,
    near === undefined
      ? `known: ${measureNames.join(', ')}`
      : `did you mean ${own(overall, near) || (rank === '' && own(ofConfusion, near)) ? near : near + suffix}?`,
  );
}

function share(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0;
}

function firstRank(outcome: QueryOutcome): number {
  return outcome.relevant.reduce((best, { rank }) => Math.min(best, rank), Number.POSITIVE_INFINITY);
}

function found(outcome: QueryOutcome, k: number): number {
  return outcome.relevant.reduce((count, { rank }) => count + (rank <= k ? 1 : 0), 0);
}

function averagePrecision(outcome: QueryOutcome): number {
  const ranks = outcome.relevant.map(({ rank }) => rank).sort((a, b) => a - b);
  return share(
    ranks.reduce((sum, rank, before) => sum + (before + 1) / rank, 0),
    ranks.length,
  );
}

function ndcg(outcome: QueryOutcome, k: number, which: 'rank' | 'rawRank'): number {
  let gained = 0;
  for (const item of outcome.relevant) if (item[which] <= k) gained += discounted(item.grade, item[which]);
  const grades = outcome.relevant.map(({ grade }) => grade).sort((a, b) => b - a);
  const ideal = grades.slice(0, k).reduce((sum, grade, i) => sum + discounted(grade, i + 1), 0);
  // The two sums may add the same terms in another order.
  return Math.min(1, share(gained, ideal));
}

function discounted(grade: number, rank: number): number {
  return (2 ** grade - 1) / Math.log2(rank + 1);
}
