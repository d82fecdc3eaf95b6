import type { Pattern } from '../../../query/ast.ts';

/** Tests short texts such as names and paths. Throws SyntaxError for an expression that is none: the parser has tried it. */
export function textTest({
  text,
  isRegex,
  isCaseSensitive,
  isWholeWord,
}: Pattern): (value: string) => boolean {
  if (isRegex || isWholeWord) {
    const source = isRegex ? text : text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
    const expression = new RegExp(
      isWholeWord ? `(?<!\\w)(?:${source})(?!\\w)` : source,
      isCaseSensitive ? 'm' : 'mi',
    );
    return value => expression.test(value);
  }
  if (isCaseSensitive) return value => value.includes(text);
  const lower = text.toLowerCase();
  return value => value.toLowerCase().includes(lower);
}
