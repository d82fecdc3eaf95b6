import type { Role, UnitKind, UnitSpan } from './unit.ts';

/** Narrows a search to units that match every field given. */
export interface SearchFilter {
  /** Language ids; any of them. */
  languages?: readonly string[];
  kinds?: readonly UnitKind[];
  roles?: readonly Role[];
  /** Globs over the path relative to the root (`src/**`, `*.ts`); any of them. A plain folder means all below it. */
  paths?: readonly string[];
  /** Globs that must not match. */
  notPaths?: readonly string[];
}

export const searchModes = ['lexical', 'dense', 'hybrid'] as const;
export type SearchMode = (typeof searchModes)[number];

/** How a query is read: with operators, phrases and regular expressions, or as nothing but words. */
export type QuerySyntax = 'operators' | 'words';

export interface SearchOptions {
  /** Default `operators`: see docs/query-language.md. `words` takes any text as it is. */
  syntax?: QuerySyntax;
  /** Milliseconds that looking through contents for literals and regular expressions may take. Default 5000. */
  contentBudgetMs?: number;
  /** How many files (groups of hits) to return, 1..1000. Default 10. */
  limit?: number;
  /** How many units of each file: the best one first, the others folded below it. Default 1. */
  perFile?: number;
  filter?: SearchFilter;
  /**
   * What may speak for a unit: its words, its meaning to the model, or both. Default: both as far as there are a model
   * and vectors.
   */
  mode?: SearchMode;
  /**
   * A cross-encoder reads the first so many files together with the query and puts them in order: 1..100, more than are
   * found is all of them; false leaves it out. Default: what the index was opened with.
   */
  rerank?: number | false;
  /**
   * Milliseconds that re-ranking may take, from 0; after that the order of the first stage is returned and `rerank` says so.
   * Default 1000.
   */
  rerankBudgetMs?: number;
  signal?: AbortSignal;
}

/** A named contribution to a score; the sum of `value` over a hit's signals is its score. */
export interface Signal {
  name: string;
  value: number;
  /** What decided, e.g. the matched words. */
  detail?: string;
}

/** Where a literal or a regular expression stands in a file. */
export interface LineMatch {
  /** 1-based. */
  line: number;
  /** UTF-16 columns within the line, from 0, half-open; a match over several lines ends with its first. */
  start: number;
  end: number;
}

/** A code unit found by a search. Lines are 1-based and inclusive. */
export interface Hit {
  path: string;
  /** Where the file comes from, in an index of several repositories or revisions. */
  repository?: { name: string; revision?: string };
  language: string;
  role: Role;
  kind: UnitKind;
  name: string;
  qualifiedName: string;
  firstLine: number;
  lastLine: number;
  /** Offsets of the unit in the file as it was indexed, UTF-16, half-open. */
  start: number;
  end: number;
  signatureEnd: number;
  docStart: number;
  docEnd: number;
  /** First line of the window of the unit that matched best: where a snippet should begin. */
  matchLine: number;
  /** Calibrated within one query only: descending over the results. */
  score: number;
  signals: Signal[];
  /** True when the file on disk is no longer what was indexed: its lines may have moved. */
  stale: boolean;
  /** Probability that the hit answers the query, by the re-ranker; only where it has read the hit. */
  relevance?: number;
  /** Places inside the hit of what was asked for literally, ascending; absent where nothing was. */
  matches?: LineMatch[];
  /** Further units of the same file, best first, at most `perFile - 1`. */
  more: Hit[];
}

/** What re-ranking did. */
export interface RerankReport {
  used: boolean;
  /** Units that were read together with the query. */
  candidates: number;
  tookMs: number;
  /** Why the order is that of the first stage. */
  reason?: string;
}

/** What dense search did. */
export interface DenseReport {
  /** True where vectors had a say. */
  used: boolean;
  /** Why they had none. */
  reason?: string;
  /** Units that have a vector of the current model, and all units. */
  encodedUnits: number;
  totalUnits: number;
}

export interface SearchResult {
  query: string;
  /** The words of it that ranked; '' where there were only filters. */
  words: string;
  hits: Hit[];
  /** Files with any evidence, before `limit`. */
  total: number;
  /** Generation of the index that answered. */
  generation: number;
  /** Milliseconds in the engine. */
  tookMs: number;
  /** Query words that occur nowhere in the index. */
  unknownWords: string[];
  /** Words dropped because they carry no meaning in a question ("how", "the", …). */
  ignoredWords: string[];
  dense: DenseReport;
  /**
   * Whether the first hit seems to be an answer, by the share of the query's words it has and by how far its meaning
   * stands out of all units. `none`: nothing found, or what was found is only the nearest there is.
   */
  confidence: Confidence;
  /** Absent where no re-ranker was asked. */
  rerank?: RerankReport;
  /** Lines for people, such as why there is no search by meaning. */
  notes: string[];
}

export type Confidence = 'high' | 'low' | 'none';

/** How code is searched that does nearly the same as a unit. */
export interface RelatedOptions {
  /** 1 to 1000; default 10. */
  limit?: number;
  /** Places of each file; default 1. */
  perFile?: number;
  /** Also other places of the same file; default false. */
  sameFile?: boolean;
  signal?: AbortSignal;
}

/** What is searched of a name. */
export interface SymbolOptions {
  /** The places that define it (default), the lines that name it, or both. */
  find?: 'definitions' | 'references' | 'both';
  /** Most definitions and most references, 1 to 1000; default 50. */
  limit?: number;
  /** Milliseconds that looking for references may take; default 5000. */
  budgetMs?: number;
  signal?: AbortSignal;
}

/** A line that names a symbol, outside of its definitions' own first lines. */
export interface Reference {
  path: string;
  line: number;
  /** The line without its indentation. */
  text: string;
  /** Qualified name of the unit it stands in; '' outside of all units. */
  symbol: string;
}

/** Definitions of a name, and lines that name it. */
export interface SymbolResult {
  definitions: Hit[];
  references: Reference[];
  /** True if there are more than `limit`, or if not all files were looked at. */
  truncated: boolean;
  /** Lines for people. */
  notes: string[];
}

/** A file as an index holds it. */
export interface IndexedFile {
  language: string;
  role: Role;
  /** In order, enclosing units before those inside. */
  units: UnitSpan[];
  /** The file has changed since it was indexed: lines may have moved. */
  stale: boolean;
}

/** Anything that answers a query: the local index, a remote server, a baseline under evaluation. */
export interface Searcher {
  search(query: string, options?: SearchOptions): Promise<SearchResult>;
}
