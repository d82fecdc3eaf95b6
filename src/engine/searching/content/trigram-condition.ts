import type { Pattern } from '../../../query/ast.ts';
import { anyText, type TrigramCondition } from '../../../store/trigrams/condition.ts';
import { foldedByte, type Trigram, trigramsOf } from '../../../store/trigrams/trigram.ts';
import { needsUnicode } from './expression.ts';
import { parseRegex, type RegexNode, UnknownSyntax } from './regex-syntax.ts';

/*
 * After Russ Cox, "Regular Expression Matching with a Trigram Index" (2012): for every part of an expression the strings it can be,
 * or begin and end with, and what its trigrams must be. Strings here are bytes of UTF-8 as they are indexed, one per character; the
 * byte 0 stands for those that are in no trigram.
 */

/** Sets of strings with more members are cut. */
const mostExact = 7;
const mostStrings = 20;
/** From this length on a known string is turned into trigrams. */
const longEnough = 4;
/** Times a repeated part is spelled out. */
const mostRepeats = 4;

interface Strings {
  canBeEmpty: boolean;
  /** All that can be matched; undefined if that is not known. */
  exact: ReadonlySet<string> | undefined;
  /** What a match must begin and end with, one of each; only where `exact` is not known. */
  prefix: ReadonlySet<string>;
  suffix: ReadonlySet<string>;
  condition: TrigramCondition;
}

/** The condition that every text with a match of the pattern meets. */
export function conditionOf(pattern: Pattern): TrigramCondition {
  const { text, isRegex, isCaseSensitive } = pattern;
  if (!isRegex) return literalCondition(text, isCaseSensitive);
  try {
    const unicode = needsUnicode(text);
    const { node } = parseRegex(text, { unicode, ignoreCase: !isCaseSensitive });
    const strings = cut(stringsOf(node, unicode), true);
    return strings.condition;
  } catch (error) {
    if (error instanceof UnknownSyntax) return anyText;
    throw error;
  }
}

function literalCondition(text: string, isCaseSensitive: boolean): TrigramCondition {
  // A text has no half characters.
  if (!text.isWellFormed()) return anyText;
  const trigrams = new Set<Trigram>();
  // Without case nothing is said of letters outside ASCII, and of those between them each run counts by itself.
  const runs = isCaseSensitive ? [text] : text.split(needsUnicode(text) ? /[^\0-\x7f]|[ks]/i : /[^\0-\x7f]/);
  for (const run of runs) for (const trigram of trigramsOf(Buffer.from(run))) trigrams.add(trigram);
  return allOf(trigrams, []);
}

const nothing: Strings = {
  canBeEmpty: true,
  exact: new Set(['']),
  prefix: new Set(),
  suffix: new Set(),
  condition: anyText,
};

const anything: Strings = {
  canBeEmpty: true,
  exact: undefined,
  prefix: new Set(['']),
  suffix: new Set(['']),
  condition: anyText,
};

const anyCharacter: Strings = { ...anything, canBeEmpty: false };

function stringsOf(node: RegexNode, unicode: boolean): Strings {
  switch (node.kind) {
    case 'empty':
      return nothing;
    case 'unknown':
      return anything;
    case 'character':
      return ofCharacter(node, unicode);
    case 'sequence':
      return node.nodes.reduce<Strings>((all, each) => sequence(all, stringsOf(each, unicode)), nothing);
    case 'choice':
      return node.nodes.map(each => stringsOf(each, unicode)).reduce(choice);
    case 'repeat': {
      if (node.max === 0) return nothing;
      if (node.min === 0) {
        return node.max === 1 ? choice(stringsOf(node.node, unicode), nothing) : anything;
      }
      const once = stringsOf(node.node, unicode);
      const times = Math.min(node.min, mostRepeats);
      let before = nothing;
      for (let i = 1; i < times; i++) before = sequence(before, once);
      return sequence(before, node.max === times ? once : atLeastOnce(once));
    }
  }
}

function ofCharacter(
  { codes, folds }: { codes: readonly number[] | undefined; folds: boolean },
  unicode: boolean,
): Strings {
  if (!codes) return anyCharacter;
  const exact = new Set<string>();
  for (const code of codes) {
    // Which letters are one in two cases is told for ASCII only; with the flag `u`, k and s have partners outside.
    if (folds && (code >= 0x80 || (unicode && /[ks]/i.test(String.fromCharCode(code))))) return anyCharacter;
    let bytes = '';
    for (const byte of Buffer.from(String.fromCodePoint(code)))
      bytes += String.fromCharCode(foldedByte[byte]!);
    exact.add(bytes);
    if (exact.size > mostExact) return anyCharacter;
  }
  return { canBeEmpty: false, exact, prefix: new Set(), suffix: new Set(), condition: anyText };
}

function atLeastOnce(once: Strings): Strings {
  return once.exact
    ? cut({ ...once, exact: undefined, prefix: once.exact, suffix: once.exact }, false)
    : once;
}

