import { hash } from 'node:crypto';
import { QuarryError } from '../../core/errors.ts';
import type { SkippedFile } from '../../core/source.ts';
import { GitBlobs } from '../../ingest/git-blobs.ts';
import { changedPaths, resolveRevisions } from '../../ingest/git-repository.ts';
import { listGitTree } from '../../ingest/git-tree.ts';
import type { IgnoreOptions } from '../../ingest/index.ts';
import { walkTree } from '../../ingest/index.ts';
import { projectSettings } from '../settings/config.ts';
import {
  type DirectorySource,
  isRevision,
  labelOf,
  type RevisionSource,
  type Source,
  type SourceEntry,
  stampsOf,
} from '../sources/source.ts';

/** What a source holds now. Paths are those of the catalog. */
export interface Listing {
  source: Source;
  /** Undefined: everything stays as the catalog has it. */
  found?: {
    files: SourceEntry[];
    skipped: SkippedFile[];
    /** Of a revision: whether a path is as it was when the catalog was made; what was skipped then is skipped again. */
    isSame?: (path: string) => boolean;
    /** To be stored with the source when the update is complete. */
    indexed?: NonNullable<RevisionSource['indexed']>;
  };
  /** For people. */
  note?: string;
}

export interface ListOptions {
  ignore: IgnoreOptions;
  maxFileBytes: number;
  signal: AbortSignal | undefined;
  /** Whether the last update came to its end: only then a commit that is the same needs no look. */
  isComplete: boolean;
  /** Sources some of whose files could not be read the last time: they are looked at again. */
  hasUnread: (source: Source) => boolean;
  onProgress: (found: number) => void;
}

/**
 * Lists all sources. What is gone – a directory, a repository, a branch – keeps its files, and a note says so; only in the
 * index of one tree it is an error. Throws QuarryError as `walkTree` does, `not-found` without git, and `aborted`.
 */
export async function listSources(sources: readonly Source[], options: ListOptions): Promise<Listing[]> {
  const commits = await resolveAll(sources.filter(isRevision), options.signal);
  const listings: Listing[] = [];
  let found = 0;
  for (const source of sources) {
    const listing = isRevision(source)
      ? await listRevision(source, commits.get(source)!, options)
      : await listDirectory(source, { ...options, onProgress: more => options.onProgress(found + more) });
    found += listing.found?.files.length ?? 0;
    options.onProgress(found);
    listings.push(listing);
  }
  return listings;
}

/** One call of git per repository. A commit, or why there is none. */
async function resolveAll(
  sources: readonly RevisionSource[],
  signal: AbortSignal | undefined,
): Promise<Map<RevisionSource, { commit: string } | { gone: string }>> {
  const resolved = new Map<RevisionSource, { commit: string } | { gone: string }>();
  for (const [repository, own] of Map.groupBy(sources, source => source.repository)) {
    let commits: Map<string, string | undefined>;
    try {
      commits = await resolveRevisions(
        repository,
        own.map(({ revision }) => revision),
        signal,
      );
    } catch (error) {
      const gone = reasonOf(error);
      for (const source of own) resolved.set(source, { gone });
      continue;
    }
    for (const source of own) {
      const commit = commits.get(source.revision);
      resolved.set(
        source,
        commit === undefined ? { gone: `${repository} has no ${source.revision} any more` } : { commit },
      );
    }
  }
  return resolved;
}

/** The line that says why a source cannot be read; anything unexpected, and what stops the update, is thrown. */
function reasonOf(error: unknown): string {
  if (error instanceof QuarryError && error.code !== 'aborted') return error.message;
  throw error;
}

function keeps(source: Source, why: string): Listing {
  const label = labelOf(source);
  return {
    source,
    note: `${label}: ${why}; what was indexed of it is kept, to drop it: quarry repos remove ${label}`,
  };
}

async function listDirectory(
  source: DirectorySource,
  { ignore, signal, onProgress }: ListOptions,
): Promise<Listing> {
  const { prefix, directory } = source;
  const walk = (rules: IgnoreOptions) =>
    walkTree(directory, { ignore: rules, ...(signal ? { signal } : {}), onProgress });
  if (prefix === '') return { source, found: await walk(ignore) };
  let note: string | undefined;
  let rules = ignore;
  try {
    // In the index of one tree whoever opens it has done so.
    const { ignore: own = [] } = projectSettings(directory);
    if (own.length > 0) rules = { ...ignore, patterns: [...(ignore.patterns ?? []), ...own] };
  } catch (error) {
    note = `${source.name}: ${reasonOf(error)}; it does not count`;
  }
  try {
    const { files, skipped } = await walk(rules);
    const found = { files: files.map(mounted(prefix)), skipped: skipped.map(mounted(prefix)) };
    return { source, found, ...(note === undefined ? {} : { note }) };
  } catch (error) {
    return keeps(source, reasonOf(error));
  }
}

async function listRevision(
  source: RevisionSource,
  resolved: { commit: string } | { gone: string },
  options: ListOptions,
): Promise<Listing> {
  if ('gone' in resolved) return keeps(source, resolved.gone);
  const { commit } = resolved;
  const { prefix, repository, indexed } = source;
  const { ignore, maxFileBytes: maxBytes, signal } = options;
  const rules = rulesKey(ignore, maxBytes);
  const sameRules = indexed?.rules === rules;
  if (options.isComplete && sameRules && indexed.commit === commit && !options.hasUnread(source))
    return { source };
  const blobs = new GitBlobs(repository);
  try {
    const { files, skipped } = await listGitTree(repository, commit, blobs, { ignore, maxBytes, signal });
    const changed = sameRules ? await changedPaths(repository, indexed.commit, commit, signal) : undefined;
    return {
      source,
      found: {
        files: files.map(({ path, object, size }) => ({
          path: prefix + path,
          size,
          ...stampsOf(object),
          object,
        })),
        skipped: skipped.map(mounted(prefix)),
        isSame: path => changed?.has(path.slice(prefix.length)) === false,
        indexed: { commit, rules },
      },
    };
  } catch (error) {
    return keeps(source, reasonOf(error));
  } finally {
    blobs.close();
  }
}

function mounted(prefix: string): <T extends { path: string }>(entry: T) => T {
  return entry => ({ ...entry, path: prefix + entry.path });
}

/** What decides, besides the commit, which files of a revision are taken. */
function rulesKey({ patterns, gitignore, quarryignore, defaults }: IgnoreOptions, maxBytes: number): string {
  const all = [maxBytes, patterns ?? [], gitignore ?? true, quarryignore ?? true, defaults ?? true];
  return hash('sha256', JSON.stringify(all)).slice(0, 16);
}
