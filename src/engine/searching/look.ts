import type { Pattern } from '../../query/ast.ts';
import type { Snapshot } from '../../store/snapshot.ts';
import type { Source } from '../sources/source.ts';
import type { ContentResult, ContentSearch, UnreadReason } from './content/content-search.ts';
import type { Prefilter } from './content/prefilter.ts';
import type { ContentFindings } from './selection/findings.ts';

/** Which files are looked through, and for what. */
export interface Look {
  patterns: readonly Pattern[];
  snapshot: Snapshot;
  /** Numbers of files of the snapshot. */
  files: readonly number[];
  prefilter: Prefilter;
  /** The first so many with a match are enough. */
  mostFiles?: number;
}

/** Throws QuarryError `aborted`. */
export async function lookThrough(
  contents: ContentSearch,
  sources: readonly Source[],
  look: Look,
  limits: { budgetMs: number; maxFileBytes: number; signal: AbortSignal | undefined },
): Promise<ContentFindings> {
  const result = await contents.search({ ...look, ...limits, sources });
  const { files } = look.snapshot;
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
