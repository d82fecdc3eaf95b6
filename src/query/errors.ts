import { QuarryError } from '../core/errors.ts';
import type { Span } from './ast.ts';

/** A query that cannot be read: code `usage`. The message names the column, the hint says what to write instead. */
export class QueryError extends QuarryError {
  readonly span: Span;
  /** 1-based, in characters as people count them (code points). */
  readonly column: number;

  constructor(query: string, span: Span, problem: string, hint?: string) {
    const column = Array.from(query.slice(0, span.start)).length + 1;
    super('usage', `query, column ${column}: ${problem}`, hint);
    this.name = 'QueryError';
    this.span = span;
    this.column = column;
  }
}

/** At most 40 characters of what was written, for a message: quoted, on one line. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 39)}…` : text);
}

export function fail(query: string, start: number, end: number, problem: string, hint: string): never {
  throw new QueryError(query, { start, end: Math.min(end, query.length) }, problem, hint);
}

/** Problem and hint of a parenthesis that closes nothing. */
export const unopened = ['no parenthesis is open here', 'remove it, or put the text in quotes'] as const;
