import { splitIdentifier } from '../../../core/identifiers.ts';
import type { Pattern } from '../../../query/ast.ts';
import { definitionPrefix } from '../../../store/segment.ts';
import type { SegmentReader } from '../../../store/segment-reader.ts';
import type { Snapshot } from '../../../store/snapshot.ts';
import { textTest } from './text-test.ts';

/** Units by document, as `documentOf` counts them. */
export type UnitSets = ReadonlyMap<number, ReadonlySet<number>>;

/** What joins the parts of a qualified name in any of the languages. */
const separators = /\.|::|#|\/|->|\\/;

/**
 * Units of live documents whose name has the pattern; whose qualified name has it, if the pattern is a regular expression or has a
 * separator (`Client.send`). Call inside `read`.
 */
export function unitsNamed(snapshot: Snapshot, pattern: Pattern): UnitSets {
  const test = textTest(pattern);
  const whole = pattern.isRegex || separators.test(pattern.text);
  const found = new Map<number, Set<number>>();
  snapshot.segments.forEach((segment, s) => {
    const heads = snapshot.firstFile[s]!;
    for (const document of documentsToRead(segment, pattern)) {
      if (heads[document]! < 0) continue;
      for (const [u, unit] of segment.units(document).entries()) {
        const { name } = unit;
        if (name === '' || !(test(name) || (whole && test(unit.qualifiedName)))) continue;
        const key = s * 2 ** 32 + document;
        const known = found.get(key);
        if (known) known.add(u);
        else found.set(key, new Set([u]));
      }
    }
  });
  return found;
}

/** Documents that can have such a name: by the dictionary, which has names folded, or all. */
function documentsToRead(segment: SegmentReader, { text, isRegex }: Pattern): Iterable<number> {
  const last = text.split(separators).at(-1)!;
  const folded = splitIdentifier(last).join('');
  // Letters outside ASCII may change their length when they are folded.
  if (isRegex || folded === '' || !/^[A-Za-z0-9_$]+$/.test(last))
    return Array.from({ length: segment.info.documents }, (_, i) => i);
  const documents = new Set<number>();
  for (const entry of segment.dictionary.entries()) {
    if (!entry.term.startsWith(definitionPrefix)) break;
    if (!entry.term.includes(folded)) continue;
    const { targets, count } = segment.postings(entry);
    for (let i = 0; i < count; i++) documents.add(segment.documentOfUnit(targets[i]!));
  }
  return documents;
}
