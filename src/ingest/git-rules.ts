import { toBytes } from './ignore/bytes.ts';
import { defaultPatterns, versionControl } from './ignore/defaults.ts';
import type { IgnoreOptions } from './ignore/ignore.ts';
import { parseRules, RuleSet } from './ignore/rules.ts';

/** An ignore file in a tree of git. */
export interface IgnoreFile {
  /** Path of its directory with a trailing `/`, '' for the top. */
  directory: string;
  name: '.gitignore' | '.quarryignore';
  content: Uint8Array;
}

interface Layer {
  readonly rules: RuleSet;
  readonly cut: number;
}

interface Directory {
  readonly ignored: boolean;
  readonly quarry: readonly Layer[];
  readonly git: readonly Layer[];
  /** All in force, the deciding one first. */
  readonly order: readonly Layer[];
}

/**
 * The rules of `Ignore` for a tree that is not checked out, so that it has the files its checkout would have. What is not in
 * the tree – `info/exclude`, `core.excludesFile`, markers – does not count.
 */
export class GitRules {
  readonly #first: readonly Layer[];
  readonly #last: readonly Layer[];
  readonly #files: ReadonlyMap<string, readonly IgnoreFile[]>;
  readonly #known = new Map<string, Directory>();

  constructor(files: readonly IgnoreFile[], options: IgnoreOptions) {
    const layers = (lines: readonly string[] | undefined): Layer[] =>
      lines?.length ? [layerOf(toBytes(lines.join('\n')), 0)] : [];
    this.#first = layers(options.patterns);
    this.#last = options.defaults === false ? [] : layers(defaultPatterns);
    const wanted = files.filter(
      ({ name }) => options[name === '.gitignore' ? 'gitignore' : 'quarryignore'] !== false,
    );
    this.#files = Map.groupBy(wanted, file => toBytes(file.directory));
  }

  /** Whether a file (path from the top, `/`) is left out, itself or with a directory above it. */
  ignores(path: string): boolean {
    const bytes = toBytes(path);
    const slash = bytes.lastIndexOf('/');
    const directory = this.#directory(bytes.slice(0, slash + 1));
    return directory.ignored || matches(directory.order, bytes, bytes.slice(slash + 1), false);
  }

  /** `path`: byte path with a trailing `/`, '' for the top. */
  #directory(path: string): Directory {
    const known = this.#known.get(path);
    if (known) return known;
    let quarry: readonly Layer[] = [];
    let git: readonly Layer[] = [];
    let ignored = false;
    if (path !== '') {
      const bare = path.slice(0, -1);
      const slash = bare.lastIndexOf('/');
      const name = bare.slice(slash + 1);
      const parent = this.#directory(bare.slice(0, slash + 1));
      ({ quarry, git } = parent);
      ignored = parent.ignored || versionControl.has(name) || matches(parent.order, bare, name, true);
    }
    if (!ignored)
      for (const { name, content } of this.#files.get(path) ?? []) {
        const layer = layerOf(Buffer.from(content).toString('latin1'), path.length);
        if (name === '.gitignore') git = [layer, ...git];
        else quarry = [layer, ...quarry];
      }
    const order = [...this.#first, ...quarry, ...git, ...this.#last];
    const directory = { ignored, quarry, git, order };
    this.#known.set(path, directory);
    return directory;
  }
}

function layerOf(content: string, cut: number): Layer {
  return { rules: new RuleSet(parseRules(content), false), cut };
}

function matches(order: readonly Layer[], path: string, name: string, isDirectory: boolean): boolean {
  for (const { rules, cut } of order) {
    const number = rules.find(path, '', cut, name, isDirectory);
    if (number >= 0) return !rules.rules[number]!.negated;
  }
  return false;
}
