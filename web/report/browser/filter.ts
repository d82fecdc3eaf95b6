import { type Part, valuesOf } from '../data.ts';
import type { Place } from '../state.ts';

/** What the list of queries is filtered and sorted by, with every default filled in. */
export interface Filters {
  /** Indexes of the system that is looked at and of the one beside it; the second is -1 if there is one only. */
  a: number;
  b: number;
  text: string;
  /** `slice=value`, or empty. */
  slice: string;
  failed: boolean;
  /** A query failed if the main measure is below. */
  below: number;
  worse: boolean;
  sort: Sort;
}

export const sorts = {
  down: 'most lost first',
  up: 'most won first',
  low: 'lowest first',
  high: 'highest first',
  order: 'order of the data',
} as const;

export type Sort = keyof typeof sorts;

export interface Listed {
  query: number;
  /** Main measure of the two systems. */
  a: number;
  b: number | undefined;
}

export function filtersOf(part: Part, place: Place): Filters {
  const names = part.result.systems.map(system => system.name);
  const asked = names.indexOf(place.a ?? '');
  // Without a wish the last system, which is where the new one stands in most experiments.
  const a = asked >= 0 ? asked : names.length - 1;
  const beside = names.indexOf(place.b ?? '');
  const fallback =
    part.baseline >= 0 && part.baseline !== a ? part.baseline : names.findIndex((_, i) => i !== a);
  const below = Number(place.below);
  return {
    a,
    b: beside >= 0 && beside !== a ? beside : fallback,
    text: place.text ?? '',
    slice: place.slice ?? '',
    failed: place.failed === '1',
    below: place.below && Number.isFinite(below) ? below : 0.5,
    worse: place.worse === '1',
    sort: place.sort && place.sort in sorts ? (place.sort as Sort) : names.length > 1 ? 'down' : 'low',
  };
}

/** The queries whose lists are in the page and that pass the filters, sorted. */
export function listed(part: Part, filters: Filters): Listed[] {
  const own = valuesOf(part, part.main, filters.a) ?? [];
  const beside = valuesOf(part, part.main, filters.b);
  const words = filters.text.toLowerCase().split(/\s+/).filter(Boolean);
  const [slice, value] = split(filters.slice);
  const found = part.rows.flatMap((row): Listed[] => {
    const a = own[row.index] ?? 0;
    const b = beside ? (beside[row.index] ?? 0) : undefined;
    if (filters.failed && a >= filters.below) return [];
    if (filters.worse && b !== undefined && a >= b - 1e-9) return [];
    if (slice && row.slices[slice] !== value) return [];
    if (words.length > 0) {
      const text = `${row.text} ${part.queries.id[row.index]}`.toLowerCase();
      if (!words.every(word => text.includes(word))) return [];
    }
    return [{ query: row.index, a, b }];
  });
  const difference = (one: Listed) => one.a - (one.b ?? 0);
  const by: Record<Sort, (x: Listed, y: Listed) => number> = {
    down: (x, y) => difference(x) - difference(y),
    up: (x, y) => difference(y) - difference(x),
    low: (x, y) => x.a - y.a,
    high: (x, y) => y.a - x.a,
    order: () => 0,
  };
  return found.sort((x, y) => by[filters.sort](x, y) || x.query - y.query);
}

/** `language=go` in its two halves; a value may hold `=`, the name of a slice does not. */
function split(text: string): [string, string] {
  const at = text.indexOf('=');
  return at < 0 ? ['', ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** Slices of the queries in the page with their values, for the choice; those with one value say nothing. */
export function sliceChoices(part: Part): Array<[slice: string, values: string[]]> {
  const found = new Map<string, Set<string>>();
  for (const row of part.rows) {
    for (const [slice, value] of Object.entries(row.slices)) {
      found.set(slice, (found.get(slice) ?? new Set()).add(value));
    }
  }
  return [...found]
    .filter(([, values]) => values.size > 1)
    .map(([slice, values]) => [slice, [...values].sort((a, b) => a.localeCompare(b))]);
}
