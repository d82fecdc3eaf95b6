import type { LineMatch } from '../../../core/search.ts';

/** Matches in one file of each pattern, by its position in the selection's `patterns`. */
export interface PatternMatches {
  has(pattern: number): boolean;
  /** Ascending; undefined if there is none. */
  get(pattern: number): readonly LineMatch[] | undefined;
}

/** What looking through contents has found, by path. */
export interface ContentFindings {
  byPath: ReadonlyMap<string, PatternMatches>;
  /** Lines for people: what was not looked at. */
  notes: readonly string[];
}

export const noFindings: ContentFindings = { byPath: new Map(), notes: [] };
