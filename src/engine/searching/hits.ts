// Units and files of a snapshot as hits.

import type { Hit, Signal } from '../../core/search.ts';
import type { StoredUnit } from '../../store/segment.ts';
import type { Snapshot } from '../../store/snapshot.ts';

/** A hit before anyone has looked whether its file is still what was indexed. */
export interface UncheckedHit extends Omit<Hit, 'stale' | 'repository' | 'more'> {
  /** Further units of the same file, best first. */
  more: UncheckedHit[];
}

/** A unit of a file as a hit; `matchLine` is where a snippet should begin. */
export function unitHit(
  snapshot: Snapshot,
  file: number,
  unit: StoredUnit,
  matchLine: number,
  score: number,
  signals: Signal[],
): UncheckedHit {
  return {
    ...fileOf(snapshot, file),
    ...spanOf(unit),
    matchLine: Math.max(matchLine, unit.firstLine),
    score,
    signals,
    more: [],
  };
}

/** A file, or one line of it, without a unit. */
export function fileHit(
  snapshot: Snapshot,
  file: number,
  line: number | undefined,
  score: number,
  signals: Signal[],
): UncheckedHit {
  const lines = snapshot.segment(file).documents.lines[snapshot.files[file]!.document]!;
  return {
    ...fileOf(snapshot, file),
    kind: 'block',
    name: '',
    qualifiedName: '',
    firstLine: line ?? 1,
    lastLine: line ?? lines,
    start: 0,
    end: 0,
    signatureEnd: 0,
    docStart: -1,
    docEnd: -1,
    matchLine: line ?? 1,
    score,
    signals,
    more: [],
  };
}

function fileOf(snapshot: Snapshot, file: number): Pick<Hit, 'path' | 'language' | 'role'> {
  const { path, document, role } = snapshot.files[file]!;
  return { path, language: snapshot.segment(file).language(document), role };
}

/** The fields of a stored unit as plain data: some are decoded when they are read. */
function spanOf(unit: StoredUnit): Omit<StoredUnit, 'parent'> {
  const { kind, name, qualifiedName, firstLine, lastLine, start, end, signatureEnd, docStart, docEnd } = unit;
  return { kind, name, qualifiedName, firstLine, lastLine, start, end, signatureEnd, docStart, docEnd };
}
