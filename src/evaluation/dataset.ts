import type { Role } from '../core/unit.ts';

/** A piece of code a query's answer is looked for among: a function of a benchmark's codebase, or a file of a tree. */
export interface Candidate {
  /** Unique within its collection. In a tree the path relative to the collection's root, with `/`. */
  id: string;
  text: string;
  /** Language id as in the registry of languages, when the data say it. */
  language?: string;
  /** Name of the function, when the data say it. */
  name?: string;
  /** Path in a real tree, with `/`; absent for snippets that have none. Systems may use it as evidence. */
  path?: string;
  role?: Role;
  /** Where it stands in the collection's files; code that occurs several times has several places. */
  places?: readonly Place[];
  /**
   * Queries of the training split that this code answers, for systems that learn from them. What is listed here
   * depends on the data set's protocol (`full` or `disjoint`).
   */
  trainingQueries?: readonly string[];
}

/** Some lines of a file, 1-based and inclusive. */
export interface Place {
  /** Relative to the root, with `/`. */
  path: string;
  lines: readonly [first: number, last: number];
}

/** A file that candidates lie in. */
export interface CollectionFile {
  /** Unique within its collection; relative to the root, with `/`. */
  path: string;
  text: string;
  /** Language id as in the registry of languages. */
  language: string;
  role: Role;
}

/** A query with its relevance judgments. */
export interface Query {
  /** Unique within the data set. */
  id: string;
  text: string;
  /** Grade by candidate id: above 0 relevant, 0 judged and not relevant; unjudged candidates are absent. */
  judgments: Readonly<Record<string, number>>;
  /** Only these candidates are ranked (published pools); absent: all of the collection. */
  pool?: readonly string[];
  /** Parts of the data set the query belongs to, e.g. `{ category: 'semantic', gold: 'unseen' }`. */
  slices?: Readonly<Record<string, string>>;
  /** Queries of one cluster are one observation (the runs of one question): their scores are averaged first. */
  cluster?: string;
}

/** Candidates and the queries that are asked of them: one codebase, one repository, one pool. */
export interface Collection {
  /** Unique within the data set. */
  name: string;
  /** Everything a cached run of this collection depends on: content of candidates and queries. */
  fingerprint: string;
  /** Absolute directory when the candidates are the files of a tree. Never together with `files`. */
  root?: string;
  /** Slices all of its queries belong to, e.g. `{ language: 'go' }`. */
  slices?: Readonly<Record<string, string>>;
  queries: readonly Query[];
  /** Makes `root` be there. Called before the candidates are read or indexed, and not at all if nothing has to run. */
  materialise?(signal?: AbortSignal): Promise<void>;
  /** Streams the candidates; may be called several times, every time with the same result. */
  candidates(signal?: AbortSignal): AsyncIterable<Candidate>;
  /**
   * Streams the files that the candidates' `places` are in, and all others an index of the repository would hold. For
   * systems that search files and find lines in them; may be called several times, every time with the same result.
   */
  files?(signal?: AbortSignal): AsyncIterable<CollectionFile>;
}

/** A (query, code) pair with the label 1 (the code answers the query) or 0. */
export interface LabelledPair {
  id: string;
  query: string;
  code: Candidate;
  label: 0 | 1;
  slices?: Readonly<Record<string, string>>;
}

/** A file that was read, and what was in it. */
export interface SourceFile {
  /** Relative to the data directory. */
  path: string;
  bytes: number;
  /** Hex SHA-256 of the file as it lies there. */
  sha256: string;
  rows: number;
  /** Malformed rows that were left out. */
  skipped: number;
}

interface Described {
  /** As in the registry, e.g. `cosqa-nodoc`. */
  id: string;
  title: string;
  split: string;
  licence: string;
  /** Who made the data, and where they were had from. */
  source: string;
  /** What was read; complete once everything has been streamed. */
  files: readonly SourceFile[];
  /** What a reader of the numbers has to know: protocol, counts that differ from the published ones. */
  notes: readonly string[];
  /** Default measures, the first one being the main one. */
  measures: readonly string[];
}

/** A data set for retrieval: queries find candidates. */
export interface RetrievalDataset extends Described {
  task: 'retrieval';
  /** What a total is the mean of: all queries, or the means of the collections (repositories, languages, pools). */
  averaging: 'queries' | 'collections';
  collections(signal?: AbortSignal): AsyncIterable<Collection>;
}

