import { isSpace } from './lines.ts';

/**
 * The run of comments directly above `start`: every comment alone on its lines, no blank line in between.
 * `comments` are flat pairs, ascending, disjoint; nothing before `floor` is looked at.
 */
export function docBefore(
  source: string,
  comments: readonly number[],
  start: number,
  floor: number,
): [number, number] | undefined {
  let index = lastEndingBy(comments, start);
  let docStart = start;
  let docEnd = -1;
  for (; index >= 0; index -= 2) {
    const from = comments[index]!;
    const to = comments[index + 1]!;
    if (
      from < floor ||
      (from === 0 && source.startsWith('#!')) ||
      !touches(source, to, docStart) ||
      !startsLine(source, from, floor)
    )
      break;
    docStart = from;
    if (docEnd < 0) docEnd = to;
  }
  return docEnd < 0 ? undefined : [docStart, docEnd];
}

/** The run of comments from `index` on that follow each other without a blank line: its end. */
export function runEnd(source: string, comments: readonly number[], index: number): number {
  let end = comments[index + 1]!;
  for (let next = index + 2; next < comments.length; next += 2) {
    if (!touches(source, end, comments[next]!)) break;
    end = comments[next + 1]!;
  }
  return end;
}

/** Index of the last pair that ends at or before `offset`, or -2. */
export function lastEndingBy(pairs: readonly number[], offset: number): number {
  let low = 0;
  let high = pairs.length >>> 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (pairs[2 * middle + 1]! <= offset) low = middle + 1;
    else high = middle;
  }
  return 2 * (low - 1);
}

/** Only white space between, and no blank line. */
export function touches(source: string, from: number, to: number): boolean {
  let breaks = 0;
  for (let at = from; at < to; at++) {
    const code = source.charCodeAt(at);
    if (code === 10 && ++breaks > 1) return false;
    if (!isSpace(code)) return false;
  }
  return true;
}

function startsLine(source: string, offset: number, floor: number): boolean {
  for (let at = offset - 1; at >= floor; at--) {
    const code = source.charCodeAt(at);
    if (code === 10) return true;
    if (!isSpace(code)) return false;
  }
  return floor === 0 || source.charCodeAt(floor - 1) === 10;
}
