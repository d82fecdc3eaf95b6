import type { LineMatch } from '../../../core/search.ts';
import type { Pattern, QueryNode } from '../../../query/ast.ts';
import type { Snapshot } from '../../../store/snapshot.ts';
import type { UnitTest } from '../../../store/vectors/dense.ts';
import type { MountedSource } from '../../sources/source.ts';
import type { ContentFindings } from '../content/findings.ts';
import { documentOf } from '../retrieval/definitions.ts';
import { pathMatcher, unitKindsOf } from './filter.ts';
import { ownersOf } from './owners.ts';
import { type UnitSets, unitsNamed } from './symbols.ts';
import { textTest } from './text-test.ts';
import { type Leaf, leavesOf, type Truth, truthOf } from './truth.ts';

/** What a query lets through of one snapshot, before anything is ranked. Call inside `read`. */
export class Selection {
  /** What contents have to be looked through for; empty if nothing. */
  readonly patterns: readonly Pattern[];
  readonly snapshot: Snapshot;
  private readonly node: QueryNode;
  private readonly patternOf: Map<Leaf, number> = new Map();
  /** Patterns that a hit has to stand around. */
  private readonly wanted: readonly number[];
  private readonly fileTests: Map<Leaf, (file: number) => boolean> = new Map();
  private readonly symbols: Map<Leaf, UnitSets> = new Map();
  private readonly hasUnitLeaves: boolean;
  private readonly isMounted: (file: number) => boolean;
  private findings: ContentFindings | undefined;
  private isWithout: ((file: number, pattern: number) => boolean) | undefined;
  private readonly kindOf: ReturnType<typeof unitKindsOf>;
  private readonly known: Map<number, Truth> = new Map();
  private readonly owned: Map<number, FileOwners> = new Map();

  constructor(node: QueryNode, snapshot: Snapshot, sources: readonly MountedSource[]) {
    this.node = node;
    this.snapshot = snapshot;
    this.kindOf = unitKindsOf(snapshot);
    const leaves = leavesOf(node);
    const patterns: Pattern[] = [];
    const wanted = new Set<number>();
    const keys = new Map<string, number>();
    for (const { leaf, negated } of leaves) {
      const pattern = contentPattern(leaf, negated);
      if (!pattern) continue;
      const key = JSON.stringify(pattern);
      let at = keys.get(key);
      if (at === undefined) keys.set(key, (at = patterns.push(pattern) - 1));
      this.patternOf.set(leaf, at);
      if (!negated) wanted.add(at);
    }
    this.patterns = patterns;
    this.wanted = [...wanted];
    for (const { leaf } of leaves) {
      const test = fileTest(leaf, snapshot, sources);
      if (test) this.fileTests.set(leaf, test);
      if (leaf.kind === 'symbol') this.symbols.set(leaf, unitsNamed(snapshot, leaf.pattern));
    }
    this.hasUnitLeaves = leaves.some(({ leaf }) => leaf.kind === 'symbol' || leaf.kind === 'unit-kind');
    // Revisions of one repository have most of their files in common: only who names one is shown them.
    const namesRevision = leaves.some(
      ({ leaf }) => leaf.kind === 'repository' && leaf.revision !== undefined,
    );
    const hidden = namesRevision ? [] : sources.filter(({ isDefault }) => !isDefault);
    this.isMounted = file => !hidden.some(({ prefix }) => this.snapshot.files[file]!.path.startsWith(prefix));
  }

  /** Whether names of units are asked for. */
  get asksForNames(): boolean {
    return this.symbols.size > 0;
  }

  /** Whether files are accepted for what is in them, not only for where they lie. */
  get singlesOut(): boolean {
    return this.wanted.length > 0 || this.symbols.size > 0;
  }

