import type { IndexStatus } from '../core/progress.ts';
import type { Hit, SearchOptions, SearchResult } from '../core/search.ts';
import type { Role, UnitSpan } from '../core/unit.ts';
import type { CodeIndex } from '../engine/code-index.ts';
import type { RunUpdate } from './updating/updates.ts';

/** A file of the catalog. */
export interface IndexedFile {
  language: string;
  role: Role;
  /** As it is now; undefined if it cannot be read any more. */
  text: string | undefined;
  stale: boolean;
  /** In order, parents first. */
  units: UnitSpan[];
}

export interface SymbolsFound {
  definitions: Hit[];
  references: Array<{ path: string; line: number; text: string; symbol: string }>;
  truncated: boolean;
}

/** What the service needs of an index. */
export interface ServedIndex {
  search(query: string, options: SearchOptions): Promise<SearchResult>;
  related(path: string, line: number, options: RelatedOptions): Promise<SearchResult>;
  symbols(name: string, options: SymbolOptions): Promise<SymbolsFound>;
  /** Undefined for a path that is not in the catalog. */
  file(path: string): IndexedFile | undefined;
  /** Files of the catalog as they are now; undefined for those that cannot be read, or lie outside of their tree. */
  texts(paths: readonly string[]): Promise<Map<string, string | undefined>>;
  /** Whether a file still is what is indexed. */
  freshness(): (path: string) => boolean;
  status(options?: { model?: boolean }): Promise<IndexStatus>;
  generation(): number;
  readonly update: RunUpdate;
  close(): void;
}

export interface RelatedOptions {
  limit: number;
  sameFile: boolean;
  signal?: AbortSignal;
}

export interface SymbolOptions {
  find: 'definitions' | 'references' | 'both';
  limit: number;
  signal?: AbortSignal;
}

/** The only place that knows how the service's needs are met by the engine. */
export function servedIndex(index: CodeIndex, update?: RunUpdate): ServedIndex {
  return {
    search: async (query, options) => index.search(query, options),
    related: async (path, line, options) => index.related(path, line, options),
    symbols: async (name, options) => index.symbols(name, options),
    file: path => {
      const found = index.file(path);
      return found && { ...found, text: index.text(path) };
    },
    texts: async paths => {
      return index.texts(paths);
    },
    freshness: () => {
      return path => index.changed([path]).size === 0;
    },
    status: async options => index.status(options),
    generation: () => index.generation,
    update: update ?? (async options => index.update(options)),
    close: () => index.close(),
  };
}
