import { identifiersOf, splitIdentifier } from '../../../core/identifiers.ts';
import type { Signal } from '../../../core/search.ts';
import type { Role } from '../../../core/unit.ts';
import type { Pattern } from '../../../query/ast.ts';
import { definitionPrefix } from '../../../store/segment.ts';
import type { Snapshot } from '../../../store/snapshot.ts';
import type { UnitTest } from '../../../store/vectors/dense.ts';
import { fileHit, type UncheckedHit, unitHit } from '../hits.ts';
import { documentOf } from '../retrieval/definitions.ts';
import type { Selection } from './selection.ts';

/** How much less a match in such a file counts; without words nothing else tells them apart. */
export const roleWeight: Readonly<Record<Role, number>> = {
  source: 0,
  docs: -0.3,
  test: -0.4,
  generated: -0.8,
  vendored: -0.8,
};

export interface ListOptions {
  /** What files and units have to pass; the selection's own tests are among it. */
  accept: ((file: number) => boolean) | undefined;
  isWanted: UnitTest | undefined;
  limit: number;
  perFile: number;
  /** Paths that are left out. */
  without?: ReadonlySet<string>;
}

export interface Listed {
  hits: UncheckedHit[];
  /** Files that are accepted. */
  total: number;
}

/**
 * What a selection accepts, where no words say what is wanted most: names that are what was asked for first, then many matches before
 * few, source before tests, files that others import before those that none does. Call inside `read`.
 */
export function listFiles(
  selection: Selection,
  { accept, isWanted, limit, perFile, without }: ListOptions,
): Listed {
  const { snapshot } = selection;
  const accepted: Array<{ file: number; score: number; signals: Signal[] }> = [];
  const nameOf = nameStrength(selection.names);
  const isNamed = selection.asksForNames ? () => true : definesAny(selection);
  for (let file = 0; file < snapshot.files.length; file++) {
    if (accept && !accept(file)) continue;
    const { path } = snapshot.files[file]!;
    if (without?.has(path)) continue;
    const signals = signalsOf(selection, file, isNamed(file) ? nameOf : undefined);
    accepted.push({ file, signals, score: signals.reduce((sum, { value }) => sum + value, 0) });
  }
  accepted.sort((a, b) => b.score - a.score || a.file - b.file);
  const hits: UncheckedHit[] = [];
  for (const { file, score, signals } of accepted) {
    if (hits.length === limit) break;
    const hit = hitOf(selection, file, score, signals, { isWanted, perFile, nameOf });
    if (hit) hits.push(hit);
  }
  return { hits, total: accepted.length };
}

type NameStrength = (name: string, qualifiedName: string) => number;

/** 1 for a name that is one of the patterns to the letter, .7 in other case, .2 for one that has it. */
function nameStrength(patterns: readonly Pattern[]): NameStrength {
  const wanted = patterns.filter(({ isRegex }) => !isRegex).map(({ text }) => text);
  const lower = wanted.map(text => text.toLowerCase());
  return (name, qualifiedName) => {
    if (name === '' || wanted.length === 0) return 0;
    if (wanted.includes(name) || wanted.includes(qualifiedName)) return 1;
    const folded = name.toLowerCase();
    if (lower.includes(folded) || lower.includes(qualifiedName.toLowerCase())) return 0.7;
    return lower.some(text => folded.includes(text)) ? 0.2 : 0;
  };
}

/** Files that define what is looked for, by the dictionary: to read the units of all files would take too long. */
function definesAny({ names, snapshot }: Selection): (file: number) => boolean {
  const documents = new Set<number>();
  for (const { text, isRegex } of names) {
    const folded = isRegex ? '' : identifiersOf(text).flatMap(splitIdentifier).join('');
    if (folded === '') continue;
    snapshot.segments.forEach((segment, s) => {
      const entry = segment.lookup(definitionPrefix + folded);
      if (!entry) return;
      const { targets, count } = segment.postings(entry);
      for (let i = 0; i < count; i++) documents.add(s * 2 ** 32 + segment.documentOfUnit(targets[i]!));
    });
  }
  return file => documents.has(documentOf(snapshot, file));
}

function signalsOf(selection: Selection, file: number, nameOf: NameStrength | undefined): Signal[] {
  const { snapshot } = selection;
  const { role, importers } = snapshot.files[file]!;
  const matches = selection.matchesIn(file).length;
  const signals: Signal[] = [];
  const add = (name: string, value: number, detail?: string) => {
    if (value !== 0) signals.push({ name, value, ...(detail === undefined ? {} : { detail }) });
  };
  if (nameOf) {
    const units = unitsOf(snapshot, file);
    let best = 0;
    let called = '';
    for (const unit of selection.unitsOf(file).keys()) {
      const { name, qualifiedName } = units[unit]!;
      const strength = nameOf(name, qualifiedName);
      if (strength > best) [best, called] = [strength, qualifiedName];
    }
    add('definition', best * 2, called);
  }
  add('matches', Math.log2(1 + matches) / 8, `${matches}`);
  add('role', roleWeight[role], role);
  add('importers', Math.min(1, Math.log2(1 + importers) / 8), `${importers}`);
  if (signals.length === 0) signals.push({ name: 'filter', value: 0 });
  return signals;
}

function unitsOf(snapshot: Snapshot, file: number): ReturnType<ReturnType<Snapshot['segment']>['units']> {
  return snapshot.segment(file).units(snapshot.files[file]!.document);
}

/** The units with the best name, then those with most matches, then in their order. */
function hitOf(
  selection: Selection,
  file: number,
  score: number,
  signals: Signal[],
  { isWanted, perFile, nameOf }: Pick<ListOptions, 'isWanted' | 'perFile'> & { nameOf: NameStrength },
): UncheckedHit | undefined {
  const { snapshot } = selection;
  const units = unitsOf(snapshot, file);
  const matches = selection.matchesIn(file);
  const ranked = [...selection.unitsOf(file)].flatMap(([unit, count]) => {
    if (isWanted && !isWanted(file, unit)) return [];
    const stored = units[unit]!;
    return { stored, unit, count, name: nameOf(stored.name, stored.qualifiedName) };
  });
  ranked.sort((a, b) => b.name - a.name || b.count - a.count || a.unit - b.unit);
  const first = ranked[0];
  if (!first) {
    const line = selection.lineOf(file);
    if (line === undefined && isWanted && units.length > 0) return undefined;
    return fileHit(snapshot, file, line, score, signals);
  }
  const hit = ({ stored }: typeof first, value: number, list: Signal[]) => {
    const inside = matches.find(({ line }) => line >= stored.firstLine && line <= stored.lastLine);
    return unitHit(snapshot, file, stored, inside?.line ?? stored.firstLine, value, list);
  };
  const top = hit(first, score, signals);
  for (const other of ranked.slice(1, perFile)) top.more.push(hit(other, score, signals));
  return top;
}

/** Gives hits the places inside them; a comment above a unit is part of it. */
export function withMatches<H extends UncheckedHit>(hit: H, selection: Selection, file: number): H {
  const all = selection.matchesIn(file);
  if (all.length === 0) return hit;
  const inside = ({ firstLine, lastLine, docStart, docEnd, start }: UncheckedHit) => {
    const above = docStart >= 0 && docStart < start ? Math.ceil((docEnd - docStart) / 2) : 0;
    return all.filter(({ line }) => line >= firstLine - above && line <= lastLine);
  };
  return {
    ...hit,
    matches: inside(hit),
    more: hit.more.map(other => ({ ...other, matches: inside(other) })),
  };
}