  /** What hits have to stand around, or be called: definitions of it come first. */
  get names(): readonly Pattern[] {
    const symbols = [...this.symbols.keys()].flatMap(leaf => (leaf.kind === 'symbol' ? [leaf.pattern] : []));
    return [...this.wanted.map(pattern => this.patterns[pattern]!), ...symbols];
  }

  /** Files whose contents decide, or that are accepted whatever these are. */
  mayAccept(file: number): boolean {
    return this.isMounted(file) && this.fileTruth(file) !== 0;
  }

  /** Says which files cannot have a pattern, before anyone looks. */
  ruleOut(isWithout: (file: number, pattern: number) => boolean): void {
    this.isWithout = isWithout;
  }

  /** From here on contents are known; files that were not looked at have no match. */
  settle(findings: ContentFindings): void {
    this.findings = findings;
    this.known.clear();
  }

  accepts(file: number): boolean {
    if (!this.isMounted(file)) return false;
    let truth = this.known.get(file);
    if (truth === undefined) this.known.set(file, (truth = this.fileTruth(file) === 0 ? 0 : 1));
    // A match stands in a unit or on a line of its own: only names and kinds can leave a file with nothing to show.
    return truth === 1 && (!this.hasUnitLeaves || this.ownersIn(file).some);
  }

  /** Units that may be hits; undefined if all of an accepted file may. */
  get isWanted(): UnitTest | undefined {
    return this.narrows ? (file, unit) => this.ownersIn(file).units.has(unit) : undefined;
  }

  /** The line that stands for a file where matches lie outside of all units. */
  lineOf(file: number): number | undefined {
    return this.ownersIn(file).line;
  }

  /** Units that may be hits, with how many matches each has inside it. */
  unitsOf(file: number): ReadonlyMap<number, number> {
    return this.ownersIn(file).units;
  }

  /** Matches of what is asked for, ascending and without repetition. */
  matchesIn(file: number): readonly LineMatch[] {
    const byPattern = this.findings?.byPath.get(this.snapshot.files[file]!.path);
    if (!byPattern) return [];
    const all = this.wanted.flatMap(pattern => byPattern.get(pattern) ?? []);
    if (this.wanted.length > 1) all.sort((a, b) => a.line - b.line || a.start - b.start || a.end - b.end);
    return all.filter((match, i) => i === 0 || !sameMatch(match, all[i - 1]!));
  }

  private get narrows(): boolean {
    return this.hasUnitLeaves || this.wanted.length > 0;
  }

  private fileTruth(file: number): Truth {
    return truthOf(this.node, leaf => this.leafOfFile(leaf, file));
  }

  private leafOfFile(leaf: Leaf, file: number): Truth {
    const test = this.fileTests.get(leaf);
    if (test) return test(file) ? 1 : 0;
    const pattern = this.patternOf.get(leaf);
    if (pattern !== undefined) return this.hasContent(file, pattern);
    if (leaf.kind === 'symbol')
      return this.symbols.get(leaf)!.has(documentOf(this.snapshot, file)) ? undefined : 0;
    return leaf.kind === 'unit-kind' ? undefined : 1;
  }

  private hasContent(file: number, pattern: number): Truth {
    if (!this.findings) return this.isWithout?.(file, pattern) ? 0 : undefined;
    return this.findings.byPath.get(this.snapshot.files[file]!.path)?.has(pattern) ? 1 : 0;
  }

  private isUnit(file: number, unit: number): boolean {
    const truth = truthOf(this.node, leaf => {
      if (leaf.kind === 'symbol')
        return this.symbols.get(leaf)!.get(documentOf(this.snapshot, file))?.has(unit) ? 1 : 0;
      if (leaf.kind === 'unit-kind') return this.kindOf(file, unit) === leaf.unitKind ? 1 : 0;
      return this.leafOfFile(leaf, file);
    });
    return truth !== 0;
  }

