import type { PagePart, PageRow } from '../../src/evaluation/report/payload.ts';
import type { SystemResult } from '../../src/evaluation/result.ts';

/** A data set with what the page looks up in it again and again. */
export interface Part extends PagePart {
  /** Name in the page's address; unique. */
  key: string;
  /** Main measure. */
  main: string;
  /** Index of the baseline among the systems; -1 if there is none. */
  baseline: number;
  /** Row whose lists are in the page, by index of the query. */
  rowOf: ReadonlyMap<number, PageRow>;
}

export interface Data {
  parts: Part[];
  /** Place of a system among the colours, the same on the whole page; the baseline has the first one. */
  slots: ReadonlyMap<string, number>;
}

/** What was written into the page: parts of an evaluation, or runs of training; '' in a bare template. */
export function readPayload(): unknown {
  return JSON.parse(document.getElementById('report-data')?.textContent || '""');
}

/** What `htmlReport` wrote into the page; no parts in a bare template. */
export function readData(parsed: unknown): Data {
  const pages = Array.isArray(parsed) ? (parsed as PagePart[]) : [];
  const keys = new Set<string>();
  const parts = pages.map((page): Part => {
    const { result } = page;
    let key = result.dataset;
    if (keys.has(key)) key = `${result.dataset}-${result.split}`;
    for (let n = 2; keys.has(key); n++) key = `${result.dataset}-${result.split}-${n}`;
    keys.add(key);
    return {
      ...page,
      key,
      main: result.measures[0] ?? '',
      baseline: result.systems.findIndex(system => system.name === result.baseline),
      rowOf: new Map(page.rows.map(row => [row.index, row])),
    };
  });
  const slots = new Map<string, number>();
  const place = (name: string | null | undefined) => {
    if (name != null && !slots.has(name)) slots.set(name, slots.size);
  };
  for (const part of parts) place(part.result.baseline);
  // Without a baseline the first colour, a grey, stays free.
  if (slots.size === 0) place('\0');
  for (const part of parts) for (const system of part.result.systems) place(system.name);
  return { parts, slots };
}

/** A measure of every query for one system, or undefined where the page does not carry it. */
export function valuesOf(part: Part, measure: string, system: number): Array<number | null> | undefined {
  return part.queries.values[measure]?.[system];
}

export function collectionOf(part: Part, query: number): string {
  return part.queries.collections[part.queries.collection[query] ?? -1] ?? '';
}

/** The longest text of a query the page has, or its id. */
export function textOf(part: Part, query: number): string {
  return part.rowOf.get(query)?.text || part.queries.text[query] || part.queries.id[query] || '';
}

/** Name of a query in the page's address. */
export function addressOf(part: Part, query: number): string {
  return `${collectionOf(part, query)}/${part.queries.id[query]}`;
}

export function queryAt(part: Part, address: string | undefined): number | undefined {
  if (!address) return undefined;
  const found = part.queries.id.findIndex((_, query) => addressOf(part, query) === address);
  return found < 0 ? undefined : found;
}

export function snippetOf(part: Part, query: number, id: string): string | undefined {
  return part.snippets[`${collectionOf(part, query)}\0${id}`];
}

export function sliceValue(
  system: SystemResult,
  slice: string,
  value: string,
): SystemResult['slices'][number] | undefined {
  return system.slices.find(one => one.slice === slice && one.value === value);
}