/** A data set for classification: is this code an answer to this query? */
export interface ClassificationDataset extends Described {
  task: 'classification';
  /** Pairs a threshold is chosen on, by name of the rule; the first one is the main one. Never the tested pairs. */
  calibration: ReadonlyArray<{ name: string; pairs: readonly LabelledPair[] }>;
  pairs: readonly LabelledPair[];
}

export type Dataset = RetrievalDataset | ClassificationDataset;

/** What loaders need of the rest of the program; the front end that runs an evaluation supplies it. */
export interface DatasetHost {
  /** The text files of a directory that Quarry would index, each as one candidate; ids are paths, sorted. */
  readTree(root: string, signal?: AbortSignal): AsyncIterable<Candidate>;
  /** The same files without doc comments and docstrings, each with its units. */
  readUnits(root: string, signal?: AbortSignal): AsyncIterable<RepositoryFile>;
  /**
   * The pairs of a built training corpus, in its order. Throws QuarryError as the reader of corpora does, `usage` for a
   * kind that is none. Absent where there are no corpora.
   */
  readCorpus?(directory: string, filter: CorpusRowFilter): AsyncIterable<CorpusRow>;
}

/** Which pairs of a corpus to read. */
export interface CorpusRowFilter {
  split: 'train' | 'valid' | 'test';
  /** Where queries come from: `doc`, `test`, `commit`, … */
  kinds: readonly string[];
  signal?: AbortSignal;
}

/** A pair of a training corpus, as far as it matters here. */
export interface CorpusRow {
  query: string;
  /** Without its doc comment. */
  code: string;
  /** Own name of the function; empty for a snippet. */
  name: string;
  /** Language id as in the registry of languages. */
  language: string;
  /** Relative to the root of the repository, with `/`. */
  path: string;
  repository: string;
  kind: string;
  /** What the code is: `function`, `method`, `class`, …; `snippet` for what is no unit. */
  unit: string;
}

/** A file of a user's own repository without its documentation. */
export interface RepositoryFile extends CollectionFile {
  /** Functions, methods, types and whatever else has a name; enclosing ones first. */
  units: readonly RepositoryUnit[];
}

/** A code unit of a user's own repository, for data sets made of doc comments. */
export interface RepositoryUnit {
  path: string;
  language: string;
  kind: string;
  name: string;
  qualifiedName: string;
  firstLine: number;
  lastLine: number;
  /** Text of the unit with its doc comment, and docstring, cut out. */
  code: string;
  /** The doc comment without its markers; empty if there is none. */
  doc: string;
  role: Role;
  /** Where it stands in the text of its `RepositoryFile`. */
  lines: readonly [first: number, last: number];
}

/** How a data set is to be opened. */
export interface OpenDataset {
  /** Directory with one folder per data set. */
  data: string | undefined;
  /** What followed the colon in `csn:PATH`: a file or directory, absolute. */
  path?: string;
  /** Directory with checkouts or clones of repositories. */
  repos?: string;
  split?: string;
  /** `disjoint`: no training pair whose code is a dev or test gold. Only matters to systems that learn. */
  protocol?: 'full' | 'disjoint';
  /** A malformed row throws QuarryError instead of being left out and counted. */
  strict?: boolean;
  /** Only the first so many queries, with their candidates where these are pairs. */
  first?: number;
  /** Kinds of pairs, where a data set has several. Only `corpus` has; default there: `doc`. */
  kinds?: readonly string[];
  host: DatasetHost;
  signal?: AbortSignal;
  /** Called with one line for people when a row was left out. */
  onSkipped?: (message: string) => void;
}

/** A line of the registry: a data set that can be opened. */
export interface DatasetLoader {
  /** Name on the command line. */
  id: string;
  /** One line for lists. */
  title: string;
  task: 'retrieval' | 'classification';
  /** The first one is the default. Tune on `dev`, report `test`. */
  splits: readonly string[];
  licence: string;
  /** Address and citation: where to get the data. */
  source: string;
  /** What it needs besides `--data`: `path` (`csn:PATH`), `repos` (`--repos DIR`). */
  needs?: 'path' | 'repos';
  open(options: OpenDataset): Promise<Dataset>;
}
