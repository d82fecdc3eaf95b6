// The options of a search, checked and with their defaults.

import { QuarryError } from '../../core/errors.ts';
import { type SearchMode, type SearchOptions, searchModes } from '../../core/search.ts';
import { numberWithin, searchLimits, wholeWithin } from '../../core/search-limits.ts';

/** What `SearchOptions` come to. */
export interface SearchSettings {
  limit: number;
  perFile: number;
  mode: SearchMode;
  contentBudgetMs: number;
  /** Undefined where nothing is re-ranked. */
  rerank: { top: number; budgetMs: number } | undefined;
}

/**
 * Checks options; `rerankedFiles` is the number of files that are re-ranked where none is named, 0 for none. Throws QuarryError
 * `usage` for what is out of range.
 */
export function searchSettings(options: SearchOptions, rerankedFiles: number): SearchSettings {
  const limit = wholeWithin('limit', options.limit, searchLimits.limit);
  const perFile = wholeWithin('perFile', options.perFile, searchLimits.perFile);
  const mode = options.mode ?? 'hybrid';
  if (!searchModes.includes(mode))
    throw new QuarryError('usage', `mode must be one of ${searchModes.join(', ')}, not ${mode}`);
  const contentBudgetMs = numberWithin(
    'contentBudgetMs',
    options.contentBudgetMs,
    searchLimits.contentBudgetMs,
  );
  return { limit, perFile, mode, contentBudgetMs, rerank: rerankSettings(options, rerankedFiles) };
}

function rerankSettings(
  { rerank, rerankBudgetMs }: SearchOptions,
  rerankedFiles: number,
): SearchSettings['rerank'] {
  const budgetMs = numberWithin('rerankBudgetMs', rerankBudgetMs, searchLimits.rerankBudgetMs);
  if (rerank === false || (rerank === undefined && rerankedFiles === 0)) return undefined;
  return { top: wholeWithin('rerank', rerank ?? rerankedFiles, searchLimits.rerank), budgetMs };
}
