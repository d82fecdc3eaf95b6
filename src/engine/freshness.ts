import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Hit } from '../core/search.ts';
import type { Snapshot } from '../index/snapshot.ts';
import { contentKey } from './document-key.ts';

/** Whether a file is no longer what a snapshot holds of it: its lines may have moved. */
export function isStale(root: string, path: string, snapshot: Snapshot): boolean {
  const file = snapshot.file(path);
  if (!file) return true;
  try {
    const now = statSync(join(root, path));
    if (now.size !== file.size) return true;
    // A stamp that was not trusted when it was written says nothing: compare the content.
    if (file.mtimeMs >= 0 && now.mtimeMs === file.mtimeMs) return false;
    const segment = snapshot.segments.find(s => s.id === file.segment)!;
    const language = segment.language(file.document);
    return contentKey(readFileSync(join(root, path)), language) !== segment.hash(file.document);
  } catch {
    return true;
  }
}

export function withFreshness(hit: Hit, stale: boolean): Hit {
  return { ...hit, stale, more: hit.more.map(other => ({ ...other, stale })) };
}
