import { readdirSync } from 'node:fs';
import { basename, dirname, isAbsolute, relative, sep } from 'node:path';
import { escapeBytes, foldBytes, fromBytes, toBytes } from './bytes.ts';
import { defaultPatterns, versionControl } from './defaults.ts';
import { readSmallFile } from './files.ts';
import { expandHome, type GitConfig, type GitUser, isTrue, readGitConfig } from './git-config.ts';
import { findRepository, type Repository, repositoryAt } from './repository.ts';
import { parseRules, RuleSet } from './rules.ts';

/** What decides whether a path belongs to the tree, apart from the tree's own ignore files. */
export interface IgnoreOptions {
  /** Rules in gitignore syntax, relative to the root; they outrank every file. Default none. */
  readonly patterns?: readonly string[];
  /** Read `.gitignore`, `$GIT_DIR/info/exclude` and `core.excludesFile`. Default true. */
  readonly gitignore?: boolean;
  /** Read `.quarryignore`. Default true. */
  readonly quarryignore?: boolean;
  /** Leave out what `defaultPatterns` and the markers say. Default true. */
  readonly defaults?: boolean;
  /** The user's git settings, as `gitUserFrom` finds them. Default: none are read. */
  readonly user?: GitUser;
}

/** The rule that decided about a path. */
export interface IgnoreReason {
  ignored: boolean;
  /** Ignore file relative to the root or absolute; `patterns`, `defaults`, `marker`, `version control` otherwise. */
  source: string;
  /** 1-based line in `source`; 0 for a marker or version control. */
  line: number;
  /** As written; bytes that are no valid UTF-8 make it `\xNN` throughout. */
  pattern: string;
  /** The path the rule matched: the one asked for or a directory above it. */
  path: string;
}

/** A compiled ignore file and where its paths start: relative path = `prefix + path.slice(cut)`. */
interface Layer {
  readonly rules: RuleSet;
  readonly source: string;
  readonly prefix: string;
  readonly cut: number;
}

/** The rules in force inside one directory. Shared by all directories below that add none. */
export interface Scope {
  readonly quarry: readonly Layer[];
  readonly git: readonly Layer[];
  /** `info/exclude` and `core.excludesFile` of the repository the directory is in. */
  readonly repository: readonly Layer[];
  /** All of them, the deciding one first. */
  readonly order: readonly Layer[];
}

/** What the rules say of a path: `undecided` means that none matches, so it stays unless a marker speaks against. */
export const verdicts = { ignored: 1, undecided: 0, kept: -1 } as const;
export type Verdict = (typeof verdicts)[keyof typeof verdicts];

/** Names whose presence matters to the directory they are in, as bits to be joined. */
const marks: ReadonlyMap<string, number> = new Map([
  ['.gitignore', 1],
  ['.quarryignore', 2],
  ['.git', 4],
  ['pyvenv.cfg', 8],
  ['CACHEDIR.TAG', 16],
  ['HEAD', 32],
  ['objects', 64],
  ['refs', 128],
]);
const scopeMarks = 1 | 2 | 4;
const bareRepository = 32 | 64 | 128;

export function markOf(name: string): number {
  return marks.get(name) ?? 0;
}

/**
 * The ignore rules of one tree, read from disk as directories are entered and kept as read: make a new one when an
 * ignore file has changed. The root itself is never ignored, nor is anything because a directory above the root is.
 */
export class Ignore {
  /** The root's scope. */
  readonly top: Scope;
  readonly #options: IgnoreOptions;
  readonly #fold: boolean;
  readonly #first: readonly Layer[];
  readonly #last: readonly Layer[];
  /** Scopes of directories met by `ignores` and `explain`; a reason if the directory is ignored. */
  readonly #known = new Map<string, Scope | IgnoreReason>();
  readonly #root: string;

