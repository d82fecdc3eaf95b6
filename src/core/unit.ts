/** What kind of definition a code unit is. `section` is a heading's text, `block` code without a definition. */
export const unitKinds = [
  'function',
  'method',
  'class',
  'interface',
  'struct',
  'enum',
  'trait',
  'type',
  'module',
  'constant',
  'section',
  'block',
] as const;
export type UnitKind = (typeof unitKinds)[number];

/** What a file is for; ranking demotes everything but `source` and `docs` unless the query asks for it. */
export const roles = ['source', 'test', 'generated', 'vendored', 'docs'] as const;
export type Role = (typeof roles)[number];

/**
 * Where a code unit lies in its source. Offsets are UTF-16 code units, half-open; lines are 1-based and
 * inclusive. Spans of one outline nest or are disjoint; they never overlap partially.
 */
export interface UnitSpan {
  kind: UnitKind;
  /** Own name, e.g. `send`; for blocks without a definition the empty string. */
  name: string;
  /** Name with its enclosing units, joined as the language does it, e.g. `Session.send`. */
  qualifiedName: string;
  /** The definition itself, decorators, annotations and `export` included, the doc comment before it not. */
  start: number;
  end: number;
  firstLine: number;
  lastLine: number;
  /** End of the signature (head up to the body): the signature is `source.slice(start, signatureEnd)`. */
  signatureEnd: number;
  /** The raw doc comment or docstring, delimiters included; -1, -1 if there is none. */
  docStart: number;
  docEnd: number;
  /** Index of the enclosing unit in the outline, -1 at the top level. A parent comes before its children. */
  parent: number;
}

/** Everything the indexer wants to know of one source text. */
export interface Outline {
  /** Ordered by `start`, parents before children. */
  units: UnitSpan[];
  /** Comments and docstrings as flat [start, end) pairs, ascending, disjoint. */
  comments: number[];
  /** Module specifiers as written, without quotes: `./http`, `fastapi.routing`, `std::io`, `net/http`. */
  imports: string[];
  /** Set when the grammar did not finish: the units then come from plain blocks. */
  degraded?: 'deadline' | 'nesting' | 'grammar';
}

/**
 * One searchable piece of code. Immutable. Lines are 1-based and inclusive; offsets are UTF-16, half-open.
 */
export interface CodeUnit {
  /** Stable while path, qualified name, kind and position among equals stay: survives edits of the body. */
  readonly id: string;
  /** Relative to the indexed root, `/` as separator. */
  readonly path: string;
  /** Language id, e.g. `python`. */
  readonly language: string;
  readonly kind: UnitKind;
  readonly name: string;
  readonly qualifiedName: string;
  readonly signature: string;
  /** Doc comment without its delimiters; empty if there is none. */
  readonly doc: string;
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly firstLine: number;
  readonly lastLine: number;
  readonly role: Role;
}
