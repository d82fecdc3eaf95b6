import { join } from 'node:path';
import { throwIfAborted } from '../../core/errors.ts';
import type { RepositoryFile } from '../../evaluation/dataset.ts';
import { isFunction, selectUnits } from '../../evaluation/datasets/repository-units.ts';
import { commitPairs } from './mine-commits.ts';
import { docPair, refusal } from './mine-docs.ts';
import { exampleFunctions, examplePair, isExample } from './mine-examples.ts';
import { changelogPairs, isChangelog, type ProseFile, readmePairs } from './mine-prose.ts';
import { type FoundTest, testPairs, testsOf } from './mine-tests.ts';
import { type CorpusHost, type MinedPair, Tally } from './pair.ts';
import { UnitTable } from './unit-table.ts';

/** What is mined: a tree, and the history of the clone it comes from, if there is one. */
export interface MineSource {
  root: string;
  repository: string;
  git?: { gitDir: string; commit: string; most: number };
}

export interface Mined {
  /** Doc comments first, then tests, READMEs, changelogs, examples and commits. */
  pairs: MinedPair[];
  files: number;
  units: number;
  /** What was left out, by reason: `doc: fewer than three words`. */
  dropped: Record<string, number>;
}

const proseName = /\.(?:md|mdx|markdown|rst)$/i;

/**
 * All pairs of one repository. Holds the code of its functions and its documents in memory until it is done. Throws
 * QuarryError as the host's readers and git do.
 */
export async function mine(
  source: MineSource,
  host: CorpusHost,
  options: { signal?: AbortSignal; onFile?: (files: number, pairs: number) => void } = {},
): Promise<Mined> {
  const { signal } = options;
  const { root, repository, git } = source;
  const dropped = new Tally();
  const table = new UnitTable();
  const docs: MinedPair[] = [];
  const tests: FoundTest[] = [];
  const examples: MinedPair[] = [];
  const prose: ProseFile[] = [];
  let files = 0;
  let units = 0;
  for await (const file of host.readUnits(root, signal)) {
    throwIfAborted(signal);
    options.onFile?.(++files, docs.length);
    units += file.units.length;
    const { path, text, role } = file;
    if (role === 'docs' && proseName.test(path))
      prose.push({ path, text, repository, languageOf: word => host.languageOf(word) });
    if (role === 'generated' || role === 'vendored') {
      dropped.add(`doc: in ${role} code`, file.units.length);
      continue;
    }
    tests.push(...testsOf(file));
    if (role === 'test') examples.push(...exampleFunctions(file, repository, dropped));
    if (role !== 'source') continue;
    if (isExample(path)) {
      const pair =
        host.languageOf(/\.(\w+)$/.exec(path)?.[1] ?? '') &&
        examplePair(file, join(root, path), repository, dropped);
      if (pair) examples.push(pair);
    }
    docs.push(...docsOf(file, repository, table, dropped));
  }
  const said = prose.filter(file => !isChangelog(file.path));
  const changed = prose.filter(file => isChangelog(file.path));
  const pairs = [
    ...docs,
    ...testPairs(tests, table, repository, dropped),
    ...said.flatMap(file => readmePairs(file, table, dropped)),
    ...changed.flatMap(file => changelogPairs(file, table, dropped)),
    ...examples,
  ];
  if (git && git.most > 0) pairs.push(...(await commitPairs({ ...git, repository }, host, dropped, signal)));
  return { pairs, files, units, dropped: dropped.sorted() };
}

/** Pairs of doc comments; the file's functions and types go into the table. */
function docsOf(file: RepositoryFile, repository: string, table: UnitTable, dropped: Tally): MinedPair[] {
  const pairs: MinedPair[] = [];
  for (const unit of selectUnits(file.units, reason => dropped.add(`doc: ${reason}`))) {
    const refused = refusal(unit);
    if (refused !== undefined) {
      dropped.add(`doc: ${refused}`);
      continue;
    }
    table.add(unit);
    const pair = docPair(unit, repository, dropped);
    // A type's code is the heads of its members: enough to be found by, if it has some.
    if (pair && (isFunction(unit.kind) || unit.code.split('\n').length > 4)) pairs.push(pair);
  }
  return pairs;
}
