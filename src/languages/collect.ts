import type { QueryMatch } from 'web-tree-sitter';
import type { UnitKind } from '../core/unit.ts';
import type { KeywordRole, Language } from './language.ts';
import { isSpace, trimEnd } from './lines.ts';

/** A unit or scope as a pattern found it, before it knows its place. Offsets as in `UnitSpan`; -1: none. */
export interface Found {
  readonly role: UnitKind | 'scope';
  /** Where the definition began before wraps and attributes moved `start`. */
  readonly head: number;
  start: number;
  end: number;
  name: string;
  owner: string;
  body: number;
  readonly pattern: number;
  readonly minLines: number;
  readonly innerLines: number;
  readonly outer: boolean;
  readonly isStatic: boolean;
  docStart: number;
  docEnd: number;
}

/** Everything the matches of one query say about a source. All pairs are flat, ascending by start. */
export interface Findings {
  readonly found: Found[];
  readonly comments: number[];
  readonly docstrings: number[];
  readonly docs: number[];
  readonly attributes: number[];
  readonly wraps: number[];
  readonly skips: number[];
  readonly imports: string[];
}

interface UnitCapture {
  readonly role: KeywordRole | 'keyword';
  readonly minLines: number;
  readonly innerLines: number;
  readonly outer: boolean;
  readonly isStatic: boolean;
}

const scopeCapture: UnitCapture = {
  role: 'scope',
  minLines: 0,
  innerLines: 0,
  outer: false,
  isStatic: false,
};

/** More than any query has patterns, so that the patterns of an earlier query come first. */
const queryStride = 1000;

const parsedCaptures = new Map<string, UnitCapture | undefined>();

/** Reads `unit.function.lines2.outer`; undefined for the captures that are no units. */
function unitCapture(name: string): UnitCapture | undefined {
  if (parsedCaptures.has(name)) return parsedCaptures.get(name);
  const [head, role, ...flags] = name.split('.');
  const flagged = (flag: string) => Number(flags.find(one => one.startsWith(flag))?.slice(flag.length) ?? 0);
  let capture = name === 'scope' ? scopeCapture : undefined;
  if (head === 'unit') {
    capture = {
      role: role as KeywordRole,
      minLines: flagged('lines'),
      innerLines: flagged('inner'),
      outer: flags.includes('outer'),
      isStatic: flags.includes('static'),
    };
  }
  parsedCaptures.set(name, capture);
  return capture;
}

/** Sorts the captures of all matches into what they mean. `source` must be the text that was parsed. */
export function collect(
  language: Language,
  source: string,
  matches: readonly (readonly QueryMatch[])[],
): Findings {
  const findings: Findings = {
    found: [],
    comments: [],
    docstrings: [],
    docs: [],
    attributes: [],
    wraps: [],
    skips: [],
    imports: [],
  };
  const lastImport = { start: -1 };
  for (const [query, list] of matches.entries()) {
    for (const match of list) readMatch(language, source, match, query * queryStride, findings, lastImport);
  }
  return {
    found: findings.found,
    comments: sortedDisjoint(findings.comments),
    docstrings: sortedDisjoint(findings.docstrings),
    docs: sortedDisjoint(findings.docs),
    attributes: sortedDisjoint(findings.attributes),
    wraps: findings.wraps,
    skips: sortedDisjoint(findings.skips),
    imports: findings.imports,
  };
}

