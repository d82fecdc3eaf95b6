import type { UnitSpan } from '../core/unit.ts';
import { windowLines } from './segment.ts';

/** Windows of one document, as parallel arrays. Lines are 0-based here, ends exclusive. */
export interface Windows {
  count: number;
  firstLine: number[];
  endLine: number[];
  /** Index of the innermost unit that owns the window, -1 if none does. */
  unit: number[];
}

/** Offsets at which the lines of a text begin. A final newline does not begin another line. */
export function lineStarts(text: string): number[] {
  const starts = [0];
  let at = text.indexOf('\n');
  while (at >= 0 && at + 1 < text.length) {
    starts.push(at + 1);
    at = text.indexOf('\n', at + 1);
  }
  return starts;
}

/** 0-based line of an offset, by binary search. */
export function lineOf(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * Cuts a document into windows: runs of lines with the same innermost unit, divided evenly so that none is longer
 * than `windowLines`. A unit's doc comment counts as the unit's own lines: it is the best evidence there is.
 */
export function cutWindows(starts: readonly number[], units: readonly UnitSpan[]): Windows {
  const lines = starts.length;
  const owner = new Int32Array(lines).fill(-1);
  for (let u = 0; u < units.length; u++) {
    const unit = units[u]!;
    const from =
      unit.docStart >= 0 && unit.docStart < unit.start ? lineOf(starts, unit.docStart) : unit.firstLine - 1;
    owner.fill(u, from, Math.min(unit.lastLine, lines));
  }
  const windows: Windows = { count: 0, firstLine: [], endLine: [], unit: [] };
  let runStart = 0;
  for (let line = 1; line <= lines; line++) {
    if (line < lines && owner[line] === owner[runStart]) continue;
    const length = line - runStart;
    const pieces = Math.ceil(length / windowLines);
    for (let p = 0; p < pieces; p++) {
      windows.firstLine.push(runStart + Math.floor((length * p) / pieces));
      windows.endLine.push(runStart + Math.floor((length * (p + 1)) / pieces));
      windows.unit.push(owner[runStart]!);
      windows.count++;
    }
    runStart = line;
  }
  return windows;
}
