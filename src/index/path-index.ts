import { identifiersOf, identifierTerms } from '../core/identifiers.ts';

/** File stems that say nothing: the directory's name stands for the file instead. */
const emptyStems = new Set(['index', 'mod', '__init__', 'init', 'package-info', 'package']);

/** What the stem of a path is for ranking: the file's name without extensions, or its directory's. */
export function stemOf(path: string): string {
  const slash = path.lastIndexOf('/');
  const name = path.slice(slash + 1);
  const dot = name.indexOf('.', 1);
  const stem = dot > 0 ? name.slice(0, dot) : name;
  if (emptyStems.has(stem.toLowerCase()) && slash > 0) {
    return path.slice(path.lastIndexOf('/', slash - 1) + 1, slash);
  }
  return stem;
}

/** Where a term occurs in the paths of live files. */
export interface PathPosting {
  file: number;
  /** Occurrences in the stem and in the directories above. */
  stem: number;
  directory: number;
}

/**
 * Postings over the paths of a catalog's files: small beside the text, so they are made when a snapshot is opened
 * instead of stored. Directories are analysed once for all files below them.
 */
export class PathIndex {
  private readonly postings: Map<string, PathPosting[]> = new Map();
  /** Distinct stem terms of each file; joined forms left out. */
  readonly stemTerms: string[][] = [];
  /** Distinct terms of the directories above each file. */
  readonly directoryTerms: string[][] = [];
  /** Files with each stem, by its joined lower-case form. */
  readonly averageLength: number = 1;

  constructor(paths: readonly string[]) {
    const directories = new Map<string, string[]>();
    const stems = new Map<string, string[]>();
    let total = 0;
    for (let file = 0; file < paths.length; file++) {
      const path = paths[file]!;
      const slash = path.lastIndexOf('/');
      const directory = slash < 0 ? '' : path.slice(0, slash);
      let directoryTerms = directories.get(directory);
      if (!directoryTerms) {
        directoryTerms = [...new Set(identifiersOf(directory).flatMap(identifierTerms))];
        directories.set(directory, directoryTerms);
      }
      const stem = stemOf(path);
      let stemTerms = stems.get(stem);
      if (!stemTerms) {
        stemTerms = stemTermsOf(stem);
        stems.set(stem, stemTerms);
      }
      for (const term of stemTerms) this.add(term, file, true);
      for (const term of directoryTerms) this.add(term, file, false);
      this.stemTerms.push(stemTerms);
      this.directoryTerms.push(directoryTerms);
      total += stemTerms.length + directoryTerms.length;
    }
    if (paths.length > 0) this.averageLength = Math.max(1, total / paths.length);
  }

  private add(term: string, file: number, inStem: boolean): void {
    let list = this.postings.get(term);
    if (!list) this.postings.set(term, (list = []));
    let last = list.at(-1);
    if (last?.file !== file) list.push((last = { file, stem: 0, directory: 0 }));
    if (inStem) last.stem++;
    else last.directory++;
  }

  lookup(term: string): readonly PathPosting[] {
    return this.postings.get(term) ?? [];
  }
}

/** Terms of a stem: its identifiers' terms, and all its words joined when separators cut it (`path-router`). */
function stemTermsOf(stem: string): string[] {
  const identifiers = identifiersOf(stem);
  const terms = identifiers.flatMap(identifierTerms);
  if (identifiers.length > 1) terms.push(identifiers.join('').replaceAll('_', '').toLowerCase());
  return [...new Set(terms)];
}
