import { fail, shown, unopened } from './errors.ts';
import { foreignHint, isAbbreviation, nearestOperator, operatorOf } from './operators.ts';
import { checkFlags, closeOfQuote, closingQuote, regexAt, unescapeQuoted } from './quoting.ts';
import type { Token } from './token.ts';
import { readValues } from './value-reader.ts';
import { isTypeValue } from './values.ts';

const blank = /\s/;
const operatorName = /[A-Za-z]+:/y;
const gluedPunctuation = /[,.;:!?]+(?=[\s)"(]|$)/y;
/** What a backslash at the start of a token turns into text. */
const special = /\\*(?:["()/-]|[A-Za-z]+:|(?:or|OR|AND|NOT)(?=[\s)]|$))/y;

/** Cuts a query into tokens; keywords are words still. Throws QueryError. */
export function tokenize(query: string): Token[] {
  return new Lexer(query).tokens();
}

class Lexer {
  private at = 0;
  /** Where the groups begin that are open. */
  private readonly groups: number[] = [];
  /** Parentheses opened inside words and not yet closed, per group: `foo(a, b)` is two words, not the end of a group. */
  private readonly loose: number[] = [0];
  private readonly query: string;
  private readonly lastClosing: number;

  constructor(query: string) {
    this.query = query;
    this.lastClosing = query.lastIndexOf(')');
  }

  tokens(): Token[] {
    const found: Token[] = [];
    for (;;) {
      while (this.at < this.query.length && blank.test(this.query[this.at]!)) this.at++;
      if (this.at >= this.query.length) break;
      const token = this.next();
      const isExcluded = found.at(-1)?.kind === 'not';
      found.push(token.kind === 'word' && isExcluded ? { ...token, isLiteral: true } : token);
    }
    const open = this.groups.at(-1);
    if (open !== undefined) {
      this.fail(open, open + 1, 'this parenthesis is not closed', 'close it, or write \\( for the character');
    }
    return found;
  }

  private next(): Token {
    const { query, at } = this;
    switch (query[at]) {
      case '\\':
        special.lastIndex = at + 1;
        return special.test(query) ? this.word(at + 1, at) : this.word(at);
      case '"':
        return query[at + 1] === '"' || this.isLonelyQuote() ? this.word(at) : this.phrase();
      case '(':
        return query[at + 1] === ')' || this.isLonelyParenthesis() ? this.word(at) : this.open();
      case ')':
        return this.loose.at(-1)! > 0 || this.isLonelyClosing() ? this.word(at) : this.close();
      case '/':
        return this.regex() ?? this.word(at);
      case '-':
        return this.isExclusion() ? this.single('not') : this.word(at);
      default:
        return this.operator() ?? this.word(at);
    }
  }

  private single(kind: 'open' | 'close' | 'not'): Token {
    const start = this.at++;
    return { kind, span: { start, end: start + 1 } };
  }

  private open(): Token {
    this.groups.push(this.at);
    this.loose.push(0);
    return this.single('open');
  }

  private close(): Token {
    if (this.groups.length === 0) this.fail(this.at, this.at + 1, ...unopened);
    this.groups.pop();
    this.loose.pop();
    const token = this.single('close');
    this.skipPunctuation();
    return token;
  }

  /** Punctuation right after a phrase or group is the sentence's, not a word: `("a", "b")`. */
  private skipPunctuation(): void {
    gluedPunctuation.lastIndex = this.at;
    if (gluedPunctuation.test(this.query)) this.at = gluedPunctuation.lastIndex;
  }

  /** A dash excludes what follows it directly; `-r` and `-std=c++17` are flags of commands, `-1` and `-x/2` numbers. */
  private isExclusion(): boolean {
    const { query, at } = this;
    if (at > 0 && !blank.test(query[at - 1]!) && query[at - 1] !== '(') return false;
    const next = query[at + 1];
    if (next === '"' || next === '(') return query[at + 2] !== (next === '(' ? ')' : '"');
    if (next === '/') return regexAt(query, at + 1, this.groups.length > 0) !== undefined;
    if (next === undefined || !/[\p{L}_]/u.test(String.fromCodePoint(query.codePointAt(at + 1)!)))
      return false;
    operatorName.lastIndex = at + 1;
    if (operatorName.test(query)) return true;
    const run = query.slice(at + 1, this.endOfRun(at + 1));
    return /^[\p{L}_][\p{L}\p{N}_]/u.test(run) && !run.includes('=') && !run.endsWith('-');
  }

  /** "check if \" is in the string" */
  private isLonelyQuote(): boolean {
    return this.isBlank(this.at + 1) && closingQuote(this.query, this.at) < 0;
  }

  /** "printing without ( in python" */
  private isLonelyParenthesis(): boolean {
    return this.isBlank(this.at + 1) && this.lastClosing < this.at;
  }

  /** "in the range [ 0 , 1 )" */
  private isLonelyClosing(): boolean {
    const isAfterBlank = this.at === 0 || this.isBlank(this.at - 1);
    return this.groups.length === 0 && isAfterBlank && this.isBlank(this.at + 1);
  }

  private isBlank(i: number): boolean {
    const c = this.query[i];
    return c === undefined || blank.test(c);
  }

  private word(from: number, start: number = from): Token {
    let open = 0;
    let i = from;
    for (; i < this.query.length; i++) {
      const c = this.query[i]!;
      if (blank.test(c)) break;
      if (c === '(') open++;
      else if (c !== ')') continue;
      else if (open > 0) open--;
      else if (this.loose.at(-1)! > 0) this.loose[this.loose.length - 1]! -= 1;
      else if (this.groups.length > 0 && !(i === from && start < from)) break;
    }
    this.loose[this.loose.length - 1]! += open;
    this.at = i;
    return {
      kind: 'word',
      text: this.query.slice(from, i),
      isLiteral: start < from,
      span: { start, end: i },
    };
  }

  private phrase(): Token {
    const start = this.at;
    const close = closeOfQuote(this.query, start);
    this.at = close + 1;
    this.skipPunctuation();
    return {
      kind: 'phrase',
      text: unescapeQuoted(this.query.slice(start + 1, close)),
      span: { start, end: close + 1 },
    };
  }

  private regex(): Token | undefined {
    const start = this.at;
    const found = regexAt(this.query, start, this.groups.length > 0);
    if (!found) return undefined;
    this.at = found.end;
    checkFlags(this.query, found, start);
    return {
      kind: 'regex',
      source: found.source,
      ignoreCase: found.ignoreCase,
      span: { start, end: found.end },
    };
  }

  /** An operator with its values, or undefined where `name:` is just text. */
  private operator(): Token | undefined {
    const { query, at: start } = this;
    operatorName.lastIndex = start;
    if (!operatorName.test(query)) return undefined;
    const colon = operatorName.lastIndex - 1;
    const written = query.slice(start, colon);
    const operator = operatorOf(written);
    // `std::path`, `http://…`, `c:\windows`
    if (query[colon + 1] === ':' || query.startsWith('//', colon + 1)) return undefined;
    if (written.length === 1 && /^\\\w/.test(query.slice(colon + 1, colon + 3))) return undefined;
    if (this.isEnd(colon + 1)) {
      if (!operator || written.length === 1) return undefined;
      const isLast = query[colon + 1] === ')' || query.slice(colon + 1).trim() === '';
      if (!isLast && !isAbbreviation(written)) return undefined;
      this.fail(
        start,
        colon + 1,
        `${written}: has no value`,
        `write it without a blank: ${operator.example}`,
      );
    }
    if (!operator) {
      this.checkUnknown(written, start, colon);
      return undefined;
    }
    const { values, end } = readValues(query, colon + 1, operator, this.groups.length > 0);
    this.at = end;
    if (written.toLowerCase() === 'type' && !values.every(isTypeValue)) {
      this.at = start;
      return undefined;
    }
    return { kind: 'operator', operator, written, values, span: { start, end: this.at } };
  }

  private checkUnknown(name: string, start: number, colon: number): void {
    const end = this.endOfRun(colon + 1);
    const asText = `to look for the text write \\${name}:`;
    const hint = foreignHint(name, this.query.slice(colon + 1, end));
    if (hint !== undefined) this.fail(start, end, `there is no operator ${name}: here`, `${hint}; ${asText}`);
    const near = name === name.toLowerCase() ? nearestOperator(name) : undefined;
    if (near !== undefined) {
      this.fail(start, end, `unknown operator ${shown(`${name}:`)}`, `did you mean ${near}: ? ${asText}`);
    }
  }

  private isEnd(i: number): boolean {
    return this.isBlank(i) || (this.query[i] === ')' && this.groups.length > 0);
  }

  private endOfRun(from: number): number {
    let i = from;
    while (i < this.query.length && !blank.test(this.query[i]!)) i++;
    return i;
  }

  private fail(start: number, end: number, problem: string, hint: string): never {
    return fail(this.query, start, end, problem, hint);
  }
}
