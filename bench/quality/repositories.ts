import { join } from 'node:path';
import type { Hit } from '../../src/core/search.ts';
import { snapshotOf } from '../../src/engine/memory-index.ts';
import { bm25f, candidateFiles, weights } from '../../src/engine/parameters.ts';
import { Retriever } from '../../src/engine/retrieve.ts';
import { bootstrap, type Interval, mean } from '../lib/statistics.ts';
import { hasStem, loadTasks, ndcg10, type RepositoryTask, readTree } from './repository-queries.ts';

/** A repository with its engine, ready to be asked. */
export interface Prepared {
  task: RepositoryTask;
  /** From the indexed folder to the repository's root, for paths of targets. */
  prefix: string;
  retriever: Retriever;
}

/** Indexes the checkouts in memory. Layout: `repos/NAME/ROOT`, see the README of the query set. */
export async function* prepareRepositories(
  data: string,
  repos: string,
  only?: string,
): AsyncGenerator<Prepared> {
  for (const task of loadTasks(data)) {
    if (only !== undefined && task.name !== only) continue;
    const snapshot = await snapshotOf(readTree(join(repos, task.name, task.root ?? '')));
    yield { task, prefix: task.root ? `${task.root}/` : '', retriever: new Retriever(snapshot) };
  }
}

/** One query and how well it was answered: NDCG@10 by the three ways of reading a result list. */
export interface Row {
  repository: string;
  language: string;
  category: string;
  query: string;
  /** The query contains the stem of a target's file name. */
  stem: boolean;
  /** No file of the repository answers half of its queries. */
  spread: boolean;
  /** One place per file, as results come by default: no path occurs twice, so this is raw as well. */
  file: number;
  /** Three places per file, read downwards: a file's further places stand below its best one and take ranks. */
  folded: number;
  /** The same places sorted by their scores. */
  merged: number;
}

/** For people who look for what went wrong. */
export interface Miss {
  row: Row;
  targets: string[];
  prefix: string;
  hits: Array<Omit<Hit, 'stale'>>;
}

export function askAll({ task, prefix, retriever }: Prepared, onMiss?: (miss: Miss) => void): Row[] {
  const spread = isSpread(task);
  return task.queries.map(query => {
    const ask = (perFile: number) =>
      retriever.retrieve(query.query, {
        limit: 10,
        perFile,
        parameters: bm25f,
        weights,
        candidates: candidateFiles,
      }).hits;
    const score = (hits: ReadonlyArray<{ path: string }>) =>
      ndcg10(
        hits.map(hit => prefix + hit.path),
        query.targets,
      );
    const hits = ask(1);
    const places = ask(3).flatMap(hit => [{ path: hit.path, score: hit.score }, ...hit.more]);
    const row: Row = {
      repository: task.name,
      language: task.language,
      category: query.category,
      query: query.query,
      stem: hasStem(query),
      spread,
      file: score(hits),
      folded: score(places),
      merged: score(places.toSorted((a, b) => b.score - a.score)),
    };
    if (row.file < 0.7) onMiss?.({ row, targets: query.targets, prefix, hits });
    return row;
  });
}

/** True where the file that answers most queries answers less than half of them. */
function isSpread({ queries }: RepositoryTask): boolean {
  const answers = new Map<string, number>();
  for (const { targets } of queries) {
    for (const target of targets) answers.set(target, (answers.get(target) ?? 0) + 1);
  }
  return Math.max(...answers.values()) < queries.length / 2;
}

/** How rows are read. */
export type Reading = 'file' | 'folded' | 'merged';

/** A named part of the rows, with the mean over repositories and its interval over queries. */
export interface Slice extends Interval {
  name: string;
  queries: number;
  repositories: number;
}

export function slice(name: string, rows: readonly Row[], reading: Reading = 'file'): Slice {
  const groups = [...Map.groupBy(rows, row => row.repository).values()].map(group =>
    group.map(row => row[reading]),
  );
  return { name, queries: rows.length, repositories: groups.length, ...bootstrap(groups) };
}

/** Every repository counts the same within its language, and every language the same. */
export function meanOverLanguages(rows: readonly Row[], reading: Reading): number {
  const languages = [...Map.groupBy(rows, row => row.language).values()];
  return mean(
    languages.map(list => {
      const repositories = [...Map.groupBy(list, row => row.repository).values()];
      return mean(repositories.map(group => mean(group.map(row => row[reading]))));
    }),
  );
}
