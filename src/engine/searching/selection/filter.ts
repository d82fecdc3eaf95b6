import { matchesGlob } from 'node:path';
import type { SearchFilter } from '../../../core/search.ts';
import type { UnitKind } from '../../../core/unit.ts';
import type { Snapshot } from '../../../store/snapshot.ts';
import type { UnitTest } from '../../../store/vectors/dense.ts';
import { documentOf } from '../retrieval/definitions.ts';

/** A test for one path: exact folder or file, or a glob over the whole path or over the name alone. */
export function pathMatcher(pattern: string): (path: string) => boolean {
  const clean = pattern.replace(/^\.\//, '').replace(/\/+$/, '');
  if (clean === '' || clean === '.') return () => true;
  if (!/[*?[{]/.test(clean)) {
    return clean.includes('/')
      ? path => path === clean || path.startsWith(`${clean}/`)
      : path => path === clean || path.startsWith(`${clean}/`) || path.split('/').includes(clean);
  }
  // A folder may be called `[id]`: what is there under exactly this name counts first.
  const literal = (path: string) => path === clean || path.startsWith(`${clean}/`);
  if (!clean.includes('/'))
    return path => literal(path) || matchesGlob(path.slice(path.lastIndexOf('/') + 1), clean);
  return path => literal(path) || matchesGlob(path, clean);
}

/** Turns a filter into a test over a snapshot's files; kinds concern units and are not tested here. */
export function fileFilter(filter: SearchFilter, snapshot: Snapshot): (file: number) => boolean {
  const languages = filter.languages ? new Set(filter.languages) : undefined;
  const roles = filter.roles ? new Set(filter.roles) : undefined;
  const wanted = filter.paths?.map(pathMatcher);
  const unwanted = filter.notPaths?.map(pathMatcher);
  return f => {
    const file = snapshot.files[f]!;
    if (languages && !languages.has(snapshot.segment(f).language(file.document))) return false;
    if (roles && !roles.has(file.role)) return false;
    if (wanted && !wanted.some(matches => matches(file.path))) return false;
    return !unwanted?.some(matches => matches(file.path));
  };
}

/** Units of these kinds. */
export function kindTest(kinds: Iterable<UnitKind>, snapshot: Snapshot): UnitTest {
  const wanted = new Set(kinds);
  const kindOf = unitKindsOf(snapshot);
  return (file, unit) => wanted.has(kindOf(file, unit));
}

/** Kinds of units; what is decoded for one unit of a document is kept for the others. */
export function unitKindsOf(snapshot: Snapshot): (file: number, unit: number) => UnitKind {
  const known = new Map<number, UnitKind[]>();
  return (file, unit) => {
    const key = documentOf(snapshot, file);
    let kinds = known.get(key);
    if (!kinds) {
      const { document } = snapshot.files[file]!;
      known.set(
        key,
        (kinds = snapshot
          .segment(file)
          .units(document)
          .map(({ kind }) => kind)),
      );
    }
    return kinds[unit] ?? 'block';
  };
}
