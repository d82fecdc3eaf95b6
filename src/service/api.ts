import type { Confidence, LineMatch, RerankReport, SearchMode, Signal } from '../core/search.ts';
import type { Role, UnitKind } from '../core/unit.ts';

/*
 * What front ends that are not a terminal – HTTP, the search page, tools of agents – ask and are answered. Plain JSON. Lines
 * are 1-based and inclusive, columns UTF-16 from 0, paths have `/` and are unique within what is served: they begin with the
 * repository's name where there are several.
 */

export interface SearchRequest {
  /** In the query language: docs/query-language.md. */
  query: string;
  /** Files to return, 1 to 100; default 10. */
  limit?: number;
  /** Places of each file, 1 to 20; default 3. */
  perFile?: number;
  /** Go on where an answer ended. It belongs to its query and options. */
  cursor?: string;
  mode?: SearchMode;
  /** Files a cross-encoder puts in order, 1 to 100; 0 is none. */
  rerank?: number;
  /** Lines of each snippet, 0 to 100; default 8. */
  snippetLines?: number;
  /** Colours of the snippets, for pages. */
  highlight?: boolean;
  /** What each score is made of. */
  explain?: boolean;
}

/** A stretch of text in one colour: `light` and `dark` are CSS colours, `marked` where a word of the query or a match stands. */
export interface Token {
  text: string;
  light?: string;
  dark?: string;
  marked?: boolean;
}

export interface Snippet {
  firstLine: number;
  lines: string[];
  /** Where words of the query and matches stand. */
  marks: LineMatch[];
  /** Per line; only if highlighting was asked for. */
  tokens?: Token[][];
}

export interface Place {
  firstLine: number;
  lastLine: number;
  /** Qualified name; '' for code without a definition. */
  symbol: string;
  kind: UnitKind;
  score: number;
}

export interface SearchHit extends Place {
  path: string;
  repository?: { name: string; revision?: string };
  language: string;
  role: Role;
  signature: string;
  doc: string;
  /** The file is no longer what was indexed: lines may have moved. */
  stale: boolean;
  relevance?: number;
  snippet: Snippet;
  matches: LineMatch[];
  signals?: Signal[];
  more: Place[];
}

export interface SearchAnswer {
  query: string;
  hits: SearchHit[];
  /** Files with any evidence. */
  total: number;
  /** Absent at the end. */
  cursor?: string;
  confidence: Confidence;
  generation: number;
  tookMs: number;
  unknownWords: string[];
  rerank?: RerankReport;
  /** Lines for people: what was left out, and why. */
  notes: string[];
  index: IndexState;
}

/** How far the index that answered is. */
export interface IndexState {
  state: 'empty' | 'indexing' | 'ready' | 'failed';
  files: number;
  units: number;
  /** 0 to 1 while it is being built. */
  progress?: number;
}

/** Code that means nearly the same as what stands at a line. */
export interface RelatedRequest {
  path: string;
  line: number;
  limit?: number;
  /** Also other places of the same file. */
  sameFile?: boolean;
  snippetLines?: number;
  highlight?: boolean;
}

export interface SymbolRequest {
  name: string;
  /** Where it is defined, where it is named, or both; default `definitions`. */
  find?: 'definitions' | 'references' | 'both';
  limit?: number;
}

export interface SymbolAnswer {
  name: string;
  definitions: Array<Place & { path: string; language: string; signature: string }>;
  references: Array<{ path: string; line: number; text: string; symbol: string }>;
  /** There are more. */
  truncated: boolean;
  tookMs: number;
}

export interface FileRequest {
  path: string;
  /** Both inclusive; default: the whole file. */
  firstLine?: number;
  lastLine?: number;
  highlight?: boolean;
}

export interface FileAnswer {
  path: string;
  language: string;
  role: Role;
  firstLine: number;
  lastLine: number;
  /** Of the whole file. */
  totalLines: number;
  lines: string[];
  tokens?: Token[][];
  /** All named units of the file in order, parents first; `depth` from 0. */
  outline: Array<{
    symbol: string;
    name: string;
    kind: UnitKind;
    firstLine: number;
    lastLine: number;
    depth: number;
  }>;
  stale: boolean;
}

export interface StatusAnswer {
  version: string;
  index: IndexState;
  generation: number;
  /** Milliseconds since the epoch; absent before the first update has ended. */
  updatedAt?: number;
  indexBytes: number;
  sourceBytes: number;
  model?: { id: string; encodedUnits: number; totalUnits: number };
  repositories: Array<{
    name: string;
    revision?: string;
    directory?: string;
    files: number;
    commit?: string;
  }>;
  languages: Array<{ language: string; files: number; units: number }>;
  roles: Record<string, number>;
  skipped: { count: number; reasons: Record<string, number>; files: Array<{ path: string; reason: string }> };
  /** An update that runs, or waits for its turn. */
  update?: { phase: string; done: number; total: number; etaMs?: number; queued: number };
  notes: string[];
}

/**
 * What the front ends call. Errors are QuarryError: `usage` for bad requests, `not-found`, `busy` when its queue is full,
 * `aborted`.
 */
export interface Service {
  search(request: SearchRequest, signal?: AbortSignal): Promise<SearchAnswer>;
  related(request: RelatedRequest, signal?: AbortSignal): Promise<SearchAnswer>;
  symbols(request: SymbolRequest, signal?: AbortSignal): Promise<SymbolAnswer>;
  file(request: FileRequest, signal?: AbortSignal): Promise<FileAnswer>;
  status(signal?: AbortSignal): Promise<StatusAnswer>;
  /** Asks for an update; comes back when it has ended, or at once with `wait: false`. Several at a time become one. */
  update(options?: { wait?: boolean; signal?: AbortSignal }): Promise<IndexState>;
  /** Ends updates and closes the index; searches under way are answered first. */
  close(): Promise<void>;
}
