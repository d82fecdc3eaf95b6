import { basename, resolve } from 'node:path';
import { QuarryError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import { isRevisionName, repositoryOf, resolveRevisions } from '../../ingest/git-repository.ts';
import { type Catalog, emptyCatalog } from '../../store/catalog.ts';
import type { IndexStore } from '../../store/store.ts';
import { realDirectory } from '../settings/locate.ts';
import { Mounts } from '../sources/mounts.ts';
import { encodeSources, isRevision, labelOf, readSources, type Source } from '../sources/source.ts';
import { compact } from './compact.ts';

/** A directory or repository to be added to a workspace. */
export interface NewRepository {
  /** A directory, a working tree of git or a bare repository; relative ones are relative to the current directory. */
  path: string;
  /** Default: the directory's name. */
  name?: string;
  /** Branches, tags or commits, besides the working tree; of a bare repository without any, `HEAD`. */
  revisions?: readonly string[];
}

/**
 * Adds repositories to the list of a workspace; the next update reads them. What is there already stays as it is. Gives the
 * labels of what is new. Throws QuarryError: `not-found` for a missing directory or revision, `usage` for names that cannot
 * be, or that mean something else already. Call as the writer.
 */
export async function addSources(
  store: IndexStore,
  repositories: readonly NewRepository[],
  signal?: AbortSignal,
): Promise<string[]> {
  const found: Source[] = [];
  for (const repository of repositories) found.push(...(await sourcesOf(repository, signal)));
  const sources = store.read(readSources);
  const added: Source[] = [];
  for (const source of found) {
    const known = sources.find(other => other.prefix === source.prefix);
    const foreign = known ?? sources.find(other => other.name === source.name);
    if (foreign && !belongTogether(foreign, source))
      throw new QuarryError(
        'usage',
        `${source.name} is already the name of ${placeOf(foreign)}, it cannot be that of ${placeOf(source)}`,
        'give another one with --name, or remove the first with: quarry repos remove',
      );
    if (known) continue;
    sources.push(source);
    added.push(source);
  }
  refuseNesting(sources);
  if (added.length > 0) commit(store, sources, catalog => ({ ...catalog, complete: false }));
  return added.map(labelOf);
}

/**
 * Takes repositories out of a workspace, by name or as `name@revision`, with their files. Gives the labels of what is gone.
 * Throws QuarryError `not-found` for what is not in it. Call as the writer.
 */
export function removeSources(store: IndexStore, labels: readonly string[]): string[] {
  const sources = store.read(readSources);
  const leaving = new Set<Source>();
  for (const label of labels) {
    const meant = sources.filter(source => labelOf(source) === label || source.name === label);
    if (meant.length === 0) {
      const near = nearest(
        label,
        sources.flatMap(source => [source.name, labelOf(source)]),
      );
      throw new QuarryError(
        'not-found',
        `there is no ${label} here`,
        near === undefined ? 'see: quarry repos' : `did you mean ${near}?`,
      );
    }
    for (const source of meant) leaving.add(source);
  }
  const kept = sources.filter(source => !leaving.has(source));
  const mounts = new Mounts(kept);
  commit(store, kept, catalog => ({
    ...catalog,
    files: catalog.files.filter(({ path }) => mounts.find(path)),
    skipped: catalog.skipped.filter(({ path }) => mounts.find(path)),
  }));
  const fingerprint = store
    .read(view => view.segments())
    .map(({ info }) => info.vectors?.fingerprint)
    .find(known => known !== undefined);
  compact(store, () => undefined, fingerprint);
  store.vacuum();
  return [...leaving].map(labelOf);
}

/** Drops everything that was read, and keeps the list: the next update reads all of it again. Call as the writer. */
export function forgetFiles(store: IndexStore): void {
  const sources = store.read(readSources);
  const unread = sources.map(source => {
    if (!isRevision(source)) return source;
    const { indexed: _, ...rest } = source;
    return rest;
  });
  commit(store, unread, () => emptyCatalog);
  compact(store, () => undefined);
  store.vacuum();
}

/** Sources and catalog in one transaction. */
function commit(store: IndexStore, sources: readonly Source[], change: (catalog: Catalog) => Catalog): void {
  store.commit({ sources: encodeSources(sources), catalog: (_, view) => change(view.catalog()) });
}

async function sourcesOf(
  { path, name: given, revisions = [] }: NewRepository,
  signal: AbortSignal | undefined,
): Promise<Source[]> {
  const directory = realDirectory(resolve(path));
  const repository = repositoryOf(directory);
  const name = given ?? (repository?.name ?? basename(directory)).replace(/[@:\s]+/g, '_');
  if (!isName(name))
    throw new QuarryError(
      'usage',
      `${JSON.stringify(name)} cannot be the name of a repository`,
      'letters, digits and . _ - + / are possible, no @: give one with --name',
    );
  const tree: Source[] = repository && !repository.workTree ? [] : [{ name, prefix: `${name}/`, directory }];
  if (!repository) {
    if (revisions.length === 0) return tree;
    throw new QuarryError(
      'usage',
      `${directory} is not the top of a git repository: it has no ${revisions[0]}`,
      'name the directory that has .git in it, or a bare repository',
    );
  }
  const wanted = tree.length === 0 && revisions.length === 0 ? ['HEAD'] : [...new Set(revisions)];
  const { gitDirectory } = repository;
  if (wanted.length === 0) return tree;
  const commits = await resolveRevisions(gitDirectory, wanted, signal);
  return tree.concat(
    wanted.map(revision => {
      if (!isRevisionName(revision) || commits.get(revision) === undefined)
        throw new QuarryError(
          'not-found',
          `${directory} has no branch, tag or commit ${JSON.stringify(revision)}`,
          'see: git branch --all, git tag',
        );
      return { name, prefix: `${name}@${revision}/`, repository: gitDirectory, revision };
    }),
  );
}

/** A name may have slashes, as `team/app` has; it must not look like a way to somewhere else. */
function isName(name: string): boolean {
  return /^[\p{L}\p{N}._+/-]{1,200}$/u.test(name) && name.split('/').every(part => /[^.]/.test(part));
}

/** Whether two sources may have one name: they are of one repository, and at most one of them is a working tree. */
function belongTogether(one: Source, other: Source): boolean {
  if (!isRevision(one) && !isRevision(other)) return one.directory === other.directory;
  return repositoryPath(one) === repositoryPath(other);
}

function repositoryPath(source: Source): string {
  if (isRevision(source)) return source.repository;
  try {
    return repositoryOf(source.directory)?.gitDirectory ?? source.directory;
  } catch {
    return source.directory;
  }
}

function placeOf(source: Source): string {
  return isRevision(source) ? source.repository : source.directory;
}

function refuseNesting(sources: readonly Source[]): void {
  const ordered = sources.toSorted((a, b) => (a.prefix < b.prefix ? -1 : 1));
  for (const [i, source] of ordered.entries()) {
    const next = ordered[i + 1];
    if (!next?.prefix.startsWith(source.prefix)) continue;
    throw new QuarryError(
      'usage',
      `${labelOf(next)} and ${labelOf(source)} cannot be told apart by their paths`,
      'give one of them another name with --name',
    );
  }
}
