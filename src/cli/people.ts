import type { Hit, LineMatch, SearchResult } from '../core/search.ts';
import {
  bestSnippet,
  linesOf,
  type SnippetOptions,
  type Stretch,
  signatureLine,
  type WordTest,
} from '../service/view/snippet.ts';
import { highlight } from './snippet.ts';
import { cut, grouped, type Piece, paint, printable, type Style, table } from './terminal.ts';

/** How results are shown to people. */
export interface PeopleOptions extends SnippetOptions {
  snippets: boolean;
  explain: boolean;
  /** Columns; undefined: lines are cut only when they are monstrous. */
  width: number | undefined;
  style: Style;
  test: WordTest;
  /** Text of the file as it is now; undefined if it cannot be read. */
  readText: (path: string) => string | undefined;
  /** The path as it is shown. */
  show: (path: string) => string;
}

/** Where nobody gave a width, a longer line says no more. */
const longestLine = 400;

/** All hits of a result, with snippets, an empty line between them. */
export function formatHits(result: SearchResult, options: PeopleOptions): string {
  const separator = options.snippets || options.explain ? '\n' : '';
  return result.hits.map(hit => formatHit(hit, options)).join(separator);
}

function formatHit(hit: Hit, options: PeopleOptions): string {
  const { style, explain, snippets } = options;
  let out = `${headLine(hit, options)}\n`;
  if (explain) {
    const rows = hit.signals.map(({ name, value, detail }) => [
      printable(name),
      value.toFixed(3).padStart(7),
      printable(detail ?? ''),
    ]);
    out += style.dim(table(rows, '      '));
  }
  if (snippets) out += snippetLines(hit, options);
  for (const other of hit.more) out += `  ${style.dim('+')} ${foldedLine(other, options)}\n`;
  return out;
}

/** `path:first-last  symbol  (kind, language)  score`. */
function headLine(hit: Hit, options: PeopleOptions): string {
  const { bold, dim, green, magenta, yellow } = options.style;
  const place = `${magenta(printable(options.show(hit.path)))}:${green(span(hit))}`;
  const about = [hit.kind, hit.language, ...(hit.role === 'source' ? [] : [hit.role])].join(', ');
  const parts = [place, ...symbol(hit).map(bold), dim(`(${about})`), dim(hit.score.toFixed(2))];
  if (hit.stale) parts.push(yellow('changed since it was indexed'));
  return parts.join('  ');
}

function foldedLine(hit: Hit, options: PeopleOptions): string {
  const { dim, green, magenta } = options.style;
  // On a terminal the path stands right above; what is piped must be complete line by line.
  const path = options.width === undefined ? `${magenta(printable(options.show(hit.path)))}:` : '';
  return [`${path}${green(span(hit))}`, ...symbol(hit), dim(`(${hit.kind})`)].join('  ');
}

function symbol(hit: Hit): string[] {
  const name = printable(hit.qualifiedName === '' ? hit.name : hit.qualifiedName);
  return name === '' ? [] : [cut(name, 80)];
}

function span({ firstLine, lastLine }: Hit): string {
  return firstLine === lastLine ? String(firstLine) : `${firstLine}-${lastLine}`;
}

function snippetLines(hit: Hit, options: PeopleOptions): string {
  const text = options.readText(hit.path);
  if (text === undefined) return `${options.style.yellow('  the file cannot be read any more')}\n`;
  const lines = linesOf(text);
  // Of a file that has changed, nobody knows where they are now.
  if (hit.matches !== undefined && hit.matches.length > 0 && !hit.stale)
    return matchLines(hit, hit.matches, text, lines, options);
  const snippet = bestSnippet(text, lines, hit, options.test, options);
  if (snippet.lines.length === 0) return '';
  const named = signatureLine(text, lines, hit);
  const parts: Stretch[] = [snippet];
  if (named < snippet.firstLine && hit.name !== '' && named <= lines.length)
    parts.unshift({ firstLine: named, lines: [lines[named - 1]!] });
  return numbered(parts, options);
}

