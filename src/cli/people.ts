import type { Hit, SearchResult } from '../core/search.ts';
import {
  bestSnippet,
  highlight,
  linesOf,
  type Snippet,
  type SnippetOptions,
  signatureLine,
  type WordTest,
} from './snippet.ts';
import { cut, paint, printable, type Style, table } from './terminal.ts';

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
  const snippet = bestSnippet(text, lines, hit, options.test, options);
  if (snippet.lines.length === 0) return '';
  const named = signatureLine(text, lines, hit);
  const parts: Snippet[] = [snippet];
  if (named < snippet.firstLine && hit.name !== '' && named <= lines.length)
    parts.unshift({ firstLine: named, lines: [lines[named - 1]!] });
  return numbered(parts, options);
}

/** Lines with their numbers; `⋮` where lines are left out. */
function numbered(parts: readonly Snippet[], options: PeopleOptions): string {
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
      const content = paint(highlight(line.slice(shared.length), test), width, style);
      out += `${style.green(number)} ${style.dim('│')}${content === '' ? '' : ` ${content}`}\n`;
    });
  });
  return out;
}

/** White space that all lines begin with: deep code is moved to the left. */
function sharedIndent(parts: readonly Snippet[]): string {
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
