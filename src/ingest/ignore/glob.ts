import { Buffer } from 'node:buffer';

/*
 * git's wildmatch with WM_PATHNAME, compiled. Meaning of a pattern over byte strings:
 *
 *   ?        one byte except `/`
 *   *        any bytes except `/`
 *   **       between slashes or the pattern's ends: any bytes; `**` followed by `/` may also match nothing.
 *            Elsewhere the same as `*`.
 *   [...]    one byte of the set, never `/`; `!` or `^` negates, ranges, `[:alpha:]`, `\` escapes inside.
 *   \x       x itself
 *
 * A set without its `]`, an unknown `[:name:]` and a lone `\` at the end make a pattern that matches nothing.
 * Matching backtracks to the last `*` and the last `**` only, which suffices because what follows a `**` starts at
 * a segment and has a fixed number of segments: time is O(pattern × text) per `**`, never exponential.
 */

const slash = 0x2f;
const any = -1;
const star = -2;
/** `**` with its `/`: nothing, or anything up to and including a slash. */
const globstarSlash = -3;
const globstar = -4;
/** Set number k is coded as `firstSet - k`. */
const firstSet = -5;

type ByteSet = Uint8Array<ArrayBuffer>;

export interface Glob {
  /** Bytes every match begins with. */
  readonly prefix: string;
  /** Codes after the prefix: a byte, or one of the negative codes above. `undefined`: matches nothing. */
  readonly codes: Int32Array | undefined;
  readonly sets: readonly ByteSet[];
}

