import { QuarryError } from '../../core/errors.ts';
import { type SearchMode, type SearchOptions, searchModes } from '../../core/search.ts';
import { numberWithin, searchLimits, wholeWithin } from '../../core/search-limits.ts';

/** Options of a search with their defaults. */
export interface SearchSettings {
  limit: number;
  perFile: number;
  mode: SearchMode;
  contentBudgetMs: number;
  /** Undefined where nothing is re-ranked. */
  rerank: { top: number; budgetMs: number } | undefined;
}

/** Throws QuarryError `usage` for what is out of range. */
export function searchSettings(options: SearchOptions, reranksByDefault: boolean): SearchSettings {
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
  return { limit, perFile, mode, contentBudgetMs, rerank: rerankSettings(options, reranksByDefault) };
}

function rerankSettings(
  { rerank, rerankBudgetMs }: SearchOptions,
  byDefault: boolean,
): SearchSettings['rerank'] {
  const budgetMs = numberWithin('rerankBudgetMs', rerankBudgetMs, searchLimits.rerankBudgetMs);
  if (rerank === false || (rerank === undefined && !byDefault)) return undefined;
  return { top: wholeWithin('rerank', rerank, searchLimits.rerank), budgetMs };
}
