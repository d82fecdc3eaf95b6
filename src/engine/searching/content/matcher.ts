import { isAscii } from 'node:buffer';
import { QuarryError } from '../../../core/errors.ts';
import type { Pattern } from '../../../query/ast.ts';
import { expressionOf, isWord, isWordBefore } from './expression.ts';

/** Finds a pattern in one text after the other. */
export interface Matcher {
  /** False if no text of these bytes has it: seen without decoding them. */
  mayBeIn(bytes: Buffer): boolean;
  /**
   * Offsets of matches, start and end in turn, ascending, without overlaps; at most `most` of them. `onlyAscii`: the text has no
   * other characters.
   */
  find(text: string, most: number, onlyAscii: boolean): number[];
}

/** Throws QuarryError `usage` for an empty pattern, or an expression that is none. */
export function matcherOf(pattern: Pattern): Matcher {
  if (pattern.text === '')
    throw new QuarryError('usage', 'the text to look for is empty', 'put something between the quotes');
  if (pattern.isRegex) return new RegexMatcher(expressionOf(pattern));
  return new LiteralMatcher(pattern);
}

class RegexMatcher implements Matcher {
  private readonly expression: RegExp;

  constructor(expression: RegExp) {
    this.expression = expression;
  }

  mayBeIn(): boolean {
    return true;
  }

  find(text: string, most: number): number[] {
    return findExpression(this.expression, text, most, () => true);
  }
}

class LiteralMatcher implements Matcher {
  private readonly text: string;
  private readonly isWhole: boolean;
  /** In lower case, if it is ASCII and case is ignored. */
  private readonly lower: string | undefined;
  /** For everything else that ignores case. */
  private readonly expression: RegExp | undefined;
  /** What the bytes must have; undefined if that cannot be said. */
  private readonly bytes: Buffer | undefined;

  constructor(pattern: Pattern) {
    const { text, isCaseSensitive, isWholeWord } = pattern;
    this.text = text;
    this.isWhole = isWholeWord;
    if (!isCaseSensitive) {
      this.lower = isAscii(Buffer.from(text)) ? text.toLowerCase() : undefined;
      // Whether words end there is looked at below, where it costs something for matches only.
      this.expression = expressionOf({ ...pattern, isWholeWord: false });
    } else if (text.isWellFormed() && !text.includes('\ufffd')) this.bytes = Buffer.from(text);
  }

  mayBeIn(bytes: Buffer): boolean {
    if (!this.bytes || bytes.includes(this.bytes)) return true;
    const [first, second] = bytes;
    // UTF-16 says the same in other bytes.
    return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  }

  find(text: string, most: number, onlyAscii: boolean): number[] {
    const { expression, lower } = this;
    const isWhole = this.isWhole
      ? (start: number, end: number) =>
          !isWordBefore(text, start) && !(end < text.length && isWord(text, end))
      : () => true;
    if (!expression) return findLiteral(this.text, text, most, isWhole);
    // Other letters may get longer in lower case.
    if (onlyAscii && lower !== undefined) return findLiteral(lower, text.toLowerCase(), most, isWhole);
    return findExpression(expression, text, most, isWhole);
  }
}

function findLiteral(
  literal: string,
  text: string,
  most: number,
  accept: (start: number, end: number) => boolean,
): number[] {
  const found: number[] = [];
  for (let at = text.indexOf(literal); at >= 0 && found.length < most * 2; ) {
    const end = at + literal.length;
    const isFound = accept(at, end);
    if (isFound) found.push(at, end);
    at = text.indexOf(literal, isFound ? end : at + 1);
  }
  return found;
}

function findExpression(
  expression: RegExp,
  text: string,
  most: number,
  accept: (start: number, end: number) => boolean,
): number[] {
  const found: number[] = [];
  expression.lastIndex = 0;
  while (found.length < most * 2) {
    const match = expression.exec(text);
    if (!match) break;
    const { index } = match;
    const end = index + match[0].length;
    const isFound = accept(index, end);
    if (isFound) found.push(index, end);
    if (end === index || !isFound) {
      // With the flag `u` an offset inside of a character is one before it.
      const isWide = expression.unicode && text.codePointAt(index)! > 0xffff;
      expression.lastIndex = index + (isWide ? 2 : 1);
    }
  }
  return found;
}
