import { existsSync } from 'node:fs';
import { isRevision, type Source } from '../sources/source.ts';

/**
 * What to watch for an index of several repositories: directories, and the git directories of revisions, in which branches
 * move. What is not there at the moment is in `missing`.
 */
export function watchedRoots(sources: readonly Source[]): { roots: string[]; missing: string[] } {
  const all = [...new Set(sources.map(one => (isRevision(one) ? one.repository : one.directory)))];
  return { roots: all.filter(path => existsSync(path)), missing: all.filter(path => !existsSync(path)) };
}
