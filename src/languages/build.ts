import type { QueryMatch } from 'web-tree-sitter';
import type { Outline, UnitKind, UnitSpan } from '../core/unit.ts';
import { applyAttributes, applyLeads, applyWraps, collect, type Found, union } from './collect.ts';
import { complete } from './complete.ts';
import { docBefore, lastEndingBy, runEnd, touches } from './docs.ts';
import type { Language } from './language.ts';
import { LineTable, trimEnd } from './lines.ts';

/**
 * The outline that the matches of a language's queries describe, one list per query. `source` must be the text
 * that was parsed.
 */
export function buildOutline(
  language: Language,
  source: string,
  matches: readonly (readonly QueryMatch[])[],
): Outline {
  const lines = new LineTable(source);
  const findings = collect(language, source, matches);
  const { comments, docstrings } = findings;
  const found = findings.found.sort(bySpan);
  applyWraps(source, found, findings.wraps);
  applyLeads(language, source, found);
  applyAttributes(source, found, comments, findings.attributes, findings.docs);
  found.sort(bySpan);

  const finds = unique(found);
  const drafts = nest(language, lines, finds);
  attachDocs(language, source, drafts, comments, docstrings);
  const units = spans(source, lines, drafts, comments);
  const merged = language.clauseKey ? mergeClauses(source, units, comments, language.clauseKey) : units;
  const allComments = union(comments, docstrings, findings.docs);
  const { fileDoc } = language;
  const licence = fileDoc ? withoutFileDocs(source, comments, fileDoc) : comments;
  const ignored = union(licence, findings.skips, findings.docs, scopeHeads(finds));
  return {
    units: complete(merged, allComments, ignored, lines, language.noise),
    comments: allComments,
    imports: findings.imports,
  };
}

/** A unit in its place. `parent` indexes the drafts, -1 at the top; `scope` is its enclosing scope or unit. */
interface Draft {
  readonly found: Found;
  readonly kind: UnitKind;
  readonly name: string;
  readonly qualifiedName: string;
  readonly parent: number;
  docStart: number;
  docEnd: number;
}

const memberHolders: ReadonlySet<string> = new Set([
  'class',
  'interface',
  'struct',
  'enum',
  'trait',
  'type',
  'scope',
]);

function bySpan(a: Found, b: Found): number {
  return a.start - b.start || b.end - a.end || a.pattern - b.pattern;
}

/** One of several finds with the same range: the first pattern's, completed with what the others know. */
function unique(found: readonly Found[]): Found[] {
  const result: Found[] = [];
  for (const one of found) {
    const last = result.at(-1);
    if (
      last &&
      last.start === one.start &&
      last.end === one.end &&
      (last.role === 'scope') === (one.role === 'scope')
    ) {
      last.name ||= one.name;
      last.owner ||= one.owner;
      if (last.body < 0) last.body = one.body;
    } else {
      result.push(one);
    }
  }
  return result;
}

/** Heads of scopes: `impl Foo for Bar` alone is no content. */
function scopeHeads(found: readonly Found[]): number[] {
  const heads: number[] = [];
  for (const { role, start, end, body } of found) {
    if (role === 'scope') heads.push(start, body > start ? body : end);
  }
  return heads;
}

interface Open {
  readonly end: number;
  readonly role: UnitKind | 'scope';
  readonly qualifiedName: string;
  readonly draft: number;
  readonly inFunction: boolean;
}

