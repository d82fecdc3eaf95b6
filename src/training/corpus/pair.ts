import type { DatasetHost } from '../../evaluation/dataset.ts';

/** Where the query of a pair comes from. */
export const pairKinds = ['doc', 'test', 'readme', 'changelog', 'commit', 'example'] as const;
export type PairKind = (typeof pairKinds)[number];

export const corpusSplits = ['train', 'valid', 'test'] as const;
export type CorpusSplit = (typeof corpusSplits)[number];

/** A query with the code that answers it, as it was found in a repository. */
export interface MinedPair {
  /** One line, at least three words. */
  query: string;
  /** Without its doc comment. */
  code: string;
  /** Own name of the function or type; empty for a snippet. */
  name: string;
  /** Language id as in the registry of languages. */
  language: string;
  /** Relative to the root of the repository, with `/`. */
  path: string;
  /** Name in the manifest. */
  repository: string;
  kind: PairKind;
  /** What the code is: `function`, `method`, `class`, …; `snippet` for what is no unit. */
  unit: string;
  /** All of the text the query was taken from: the whole doc comment, the title as written. */
  doc: string;
}

export interface CorpusPair extends MinedPair {
  split: CorpusSplit;
}

/** What mining needs of the rest of the program; the front end supplies it. */
export interface CorpusHost extends Pick<DatasetHost, 'readTree' | 'readUnits'> {
  /** Language id for the tag of a code block or the extension of a file (`js`, `py`); undefined for anything that is no programming language. */
  languageOf(word: string): string | undefined;
}

/** How often something happened, by what it was. */
export class Tally {
  readonly counts: Record<string, number> = {};

  add(what: string, count = 1): void {
    if (count > 0) this.counts[what] = (this.counts[what] ?? 0) + count;
  }

  addAll(counts: Readonly<Record<string, number>>): void {
    for (const [what, count] of Object.entries(counts)) this.add(what, count);
  }

  /** The counts with their names in order, so that equal counts are equal texts. */
  sorted(): Record<string, number> {
    return Object.fromEntries(Object.entries(this.counts).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  }
}