  /** `root`: absolute path of an existing directory, links resolved. */
  constructor(root: string, options: IgnoreOptions) {
    this.#root = root;
    this.#options = options;
    const repository = findRepository(root);
    const config = this.#config(repository);
    this.#fold = isTrue(config.get('core.ignorecase'));
    const rules = (lines: readonly string[] | undefined, source: string): Layer[] =>
      lines?.length ? [this.#layer(toBytes(lines.join('\n')), source, '', 0)] : [];
    this.#first = rules(options.patterns, 'patterns');
    this.#last = options.defaults === false ? [] : rules(defaultPatterns, 'defaults');

    const top = repository?.top ?? root;
    const prefix = top === root ? '' : `${relative(top, root).split(sep).join('/')}/`;
    let scope = this.#scope([], [], this.#repositoryLayers(repository, config, toBytes(prefix), 0));
    const above: string[] = [];
    for (let at = root; at !== top; at = dirname(at)) above.unshift(dirname(at));
    for (const directory of above) {
      const from = `${relative(directory, root).split(sep).join('/')}/`;
      scope = this.#withFiles(scope, directory, 1 | 2, toBytes(from), 0, true);
    }
    this.top = this.#withFiles(scope, root, probe(root), '', 0, false);
  }

  /**
   * The scope inside a directory that is not ignored. `directory` is its absolute path, `path` its byte path relative
   * to the root, `found` the joined `markOf` of its entries.
   */
  enter(scope: Scope, directory: string, path: string, found: number): Scope {
    if ((found & scopeMarks) === 0) return scope;
    const cut = path.length + 1;
    let inner = scope;
    if (found & 4 && this.#options.gitignore !== false) {
      const repository = repositoryAt(directory);
      // Another repository: nothing git knows of the outer one holds in there.
      if (repository) {
        const layers = this.#repositoryLayers(repository, this.#config(repository), '', cut);
        inner = this.#scope(scope.quarry, [], layers);
      }
    }
    return this.#withFiles(inner, directory, found, '', cut, false);
  }

  /** What the rules in force in its directory say of an entry. `path` and `name` are byte strings. */
  verdict(scope: Scope, path: string, name: string, directory: boolean): Verdict {
    const inPath = this.#fold ? foldBytes(path) : path;
    const inName = this.#fold ? foldBytes(name) : name;
    for (const { rules, prefix, cut } of scope.order) {
      const number = rules.find(inPath, prefix, cut, inName, directory);
      if (number >= 0) return rules.rules[number]!.negated ? verdicts.kept : verdicts.ignored;
    }
    return verdicts.undecided;
  }

  /** The marker for which an undecided directory is left out, if any. */
  marker(directory: string, found: number): string | undefined {
    if (this.#options.defaults === false) return undefined;
    if (found & 8) return 'pyvenv.cfg';
    if ((found & bareRepository) === bareRepository) return 'bare repository';
    const tagged =
      found & 16 &&
      readSmallFile(`${directory}/CACHEDIR.TAG`, false)?.startsWith(
        'Signature: 8a477f597d28d172789f06886806bc55',
      );
    return tagged ? 'CACHEDIR.TAG' : undefined;
  }

  /** True if the walk leaves out `path` (relative to the root, `/`), a directory above it included. */
  ignores(path: string, directory: boolean): boolean {
    return this.explain(path, directory)?.ignored ?? false;
  }

  /** The rule that decides about `path` (relative to the root, `/`); `undefined` if no rule matches. */
  explain(path: string, directory: boolean): IgnoreReason | undefined {
    if (path === '') return undefined;
    const parent = this.#scopeOf(dirname(path));
    if ('source' in parent) return parent;
    return this.#reason(parent, path, directory);
  }

  #scopeOf(path: string): Scope | IgnoreReason {
    if (path === '.' || path === '') return this.top;
    const known = this.#known.get(path);
    if (known !== undefined) return known;
    let result = this.#scopeOf(dirname(path));
    if (!('source' in result)) {
      const reason = this.#reason(result, path, true);
      if (reason?.ignored) result = reason;
      else {
        const directory = `${this.#root}/${path}`;
        result = this.enter(result, directory, toBytes(path), probe(directory));
      }
    }
    this.#known.set(path, result);
    return result;
  }

  #reason(scope: Scope, path: string, directory: boolean): IgnoreReason | undefined {
    const name = basename(path);
    if (versionControl.has(name) && (directory || name === '.git')) {
      return { ignored: true, source: 'version control', line: 0, pattern: name, path };
    }
    const bytes = this.#fold ? foldBytes(toBytes(path)) : toBytes(path);
    const last = bytes.slice(bytes.lastIndexOf('/') + 1);
    for (const { rules, prefix, cut, source } of scope.order) {
      const rule = rules.rules[rules.find(bytes, prefix, cut, last, directory)];
      if (!rule) continue;
      const shown = fromBytes(rule.pattern) ?? escapeBytes(rule.pattern);
      return { ignored: !rule.negated, source, line: rule.line, pattern: shown, path };
    }
    const full = `${this.#root}/${path}`;
    const marker = directory ? this.marker(full, probe(full)) : undefined;
    return marker === undefined
      ? undefined
      : { ignored: true, source: 'marker', line: 0, pattern: marker, path };
  }

