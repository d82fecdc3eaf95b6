import { unitKinds } from '../../../core/unit.ts';
import type { AnalyzedQuery } from '../../../ranking/query.ts';
import type { DefinitionMatch } from '../../../ranking/signals.ts';
import { definitionPrefix } from '../../../store/segment.ts';
import type { Snapshot } from '../../../store/snapshot.ts';

/** Definitions that a query names, by document as `documentOf` counts them. */
export type Definitions = Map<number, Array<DefinitionMatch & { unit: number }>>;

/** A number for the document of a file that no other document of the snapshot has. */
export function documentOf(snapshot: Snapshot, file: number): number {
  return snapshot.segmentOf[file]! * 2 ** 32 + snapshot.files[file]!.document;
}

/** Files that define something the query names: they are ranked however little else speaks for them. */
export function filesDefining(snapshot: Snapshot, definitions: Definitions): Set<number> {
  const files = new Set<number>();
  for (const [key, list] of definitions) {
    // A name that hundreds of files define singles none of them out.
    if (list.every(d => d.files > 50)) continue;
    const s = Math.floor(key / 2 ** 32);
    const { firstFile, nextFile } = snapshot;
    for (let f = firstFile[s]![key % 2 ** 32]!; f >= 0; f = nextFile[f]!) files.add(f);
  }
  return files;
}

/** Definitions named like the query's words. */
export function definitionsOf(snapshot: Snapshot, query: AnalyzedQuery): Definitions {
  const found: Definitions = new Map();
  const look = (name: string, adjacent: boolean) => {
    const documents = new Map<number, Array<{ unit: number; kind: number }>>();
    snapshot.segments.forEach((segment, s) => {
      const entry = segment.lookup(definitionPrefix + name);
      if (!entry) return;
      const list = segment.postings(entry);
      for (let i = 0; i < list.count; i++) {
        const doc = segment.documentOfUnit(list.targets[i]!);
        if (snapshot.firstFile[s]![doc]! < 0) continue;
        const key = s * 2 ** 32 + doc;
        const known = documents.get(key);
        const match = {
          unit: list.targets[i]! - segment.documents.firstUnit[doc]!,
          kind: list.frequencies[i]!,
        };
        if (known) known.push(match);
        else documents.set(key, [match]);
      }
    });
    for (const [key, units] of documents) {
      let list = found.get(key);
      if (!list) found.set(key, (list = []));
      for (const { unit, kind } of units) {
        list.push({ name, kind: unitKinds[kind]!, files: documents.size, adjacent, unit });
      }
    }
  };
  const own = new Set([...query.words.map(word => word.text), ...query.joined.map(j => j.text)]);
  for (const name of own) look(name, false);
  for (const { text } of query.adjacent) if (!own.has(text)) look(text, true);
  return found;
}
