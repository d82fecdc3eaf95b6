// The tokens a query is cut into.

import type { Span } from './ast.ts';
import type { Operator } from './operators.ts';
import type { Value } from './value-reader.ts';

/** A piece of a query; `span` says where it stands. */
export type Token =
  /** `isLiteral`: no keyword, as a backslash or dash stood before it. */
  | { kind: 'word'; text: string; isLiteral: boolean; span: Span }
  | { kind: 'phrase'; text: string; span: Span }
  | { kind: 'regex'; source: string; ignoreCase: boolean; span: Span }
  | { kind: 'operator'; operator: Operator; written: string; values: readonly Value[]; span: Span }
  | { kind: 'open' | 'close' | 'not'; span: Span }
  /** Only after `resolveKeywords`. */
  | { kind: 'or'; text: string; span: Span };
