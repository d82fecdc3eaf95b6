import type { Span } from './ast.ts';
import { fail, shown, unopened } from './errors.ts';
import type { Operator } from './operators.ts';
import { checkFlags, closeOfQuote, regexAt, unescapeQuoted } from './quoting.ts';

/** What stands after an operator's colon, or between its commas. */
export type Value =
  | { kind: 'bare'; text: string; span: Span }
  /** `rest`: what follows the closing quote or slash directly, e.g. `@v1`. */
  | { kind: 'quoted'; text: string; rest: string; span: Span }
  | { kind: 'regex'; source: string; ignoreCase: boolean; rest: string; span: Span };

/**
 * Reads the values of an operator from `start` on, behind its colon; `isInGroup` says whether a closing parenthesis ends them.
 * Throws QueryError.
 */
export function readValues(
  query: string,
  start: number,
  operator: Operator,
  isInGroup: boolean,
): { values: Value[]; end: number } {
  const reader = new ValueReader(query, start, operator, isInGroup);
  return { values: reader.values(), end: reader.at };
}

class ValueReader {
  at: number;
  private readonly query: string;
  private readonly operator: Operator;
  private readonly isInGroup: boolean;

  constructor(query: string, at: number, operator: Operator, isInGroup: boolean) {
    this.query = query;
    this.at = at;
    this.operator = operator;
    this.isInGroup = isInGroup;
  }

  values(): Value[] {
    const { operator } = this;
    const values: Value[] = [];
    for (;;) {
      const before = this.at;
      const value = this.value();
      if (value.kind === 'bare' && value.text === '') {
        fail(
          this.query,
          before,
          before + 1,
          `${operator.name}: has an empty value`,
          `for example: ${operator.example}`,
        );
      }
      values.push(value);
      if (this.query[this.at] !== ',' || !operator.isList) return values;
      // A comma at the end is the sentence's.
      if (this.isEnd(++this.at)) return values;
    }
  }

  private value(): Value {
    const { query, operator, at: start } = this;
    const c = query[start];
    if (c === '"') {
      const close = closeOfQuote(query, start);
      const text = unescapeQuoted(query.slice(start + 1, close));
      return this.quoted(text, start, close);
    }
    if (c === "'") {
      const close = query.indexOf("'", start + 1);
      if (close > start + 1 && (this.isEnd(close + 1) || (operator.isList && query[close + 1] === ','))) {
        return this.quoted(query.slice(start + 1, close), start, close);
      }
    }
    if (c === '/') {
      const delimiters = operator.name === 'repo' ? ',@' : operator.isList ? ',' : '';
      const found = regexAt(query, start, this.isInGroup, delimiters);
      if (found) {
        checkFlags(query, found, start);
        this.at = found.end;
        const { source, ignoreCase } = found;
        const rest = query[this.at] === '@' ? this.revision() : '';
        return { kind: 'regex', source, ignoreCase, rest, span: { start, end: this.at } };
      }
    }
    const text = this.bare();
    return { kind: 'bare', text, span: { start, end: this.at } };
  }

  private quoted(text: string, start: number, close: number): Value {
    const { query, operator } = this;
    this.at = close + 1;
    const rest = query[this.at] === '@' ? this.revision() : this.bare();
    const span = { start, end: this.at };
    if (text === '') {
      fail(
        query,
        start,
        close + 1,
        `${operator.name}: has an empty value`,
        `for example: ${operator.example}`,
      );
    }
    if (rest !== '' && !(operator.name === 'repo' && rest.startsWith('@'))) {
      fail(
        query,
        close + 1,
        this.at,
        `${shown(rest)} follows the closing quote`,
        'quote the whole value, or put a blank',
      );
    }
    return { kind: 'quoted', text, rest, span };
  }

  /** From the `@` on; it may be quoted as well. */
  private revision(): string {
    const { query, at } = this;
    if (query[at + 1] !== '"') return this.bare();
    const close = closeOfQuote(query, at + 1);
    this.at = close + 1;
    return `@${unescapeQuoted(query.slice(at + 2, close))}${this.bare()}`;
  }

  /** Moves to the end of an unquoted value: a blank, a comma of a list, the end of the group. */
  private bare(): string {
    const { operator } = this;
    const start = this.at;
    let parentheses = 0;
    let braces = 0;
    for (; this.at < this.query.length; this.at++) {
      const c = this.query[this.at]!;
      if (/\s/.test(c)) break;
      if (c === ',' && operator.isList && braces === 0) break;
      // `src/{a,b}/**`
      if (c === '{' && operator.name === 'path') braces++;
      else if (c === '}') braces = Math.max(0, braces - 1);
      else if (c === '(') parentheses++;
      else if (c === ')' && parentheses > 0) parentheses--;
      else if (c === ')') {
        if (this.isInGroup) break;
        fail(this.query, this.at, this.at + 1, ...unopened);
      }
    }
    return this.query.slice(start, this.at);
  }

  private isEnd(i: number): boolean {
    const c = this.query[i];
    return c === undefined || /\s/.test(c) || (c === ')' && this.isInGroup);
  }
}
