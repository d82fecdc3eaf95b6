import type { LineMatch } from '../../core/search.ts';
import type { Token } from '../api.ts';
import { matchesIn, type WordTest } from './snippet.ts';

/**
 * Where words of the query and literal matches stand in some lines, in order, without overlaps. `firstLine` is the number of
 * the first of the lines.
 */
export function marksOf(
  lines: readonly string[],
  firstLine: number,
  test: WordTest | undefined,
  matches: readonly LineMatch[],
): LineMatch[] {
  const byLine = Map.groupBy(matches, match => match.line);
  return lines.flatMap((text, i) => {
    const line = firstLine + i;
    const words = test ? matchesIn(text, test) : [];
    const ranges = [...words, ...(byLine.get(line) ?? [])].map(({ start, end }) => ({
      start,
      end: Math.min(end, text.length),
    }));
    return joined(ranges, text).map(range => ({ line, ...range }));
  });
}

interface Range {
  start: number;
  end: number;
}

/** Sorted, those that touch made one; so are two with nothing but underscores between them: `max_retries`. */
function joined(ranges: Range[], text: string): Range[] {
  const sorted = ranges.filter(({ start, end }) => end > start).sort((a, b) => a.start - b.start);
  const out: Range[] = [];
  for (const range of sorted) {
    const last = out.at(-1);
    if (last && /^_*$/.test(text.slice(last.end, Math.max(last.end, range.start))))
      last.end = Math.max(last.end, range.end);
    else out.push({ ...range });
  }
  return out;
}

/** Splits a line's tokens where marks begin and end, and marks what is within. `marks` are of this line, ascending. */
export function markTokens(tokens: readonly Token[], marks: readonly Range[]): Token[] {
  if (marks.length === 0) return [...tokens];
  const out: Token[] = [];
  let at = 0;
  let m = 0;
  for (const token of tokens) {
    let rest = token.text;
    while (rest !== '') {
      while (m < marks.length && marks[m]!.end <= at) m++;
      const mark = marks[m];
      const isMarked = mark !== undefined && mark.start <= at;
      const until = mark === undefined ? Number.POSITIVE_INFINITY : isMarked ? mark.end : mark.start;
      const text = rest.slice(0, until - at);
      out.push({ ...token, text, ...(isMarked ? { marked: true } : {}) });
      rest = rest.slice(text.length);
      at += text.length;
    }
  }
  return out;
}
