import { identifiersOf, identifierTerms } from '../core/identifiers.ts';
import { Dictionary, DictionaryWriter } from './dictionary.ts';
import { decodePostings, PostingsWriter } from './postings.ts';

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

/** Distinct terms of a stem; for several words the last one is all of them joined (`path-router` → pathrouter). */
function stemTermsOf(stem: string): string[] {
  const identifiers = identifiersOf(stem);
  const terms = identifiers.flatMap(identifierTerms);
  if (identifiers.length > 1) terms.push(identifiers.join('').replaceAll('_', '').toLowerCase());
  return [...new Set(terms)];
}

function directoryTermsOf(directory: string): string[] {
  return [...new Set(identifiersOf(directory).flatMap(identifierTerms))];
}

function directoryOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

/** Computes once per distinct key. */
function memo<T>(compute: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>();
  return key => {
    let value = known.get(key);
    if (value === undefined) known.set(key, (value = compute(key)));
    return value;
  };
}

/** The two parts of a stored path index. */
export interface PathParts {
  dictionary: Uint8Array;
  postings: Uint8Array;
}

/** Where a posting's frequency byte says the term is: bit 0 in the stem, bit 1 in a directory above. */
export const inStem = 1;
export const inDirectory = 2;

/**
 * Postings over the paths of a tree: term → positions of files in the list given. Depends on nothing but the list,
 * so it is written again only when files come or go.
 */
export function buildPathIndex(paths: readonly string[]): PathParts {
  const stemTerms = memo(stemTermsOf);
  const directoryTerms = memo(directoryTermsOf);
  const lists = new Map<string, number[]>();
  const add = (term: string, file: number, where: number) => {
    let list = lists.get(term);
    if (!list) lists.set(term, (list = []));
    const last = list.length - 2;
    if (last >= 0 && list[last] === file) list[last + 1]! |= where;
    else list.push(file, where);
  };
  paths.forEach((path, file) => {
    for (const term of stemTerms(stemOf(path))) add(term, file, inStem);
    for (const term of directoryTerms(directoryOf(path))) add(term, file, inDirectory);
  });
  const dictionary = new DictionaryWriter();
  const postings = new PostingsWriter(paths.length * 4);
  for (const term of [...lists.keys()].sort()) {
    const list = lists.get(term)!;
    const start = postings.length;
    postings.begin();
    for (let i = 0; i < list.length; i += 2) postings.add(list[i]!, list[i + 1]!);
    dictionary.add(term, list.length / 2, postings.length - start);
  }
  return { dictionary: dictionary.finish(), postings: postings.finish() };
}

/** Files whose path has a term; parallel arrays, files ascending. */
export interface PathPostings {
  count: number;
  targets: Uint32Array;
  /** `inStem`, `inDirectory` or both. */
  frequencies: Uint8Array;
}

const nothing: PathPostings = { count: 0, targets: new Uint32Array(0), frequencies: new Uint8Array(0) };

/** Read access to a path index. Throws RangeError on damage. */
export class PathIndex {
  private readonly paths: (file: number) => string;
  private readonly dictionary: Dictionary;
  private readonly postings: Uint8Array;
  private readonly stems: Map<number, string[]> = new Map();
  private readonly directories: (directory: string) => string[] = memo(directoryTermsOf);

  constructor(paths: (file: number) => string, parts: PathParts) {
    this.paths = paths;
    this.dictionary = new Dictionary(parts.dictionary);
    this.postings = parts.postings;
  }

  lookup(term: string): PathPostings {
    const entry = this.dictionary.lookup(term);
    return entry ? decodePostings(this.postings, entry.offset, entry.length, entry.count) : nothing;
  }

  /** Distinct terms of a file's stem; of several, the last one is the joined form. */
  stemTerms(file: number): readonly string[] {
    let terms = this.stems.get(file);
    if (!terms) this.stems.set(file, (terms = stemTermsOf(stemOf(this.paths(file)))));
    return terms;
  }

  /** Distinct terms of the directories above a file. */
  directoryTerms(file: number): readonly string[] {
    return this.directories(directoryOf(this.paths(file)));
  }
}
