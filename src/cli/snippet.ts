import { matchesIn, type WordTest } from '../service/view/snippet.ts';
import { type Piece, printable } from './terminal.ts';

/** Splits a line where words of the query stand, also inside identifiers; every piece is printable. */
export function highlight(line: string, test: WordTest): Piece[] {
  const pieces: Piece[] = [];
  let plainFrom = 0;
  const add = (start: number, end: number, match: boolean) => {
    if (end <= start) return;
    const text = printable(line.slice(start, end));
    const last = pieces.at(-1);
    // `max_retries` for "max retries": what joins two matches is part of the match.
    if (last?.match === match) last.text += text;
    else pieces.push({ text, match });
  };
  for (const { start, end } of matchesIn(line, test)) {
    const between = line.slice(plainFrom, start);
    add(plainFrom, start, /^_+$/.test(between) && pieces.at(-1)?.match === true);
    add(start, end, true);
    plainFrom = end;
  }
  add(plainFrom, line.length, false);
  return pieces;
}
