// Looks for patterns in texts in memory: what `ContentSearch` does with files, in this thread and without a budget.

import { FileMatches } from './file-matches.ts';
import type { ContentFindings, ContentScope, MatchesByPattern } from './findings.ts';
import { matcherOf } from './matcher.ts';
import { scanBytes } from './scan.ts';

/** Most places of a pattern in one text. */
const mostPlaces = 1000;

/** Throws QuarryError `usage` for an invalid expression. */
export function findInTexts(
  { patterns, snapshot, files, prefilter, mostFiles = Number.POSITIVE_INFINITY }: ContentScope,
  textOf: (path: string) => string | undefined,
): ContentFindings {
  const matchers = patterns.map(matcherOf);
  const byPath = new Map<string, MatchesByPattern>();
  for (const file of files) {
    if (byPath.size === mostFiles) break;
    const { path } = snapshot.files[file]!;
    const bytes = Buffer.from(textOf(path) ?? '');
    const matches = scanBytes(bytes, matchers, pattern => prefilter.mayMatch(file, pattern), mostPlaces);
    if (matches && matches.length > 0) byPath.set(path, new FileMatches(matches));
  }
  return { byPath, notes: [] };
}
