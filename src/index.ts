export { type ErrorCode, QuarryError } from './core/errors.ts';
export type { IndexStatus, UpdateProgress, UpdateReport } from './core/progress.ts';
export type {
  Confidence,
  Hit,
  RerankReport,
  Searcher,
  SearchFilter,
  SearchMode,
  SearchOptions,
  SearchResult,
  Signal,
} from './core/search.ts';
export { type SkipReason, skipReasons } from './core/source.ts';
export { type CodeUnit, type Role, roles, type UnitKind, unitKinds } from './core/unit.ts';
export { type CodeIndex, type OpenOptions, openIndex } from './engine/code-index.ts';
export type { UpdateOptions } from './engine/update.ts';
