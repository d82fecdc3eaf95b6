export { type ErrorCode, QuarryError } from './core/errors.ts';
export type { IndexStatus, RepositoryStatus, UpdateProgress, UpdateReport } from './core/progress.ts';
export type {
  Confidence,
  Hit,
  IndexedFile,
  LineMatch,
  QuerySyntax,
  Reference,
  RelatedOptions,
  RerankReport,
  Searcher,
  SearchFilter,
  SearchMode,
  SearchOptions,
  SearchResult,
  Signal,
  SymbolOptions,
  SymbolResult,
} from './core/search.ts';
export { type SkipReason, skipReasons } from './core/source.ts';
export { type CodeUnit, type Role, roles, type UnitKind, unitKinds } from './core/unit.ts';
export type { CodeIndex } from './engine/code-index.ts';
export type { NewRepository } from './engine/indexing/edit-sources.ts';
export type { UpdateOptions } from './engine/indexing/options.ts';
export type { OpenOptions } from './engine/open-options.ts';
export type { KeptFresh } from './engine/watch/keep-fresh.ts';
export type { WorkspaceOptions } from './engine/workspace.ts';
export { keepFresh, openIndex, openWorkspace } from './library.ts';
export type { ParsedQuery, Pattern, QueryNode, Span } from './query/ast.ts';
export { QueryError } from './query/errors.ts';
export { explainQuery } from './query/explain.ts';
export { formatQuery } from './query/format.ts';
export { type Operator, operators } from './query/operators.ts';
export { parseQuery, type QueryOptions } from './query/parse.ts';
