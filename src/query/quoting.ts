import { fail } from './errors.ts';

/** Index of the quote that closes the one at `start`, -1 if none does. A backslash before a quote makes it text. */
export function closingQuote(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '"') return i;
  }
  return -1;
}

/** Index of the quote that closes the one at `start`. Throws QueryError. */
export function closeOfQuote(query: string, start: number): number {
  const close = closingQuote(query, start);
  if (close >= 0) return close;
  return fail(
    query,
    start,
    start + 1,
    'this quote is not closed',
    'close it, or write \\" for the character',
  );
}

/** `\"` is a quote and `\\` a backslash; any other backslash stays, so that `"\d"` is what it looks like. */
export function unescapeQuoted(text: string): string {
  return text.replace(/\\(["\\])/g, '$1');
}

export function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

export interface WrittenRegex {
  source: string;
  ignoreCase: boolean;
  /** Behind the flags. */
  end: number;
  /** A flag of JavaScript that is not had here. */
  badFlag: string | undefined;
}

/**
 * A regular expression that begins with the slash at `start`, or undefined where the slash is text: `/usr/bin`, comments,
 * `in / out`. The first slash that is neither escaped nor in a class closes it; flags and the end of the token, or one of
 * `delimiters`, must follow. Without delimiters (outside a value) no blank stands inside next to the slashes.
 */
export function regexAt(
  text: string,
  start: number,
  isInGroup: boolean,
  delimiters?: string,
): WrittenRegex | undefined {
  const close = closingSlash(text, start);
  if (close <= start + 1) return undefined;
  const source = text.slice(start + 1, close);
  if (source.startsWith('*')) return undefined;
  if (delimiters === undefined && (/^\s/.test(source) || /\s$/.test(source))) return undefined;
  let end = close + 1;
  while (/[a-z]/.test(text[end] ?? '')) end++;
  const next = text[end];
  const isEnd =
    next === undefined ||
    /\s/.test(next) ||
    (next === ')' && isInGroup) ||
    delimiters?.includes(next) === true;
  if (!isEnd) return undefined;
  const flags = text.slice(close + 1, end);
  if (!/^[dgimsuvy]*$/.test(flags)) return undefined;
  // `g` and `m` are always on.
  const badFlag = /[dsuvy]/.exec(flags)?.[0];
  if (badFlag !== undefined && !/[\\^$.*+?()[\]{}|]/.test(source)) return undefined;
  return { source, ignoreCase: flags.includes('i'), end, badFlag };
}

/** Throws QueryError at a flag that is not had here. */
export function checkFlags(query: string, { badFlag, end }: WrittenRegex, start: number): void {
  if (badFlag === undefined) return;
  fail(query, start, end, `regular expressions have no flag ${badFlag} here`, 'only i is: /…/i');
}

/** The text of the last call and, for each place in it, where the slash is that closes an expression that begins there. */
let slashes: { text: string; closing: Int32Array } | undefined;

/** Index of the slash that closes the one at `start`, -1 if none does before the line ends. */
function closingSlash(text: string, start: number): number {
  if (slashes?.text !== text) slashes = { text, closing: closingSlashes(text) };
  return slashes.closing[start + 1]!;
}

/** From the end to the start, so that a text with many slashes costs no more than one with a single slash. */
function closingSlashes(text: string): Int32Array {
  const outside = new Int32Array(text.length + 3).fill(-1);
  const inClass = new Int32Array(text.length + 3).fill(-1);
  for (let i = text.length - 1; i >= 0; i--) {
    const c = text[i]!;
    if (c === '\n') continue;
    const next = c === '\\' ? i + 2 : i + 1;
    outside[i] = c === '/' ? i : c === '[' ? inClass[next]! : outside[next]!;
    inClass[i] = c === ']' ? outside[next]! : inClass[next]!;
  }
  return outside;
}
