import type { FileAnswer } from '../../../src/service/api.ts';
import type { Lines } from '../place.ts';

/** Pixels; the same as `--code-line` in the style sheet. */
export const lineHeight = 20;

export type OutlineEntry = FileAnswer['outline'][number];

/** Index of the innermost unit around a line, -1 if there is none. */
export function unitAt(outline: readonly OutlineEntry[], line: number): number {
  let found = -1;
  // Parents come first, so the last one around the line is the innermost.
  outline.forEach(({ firstLine, lastLine }, i) => {
    if (firstLine <= line && line <= lastLine) found = i;
  });
  return found;
}

/** The selection after a step with the keyboard. `extend` keeps its other end. */
export function moved(lines: Lines | undefined, step: number, extend: boolean, total: number): Lines {
  if (!lines) return [1, 1];
  const [first, last] = lines;
  const clamp = (line: number) => Math.min(Math.max(line, 1), Math.max(1, total));
  if (extend) return step > 0 ? [first, clamp(last + step)] : [clamp(first + step), last];
  const line = clamp(first + step);
  return [line, line];
}