function sequence(x: Strings, y: Strings): Strings {
  let condition = both(x.condition, y.condition);
  const canBeEmpty = x.canBeEmpty && y.canBeEmpty;
  if (x.exact && y.exact) {
    const exact = product(x.exact, y.exact);
    return cut({ canBeEmpty, exact, prefix: new Set(), suffix: new Set(), condition }, false);
  }
  const yPrefix = y.exact ?? y.prefix;
  const xSuffix = x.exact ?? x.suffix;
  let prefix = x.exact ? product(x.exact, yPrefix) : x.prefix;
  if (!x.exact && x.canBeEmpty) prefix = prefix.union(yPrefix);
  let suffix = y.exact ? product(xSuffix, y.exact) : y.suffix;
  if (!y.exact && y.canBeEmpty) suffix = suffix.union(xSuffix);
  // What stands where both meet is in neither.
  if (!x.exact && !y.exact && x.suffix.size <= mostStrings && y.prefix.size <= mostStrings)
    condition = withStrings(condition, product(x.suffix, y.prefix));
  return cut({ canBeEmpty, exact: undefined, prefix, suffix, condition }, false);
}

function choice(x: Strings, y: Strings): Strings {
  const canBeEmpty = x.canBeEmpty || y.canBeEmpty;
  if (x.exact && y.exact) {
    const exact = x.exact.union(y.exact);
    const condition = either(x.condition, y.condition);
    return cut({ canBeEmpty, exact, prefix: new Set(), suffix: new Set(), condition }, false);
  }
  const [a, b] = [opened(x), opened(y)];
  return cut(
    {
      canBeEmpty,
      exact: undefined,
      prefix: a.prefix.union(b.prefix),
      suffix: a.suffix.union(b.suffix),
      condition: either(a.condition, b.condition),
    },
    false,
  );
}

/** Without `exact`: what it says goes into the rest. */
function opened(x: Strings): Strings {
  if (!x.exact) return x;
  return {
    ...x,
    exact: undefined,
    prefix: x.exact,
    suffix: x.exact,
    condition: withStrings(x.condition, x.exact),
  };
}

/** Keeps the sets small, and turns what is long enough into trigrams. */
function cut(x: Strings, isLast: boolean): Strings {
  let { exact, prefix, suffix, condition } = x;
  if (exact) {
    const shortest = shortestOf(exact);
    if (exact.size <= mostExact && shortest < longEnough && !(isLast && shortest >= 3)) return x;
    condition = withStrings(condition, exact);
    prefix = exact;
    suffix = exact;
    exact = undefined;
  }
  condition = withStrings(withStrings(condition, prefix), suffix);
  prefix = shortened(prefix, (text, length) => text.slice(0, length));
  suffix = shortened(suffix, (text, length) => text.slice(-length));
  return { canBeEmpty: x.canBeEmpty, exact, prefix, suffix, condition };
}

/** Two bytes of each string, which make trigrams with what comes next, or less if there are too many. */
function shortened(
  strings: ReadonlySet<string>,
  part: (text: string, length: number) => string,
): ReadonlySet<string> {
  for (let length = 2; length > 0; length--) {
    const cutStrings = new Set([...strings].map(text => (text.length <= length ? text : part(text, length))));
    if (cutStrings.size <= mostStrings) return cutStrings;
  }
  return new Set(['']);
}

function shortestOf(strings: ReadonlySet<string>): number {
  let shortest = Infinity;
  for (const { length } of strings) shortest = Math.min(shortest, length);
  return shortest;
}

function product(x: ReadonlySet<string>, y: ReadonlySet<string>): Set<string> {
  const all = new Set<string>();
  for (const a of x) for (const b of y) all.add(a + b);
  return all;
}

/** The condition, and that one of the strings is in the text. */
function withStrings(condition: TrigramCondition, strings: ReadonlySet<string>): TrigramCondition {
  const parts: TrigramCondition[] = [];
  for (const text of strings) {
    const trigrams = trigramsOf(Buffer.from(text, 'latin1'));
    if (trigrams.size === 0) return condition;
    parts.push(allOf(trigrams, []));
  }
  return parts.length === 0 ? condition : both(condition, parts.reduce(either));
}

function allOf(trigrams: ReadonlySet<Trigram>, parts: readonly TrigramCondition[]): TrigramCondition {
  if (trigrams.size === 0)
    return parts.length === 0 ? anyText : parts.length === 1 ? parts[0]! : partsOf(parts);
  return { kind: 'all-of', trigrams: [...trigrams], parts };
}

function partsOf(parts: readonly TrigramCondition[]): TrigramCondition {
  return { kind: 'all-of', trigrams: [], parts };
}

function both(x: TrigramCondition, y: TrigramCondition): TrigramCondition {
  if (x.kind === 'any' || x === y) return y;
  if (y.kind === 'any') return x;
  const trigrams = new Set<Trigram>();
  const parts = new Map<string, TrigramCondition>();
  for (const each of [x, y]) {
    if (each.kind === 'all-of') for (const trigram of each.trigrams) trigrams.add(trigram);
    for (const part of each.kind === 'all-of' ? each.parts : [each]) parts.set(JSON.stringify(part), part);
  }
  return allOf(trigrams, [...parts.values()]);
}

function either(x: TrigramCondition, y: TrigramCondition): TrigramCondition {
  if (x.kind === 'any' || y.kind === 'any') return anyText;
  const parts = new Map<string, TrigramCondition>();
  for (const each of [x, y])
    for (const part of each.kind === 'one-of' ? each.parts : [each]) parts.set(JSON.stringify(part), part);
  const all = [...parts.values()];
  return all.length === 1 ? all[0]! : { kind: 'one-of', parts: all };
}