function readMatch(
  language: Language,
  source: string,
  match: QueryMatch,
  firstPattern: number,
  findings: Findings,
  lastImport: { start: number },
): void {
  let unit: UnitCapture | undefined;
  let start = -1;
  let end = -1;
  let name = '';
  let suffix = '';
  let owner = '';
  let body = -1;
  let keyword = '';
  let nameAt = -1;
  for (const { name: capture, node } of match.captures) {
    const { startIndex } = node;
    const endIndex = (capture === 'comment' && lineCommentEnd(language, source, startIndex)) || node.endIndex;
    switch (capture) {
      case 'comment':
        findings.comments.push(startIndex, trimEnd(source, startIndex, endIndex));
        break;
      case 'docstring':
        findings.docstrings.push(startIndex, trimEnd(source, startIndex, endIndex));
        break;
      case 'doc':
        findings.docs.push(startIndex, trimEnd(source, startIndex, endIndex));
        break;
      case 'attribute':
        findings.attributes.push(startIndex, trimEnd(source, startIndex, endIndex));
        break;
      case 'wrap':
        findings.wraps.push(startIndex, endIndex);
        break;
      case 'skip':
        findings.skips.push(startIndex, endIndex);
        break;
      case 'import':
        if (startIndex === lastImport.start) break;
        lastImport.start = startIndex;
        findings.imports.push(unquoted(source.slice(startIndex, endIndex)));
        break;
      case 'name':
        name = source.slice(startIndex, endIndex);
        nameAt = startIndex;
        break;
      case 'owner':
        owner = source.slice(startIndex, endIndex);
        break;
      case 'suffix':
        suffix = source.slice(startIndex, endIndex);
        break;
      case 'body':
        body = startIndex;
        break;
      case 'keyword':
        keyword = source.slice(startIndex, endIndex);
        break;
      default: {
        const parsed = unitCapture(capture);
        if (!parsed) break;
        unit = parsed;
        start = startIndex;
        end = trimEnd(source, startIndex, endIndex);
      }
    }
  }
  if (!unit || end <= start) return;
  const role = unit.role === 'keyword' ? keywordRole(language, keyword) : unit.role;
  switch (role) {
    case undefined:
      return;
    case 'import':
      findings.skips.push(start, end);
      if (name && nameAt !== lastImport.start) findings.imports.push(unquoted(name));
      lastImport.start = nameAt;
      return;
    case 'attribute':
      findings.attributes.push(start, end);
      return;
    case 'doc':
      findings.docs.push(start, end);
      return;
    case 'docstring':
      findings.docstrings.push(start, end);
      return;
    default:
      findings.found.push({
        role,
        head: start,
        start,
        end,
        name: suffix ? `${name} ${suffix}` : name || (match.setProperties?.name ?? ''),
        owner: language.ownerNoise ? owner.replace(language.ownerNoise, '').replace(/\.$/, '') : owner,
        body,
        pattern: firstPattern + match.patternIndex,
        minLines: unit.minLines,
        innerLines: unit.innerLines,
        outer: unit.outer,
        isStatic: unit.isStatic,
        docStart: -1,
        docEnd: -1,
      });
  }
}

/** Spares the call into the parser for the most frequent capture; 0 if the comment may go on. */
function lineCommentEnd({ lineComment }: Language, source: string, start: number): number {
  if (!lineComment || !source.startsWith(lineComment, start)) return 0;
  const end = source.indexOf('\n', start);
  return end < 0 || source.charCodeAt(end - 1) === 92 ? 0 : end;
}

function keywordRole(language: Language, keyword: string): KeywordRole | undefined {
  const { keywords } = language;
  return keywords && Object.hasOwn(keywords, keyword) ? keywords[keyword] : undefined;
}

