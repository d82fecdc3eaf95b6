import { QuarryError } from '../../../core/errors.ts';
import type { Pattern } from '../../../query/ast.ts';
import { type ParsedRegex, parseRegex, UnknownSyntax } from './regex-syntax.ts';

/**
 * Whether an expression is read with the flag `u`: if it has what means something only there (`\p{Lu}`, `\u{1f600}`), or characters
 * that are two UTF-16 units.
 */
export function needsUnicode(source: string): boolean {
  return /(?<!\\)(?:\\\\)*\\(?:[pP]\{|u\{)|[\ud800-\udfff]/.test(source);
}

/** A global expression that finds the matches of a pattern in a text. Throws QuarryError `usage` for a source that is none. */
export function expressionOf({ text, isRegex, isCaseSensitive, isWholeWord }: Pattern): RegExp {
  const unicode = needsUnicode(text);
  let source = isRegex ? text : text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  let flags = unicode ? 'gmu' : 'gm';
  try {
    // As it is: what is put around it below must not make it right.
    new RegExp(source, flags);
  } catch (error) {
    const why = (error as Error).message.replace(/^Invalid regular expression: /, '');
    throw new QuarryError('usage', `not a regular expression: ${why}`, 'look for the text itself in quotes');
  }
  if (!isCaseSensitive) {
    const folded = isRegex ? withBothCases(source, unicode) : undefined;
    if (folded === undefined) flags += 'i';
    else source = folded;
  }
  if (isWholeWord) {
    const word = unicode ? '[\\p{L}\\p{N}_]' : wordClass();
    source = `(?<!${word})(?:${source})(?!${word})`;
  }
  return new RegExp(source, flags);
}

/**
 * The expression with both cases of every ASCII letter, which is the same as the flag `i` where nothing else has cases: V8's engine
 * that cannot backtrack knows no such flag. Undefined if that cannot be said.
 */
function withBothCases(source: string, unicode: boolean): string | undefined {
  let parsed: ParsedRegex;
  try {
    parsed = parseRegex(source, { unicode, ignoreCase: true });
  } catch (error) {
    if (error instanceof UnknownSyntax) return undefined;
    throw error;
  }
  if (!parsed.caseEdits) return undefined;
  let out = '';
  let from = 0;
  for (const { start, end, text } of parsed.caseEdits) {
    out += source.slice(from, start) + text;
    from = end;
  }
  return out + source.slice(from);
}

const wordCharacter = /^[\p{L}\p{N}_]/u;

/** Whether a letter, digit or underscore ends before, or begins at, an offset. */
export function isWordBefore(text: string, offset: number): boolean {
  if (offset === 0) return false;
  const code = text.charCodeAt(offset - 1);
  return isWord(text, offset - (code >= 0xdc00 && code <= 0xdfff && offset > 1 ? 2 : 1));
}

export function isWord(text: string, offset: number): boolean {
  const code = text.charCodeAt(offset);
  if (code < 0x80)
    return (
      (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95
    );
  return wordCharacter.test(text.slice(offset, offset + 2));
}

let words: string | undefined;

/** A class of the same characters for expressions without the flag `u`, as far as they are one UTF-16 unit. */
function wordClass(): string {
  if (words !== undefined) return words;
  words = '';
  for (let code = 0; code < 0x10000; code++) {
    if (!isWord(String.fromCharCode(code), 0)) continue;
    const first = code;
    while (code < 0xffff && isWord(String.fromCharCode(code + 1), 0)) code++;
    words += `${unit(first)}-${unit(code)}`;
  }
  return (words = `[${words}]`);
}

function unit(code: number): string {
  return `\\u${code.toString(16).padStart(4, '0')}`;
}
