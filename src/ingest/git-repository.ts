import { lstatSync, realpathSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { QuarryError } from '../core/errors.ts';
import { runGit } from './git-command.ts';
import { findRepository } from './ignore/repository.ts';

/** A repository as it was named by a directory. */
export interface NamedRepository {
  /** The directory with objects, branches and settings, shared by all linked working trees. Absolute, without links. */
  gitDirectory: string;
  /** Its files as checked out; undefined for a bare one, or if the git directory itself was named. */
  workTree: string | undefined;
  /** What people would call it. */
  name: string;
}

/**
 * The repository a directory (absolute, without links) is: a working tree, linked or not, a bare repository, or a `.git`
 * folder; undefined if it is none. A directory inside a repository is not the repository.
 */
export function repositoryOf(directory: string): NamedRepository | undefined {
  const around = findRepository(directory);
  if (around?.top === directory)
    return {
      gitDirectory: realpathSync(around.commonDir),
      workTree: directory,
      name: basename(directory),
    };
  const isGitDirectory = ['HEAD', 'objects', 'refs'].every(
    name => lstatSync(`${directory}/${name}`, { throwIfNoEntry: false }) !== undefined,
  );
  if (!isGitDirectory) return undefined;
  const own = basename(directory);
  const name = own === '.git' ? basename(dirname(directory)) : own.replace(/\.git$/, '');
  return { gitDirectory: directory, workTree: undefined, name };
}

/**
 * What may stand for a branch, tag or commit: names as git allows them, `HEAD~2`, ids. None of it can be taken for an option, a
 * range, a path in a tree, or a way out of a folder.
 */
export function isRevisionName(revision: string): boolean {
  return (
    /^(?![-/.])[^\s\p{Cc}:?*[\]{}@\\"']+$/u.test(revision) &&
    !revision.includes('..') &&
    !/\/\/|\/\.|\/$|\.lock(?:\/|$)/.test(revision)
  );
}

/**
 * Commits of branches, tags and the like; undefined for what the repository does not have. Throws QuarryError `not-found` if
 * the repository, or git, is not there, `unreadable`, `aborted`.
 */
export async function resolveRevisions(
  gitDirectory: string,
  revisions: readonly string[],
  signal?: AbortSignal,
): Promise<Map<string, string | undefined>> {
  const asked = revisions.filter(isRevisionName);
  const { code, out, complaint } = await runGit(gitDirectory, ['cat-file', '--batch-check=%(objectname)'], {
    input: asked.map(revision => `${revision}^{commit}\n`).join(''),
    signal,
  });
  if (code !== 0) {
    const isGone = !lstatSync(`${gitDirectory}/HEAD`, { throwIfNoEntry: false });
    if (isGone) throw new QuarryError('not-found', `there is no repository at ${gitDirectory} any more`);
    throw new QuarryError('unreadable', `git cannot read ${gitDirectory}: ${complaint}`);
  }
  const lines = out.toString('utf8').split('\n');
  const commits = new Map<string, string | undefined>(revisions.map(revision => [revision, undefined]));
  for (const [i, revision] of asked.entries()) {
    const line = lines[i] ?? '';
    commits.set(revision, /^[0-9a-f]{40,64}$/.test(line) ? line : undefined);
  }
  return commits;
}

/** Paths of files that differ between two commits; undefined if the repository lacks one of them. */
export async function changedPaths(
  gitDirectory: string,
  from: string,
  to: string,
  signal?: AbortSignal,
): Promise<Set<string> | undefined> {
  const command = ['diff-tree', '-r', '-z', '--name-only', '--no-renames', from, to];
  const { code, out } = await runGit(gitDirectory, command, { signal });
  return code === 0 ? new Set(out.toString('utf8').split('\0').slice(0, -1)) : undefined;
}
