import type { ExperimentResult, QueryRow, ReportData } from '../result.ts';

/** What the page of a report carries of one data set: all numbers, and the lists of some queries. */
export interface PagePart {
  result: ExperimentResult;
  queries: PageQueries;
  /** Queries whose lists can be browsed, in retrieval order. */
  rows: PageRow[];
  /** First lines of candidates by `collection` + `\0` + `id`. */
  snippets: Record<string, string>;
}

/** All queries, by column. */
export interface PageQueries {
  collections: string[];
  /** Index into `collections` for every query. */
  collection: number[];
  id: string[];
  /** Cut; empty where there are too many queries to carry their texts. */
  text: string[];
  /** By measure, then by system in the order of the result: one number per query, null if there is none. */
  values: Record<string, Array<Array<number | null>>>;
}

export interface PageRow {
  /** Index into the columns of `PageQueries`. */
  index: number;
  text: string;
  slices: Readonly<Record<string, string>>;
  pool: number;
  wanted: PageWanted[];
  /** Relevant candidates in all; `wanted` is cut. */
  wantedTotal: number;
  /** By system in the order of the result. */
  top: PageItem[][];
}

export interface PageWanted {
  id: string;
  grade: number;
  /** By system in the order of the result; null if it was not returned. */
  ranks: Array<number | null>;
}

export interface PageItem {
  id: string;
  score: number;
  grade?: number;
  lines?: readonly [number, number];
  signals?: Array<[name: string, value: number, detail?: string]>;
}

/** Most queries of one data set whose lists are in the page. */
export const browsable = 400;
const wantedShown = 30;
const snippetLength = 900;

/** Reduces a report to what its page carries. Numbers are rounded to what can be seen. */
export function payloadOf({ result, rows, snippets }: ReportData): PagePart {
  const systems = result.systems.map(system => system.name);
  const collections = new Map<string, number>();
  for (const row of rows) {
    if (!collections.has(row.collection)) collections.set(row.collection, collections.size);
  }
  // Every number of every measure as long as that is a few megabytes; the main measure always.
  const measures =
    rows.length * systems.length * result.measures.length <= 400_000
      ? result.measures
      : result.measures.slice(0, 1);
  const textLength = rows.length <= 5000 ? 140 : rows.length <= 30_000 ? 60 : 0;
  const shown = browsableRows(rows, result).map(index => pageRow(rows[index]!, index, systems));
  const kept: Record<string, string> = {};
  for (const row of shown) {
    for (const { id } of [...row.wanted, ...row.top.flat()]) {
      const key = `${rows[row.index]!.collection}\0${id}`;
      const snippet = snippets[key];
      if (snippet !== undefined) kept[key] = cut(snippet, snippetLength);
    }
  }
  return {
    result,
    queries: {
      collections: [...collections.keys()],
      collection: rows.map(row => collections.get(row.collection)!),
      id: rows.map(row => row.query),
      text: rows.map(row => cut(row.text, textLength)),
      values: Object.fromEntries(
        measures.map(measure => [
          measure,
          systems.map(system => rows.map(row => rounded(row.systems[system]?.measures[measure]))),
        ]),
      ),
    },
    rows: shown,
    snippets: kept,
  };
}

/**
 * Indexes of at most `limit` rows, ascending: the worst on the main measure, those that systems differ most on, and a
 * spread over the rest, so that not only failures are seen. The same rows give the same choice.
 */
export function browsableRows(
  rows: readonly QueryRow[],
  result: Pick<ExperimentResult, 'measures' | 'baseline' | 'systems'>,
  limit: number = browsable,
): number[] {
  if (rows.length <= limit) return rows.map((_, index) => index);
  const main = result.measures[0] ?? '';
  const of = (row: QueryRow, system: string) => row.systems[system]?.measures[main] ?? 0;
  const judged = rows.map((row, index) => {
    const values = result.systems.map(system => of(row, system.name));
    const from = result.baseline === null ? Math.min(...values) : of(row, result.baseline);
    return {
      index,
      mean: values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length),
      difference: Math.max(0, ...values.map(value => Math.abs(value - from))),
      // Many queries have the same value, and the first ones of a data set are of one collection: ties are scattered.
      scatter: (index * 0.618_033_988_749_895) % 1,
    };
  });
  const chosen = new Set<number>();
  const take = (order: typeof judged, count: number) => {
    for (const { index } of order) {
      if (count <= 0) break;
      if (chosen.has(index)) continue;
      chosen.add(index);
      count--;
    }
  };
  const most = Math.floor(limit * 0.375);
  take(
    judged.toSorted((a, b) => a.mean - b.mean || a.scatter - b.scatter),
    most,
  );
  take(
    judged.toSorted((a, b) => b.difference - a.difference || a.scatter - b.scatter),
    most,
  );
  take(
    judged.toSorted((a, b) => a.scatter - b.scatter),
    limit - chosen.size,
  );
  return [...chosen].sort((a, b) => a - b);
}

function pageRow(row: QueryRow, index: number, systems: readonly string[]): PageRow {
  const wanted = new Map<string, PageWanted>();
  for (const [s, system] of systems.entries()) {
    for (const { id, grade, rank, returned } of row.systems[system]?.relevant ?? []) {
      const known = wanted.get(id) ?? { id, grade, ranks: systems.map(() => null) };
      known.ranks[s] = returned ? rank : null;
      wanted.set(id, known);
    }
  }
  const best = (item: PageWanted) => Math.min(...item.ranks.map(rank => rank ?? Number.POSITIVE_INFINITY));
  const order = [...wanted.values()].sort((a, b) => b.grade - a.grade || (best(a) < best(b) ? -1 : 1));
  return {
    index,
    text: cut(row.text, 4000),
    slices: row.slices,
    pool: row.pool,
    wanted: order.slice(0, wantedShown),
    wantedTotal: order.length,
    top: systems.map(system =>
      (row.systems[system]?.top ?? []).slice(0, 10).map(item => ({
        id: item.id,
        score: significant(item.score),
        ...(item.grade !== undefined && { grade: item.grade }),
        ...(item.lines && { lines: item.lines }),
        ...(item.signals && {
          signals: item.signals.map(({ name, value, detail }): [string, number, string?] =>
            detail ? [name, significant(value), cut(detail, 120)] : [name, significant(value)],
          ),
        }),
      })),
    ),
  };
}

function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  return length === 0 ? '' : `${text.slice(0, length).replace(/[\ud800-\udbff]$/, '')}…`;
}

function rounded(value: number | undefined): number | null {
  return value === undefined || !Number.isFinite(value) ? null : Math.round(value * 1e4) / 1e4;
}

function significant(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(5)) : 0;
}
