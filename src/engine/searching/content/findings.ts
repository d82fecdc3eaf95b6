// Matches of the patterns of a query in the files of a snapshot, as selections use them.

import type { LineMatch } from '../../../core/search.ts';
import type { Pattern } from '../../../query/ast.ts';
import type { Snapshot } from '../../../store/snapshot.ts';
import type { Source } from '../../sources/source.ts';
import type { ContentResult, ContentSearch, UnreadReason } from './content-search.ts';
import type { Prefilter } from './prefilter.ts';

/** The files in which patterns are looked for. */
export interface ContentScope {
  patterns: readonly Pattern[];
  snapshot: Snapshot;
  /** Numbers of files of the snapshot, in the order in which they are read. */
  files: readonly number[];
  prefilter: Prefilter;
  /** Reading may end when so many files have a match. */
  mostFiles?: number;
}

/** The matches in one file of each pattern, by its position in `ContentScope.patterns`. */
export interface MatchesByPattern {
  has(pattern: number): boolean;
  /** Ascending; undefined without a match. */
  get(pattern: number): readonly LineMatch[] | undefined;
}

/** The files with a match, by path. */
export interface ContentFindings {
  byPath: ReadonlyMap<string, MatchesByPattern>;
  /** Lines for people: which files were not read. */
  notes: readonly string[];
}

export const noFindings: ContentFindings = { byPath: new Map(), notes: [] };

/** Looks for patterns in files as they are now. Throws QuarryError `aborted`. */
export async function findInContents(
  contents: ContentSearch,
  sources: readonly Source[],
  scope: ContentScope,
  limits: { budgetMs: number; maxFileBytes: number; signal: AbortSignal | undefined },
): Promise<ContentFindings> {
  const result = await contents.search({ ...scope, ...limits, sources });
  const { files } = scope.snapshot;
  const byPath = new Map([...result.found].map(([file, { matches }]) => [files[file]!.path, matches]));
  const notes = notesOf(result, limits.budgetMs);
  if (result.hasEnough)
    notes.push(`more than ${result.found.size.toLocaleString('en')} files match: only these were looked at`);
  return { byPath, notes };
}

const reasons: Record<UnreadReason, (count: string, budgetMs: number) => string> = {
  budget: (count, budgetMs) =>
    `${count} not looked through: the ${budgetMs} ms for that were over; a longer literal or a filter makes it faster`,
  hung: count => `${count} left out: the regular expression takes too long there`,
  crashed: count => `${count} left out: looking through broke down there`,
  unreadable: count => `${count} could not be read`,
};

function notesOf({ unread }: ContentResult, budgetMs: number): string[] {
  const counts = new Map<UnreadReason, number>();
  for (const { reason } of unread) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, count]) =>
    reasons[reason](`${count.toLocaleString('en')} ${count === 1 ? 'file' : 'files'}`, budgetMs),
  );
}
