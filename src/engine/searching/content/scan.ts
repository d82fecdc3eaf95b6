import { isAscii } from 'node:buffer';
import { textOf } from '../../../ingest/read.ts';
import type { Matcher } from './matcher.ts';

/** Matches of one pattern in one file. */
export interface PatternMatches {
  pattern: number;
  /** Line (1-based), start and end column (UTF-16, from 0) of each match; see `LineMatch`. Empty if places were not asked for. */
  places: Int32Array;
  /** There are more. */
  isCut: boolean;
}

/**
 * Looks for patterns in the bytes of a file, read as the indexer reads them; undefined if they are no text. `wants` says which
 * patterns, `most` how many places of each are told.
 */
export function scanBytes(
  bytes: Buffer,
  matchers: readonly Matcher[],
  wants: (pattern: number) => boolean,
  most: number,
): PatternMatches[] | undefined {
  const wanted = matchers.map((_, i) => i).filter(i => wants(i) && matchers[i]!.mayBeIn(bytes));
  const found: PatternMatches[] = [];
  if (wanted.length === 0) return found;
  const text = textOf(bytes);
  if (text === undefined) return undefined;
  const onlyAscii = text.length === bytes.length && isAscii(bytes);
  for (const pattern of wanted) {
    // One more than asked for tells whether there are more.
    const offsets = matchers[pattern]!.find(text, Math.max(1, most + 1), onlyAscii);
    const places = placesOf(text, offsets);
    if (places.length === 0) continue;
    const isCut = places.length > most * 3;
    found.push({ pattern, places: isCut ? places.slice(0, most * 3) : places, isCut });
  }
  return found;
}

/** Lines and columns of offsets, ascending. Behind the last line end there is no line, but for a text without any. */
function placesOf(text: string, offsets: readonly number[]): Int32Array {
  const places = new Int32Array((offsets.length / 2) * 3);
  let count = 0;
  let line = 1;
  let lineStart = 0;
  let lineEnd = text.indexOf('\n');
  for (let i = 0; i < offsets.length; i += 2) {
    const start = offsets[i]!;
    while (lineEnd >= 0 && lineEnd < start) {
      line++;
      lineStart = lineEnd + 1;
      lineEnd = text.indexOf('\n', lineStart);
    }
    if (lineStart === text.length && text.length > 0) break;
    let end = lineEnd < 0 ? text.length : lineEnd;
    if (end > lineStart && text.charCodeAt(end - 1) === 13) end--;
    const column = Math.min(start, end) - lineStart;
    places[count++] = line;
    places[count++] = column;
    places[count++] = Math.max(column, Math.min(offsets[i + 1]!, end) - lineStart);
  }
  return count === places.length ? places : places.slice(0, count);
}