  #config(repository: Repository | undefined): GitConfig {
    const { user, gitignore } = this.#options;
    if (gitignore === false) return new Map();
    const own: string[] = [];
    if (repository) {
      own.push(`${repository.commonDir}/config`);
      // Only read if the extension is on; without it git writes no such file.
      own.push(`${repository.gitDir}/config.worktree`);
    }
    return readGitConfig([...(user?.configs ?? []), ...own], user?.home, repository?.gitDir);
  }

  /** Layers that are not in the tree, relative to the repository's top, or to the root if there is none. */
  #repositoryLayers(
    repository: Repository | undefined,
    config: GitConfig,
    prefix: string,
    cut: number,
  ): Layer[] {
    const { user, gitignore } = this.#options;
    if (gitignore === false) return [];
    const sources: string[] = [];
    if (repository) sources.push(`${repository.commonDir}/info/exclude`);
    const named = config.get('core.excludesfile');
    const excludes = named === undefined ? user?.ignoreFile : expandHome(named, user?.home);
    if (excludes)
      sources.push(isAbsolute(excludes) ? excludes : `${repository?.top ?? this.#root}/${excludes}`);
    return sources.flatMap(source => {
      const content = readSmallFile(source, true);
      return content === undefined ? [] : [this.#layer(content, source, prefix, cut)];
    });
  }

  #withFiles(
    scope: Scope,
    directory: string,
    found: number,
    prefix: string,
    cut: number,
    above: boolean,
  ): Scope {
    const read = (name: string, wanted: boolean): Layer[] => {
      const path = `${directory}/${name}`;
      const content = wanted ? readSmallFile(path, false) : undefined;
      const source = above ? path : relative(this.#root, path).split(sep).join('/');
      return content ? [this.#layer(content, source, prefix, cut)] : [];
    };
    const quarry = read('.quarryignore', (found & 2) !== 0 && this.#options.quarryignore !== false);
    const git = read('.gitignore', (found & 1) !== 0 && this.#options.gitignore !== false);
    if (quarry.length + git.length === 0) return scope;
    return this.#scope([...quarry, ...scope.quarry], [...git, ...scope.git], scope.repository);
  }

  #layer(content: string, source: string, prefix: string, cut: number): Layer {
    const rules = new RuleSet(parseRules(content), this.#fold);
    return { rules, source, prefix: this.#fold ? foldBytes(prefix) : prefix, cut };
  }

  #scope(quarry: readonly Layer[], git: readonly Layer[], repository: readonly Layer[]): Scope {
    const order = [...this.#first, ...quarry, ...git, ...repository, ...this.#last];
    return { quarry, git, repository, order: order.filter(layer => layer.rules.rules.length > 0) };
  }
}

function probe(directory: string): number {
  try {
    return readdirSync(directory).reduce((found, name) => found | markOf(name), 0);
  } catch {
    return 0;
  }
}
