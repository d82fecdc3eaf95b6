import type { Hit, SearchResult } from '../../core/search.ts';
import { linesOf, signatureLine } from '../../service/view/snippet.ts';
import { printable } from '../terminal.ts';

/** What the formats for other programs are made from. */
export interface FormatContext {
  result: SearchResult;
  /** The path as it is written out, before anything is escaped. */
  show: (path: string) => string;
  /** Text of the file as it is now; undefined if it cannot be read. */
  readText: (path: string) => string | undefined;
  version: string;
}

/** A line to jump to. */
export interface Spot {
  hit: Hit;
  /** As it is written out, with control characters in it. */
  path: string;
  /** 1-based. */
  line: number;
  /** UTF-16 columns from 0, half-open: what was asked for literally, or the name of the unit, or where the line begins. */
  start: number;
  end: number;
  /** What was asked for literally stands there. */
  isMatch: boolean;
  /** The line as it is in the file; '' if it cannot be read. */
  text: string;
}

/** One spot per line with a match, or one per place where nothing was asked for literally; best hit first. */
export function spotsOf({ result, show, readText }: FormatContext): Spot[] {
  return result.hits.flatMap(first => {
    const text = readText(first.path);
    const lines = text === undefined ? [] : linesOf(text);
    const path = show(first.path);
    // Places lie inside each other: what is in a method is in its class as well.
    const matched = new Set<number>();
    return [first, ...first.more]
      .flatMap(hit => spotsIn(hit, path, text ?? '', lines))
      .filter(({ isMatch, line }) => !isMatch || (!matched.has(line) && matched.add(line)));
  });
}

function spotsIn(hit: Hit, path: string, text: string, lines: readonly string[]): Spot[] {
  const at = (line: number) => lines[line - 1] ?? '';
  const seen = new Set<number>();
  const matched = (hit.matches ?? []).filter(({ line }) => !seen.has(line) && seen.add(line));
  if (matched.length > 0)
    return matched.map(({ line, start, end }) => ({
      hit,
      path,
      line,
      start,
      end,
      isMatch: true,
      text: at(line),
    }));
  const line = lines.length === 0 ? hit.firstLine : signatureLine(text, lines, hit);
  const named = hit.name === '' || hit.stale ? -1 : at(line).indexOf(hit.name);
  const start = named < 0 ? Math.max(0, at(line).search(/\S/)) : named;
  const end = named < 0 ? start : start + hit.name.length;
  return [{ hit, path, line, start, end, isMatch: false, text: at(line) }];
}

/** `Session.send (method, python)`. */
export function describe({ qualifiedName, name, kind, language, role }: Hit): string {
  const symbol = printable(qualifiedName === '' ? name : qualifiedName);
  const about = [kind, language, ...(role === 'source' ? [] : [role])].join(', ');
  return symbol === '' ? about : `${symbol} (${about})`;
}
