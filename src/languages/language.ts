import type { Outline, UnitKind } from '../core/unit.ts';

/** What a keyword that looks like a plain call stands for, see {@link Language.keywords}. */
export type KeywordRole = UnitKind | 'scope' | 'import' | 'attribute' | 'doc' | 'docstring';

/**
 * A language as data: shared code reads these properties and never asks for a concrete id.
 *
 * `query` is one tree-sitter query. Its captures, by name:
 * - `@unit.<kind>`: the node is a unit. Flags may follow: `.linesN` only if it spans at least N lines, `.outer`
 *   only if no function encloses it, `.innerN` inside a function only if it spans at least N lines, `.static` joins the name with `staticSeparator`. With `@unit.keyword` the
 *   text of `@keyword` decides through `keywords`.
 * - `@scope`: names what lies in it without being a unit itself (Rust `impl`, Swift `extension`).
 * - `@name`: the name of the unit or scope in the same match; may be qualified (`Foo::bar`). Without one, the
 *   pattern's `(#set! name "init")`. `@suffix`: appended to it after a space.
 * - `@owner`: what the name belongs to when that does not enclose it (Go receivers, `Foo.prototype.bar`).
 * - `@body`: where the signature ends.
 * - `@wrap`: belongs to the unit it ends with (`export`, decorators, templates): moves its start.
 * - `@attribute`: a sibling before a unit that belongs to it (`#[derive]`, `@spec`).
 * - `@comment`, `@docstring` (documentation inside its unit), `@doc` (a documenting node before its unit).
 * - `@import`: a module specifier; `@skip`: a statement that is no content, such as an import.
 * Of several patterns that match the same range the first one in the query decides.
 */
export interface Language {
  /** Stable, lower case; what `lang:` filters on. */
  readonly id: string;
  /** For people. */
  readonly name: string;
  /** With the dot, lower case. An extension belongs to the first language in the registry that names it. */
  readonly extensions: readonly string[];
  /** Whole file names, compared without case. */
  readonly filenames?: readonly string[];
  /** Names of the program in a `#!` line, without version. */
  readonly interpreters?: readonly string[];
  /** Extensions of another language that are this one's when the head of the file matches. */
  readonly claims?: readonly { readonly extension: string; readonly head: RegExp }[];
  /** File in `grammars/` without `.wasm`; absent: only blocks, or what `outline` finds. */
  readonly grammar?: string;
  /** The grammar is too large for V8's optimising compiler: see `withoutTierUp` in outliner.ts. */
  readonly quickCompile?: boolean;
  /** tree-sitter query, see above; needs `grammar`. */
  readonly query?: string;
  /**
   * Patterns for what lies at the top of the file, run by itself and without a look at deeper nodes: a pattern
   * rooted at the root node would stay in progress through the whole file, which costs as much as all others.
   */
  readonly topQuery?: string;
  /** How deep below the root node the patterns of `topQuery` may start; default 1, the root's children. */
  readonly topDepth?: number;
  /** What may stand before a unit on its line and belongs to it; matched against the text that ends there. */
  readonly lead?: RegExp;
  /** What a comment up to the end of its line starts with. */
  readonly lineComment?: string;
  /** For languages without a grammar that have structure all the same. Must not throw. */
  readonly outline?: (source: string) => Outline;
  /** Between a unit's name and its enclosing unit's. */
  readonly separator: string;
  /** Before the name of a method; default `separator`. */
  readonly memberSeparator?: string;
  /** Before the name of a unit flagged `.static`; default `memberSeparator`. */
  readonly staticSeparator?: string;
  /** What the text of `@keyword` makes of its match; other texts drop the match. */
  readonly keywords?: Readonly<Record<string, KeywordRole>>;
  /** Kinds of units, beside types, whose functions are methods. */
  readonly memberOf?: readonly UnitKind[];
  /** What to take out of an `@owner`; global. */
  readonly ownerNoise?: RegExp;
  /** Lines between units that say nothing by themselves, such as `export default name;`. Not global. */
  readonly noise?: RegExp;
  /** Neighbouring units with an equal key are one unit: clauses of a function. Gets name and signature. */
  readonly clauseKey?: (name: string, signature: string) => string;
  /** A comment after a unit that documents it (Haskell's `-- ^`), matched at the comment's start. */
  readonly docAfter?: RegExp;
  /** A comment that documents the file: it is content, not a licence header. Matched at the comment's start. */
  readonly fileDoc?: RegExp;
}
