import { readFileSync, statSync } from 'node:fs';
import type { CatalogFile } from '../../store/catalog.ts';
import type { Snapshot } from '../../store/snapshot.ts';
import { contentKey } from './document-key.ts';

/** Whether a file on disk still is what a snapshot holds of it: its lines are where they were. */
export function isUnchanged(place: string, file: CatalogFile, snapshot: Snapshot): boolean {
  try {
    const now = statSync(place);
    if (now.size !== file.size || !now.isFile()) return false;
    // A stamp that was not trusted when it was written says nothing: compare the content.
    if (file.mtimeMs >= 0 && now.mtimeMs === file.mtimeMs) return true;
    const segment = snapshot.segments.find(({ id }) => id === file.segment)!;
    return contentKey(readFileSync(place), segment.language(file.document)) === segment.hash(file.document);
  } catch {
    return false;
  }
}
