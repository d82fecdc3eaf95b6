import { existsSync, lstatSync } from 'node:fs';
import { basename, dirname, relative, resolve, sep } from 'node:path';
import { findRepository, type Repository } from '../../ingest/ignore/repository.ts';
import { Ignore, type IgnoreOptions } from '../../ingest/index.ts';

/**
 * What a changed path means to an index: `tree` is a file of it, `git` another commit or branch, `lock` git at work, `rules`
 * what decides which files belong to it, `none` nothing.
 */
export type Meaning = 'tree' | 'git' | 'lock' | 'rules' | 'none';

/** Names that decide what is ignored around them. */
const ruleFiles = new Set(['.gitignore', '.quarryignore', 'pyvenv.cfg', 'CACHEDIR.TAG', '.git']);

/** What of a git directory is worth watching. */
const gitEntries = new Set(['HEAD', 'packed-refs']);
const gitRuleFiles = new Set(['config', 'info/exclude']);
export const gitFolders: readonly string[] = ['refs', 'reftable', 'info'];

/** Tells which changes below a root matter. Rules are kept as read until `reload`. */
export class Relevance {
  readonly root: string;
  readonly #options: IgnoreOptions;
  readonly #excluded: readonly string[];
  #rules: Ignore;
  #repository: Repository | undefined;
  /** The root is git's own directory: only its HEAD and refs count, there is no tree. */
  readonly isGitItself: boolean;
  /** The directories in which git keeps HEAD and refs: one, or two in a linked worktree. */
  gitDirectories: readonly string[];

  /** `root`: absolute, links resolved. `exclude`: absolute paths that count as ignored, with all below them. */
  constructor(root: string, options: IgnoreOptions, exclude: readonly string[]) {
    this.root = root;
    this.#options = options;
    this.#excluded = exclude.map(path => resolve(path));
    this.#rules = new Ignore(root, options);
    this.isGitItself = ['HEAD', 'objects', 'refs'].every(name => existsSync(`${root}/${name}`));
    this.#repository = this.isGitItself ? undefined : findRepository(root);
    this.gitDirectories = this.isGitItself ? [root] : directoriesOf(this.#repository);
  }

  /** Reads the rules again. Throws what reading the root throws. */
  reload(): void {
    this.#rules = new Ignore(this.root, this.#options);
    if (this.isGitItself) return;
    this.#repository = findRepository(this.root);
    this.gitDirectories = directoriesOf(this.#repository);
  }

  /** True while git changes the working tree. */
  isHeld(): boolean {
    return this.#repository !== undefined && existsSync(`${this.#repository.gitDir}/index.lock`);
  }

  meaningOf(path: string, isNew: boolean): Meaning {
    for (const directory of this.gitDirectories) {
      const inside = below(path, directory);
      if (inside !== undefined) return meaningInGit(inside);
    }
    const inside = below(path, this.root);
    if (inside === undefined || inside === '' || this.excludes(path)) return 'none';
    // They count even where a rule leaves them out themselves.
    if (ruleFiles.has(basename(path))) return this.#rules.ignores(dirname(inside), true) ? 'none' : 'rules';
    if (this.#rules.ignores(inside, false)) return 'none';
    // Rules for directories alone: only the disk knows whether it is one.
    if (isNew && isDirectory(path) && this.#rules.ignores(inside, true)) return 'none';
    return 'tree';
  }

  /** Whether a directory of the tree can be left out, with all below it. */
  skips(directory: string): boolean {
    const inside = below(directory, this.root);
    if (inside === undefined || inside === '') return false;
    return this.isGitItself || this.#rules.ignores(inside, true) || this.excludes(directory);
  }

  /** Whether a path is left out whatever the rules say. */
  excludes(path: string): boolean {
    return this.#excluded.some(known => below(path, known) !== undefined);
  }
}

function directoriesOf(found: Repository | undefined): string[] {
  return found === undefined ? [] : [...new Set([found.gitDir, found.commonDir])];
}

function meaningInGit(inside: string): Meaning {
  if (inside === 'index.lock') return 'lock';
  if (gitRuleFiles.has(inside)) return 'rules';
  if (inside.endsWith('.lock')) return 'none';
  return gitEntries.has(inside) || /^(?:refs|reftable)\//.test(inside) ? 'git' : 'none';
}

/** The path relative to a directory with `/`, '' for itself; undefined if it lies elsewhere. */
function below(path: string, directory: string): string | undefined {
  if (path === directory) return '';
  const base = directory.endsWith(sep) ? directory : directory + sep;
  if (!path.startsWith(base)) return undefined;
  return sep === '/' ? path.slice(base.length) : relative(directory, path).replaceAll('\\', '/');
}

function isDirectory(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
