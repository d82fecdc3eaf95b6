import type { Outline, UnitKind, UnitSpan } from '../core/unit.ts';
import { docBefore, lastEndingBy, runEnd } from './docs.ts';
import { isSpace, LineTable, splitAtBlankLines, trimEnd } from './lines.ts';

const blockLines = 40;
const gapLines = 60;
const noiseLines = 20;

/** An outline of plain blocks of at most 40 lines, cut at blank lines where possible. */
export function blockOutline(source: string, degraded?: NonNullable<Outline['degraded']>): Outline {
  const lines = new LineTable(source);
  const units: UnitSpan[] = [];
  pushPieces(units, lines, 1, lines.count, 0, source.length, blockLines, 'block');
  const outline: Outline = { units, comments: [], imports: [] };
  if (degraded) outline.degraded = degraded;
  return outline;
}

/**
 * Adds what lies between the top-level units as units of kind `module`, unless it is only comments, imports
 * (`ignored`: flat pairs, ascending, disjoint), punctuation and lines that match `noise`. A source that is not blank gets at least one unit.
 */
export function complete(
  units: UnitSpan[],
  comments: readonly number[],
  ignored: readonly number[],
  lines: LineTable,
  noise?: RegExp,
): UnitSpan[] {
  const { source } = lines;
  const gaps: UnitSpan[] = [];
  let from = 0;
  let hint = 0;
  const close = (to: number) => {
    while (hint < ignored.length && ignored[hint + 1]! <= from) hint += 2;
    const content = contentOf(source, from, to, ignored, hint);
    if (content && !(noise && isNoise(source, content, noise)))
      addGap(gaps, lines, comments, content, from, to);
  };
  for (const unit of units) {
    if (unit.parent >= 0) continue;
    close(unit.start);
    from = unit.end;
  }
  close(source.length);
  if (units.length === 0 && gaps.length === 0) {
    pushPieces(gaps, lines, 1, lines.count, 0, source.length, gapLines, 'module');
  }
  return gaps.length === 0 ? units : mergeTopLevel(units, gaps);
}

function addGap(
  gaps: UnitSpan[],
  lines: LineTable,
  comments: readonly number[],
  content: [number, number],
  from: number,
  to: number,
): void {
  // A comment that documents the file is taken whole, not from its first word on.
  const first = lines.lineAt(commentAround(comments, content[0])?.[0] ?? content[0]);
  const last = lines.lineAt((commentAround(comments, content[1] - 1)?.[1] ?? content[1]) - 1);
  const before = gaps.length;
  pushPieces(gaps, lines, first, last, from, to, gapLines, 'module');
  const head = gaps[before];
  if (!head) return;
  const doc =
    leadingComments(lines.source, comments, head) ?? docBefore(lines.source, comments, head.start, from);
  if (doc) [head.docStart, head.docEnd] = doc;
}

function commentAround(comments: readonly number[], offset: number): [number, number] | undefined {
  const index = lastEndingBy(comments, offset) + 2;
  const start = comments[index];
  return start !== undefined && start <= offset ? [start, comments[index + 1]!] : undefined;
}

/** The comments that a unit begins with, such as a file's documentation. */
function leadingComments(
  source: string,
  comments: readonly number[],
  unit: UnitSpan,
): [number, number] | undefined {
  const index = lastEndingBy(comments, unit.start) + 2;
  return comments[index] === unit.start
    ? [unit.start, Math.min(unit.end, runEnd(source, comments, index))]
    : undefined;
}

function isNoise(source: string, [from, to]: [number, number], noise: RegExp): boolean {
  const start = source.lastIndexOf('\n', from) + 1;
  const lineEnd = source.indexOf('\n', to);
  const lines = source.slice(start, lineEnd < 0 ? source.length : lineEnd).split('\n');
  return lines.length <= noiseLines && lines.every(line => line.trim() === '' || noise.test(line));
}

/** First and last + 1 offset of a letter or digit in [from, to) outside the ignored ranges. */
function contentOf(
  source: string,
  from: number,
  to: number,
  ignored: readonly number[],
  hint: number,
): [number, number] | undefined {
  let first = -1;
  let last = -1;
  let at = from;
  for (let i = hint; at < to; i += 2) {
    const stop = i < ignored.length ? Math.min(to, Math.max(at, ignored[i]!)) : to;
    for (let k = at; k < stop; k++) {
      if (!isWord(source.charCodeAt(k))) continue;
      if (first < 0) first = k;
      last = k;
    }
    if (i >= ignored.length) break;
    at = Math.max(at, ignored[i + 1]!);
  }
  return first < 0 ? undefined : [first, last + 1];
}

function isWord(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    (code >= 0xc0 && code !== 0xfeff)
  );
}

function pushPieces(
  units: UnitSpan[],
  lines: LineTable,
  first: number,
  last: number,
  from: number,
  to: number,
  limit: number,
  kind: UnitKind,
): void {
  const { source } = lines;
  for (const [firstLine, lastLine] of splitAtBlankLines(lines, first, last, limit)) {
    let start = Math.max(from, lines.startOf(firstLine));
    let end = Math.min(to, lines.endOf(lastLine));
    while (start < end && isSpace(source.charCodeAt(start))) start++;
    while (end > start && isSpace(source.charCodeAt(end - 1))) end--;
    if (start >= end) continue;
    units.push({
      kind,
      name: '',
      qualifiedName: '',
      start,
      end,
      firstLine: lines.lineAt(start),
      lastLine: lines.lineAt(end - 1),
      signatureEnd: trimEnd(source, start, Math.min(end, lines.endOf(lines.lineAt(start)))),
      docStart: -1,
      docEnd: -1,
      parent: -1,
    });
  }
}

/** Two lists ordered by start, the second of top-level units between those of the first. */
function mergeTopLevel(units: UnitSpan[], gaps: UnitSpan[]): UnitSpan[] {
  const merged: UnitSpan[] = [];
  const moved: number[] = [];
  let gap = 0;
  for (const [index, unit] of units.entries()) {
    while (gap < gaps.length && gaps[gap]!.start < unit.start) merged.push(gaps[gap++]!);
    moved[index] = merged.length;
    if (unit.parent >= 0) unit.parent = moved[unit.parent]!;
    merged.push(unit);
  }
  while (gap < gaps.length) merged.push(gaps[gap++]!);
  return merged;
}