  private ownersIn(file: number): FileOwners {
    let owners = this.owned.get(file);
    if (owners) return owners;
    const { document } = this.snapshot.files[file]!;
    const units = this.snapshot.segment(file).units(document);
    const isUnit = (unit: number) => !this.hasUnitLeaves || this.isUnit(file, unit);
    const matches = this.matchesIn(file);
    const found = new Map<number, number>();
    let line: number | undefined;
    if (this.wanted.length === 0 || matches.length === 0) {
      // Nothing has to stand inside them: either no content is asked for, or another branch of an `or` accepts the file.
      for (let unit = 0; unit < units.length; unit++) if (isUnit(unit)) found.set(unit, 0);
    } else {
      for (const { unit, line: at } of ownersOf(units, matches, isUnit)) {
        if (unit >= 0) found.set(unit, (found.get(unit) ?? 0) + 1);
        else if (!this.hasUnitLeaves) line ??= at;
      }
    }
    const isBare = units.length === 0 && !this.hasUnitLeaves;
    owners = { units: found, line, some: found.size > 0 || line !== undefined || isBare };
    this.owned.set(file, owners);
    return owners;
  }
}

interface FileOwners {
  units: ReadonlyMap<number, number>;
  line: number | undefined;
  /** Whether the file has anything to show. */
  some: boolean;
}

function sameMatch(a: LineMatch, b: LineMatch): boolean {
  return a.line === b.line && a.start === b.start && a.end === b.end;
}

function contentPattern(leaf: Leaf, negated: boolean): Pattern | undefined {
  if (leaf.kind === 'content') return leaf.pattern;
  // A word says what is meant, and excludes only where it stands as it is written.
  if (leaf.kind === 'word' && negated)
    return { text: leaf.text, isRegex: false, isCaseSensitive: false, isWholeWord: true };
  return undefined;
}

/** The test of a node that the catalog can answer. */
function fileTest(
  leaf: Leaf,
  snapshot: Snapshot,
  sources: readonly MountedSource[],
): ((file: number) => boolean) | undefined {
  const pathOf = (file: number) => snapshot.files[file]!.path;
  switch (leaf.kind) {
    case 'language':
      return file => snapshot.segment(file).language(snapshot.files[file]!.document) === leaf.language;
    case 'role':
      return file => snapshot.files[file]!.role === leaf.role;
    case 'path': {
      const test = typeof leaf.pattern === 'string' ? pathMatcher(leaf.pattern) : textTest(leaf.pattern);
      const prefixes = sources.map(({ prefix }) => prefix).filter(prefix => prefix !== '');
      return file => {
        const path = pathOf(file);
        const prefix = prefixes.find(start => path.startsWith(start));
        return (
          test(prefix === undefined ? path : path.slice(prefix.length)) ||
          (prefix !== undefined && test(path))
        );
      };
    }
    case 'repository': {
      const { name, revision } = leaf;
      const names = typeof name === 'string' ? nameTest(name) : textTest(name);
      const revisions = revision === undefined ? undefined : nameTest(revision);
      const prefixes = sources
        .filter(
          source =>
            names(source.name) &&
            (revisions === undefined
              ? source.isDefault
              : source.revision !== undefined &&
                (revisions(source.revision) || isCommit(revision!, source.commit))),
        )
        .map(({ prefix }) => prefix);
      return file => prefixes.some(prefix => pathOf(file).startsWith(prefix));
    }
    default:
      return undefined;
  }
}

/** Whether it is the beginning of a commit's id, as git takes one. */
function isCommit(text: string, commit: string | undefined): boolean {
  return /^[0-9a-f]{4,}$/i.test(text) && (commit?.startsWith(text.toLowerCase()) ?? false);
}

/** A name, or a glob of names in which `*` stands for anything; case does not matter. */
function nameTest(glob: string): (name: string) => boolean {
  const source = glob.replace(/[\\^$.+?()[\]{}|/]/g, '\\$&').replaceAll('*', '.*');
  const expression = new RegExp(`^(?:.*/)?${source}$`, 'i');
  return name => expression.test(name);
}
