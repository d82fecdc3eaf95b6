import type { IndexStatus } from '../core/progress.ts';
import type { Snapshot } from '../store/snapshot.ts';

/** What a snapshot says of an index: counts, coverage, languages. */
export function statusOf(
  snapshot: Snapshot,
): Omit<IndexStatus, 'root' | 'indexFile' | 'indexBytes' | 'formatVersion' | 'notes'> {
  const languages = new Map<string, { language: string; files: number; units: number }>();
  const roles: Record<string, number> = {};
  let units = 0;
  let sourceBytes = 0;
  snapshot.files.forEach((file, f) => {
    const segment = snapshot.segment(f);
    const language = segment.language(file.document);
    const count = segment.endUnit(file.document) - segment.documents.firstUnit[file.document]!;
    let row = languages.get(language);
    if (!row) languages.set(language, (row = { language, files: 0, units: 0 }));
    row.files++;
    row.units += count;
    units += count;
    sourceBytes += file.size;
    roles[file.role] = (roles[file.role] ?? 0) + 1;
  });
  const { catalog } = snapshot;
  const partial = catalog.files.filter(file => file.note !== undefined);
  const skipped = [...catalog.skipped, ...partial.map(file => ({ path: file.path, reason: file.note! }))];
  return {
    generation: snapshot.generation,
    updatedAt: catalog.updatedAt === 0 ? undefined : catalog.updatedAt,
    complete: catalog.complete,
    files: snapshot.files.length,
    units,
    sourceBytes,
    segments: snapshot.segments.length,
    languages: [...languages.values()].sort((a, b) => b.units - a.units),
    roles,
    skipped: skipped.sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
}
