import type { Hit, LineMatch, SearchResult, Signal } from '../core/search.ts';
import type { CodeUnit, Role, UnitKind } from '../core/unit.ts';
import type { Stretch } from '../service/view/snippet.ts';

/** A result as scripts see it. This shape is documented in the README and only ever grows. */
export interface JsonHit {
  /** Relative to the searched directory, `/` as separator. */
  path: string;
  /** Where the file comes from, in an index of several repositories or revisions. */
  repository?: Hit['repository'];
  /** 1-based, inclusive. */
  firstLine: number;
  lastLine: number;
  /** Qualified name; empty for code without a definition. */
  symbol: string;
  name: string;
  kind: UnitKind;
  language: string;
  role: Role;
  score: number;
  signals: Signal[];
  /** Probability that it answers the query; only of what was re-ranked. */
  relevance?: number;
  /** The file is no longer what was indexed. */
  stale: boolean;
  signature: string;
  doc: string;
  snippet: Stretch;
  /** Where in it stands what was asked for literally; only if something was. */
  matches?: LineMatch[];
  /** Further places in the same file, without text. */
  more: JsonPlace[];
}

interface JsonPlace {
  firstLine: number;
  lastLine: number;
  symbol: string;
  name: string;
  kind: UnitKind;
  score: number;
}

export interface JsonDocument {
  query: string;
  /** Absolute path of the indexed tree. */
  root: string;
  /** Absolute path of the searched directory, inside the root: what paths are relative to. */
  directory: string;
  generation: number;
  tookMs: number;
  /** Files with any evidence, before the limit. */
  total: number;
  results: JsonHit[];
  unknownWords: string[];
  /** How sure the first result is: high, low, or none – then it is only the nearest there is. */
  confidence: SearchResult['confidence'];
  /** Whether meaning counted, and how many of all units can be found by it. */
  dense: SearchResult['dense'];
  /** What re-ranking did; only where it was asked for. */
  rerank?: SearchResult['rerank'];
  index: { files: number; units: number; complete: boolean };
}

/** `unit` is undefined when the file cannot be read any more. */
export function jsonHit(hit: Hit, path: string, unit: CodeUnit | undefined, snippet: Stretch): JsonHit {
  const { firstLine, lastLine, qualifiedName, name, kind, language, role, signals, stale } = hit;
  return {
    path,
    ...(hit.repository ? { repository: hit.repository } : {}),
    firstLine,
    lastLine,
    symbol: qualifiedName,
    name,
    kind,
    language,
    role,
    score: rounded(hit.score),
    signals: signals.map(signal => ({ ...signal, value: rounded(signal.value) })),
    ...(hit.relevance === undefined ? {} : { relevance: rounded(hit.relevance) }),
    stale,
    signature: unit?.signature ?? '',
    doc: unit?.doc ?? '',
    snippet,
    ...(hit.matches ? { matches: hit.matches } : {}),
    more: hit.more.map(other => ({
      firstLine: other.firstLine,
      lastLine: other.lastLine,
      symbol: other.qualifiedName,
      name: other.name,
      kind: other.kind,
      score: rounded(other.score),
    })),
  };
}

export function jsonDocument(
  result: SearchResult,
  results: JsonHit[],
  where: Pick<JsonDocument, 'root' | 'directory' | 'index'>,
): JsonDocument {
  return {
    query: result.query,
    root: where.root,
    directory: where.directory,
    generation: result.generation,
    tookMs: Math.round(result.tookMs * 1000) / 1000,
    total: result.total,
    results,
    unknownWords: result.unknownWords,
    confidence: result.confidence,
    dense: result.dense,
    ...(result.rerank ? { rerank: result.rerank } : {}),
    index: where.index,
  };
}

function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
