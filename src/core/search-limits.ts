// The bounds of every number that a caller may give a search, with what is taken where none is given.

import { QuarryError } from './errors.ts';
import { wholeNumber } from './numbers.ts';

/** The bounds of one option, both included, and its default. */
export interface SearchLimit {
  least: number;
  most: number;
  usual: number;
}

/** An option with bounds, of `search`, `related` or `symbols`. */
type LimitedOption = 'limit' | 'perFile' | 'symbols' | 'rerank' | 'contentBudgetMs' | 'rerankBudgetMs';

/** The bounds of the engine. Front ends may be narrower, never wider. */
export const searchLimits: Readonly<Record<LimitedOption, Readonly<SearchLimit>>> = {
  /** Files, that is groups of hits. */
  limit: { least: 1, most: 1000, usual: 10 },
  /** Units of each file. */
  perFile: { least: 1, most: 1000, usual: 1 },
  /** Definitions of a symbol, and as many references. */
  symbols: { least: 1, most: 1000, usual: 50 },
  /** Files that are re-ranked. The default is chosen on the development sets: see docs/reranking.md. */
  rerank: { least: 1, most: 100, usual: 20 },
  /** Milliseconds that looking through contents may take. */
  contentBudgetMs: { least: 0, most: 600_000, usual: 5000 },
  /** Milliseconds that re-ranking may take. */
  rerankBudgetMs: { least: 0, most: 600_000, usual: 1000 },
};

/** The value or the default, a whole number within the bounds. Throws QuarryError `usage` that names the option. */
export function wholeWithin(name: string, value: number | undefined, bounds: SearchLimit): number {
  return wholeNumber(name, value ?? bounds.usual, bounds.least, bounds.most);
}

/** The value or the default, any number within the bounds. Throws QuarryError `usage` that names the option. */
export function numberWithin(name: string, value: number | undefined, bounds: SearchLimit): number {
  const { least, most, usual } = bounds;
  const number = value ?? usual;
  if (number >= least && number <= most) return number;
  throw new QuarryError('usage', `${name} must be from ${least} to ${most}, not ${number}`);
}
