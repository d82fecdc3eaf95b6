import type { Outline, Role, UnitKind } from '../../core/unit.ts';
import { cleanDoc, createOutliner, languageById } from '../../languages/index.ts';
import { type ReadTreeOptions, readSources } from './read-tree.ts';

/** A code unit with its documentation apart from its code. */
export interface TreeUnit {
  /** Relative to the root, with `/`. */
  path: string;
  language: string;
  kind: UnitKind;
  name: string;
  qualifiedName: string;
  /** 1-based, inclusive; the doc comment above is not counted. */
  firstLine: number;
  lastLine: number;
  /** With the indentation of its first line. Without its own doc comment or docstring and those of all units inside it. */
  code: string;
  /** Without delimiters; empty if there is none. */
  doc: string;
  role: Role;
  /** 1-based, inclusive: where the unit stands in the undocumented text of its file. */
  lines: readonly [first: number, last: number];
}

/** A file as an index of its tree would take it, but without its documentation. */
export interface UndocumentedFile {
  /** Relative to the root, with `/`. */
  path: string;
  /**
   * Without doc comments and docstrings of units, whole lines where nothing else stood on them. Of a docstring that is
   * a statement an empty one stays: without any statement a body does not parse. Files that cannot be parsed, or whose
   * language has no grammar, are as they lie there.
   */
  text: string;
  language: string;
  role: Role;
  /** By position, enclosing units before those inside; none if the file was not parsed. */
  units: TreeUnit[];
}

export interface ReadUnitsOptions extends ReadTreeOptions {
  /** Milliseconds one file may take to parse. Default 5000. */
  deadlineMs?: number;
}

/**
 * All files that `readTree` gives, in its order, each without its documentation and with its named units. The code of a
 * unit is part of the code of the unit around it, letter by letter. Throws as `readTree` does.
 */
export async function* readUnits(
  root: string,
  signal?: AbortSignal,
  options: ReadUnitsOptions = {},
): AsyncGenerator<UndocumentedFile> {
  const outliner = await createOutliner();
  try {
    for await (const [path, { text, language: id, role }] of readSources(root, signal, options)) {
      const file: UndocumentedFile = { path, text, language: id, role, units: [] };
      const language = languageById(id);
      if (language?.grammar) {
        await outliner.prepare(language);
        const { deadlineMs } = options;
        const outline = outliner.outline(language, text, deadlineMs === undefined ? {} : { deadlineMs });
        if (!outline.degraded) undocument(file, outline);
      }
      yield file;
    }
  } finally {
    outliner.dispose();
  }
}

/** Something to be cut out of a text, half-open, and what stays in its place in the text of the file. */
interface Cut {
  start: number;
  end: number;
  rest: string;
}

/** Adds the named units and takes the documentation out of the text. */
function undocument(file: UndocumentedFile, outline: Outline): void {
  const { path, language, role, text } = file;
  const cuts = docCuts(text, outline);
  const left = new CutText(text, cuts);
  file.text = left.text;
  for (const unit of outline.units) {
    const { kind, name, qualifiedName, start, end, firstLine, lastLine, docStart, docEnd } = unit;
    if (name === '') continue;
    const doc = docStart < 0 ? '' : cleanDoc(text.slice(docStart, docEnd));
    const code = without(cuts, text, indented(text, start), end);
    const lines = left.linesOf(start, end);
    file.units.push({
      path,
      language,
      role,
      kind,
      name,
      qualifiedName,
      firstLine,
      lastLine,
      code,
      doc,
      lines,
    });
  }
}

/** Doc comments with the lines they stand alone on, ascending, disjoint. */
function docCuts(text: string, outline: Outline): Cut[] {
  const cuts: Cut[] = [];
  const documented = outline.units
    .filter(unit => unit.docStart >= 0)
    .sort((a, b) => a.docStart - b.docStart || a.docEnd - b.docEnd);
  for (const { docStart, docEnd } of documented) {
    const [start, end] = wholeLines(text, docStart, docEnd);
    const last = cuts.at(-1);
    if (last && start < last.end) {
      last.end = Math.max(last.end, end);
      continue;
    }
    const quotes = /^\w{0,2}(["'])/.exec(text.slice(docStart, docStart + 3))?.[1];
    const rest =
      quotes === undefined ? '' : text.slice(start, docStart) + quotes + quotes + text.slice(docEnd, end);
    cuts.push({ start, end, rest });
  }
  return cuts;
}

/** A text after its cuts. */
class CutText {
  readonly text: string;
  private readonly cuts: readonly Cut[];
  /** Offset in `text` where the rest of each cut begins. */
  private readonly at: number[] = [];
  private readonly lineStarts: number[] = [0];

  constructor(original: string, cuts: readonly Cut[]) {
    this.cuts = cuts;
    let text = '';
    let from = 0;
    for (const { start, end, rest } of cuts) {
      text += original.slice(from, start);
      this.at.push(text.length);
      text += rest;
      from = end;
    }
    this.text = text + original.slice(from);
    for (let i = this.text.indexOf('\n'); i >= 0; i = this.text.indexOf('\n', i + 1))
      this.lineStarts.push(i + 1);
  }

  /** The lines of what stays of a range of the original, without white space at its ends. */
  linesOf(start: number, end: number): [first: number, last: number] {
    const kept = this.text.slice(this.offsetOf(start), this.offsetOf(end));
    const from = this.offsetOf(start) + kept.length - kept.trimStart().length;
    const to = Math.max(from, from + kept.trim().length - 1);
    return [below(this.lineStarts, from), below(this.lineStarts, to)];
  }

  private offsetOf(original: number): number {
    const n = countUntil(this.cuts.length, i => this.cuts[i]!.start < original);
    if (n === 0) return original;
    const { end, rest } = this.cuts[n - 1]!;
    return this.at[n - 1]! + rest.length + Math.max(0, original - end);
  }
}

/** How many of the ascending numbers are not above a value. */
function below(ascending: readonly number[], value: number): number {
  return countUntil(ascending.length, i => ascending[i]! <= value);
}

/** The first of 0..length for which `holds` is false; it holds for all before. */
function countUntil(length: number, holds: (i: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The range with indentation and line end if nothing else stands on its lines. */
function wholeLines(text: string, start: number, end: number): [number, number] {
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const newline = text.indexOf('\n', end);
  const lineEnd = newline < 0 ? text.length : newline + 1;
  const alone = text.slice(lineStart, start).trim() === '' && text.slice(end, lineEnd).trim() === '';
  return alone ? [lineStart, lineEnd] : [start, end];
}

/** The beginning of the line if only white space stands before `start`. */
function indented(text: string, start: number): number {
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  return text.slice(lineStart, start).trim() === '' ? lineStart : start;
}

function without(cuts: readonly Cut[], text: string, start: number, end: number): string {
  let code = '';
  let at = start;
  for (const cut of cuts) {
    if (cut.end <= at) continue;
    if (cut.start >= end) break;
    code += text.slice(at, Math.max(at, cut.start));
    at = Math.min(end, cut.end);
  }
  return (code + text.slice(at, end)).trimEnd();
}