function nest(language: Language, lines: LineTable, found: readonly Found[]): Draft[] {
  const drafts: Draft[] = [];
  const open: Open[] = [];
  for (const one of found) {
    while (open.length > 0 && open.at(-1)!.end <= one.start) open.pop();
    const around = open.at(-1);
    if (around && one.end > around.end) continue;
    if (one.outer && around?.inFunction) continue;
    const minLines = around?.inFunction ? Math.max(one.minLines, one.innerLines) : one.minLines;
    if (minLines > 0 && lines.lineAt(one.end - 1) - lines.lineAt(one.start) + 1 < minLines) continue;
    const { owner, name } = splitName(one, language.separator);
    if (one.role !== 'scope' && name === '') continue;
    const prefix = around?.qualifiedName ?? '';
    const isMember =
      one.role === 'method' ||
      (one.role === 'function' &&
        ((owner !== '' && !one.isStatic) || (around !== undefined && holdsMembers(language, around.role))));
    const kind = isMember ? 'method' : one.role;
    const member = language.memberSeparator ?? language.separator;
    const separator = one.isStatic
      ? (language.staticSeparator ?? member)
      : kind === 'method'
        ? member
        : language.separator;
    const inner =
      owner && prefix && !endsWithName(prefix, owner, language.separator)
        ? prefix + language.separator + owner
        : owner || prefix;
    const qualifiedName = inner ? inner + separator + name : name;
    if (kind !== 'scope') {
      const parent = open.findLast(entry => entry.draft >= 0)?.draft ?? -1;
      const { docStart, docEnd } = one;
      drafts.push({ found: one, kind, name, qualifiedName, parent, docStart, docEnd });
    }
    open.push({
      end: one.end,
      role: kind,
      qualifiedName,
      draft: kind === 'scope' ? -1 : drafts.length - 1,
      inFunction: around?.inFunction || kind === 'function' || kind === 'method',
    });
  }
  return drafts;
}

function holdsMembers(language: Language, role: UnitKind | 'scope'): boolean {
  return memberHolders.has(role) || (role !== 'scope' && (language.memberOf?.includes(role) ?? false));
}

function endsWithName(path: string, name: string, separator: string): boolean {
  return path === name || path.endsWith(separator + name);
}

