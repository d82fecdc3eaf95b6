import { identifierClass, identifiersOf, splitIdentifier } from '../../core/identifiers.ts';
import type { Hit } from '../../core/search.ts';
import { stem } from '../../core/stem.ts';

/** Consecutive lines of a file. `firstLine` is 1-based. */
export interface Stretch {
  firstLine: number;
  lines: string[];
}

export interface SnippetOptions {
  /** Most lines of the snippet itself, before context is added. */
  height: number;
  /** More lines before and after, whatever they belong to. */
  before: number;
  after: number;
}

/** The stem of a lower-case word if the query has it, else undefined. */
export type WordTest = (word: string) => string | undefined;

/** Tests words against a query's, by stem, without those the search dropped. */
export function wordTest(query: string, ignored: readonly string[]): WordTest {
  const dropped = new Set(ignored);
  const names = identifiersOf(query).map(splitIdentifier);
  const words = names.flat();
  // However a name is split, in capitals or not (`oauth2`, `OAuth2`), joined it is the same.
  const joined = new Set(names.filter(parts => parts.length > 1).map(parts => parts.join('')));
  const stems = new Set(words.filter(word => !dropped.has(word)).map(stem));
  const initials = new Set([...stems].map(word => word.charCodeAt(0)));
  const known = new Map<string, string | undefined>();
  return word => {
    // No stem begins with another letter than its word: most words need no stemming.
    if (!initials.has(word.charCodeAt(0))) return undefined;
    if (known.has(word)) return known.get(word);
    const root = stem(word);
    const found = stems.has(root) ? root : joined.has(word) ? word : undefined;
    known.set(word, found);
    return found;
  };
}

/** The lines of a text without their ends. */
export function linesOf(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map(line => (line.endsWith('\r') ? line.slice(0, -1) : line));
}

/** Where a word of the query stands in a line: UTF-16 columns, half-open. */
interface WordMatch {
  start: number;
  end: number;
  stem: string;
}

/** A line of a text, 1-based, and any offset in it. */
export interface LineAnchor {
  line: number;
  offset: number;
}

/**
 * The lines `first` to `last` of a text (1-based) at their places in a list of all lines up to them; the others before are empty.
 * A snippet needs a few lines of what may be a long file. Counting begins at `anchor`, which is to be right.
 */
export function linesWithin(
  text: string,
  first: number,
  last: number,
  anchor: LineAnchor = { line: 1, offset: 0 },
): string[] {
  let { line } = anchor;
  let at = text.lastIndexOf('\n', anchor.offset - 1) + 1;
  if (anchor.offset === 0) at = 0;
  for (; line > first && at > 0; line--) at = at === 1 ? 0 : text.lastIndexOf('\n', at - 2) + 1;
  for (; line < first; line++) {
    const end = text.indexOf('\n', at);
    if (end < 0) {
      if (at < text.length) line++;
      at = text.length;
      break;
    }
    at = end + 1;
  }
  const lines = Array.from({ length: line - 1 }, () => '');
  for (; line <= last && at < text.length; line++) {
    let end = text.indexOf('\n', at);
    if (end < 0) end = text.length;
    lines.push(text.slice(at, end > at && text.charCodeAt(end - 1) === 13 ? end - 1 : end));
    at = end + 1;
  }
  return lines;
}

/** Words of the query in a line, also inside identifiers, in order. */
export function matchesIn(line: string, test: WordTest): WordMatch[] {
  const found: WordMatch[] = [];
  let from = -1;
  for (let i = 0; i <= line.length; i++) {
    const inside = i < line.length && identifierClass(line.charCodeAt(i)) !== 0;
    if (inside && from < 0) from = i;
    else if (!inside && from >= 0) {
      const identifier = line.slice(from, i);
      const lower = identifier.toLowerCase();
      // A few letters change their length in lower case: their places would be wrong.
      if (lower.length === identifier.length) {
        let at = 0;
        const words = splitIdentifier(identifier);
        const whole = words.length > 1 ? test(words.join('')) : undefined;
        if (whole !== undefined) {
          found.push({ start: from, end: i, stem: whole });
          words.length = 0;
        }
        for (const word of words) {
          at = lower.indexOf(word, at);
          const root = test(word);
          if (root !== undefined) found.push({ start: from + at, end: from + at + word.length, stem: root });
          at += word.length;
        }
      }
      from = -1;
    }
  }
  return found;
}

/** 1-based line of an offset. */
function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}

/**
 * The part of a unit that says most about the query: the stretch of at most `height` lines with the most different
 * words of it, near the window the search found best. A doc comment before the unit takes part. Empty if the file
 * is too short, as a stale one may be.
 */
export function bestSnippet(
  text: string,
  lines: readonly string[],
  hit: Hit,
  test: WordTest,
  options: SnippetOptions,
): Stretch {
  const documented = hit.docStart >= 0 && hit.docStart < hit.start && !hit.stale;
  const first = documented ? Math.min(lineAt(text, hit.docStart), hit.firstLine) : hit.firstLine;
  const last = Math.min(hit.lastLine, lines.length);
  const height = Math.max(1, options.height);
  if (last < first) return { firstLine: hit.firstLine, lines: [] };
  let [from, to] = [first, last];
  if (last - first + 1 > height) {
    from = bestStart(lines, first, last, height, hit, test);
    to = from + height - 1;
  }
  while (to > from && lines[to - 1]!.trim() === '') to--;
  from = Math.max(1, from - options.before);
  to = Math.min(lines.length, to + options.after);
  return { firstLine: from, lines: lines.slice(from - 1, to) };
}

/** Stands for any literal match; no stem looks like it. */
const literal = '"';

function bestStart(
  lines: readonly string[],
  first: number,
  last: number,
  height: number,
  hit: Hit,
  test: WordTest,
): number {
  const found: string[][] = [];
  for (let n = first; n <= last; n++) found.push(matchesIn(lines[n - 1]!, test).map(match => match.stem));
  // What was asked for literally counts as one more word.
  for (const { line } of hit.matches ?? []) found[line - first]?.push(literal);
  let best = first;
  let bestValue = Number.NEGATIVE_INFINITY;
  for (let start = first; start + height - 1 <= last; start++) {
    const seen = new Set<string>();
    let matched = 0;
    for (let n = start; n < start + height; n++) {
      const line = found[n - first]!;
      if (line.length > 0) matched++;
      for (const word of line) seen.add(word);
    }
    const head = lines[start - 1]!;
    const value =
      seen.size * 4 +
      Math.min(matched, 3) -
      // A snippet begins with a line that says something, and where a statement begins rather than ends.
      (head.trim() === '' || /^\s*[)}\]]+[;,]?\s*$/.test(head) ? 2 : 0) +
      (found[start - first]!.length > 0 ? 0.5 : 0) +
      (start === hit.firstLine || start === first ? 1.5 : 0) +
      (start <= hit.matchLine && hit.matchLine < start + height ? 1 : 0) -
      Math.min(1, Math.abs(start - hit.matchLine) / 1000);
    if (value > bestValue) [best, bestValue] = [start, value];
  }
  return best;
}

/** The line that names a unit, 1-based: after decorators, annotations and template heads. */
export function signatureLine(text: string, lines: readonly string[], hit: Hit): number {
  if (hit.name === '' || hit.stale) return hit.firstLine;
  const last = Math.min(lineAt(text, Math.max(hit.start, hit.signatureEnd - 1)), lines.length);
  for (let n = hit.firstLine; n <= last; n++) if (lines[n - 1]!.includes(hit.name)) return n;
  return hit.firstLine;
}