function unquoted(specifier: string): string {
  return specifier
    .replace(/^import\s+/, '')
    .replace(/^["'`<]|["'`>;]$/g, '')
    .trim();
}

/** Sorts flat pairs by start and drops empty ones and those that begin inside the one before. */
function sortedDisjoint(pairs: number[]): number[] {
  let tidy = true;
  for (let i = 0; i < pairs.length && tidy; i += 2) {
    tidy = pairs[i]! < pairs[i + 1]! && (i === 0 || pairs[i - 1]! <= pairs[i]!);
  }
  if (tidy) return pairs;
  const result: number[] = [];
  for (const [from, to] of sortedPairs(pairs)) {
    if (from < to && from >= (result.at(-1) ?? 0)) result.push(from, to);
  }
  return result;
}

/** Flat pairs as pairs, by start, longer ones first. */
function sortedPairs(flat: readonly number[]): [number, number][] {
  const pairs: [number, number][] = [];
  for (let i = 0; i < flat.length; i += 2) pairs.push([flat[i]!, flat[i + 1]!]);
  return pairs.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
}

/** Union of flat pair lists, ascending and disjoint; what overlaps or touches becomes one pair. */
export function union(...lists: readonly (readonly number[])[]): number[] {
  const filled = lists.filter(list => list.length > 0);
  if (filled.length <= 1) return [...(filled[0] ?? [])];
  const result: number[] = [];
  for (const [from, to] of sortedPairs(filled.flat())) {
    const last = result.length - 1;
    if (last > 0 && from <= result[last]!) result[last] = Math.max(result[last]!, to);
    else result.push(from, to);
  }
  return result;
}

/** Moves the start of what ends where a wrapping node ends: `export`, decorators, template heads. */
export function applyWraps(source: string, found: Found[], wraps: readonly number[]): void {
  // Inner wraps come last in this order and are applied first.
  for (const [from, to] of sortedPairs(wraps).reverse()) {
    let low = 0;
    let high = found.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (found[middle]!.start < from) low = middle + 1;
      else high = middle;
    }
    while (low < found.length && found[low]!.end > to) low++;
    const unit = found[low];
    if (!unit || unit.start > to) continue;
    const same: Found[] = [];
    if (!onlyPunctuation(source, unit.end, to)) continue;
    for (let i = low; i < found.length && found[i]!.start === unit.start && found[i]!.end === unit.end; i++) {
      same.push(found[i]!);
    }
    for (const one of same) {
      one.start = from;
      one.end = to;
    }
  }
}

function onlyPunctuation(source: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const code = source.charCodeAt(at);
    if (code !== 59 && code !== 44 && !isSpace(code)) return false;
  }
  return true;
}

/** Takes what `lead` matches directly before a unit on its line into the unit. */
export function applyLeads({ lead }: Language, source: string, found: readonly Found[]): void {
  if (!lead) return;
  for (const unit of found) {
    const before = source.slice(Math.max(0, unit.start - 80), unit.start);
    const match = lead.exec(before.slice(before.lastIndexOf('\n') + 1));
    if (match) unit.start -= match[0].length;
  }
}

/**
 * Takes the attributes directly before a unit into its range, and a documenting node found on the way as its doc.
 */
export function applyAttributes(
  source: string,
  found: readonly Found[],
  comments: readonly number[],
  attributes: readonly number[],
  docs: readonly number[],
): void {
  if (attributes.length === 0 && docs.length === 0) return;
  const byEnd = new Map<number, [number, boolean]>();
  for (let i = 0; i < attributes.length; i += 2) byEnd.set(attributes[i + 1]!, [attributes[i]!, false]);
  for (let i = 0; i < docs.length; i += 2) byEnd.set(docs[i + 1]!, [docs[i]!, true]);
  const commentAt = new Map<number, number>();
  for (let i = 0; i < comments.length; i += 2) commentAt.set(comments[i + 1]!, comments[i]!);
  for (const unit of found) {
    const original = unit.start;
    let nearest = -1;
    let at = trimEnd(source, 0, original);
    for (;;) {
      const hit = byEnd.get(at);
      if (hit) {
        if (hit[1]) {
          unit.docStart = hit[0];
          unit.docEnd = at;
          break;
        }
        unit.start = hit[0];
        at = trimEnd(source, 0, hit[0]);
        continue;
      }
      const comment = commentAt.get(at);
      if (comment === undefined) break;
      if (unit.start === original) nearest = comment;
      at = trimEnd(source, 0, comment);
    }
    // A comment between the attributes and the definition is its doc if there is none before.
    if (unit.docStart < 0 && unit.start < original && nearest > unit.start) {
      unit.docStart = nearest;
      unit.docEnd = trimEnd(source, nearest, original);
    }
  }
}