/** The lines that have what was asked for literally, at most as many as a snippet has. */
function matchLines(
  hit: Hit,
  matches: readonly LineMatch[],
  text: string,
  lines: readonly string[],
  options: PeopleOptions,
): string {
  const marks = Map.groupBy(
    matches.filter(({ line }) => line <= lines.length),
    ({ line }) => line,
  );
  const matched = [...marks.keys()].sort((a, b) => a - b);
  const kept = matched.slice(0, Math.max(1, options.height));
  const wanted = new Set<number>();
  for (const line of kept) {
    const last = Math.min(lines.length, line + options.after);
    for (let n = Math.max(1, line - options.before); n <= last; n++) wanted.add(n);
  }
  if (hit.name !== '') wanted.add(signatureLine(text, lines, hit));
  const parts: Stretch[] = [];
  for (const n of [...wanted].filter(n => n <= lines.length).sort((a, b) => a - b)) {
    const part = parts.at(-1);
    if (part && part.firstLine + part.lines.length === n) part.lines.push(lines[n - 1]!);
    else parts.push({ firstLine: n, lines: [lines[n - 1]!] });
  }
  if (parts.length === 0) return '';
  const more = matched.length - kept.length;
  const rest =
    more === 0
      ? ''
      : `${options.style.dim(`     … and ${grouped(more)} more ${more === 1 ? 'line' : 'lines'}`)}\n`;
  return numbered(parts, options, marks) + rest;
}

/** Lines with their numbers; `⋮` where lines are left out. `marks`: what stands out in a line in place of the query's words. */
function numbered(
  parts: readonly Stretch[],
  options: PeopleOptions,
  marks: ReadonlyMap<number, readonly LineMatch[]> = new Map(),
): string {
  const { style, test } = options;
  const last = parts.at(-1)!;
  const digits = Math.max(4, String(last.firstLine + last.lines.length - 1).length);
  const width = options.width === undefined ? longestLine : Math.max(10, options.width - digits - 4);
  const shared = sharedIndent(parts);
  let out = '';
  parts.forEach((part, p) => {
    const before = parts[p - 1];
    if (before && before.firstLine + before.lines.length < part.firstLine)
      out += `${' '.repeat(digits)} ${style.dim('⋮')}\n`;
    part.lines.forEach((line, i) => {
      const number = String(part.firstLine + i).padStart(digits);
      const own = marks.get(part.firstLine + i);
      const pieces = own ? marked(line, own, shared.length) : highlight(line.slice(shared.length), test);
      const content = paint(pieces, width, style);
      out += `${style.green(number)} ${style.dim('│')}${content === '' ? '' : ` ${content}`}\n`;
    });
  });
  return out;
}

/** A line from `from` on, cut where matches begin and end. */
function marked(line: string, matches: readonly LineMatch[], from: number): Piece[] {
  const pieces: Piece[] = [];
  let at = from;
  const add = (end: number, match: boolean) => {
    if (end > at) pieces.push({ text: printable(line.slice(at, end)), match });
    at = Math.max(at, end);
  };
  for (const { start, end } of [...matches].sort((a, b) => a.start - b.start)) {
    add(Math.min(start, line.length), false);
    add(Math.min(end, line.length), true);
  }
  add(line.length, false);
  return pieces;
}

/** White space that all lines begin with: deep code is moved to the left. */
function sharedIndent(parts: readonly Stretch[]): string {
  let shared: string | undefined;
  for (const line of parts.flatMap(part => part.lines)) {
    if (line.trim() === '') continue;
    const own = /^[ \t]*/.exec(line)![0];
    if (shared === undefined) shared = own;
    let same = 0;
    while (same < shared.length && same < own.length && shared[same] === own[same]) same++;
    shared = shared.slice(0, same);
  }
  return shared ?? '';
}
