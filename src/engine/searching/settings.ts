import { QuarryError } from '../../core/errors.ts';
import { type SearchMode, type SearchOptions, searchModes } from '../../core/search.ts';
import { mostReranked, rerankBudget, rerankedFiles } from '../settings/parameters.ts';

/** Options of a search with their defaults. */
export interface SearchSettings {
  limit: number;
  perFile: number;
  mode: SearchMode;
  contentBudgetMs: number;
  /** Undefined where nothing is re-ranked. */
  rerank: { top: number; budgetMs: number } | undefined;
}

const defaultContentBudget = 5000;

/** Throws QuarryError `usage` for what is out of range. */
export function searchSettings(options: SearchOptions, reranksByDefault: boolean): SearchSettings {
  const whole = (name: 'limit' | 'perFile', usual: number): number => {
    const value = options[name] ?? usual;
    if (!Number.isInteger(value) || value < 1 || value > 1000)
      throw new QuarryError('usage', `${name} must be a whole number from 1 to 1000, not ${value}`);
    return value;
  };
  const limit = whole('limit', 10);
  const perFile = whole('perFile', 1);
  const mode = options.mode ?? 'hybrid';
  if (!searchModes.includes(mode))
    throw new QuarryError('usage', `mode must be one of ${searchModes.join(', ')}, not ${mode}`);
  const contentBudgetMs = options.contentBudgetMs ?? defaultContentBudget;
  if (!(contentBudgetMs >= 0 && contentBudgetMs <= 600_000))
    throw new QuarryError('usage', `contentBudgetMs must be from 0 to 600000, not ${contentBudgetMs}`);
  return { limit, perFile, mode, contentBudgetMs, rerank: rerankSettings(options, reranksByDefault) };
}

function rerankSettings(
  { rerank, rerankBudgetMs: budgetMs = rerankBudget }: SearchOptions,
  byDefault: boolean,
): SearchSettings['rerank'] {
  if (!(budgetMs >= 0 && budgetMs <= 600_000))
    throw new QuarryError('usage', `rerankBudgetMs must be from 0 to 600000, not ${budgetMs}`);
  if (rerank === false || (rerank === undefined && !byDefault)) return undefined;
  const top = rerank ?? rerankedFiles;
  if (!Number.isInteger(top) || top < 1 || top > mostReranked)
    throw new QuarryError('usage', `rerank must be a whole number from 1 to ${mostReranked}, not ${top}`);
  return { top, budgetMs };
}
