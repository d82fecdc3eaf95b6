import type { Role, UnitKind } from '../core/unit.ts';

/** A part of the query as it was written: UTF-16 columns from 0, half-open. */
export interface Span {
  start: number;
  end: number;
}

/** Text to look for in contents or names. */
export interface Pattern {
  /** As it is to be found, or the source of a regular expression. */
  text: string;
  isRegex: boolean;
  isCaseSensitive: boolean;
  /** Only where no letter, digit or underscore stands before and after. */
  isWholeWord: boolean;
}

/**
 * A query as a tree. Each node says of a file, or of a unit in it, whether it may be an answer; words say nothing of that, they
 * rank what the rest lets through. Only below a `not` a word excludes: files that have it.
 */
export type QueryNode =
  | { kind: 'all' }
  | { kind: 'and' | 'or'; children: readonly QueryNode[] }
  | { kind: 'not'; child: QueryNode; span: Span }
  | { kind: 'word'; text: string; span: Span }
  /** The file's text has it; a hit is a unit around such a place. */
  | { kind: 'content'; pattern: Pattern; span: Span }
  /** A glob or folder as in `core/search.ts`, or a regular expression over the path below the repository. */
  | { kind: 'path'; pattern: string | Pattern; span: Span }
  /** A glob or a regular expression over repository names; the revision is a branch, tag or commit, or a glob of such. */
  | { kind: 'repository'; name: string | Pattern; revision: string | undefined; span: Span }
  | { kind: 'language'; language: string; span: Span }
  /** A unit whose name or qualified name has it. */
  | { kind: 'symbol'; pattern: Pattern; span: Span }
  | { kind: 'unit-kind'; unitKind: UnitKind; span: Span }
  | { kind: 'role'; role: Role; span: Span };

export interface ParsedQuery {
  /** As it was asked. */
  text: string;
  node: QueryNode;
  /** The free words in their order, joined by blanks: what ranks. '' if there are none. Words below `not` are not among them. */
  words: string;
  /** Nothing but free words: no filter at all. */
  isPlain: boolean;
}