/** Divides `Foo<T>::bar` into owner `Foo` and name `bar`; the owner's type arguments go. */
function splitName(one: Found, separator: string): { owner: string; name: string } {
  const name = one.name.replace(/\s+/g, ' ').trim();
  const owner = one.owner.replace(/\s+/g, '').replace(/<.*>/, '');
  const operator = /^\(([^\w\s()]+)\)$/.exec(name);
  if (operator) return { owner, name: operator[1]! };
  const quoted = /^(['"`])(.*)\1$/.exec(name);
  if (quoted) return { owner, name: quoted[2]! };
  let depth = 0;
  for (let at = name.length - 1; at > 0; at--) {
    const char = name[at];
    if (char === '>') depth++;
    else if (char === '<') depth--;
    else if (depth <= 0 && name.startsWith(separator, at) && at + separator.length < name.length) {
      const before = name.slice(0, at).replace(/<.*>/, '');
      if (!/^[\w$~\\:.@]+$/u.test(before) || !/\w$/.test(before) || before === 'operator') break;
      return {
        owner: owner ? owner + separator + before : before,
        name: name.slice(at + separator.length).trim(),
      };
    }
  }
  return { owner, name };
}

function attachDocs(
  language: Language,
  source: string,
  drafts: readonly Draft[],
  comments: readonly number[],
  docstrings: readonly number[],
): void {
  for (const draft of drafts) {
    if (draft.docStart >= 0) continue;
    const doc = docBefore(source, comments, draft.found.start, 0);
    if (doc) [draft.docStart, draft.docEnd] = doc;
  }
  let next = 0;
  const around: Draft[] = [];
  for (let i = 0; i < docstrings.length; i += 2) {
    const [start, end] = [docstrings[i]!, docstrings[i + 1]!];
    for (; next < drafts.length && drafts[next]!.found.start <= start; next++) around.push(drafts[next]!);
    while (around.length > 0 && around.at(-1)!.found.end < end) around.pop();
    const owner = around.at(-1);
    if (owner) [owner.docStart, owner.docEnd] = [start, end];
  }
  if (language.docAfter) attachDocsAfter(language.docAfter, source, drafts, comments);
}

function attachDocsAfter(
  pattern: RegExp,
  source: string,
  drafts: readonly Draft[],
  comments: readonly number[],
): void {
  for (const draft of drafts) {
    if (draft.docStart >= 0) continue;
    const index = lastEndingBy(comments, draft.found.end) + 2;
    const start = comments[index];
    if (start === undefined || start < draft.found.end || !touches(source, draft.found.end, start)) continue;
    if (!pattern.test(source.slice(start, start + 40))) continue;
    draft.docStart = start;
    draft.docEnd = runEnd(source, comments, index);
  }
}

function spans(
  source: string,
  lines: LineTable,
  drafts: readonly Draft[],
  comments: readonly number[],
): UnitSpan[] {
  return drafts.map(({ found, kind, name, qualifiedName, parent, docStart, docEnd }) => ({
    kind,
    name,
    qualifiedName,
    start: found.start,
    end: found.end,
    firstLine: lines.lineAt(found.start),
    lastLine: lines.lineAt(found.end - 1),
    signatureEnd: signatureEnd(source, lines, found, comments),
    docStart,
    docEnd,
    parent,
  }));
}

const longestPrototype = 800;
const signatureTail = /(?:=>|[:={\\]|\b(?:do|where|then|begin))$/;

/** End of the head: before the body, without the comments, white space and opening token in between. */
function signatureEnd(source: string, lines: LineTable, found: Found, comments: readonly number[]): number {
  const { start, end, body } = found;
  if (body <= start) {
    const isPrototype = found.role === 'function' || found.role === 'method';
    const headEnd = lines.endOf(lines.lineAt(found.head));
    return trimEnd(
      source,
      start,
      isPrototype && end - start <= longestPrototype ? end : Math.min(end, headEnd),
    );
  }
  let at = trimEnd(source, start, Math.min(body, end));
  for (let index = lastEndingBy(comments, at); index >= 0 && comments[index + 1] === at; index -= 2) {
    if (comments[index]! <= start) break;
    at = trimEnd(source, start, comments[index]!);
  }
  const tail = signatureTail.exec(source.slice(Math.max(start, at - 8), at));
  return tail ? Math.max(trimEnd(source, start, at - tail[0].length), start + 1) : at;
}

/** Joins neighbouring leaf units of one parent whose key is equal and that only white space and comments part. */
function mergeClauses(
  source: string,
  units: UnitSpan[],
  comments: readonly number[],
  key: (name: string, signature: string) => string,
): UnitSpan[] {
  const result: UnitSpan[] = [];
  const moved: number[] = [];
  const lastChild = new Map<number, number>();
  const keys: string[] = [];
  for (const unit of units) {
    const parent = unit.parent < 0 ? -1 : moved[unit.parent]!;
    unit.parent = parent;
    const own = `${unit.kind} ${unit.qualifiedName} ${key(unit.name, source.slice(unit.start, unit.signatureEnd))}`;
    const before = lastChild.get(parent);
    const last = before === undefined ? undefined : result[before]!;
    if (last && keys[before!] === own && onlyComments(source, comments, last.end, unit.start)) {
      last.end = unit.end;
      last.lastLine = unit.lastLine;
      if (last.docStart < 0 && unit.docStart >= last.start) {
        last.docStart = unit.docStart;
        last.docEnd = unit.docEnd;
      }
      moved.push(before!);
      continue;
    }
    moved.push(result.length);
    lastChild.set(parent, result.length);
    keys.push(own);
    result.push(unit);
  }
  return result;
}

function onlyComments(source: string, comments: readonly number[], from: number, to: number): boolean {
  let at = trimEnd(source, from, to);
  for (
    let index = lastEndingBy(comments, at);
    at > from && index >= 0 && comments[index + 1] === at;
    index -= 2
  ) {
    at = trimEnd(source, from, Math.max(from, comments[index]!));
  }
  return at <= from;
}

function withoutFileDocs(source: string, comments: readonly number[], pattern: RegExp): number[] {
  const rest: number[] = [];
  for (let i = 0; i < comments.length; i += 2) {
    if (pattern.test(source.slice(comments[i], Math.min(comments[i + 1]!, comments[i]! + 400)))) continue;
    rest.push(comments[i]!, comments[i + 1]!);
  }
  return rest;
}
