import type { LineMatch } from '../../../src/core/search.ts';
import type { Snippet, Token } from '../../../src/service/api.ts';

/** Longer lines are cut in snippets: one minified line would fill the page. */
const mostColumns = 400;

/** A line of a snippet, ready to be drawn. */
export interface CodeLine {
  /** 1-based. */
  number: number;
  tokens: Token[];
}

/** Lines of a snippet without the indentation that all of them have, with what is marked in tokens of their own. */
export function linesOf(snippet: Snippet): CodeLine[] {
  const indent = commonIndent(snippet.lines);
  return snippet.lines.map((line, i) => {
    const number = snippet.firstLine + i;
    const marks = snippet.marks.filter(mark => mark.line === number);
    const tokens = withMarks(snippet.tokens?.[i] ?? [{ text: line }], marks);
    return { number, tokens: slice(tokens, indent, mostColumns) };
  });
}

function commonIndent(lines: readonly string[]): number {
  let common: string | undefined;
  for (const line of lines) {
    if (line.trim() === '') continue;
    const indent = /^[ \t]*/.exec(line)![0];
    common = common === undefined ? indent : sharedStart(common, indent);
  }
  return common?.length ?? 0;
}

function sharedStart(a: string, b: string): string {
  let end = 0;
  while (end < a.length && a[end] === b[end]) end++;
  return a.slice(0, end);
}

/** Tokens cut at the ends of marks; the server may have done that already. */
function withMarks(tokens: readonly Token[], marks: readonly LineMatch[]): Token[] {
  if (marks.length === 0) return [...tokens];
  const done: Token[] = [];
  let at = 0;
  for (const token of tokens) {
    const end = at + token.text.length;
    const cuts = [at, end];
    for (const { start, end: stop } of marks) cuts.push(start, stop);
    const inside = [...new Set(cuts)].filter(cut => cut >= at && cut <= end).sort((a, b) => a - b);
    for (let i = 0; i + 1 < inside.length; i++) {
      const [from, to] = [inside[i]!, inside[i + 1]!];
      const isMarked = token.marked || marks.some(mark => from >= mark.start && to <= mark.end);
      done.push({ ...token, text: token.text.slice(from - at, to - at), ...(isMarked && { marked: true }) });
    }
    at = end;
  }
  return done;
}

function slice(tokens: readonly Token[], start: number, length: number): Token[] {
  const done: Token[] = [];
  let skip = start;
  let left = length;
  for (const token of tokens) {
    const text = token.text.slice(skip, skip + left);
    skip = Math.max(0, skip - token.text.length);
    if (text) done.push({ ...token, text });
    left -= text.length;
    if (left === 0) {
      done.push({ text: ' …' });
      break;
    }
  }
  return done;
}
