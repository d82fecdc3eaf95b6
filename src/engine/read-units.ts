import type { Outline, Role, UnitKind } from '../core/unit.ts';
import { cleanDoc, createOutliner, languageById } from '../languages/index.ts';
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
}

export interface ReadUnitsOptions extends ReadTreeOptions {
  /** Milliseconds one file may take to parse. Default 5000. */
  deadlineMs?: number;
}

/**
 * The code units of a directory, file by file as `readTree` gives them and by position within a file, enclosing units
 * before those inside. The code of a unit is part of the code of the unit around it, letter by letter. Files that
 * cannot be parsed have no units. Throws as `readTree` does.
 */
export async function* readUnits(
  root: string,
  signal?: AbortSignal,
  options: ReadUnitsOptions = {},
): AsyncGenerator<TreeUnit> {
  const outliner = await createOutliner();
  try {
    for await (const [path, source] of readSources(root, signal, options)) {
      const language = languageById(source.language);
      if (!language?.grammar) continue;
      await outliner.prepare(language);
      const { deadlineMs } = options;
      const outline = outliner.outline(language, source.text, deadlineMs === undefined ? {} : { deadlineMs });
      if (outline.degraded) continue;
      for (const unit of unitsOf(source.text, outline))
        yield { path, language: source.language, role: source.role, ...unit };
    }
  } finally {
    outliner.dispose();
  }
}

/** Named units of a source with what documents them cut out. */
function* unitsOf(text: string, outline: Outline): Generator<Omit<TreeUnit, 'path' | 'language' | 'role'>> {
  const docs = docRanges(text, outline);
  for (const {
    kind,
    name,
    qualifiedName,
    start,
    end,
    firstLine,
    lastLine,
    docStart,
    docEnd,
  } of outline.units) {
    if (name === '') continue;
    const doc = docStart < 0 ? '' : cleanDoc(text.slice(docStart, docEnd));
    const code = without(docs, text, indented(text, start), end);
    yield { kind, name, qualifiedName, firstLine, lastLine, code, doc };
  }
}

/** What to cut out of a text: doc comments with the lines they stand alone on, ascending, disjoint. */
function docRanges(text: string, outline: Outline): Array<[start: number, end: number]> {
  const ranges: Array<[number, number]> = [];
  const raw = outline.units
    .filter(unit => unit.docStart >= 0)
    .map(unit => [unit.docStart, unit.docEnd] as const)
    .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  for (const [docStart, docEnd] of raw) {
    const [start, end] = wholeLines(text, docStart, docEnd);
    const last = ranges.at(-1);
    if (last && start < last[1]) last[1] = Math.max(last[1], end);
    else ranges.push([start, end]);
  }
  return ranges;
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

function without(docs: ReadonlyArray<[number, number]>, text: string, start: number, end: number): string {
  let code = '';
  let at = start;
  for (const [docStart, docEnd] of docs) {
    if (docEnd <= at) continue;
    if (docStart >= end) break;
    code += text.slice(at, Math.max(at, docStart));
    at = Math.min(end, docEnd);
  }
  return (code + text.slice(at, end)).trimEnd();
}
