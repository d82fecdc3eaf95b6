import { Buffer } from 'node:buffer';
import { lstatSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { readSmallFile } from './files.ts';

/** A git working tree. Absolute paths. */
export interface Repository {
  /** Directory that holds `.git`. */
  readonly top: string;
  /** The `.git` directory, or what a worktree's or submodule's `.git` file points to. */
  readonly gitDir: string;
  /** Where `config` and `info/exclude` are: differs from `gitDir` in linked worktrees. */
  readonly commonDir: string;
}

/** The repository whose top is `directory`; `undefined` if there is none. An empty `.git` folder makes none. */
export function repositoryAt(directory: string): Repository | undefined {
  const dotGit = `${directory}/.git`;
  const stats = lstatSync(dotGit, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  let gitDir = dotGit;
  if (stats.isFile()) {
    const target = /^gitdir: (.*?)[\r\n]*$/s.exec(utf8(readSmallFile(dotGit, false)) ?? '')?.[1];
    if (!target) return undefined;
    gitDir = resolve(directory, target);
  }
  if (lstatSync(`${gitDir}/HEAD`, { throwIfNoEntry: false }) === undefined) return undefined;
  const common = utf8(readSmallFile(`${gitDir}/commondir`, true))?.trim();
  return { top: directory, gitDir, commonDir: common ? resolve(gitDir, common) : gitDir };
}

/** The innermost repository around `directory` (absolute), itself included. */
export function findRepository(directory: string): Repository | undefined {
  for (let at = directory; ; at = dirname(at)) {
    const repository = tryRepositoryAt(at);
    if (repository !== undefined || dirname(at) === at) return repository;
  }
}

function tryRepositoryAt(directory: string): Repository | undefined {
  try {
    return repositoryAt(directory);
  } catch {
    // An unreadable parent: as if there were no repository.
    return undefined;
  }
}

function utf8(bytes: string | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes, 'latin1').toString('utf8');
}