/** True if the pattern is nothing but literal bytes. */
export function isLiteral(pattern: string): boolean {
  return !/[*?[\\]/.test(pattern);
}

/**
 * Compiles one pattern (byte string, without `!`, leading or trailing `/`). With `fold`, text must come folded and
 * the pattern's letters match both cases as far as git does that (not after `\`, nor single letters in a set).
 */
export function compileGlob(pattern: string, fold: boolean): Glob {
  const codes: number[] = [];
  const sets: ByteSet[] = [];
  const never: Glob = { prefix: '', codes: undefined, sets };
  let at = 0;
  while (at < pattern.length) {
    const byte = pattern.charCodeAt(at);
    if (byte === 0x5c) {
      if (at + 1 === pattern.length) return never;
      codes.push(pattern.charCodeAt(at + 1));
      at += 2;
    } else if (byte === 0x3f) {
      codes.push(any);
      at++;
    } else if (byte === 0x2a) {
      const from = at;
      while (pattern.charCodeAt(at) === 0x2a) at++;
      const opens = from === 0 || pattern.charCodeAt(from - 1) === slash;
      const closes = at === pattern.length || pattern[at] === '/' || pattern.startsWith('\\/', at);
      if (at - from === 1 || !opens || !closes) codes.push(star);
      else if (pattern[at] === '/') {
        codes.push(globstarSlash);
        at++;
      } else codes.push(globstar);
    } else if (byte === 0x5b) {
      const set = compileSet(pattern, at + 1, fold);
      if (set === undefined) return never;
      codes.push(firstSet - sets.length);
      sets.push(set.bytes);
      at = set.end;
    } else {
      codes.push(fold ? lower(byte) : byte);
      at++;
    }
  }
  let literal = 0;
  while (literal < codes.length && codes[literal]! >= 0) literal++;
  const prefix = Buffer.from(codes.slice(0, literal)).toString('latin1');
  return { prefix, codes: Int32Array.from(codes.slice(literal)), sets };
}

/** True if the glob matches all of `text`. */
export function matchesGlob(glob: Glob, text: string): boolean {
  const { codes, sets, prefix } = glob;
  if (codes === undefined || !text.startsWith(prefix)) return false;
  const end = codes.length;
  let code = 0;
  let at = prefix.length;
  // Where to go on if what comes next fails: after the last `*`, or else after the last `**`.
  let starCode = -1;
  let starAt = 0;
  let deepCode = -1;
  let deepAt = 0;
  let deepBySegment = false;
  for (;;) {
    if (code < end) {
      const want = codes[code]!;
      if (want === star) {
        starCode = ++code;
        starAt = at;
        continue;
      }
      if (want === globstar || want === globstarSlash) {
        deepCode = ++code;
        deepAt = at;
        deepBySegment = want === globstarSlash;
        starCode = -1;
        continue;
      }
      if (at < text.length) {
        const byte = text.charCodeAt(at);
        const hit =
          want >= 0 ? byte === want : byte !== slash && (want === any || sets[firstSet - want]![byte] === 1);
        if (hit) {
          code++;
          at++;
          continue;
        }
      }
    } else if (at === text.length) return true;
    if (starCode >= 0 && starAt < text.length && text.charCodeAt(starAt) !== slash) {
      at = ++starAt;
      code = starCode;
      continue;
    }
    if (deepCode < 0) return false;
    if (deepBySegment) {
      const next = text.indexOf('/', deepAt);
      if (next < 0) return false;
      deepAt = next + 1;
    } else if (deepAt++ >= text.length) return false;
    at = deepAt;
    code = deepCode;
    starCode = -1;
  }
}

function lower(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte;
}

const between =
  (...ranges: [number, number][]) =>
  (byte: number): boolean =>
    ranges.some(([from, to]) => byte >= from && byte <= to);
const digit: [number, number] = [0x30, 0x39];
const upperCase: [number, number] = [0x41, 0x5a];
const lowerCase: [number, number] = [0x61, 0x7a];
const classes: Readonly<Record<string, (byte: number) => boolean>> = {
  alnum: between(digit, upperCase, lowerCase),
  alpha: between(upperCase, lowerCase),
  blank: between([0x20, 0x20], [0x09, 0x09]),
  cntrl: between([0, 0x1f], [0x7f, 0x7f]),
  digit: between(digit),
  graph: between([0x21, 0x7e]),
  lower: between(lowerCase),
  print: between([0x20, 0x7e]),
  punct: between([0x21, 0x2f], [0x3a, 0x40], [0x5b, 0x60], [0x7b, 0x7e]),
  // git's own table, which knows no vertical tab and no form feed
  space: between([0x20, 0x20], [0x09, 0x0a], [0x0d, 0x0d]),
  upper: between(upperCase),
  xdigit: between(digit, [0x41, 0x46], [0x61, 0x66]),
};

/** The set whose `[` is just before `from`; `undefined` if it is malformed. `end` is after its `]`. */
function compileSet(
  pattern: string,
  from: number,
  fold: boolean,
): { bytes: ByteSet; end: number } | undefined {
  const bytes = new Uint8Array(256);
  const negated = pattern[from] === '!' || pattern[from] === '^';
  let at = negated ? from + 1 : from;
  let previous = 0;
  // A `]` in the first place is a member, which is why the end is looked for after the first member.
  do {
    if (at >= pattern.length) return undefined;
    let byte = pattern.charCodeAt(at);
    const next = pattern[at + 1];
    if (byte === 0x5c) {
      if (next === undefined) return undefined;
      byte = pattern.charCodeAt(++at);
      bytes[byte] = 1;
    } else if (byte === 0x2d && previous !== 0 && next !== undefined && next !== ']') {
      if (next === '\\') at++;
      if (at + 1 >= pattern.length) return undefined;
      const last = pattern.charCodeAt(++at);
      for (let member = previous; member <= last; member++) {
        bytes[member] = 1;
        if (fold) bytes[lower(member)] = 1;
      }
      byte = 0;
    } else if (byte === 0x5b && next === ':') {
      const close = pattern.indexOf(']', at + 2);
      if (close < 0) return undefined;
      if (close > at + 2 && pattern[close - 1] === ':') {
        const name = pattern.slice(at + 2, close - 1);
        const member = Object.hasOwn(classes, name) ? classes[name] : undefined;
        if (member === undefined) return undefined;
        for (let value = 0; value < 256; value++) {
          if (member(value) || (fold && name === 'upper' && classes.lower!(value))) bytes[value] = 1;
        }
        at = close;
        byte = 0;
      } else bytes[byte] = 1;
    } else bytes[byte] = 1;
    previous = byte;
    at++;
  } while (pattern[at] !== ']');
  if (negated) for (let value = 0; value < 256; value++) bytes[value] = bytes[value] === 1 ? 0 : 1;
  return { bytes, end: at + 1 };
}
