import { join } from 'node:path';
import { QuarryError, throwIfAborted } from '../../core/errors.ts';
import { readCorpusInfo } from './corpus.ts';
import type { Decontaminator } from './decontaminate.ts';
import type { EvaluationRepositories } from './evaluation-repositories.ts';
import { type CorpusPair, type CorpusSplit, pairKinds } from './pair.ts';
import { readPacked } from './shards.ts';

export interface CheckReport {
  pairs: number;
  shards: number;
  /** One line each; none: the corpus is sound. */
  findings: string[];
}

/** Findings of one sort after which no more are named. */
const mostNamed = 20;

/**
 * Reads a corpus again: checksums, rows, counts, repositories in one split only, and – with evaluation data – that
 * nothing of them is in it. Throws as `readCorpusInfo` does, and `aborted`; everything else is a finding.
 */
export async function checkCorpus(
  directory: string,
  against: {
    decontaminator?: Decontaminator;
    repositories?: EvaluationRepositories;
    signal?: AbortSignal;
  } = {},
): Promise<CheckReport> {
  const info = readCorpusInfo(directory);
  const findings: string[] = [];
  const unrelated = new Set(info.sources.flatMap(source => (source.unrelated ? [source.name] : [])));
  const splitOfRepository = new Map<string, CorpusSplit>();
  let pairs = 0;
  let contaminated = 0;
  for (const shard of info.shards) {
    throwIfAborted(against.signal);
    let rows: CorpusPair[];
    try {
      rows = readPacked(join(directory, shard.file), shard.sha256) as CorpusPair[];
    } catch (error) {
      if (!(error instanceof QuarryError)) throw error;
      findings.push(error.message);
      continue;
    }
    if (rows.length !== shard.rows)
      findings.push(`${shard.file}: ${rows.length} rows, ${shard.rows} expected`);
    for (const [i, pair] of rows.entries()) {
      pairs++;
      const place = `${shard.file}:${i + 1}`;
      if (!isPair(pair)) {
        findings.push(`${place}: not a pair`);
        continue;
      }
      if (pair.split !== shard.split)
        findings.push(`${place}: split ${pair.split} in a shard of ${shard.split}`);
      const split = splitOfRepository.get(pair.repository) ?? pair.split;
      splitOfRepository.set(pair.repository, split);
      if (split !== pair.split)
        findings.push(`${place}: ${pair.repository} is in ${split} and in ${pair.split}`);
      const found = against.decontaminator?.check(pair);
      if (found && ++contaminated <= mostNamed)
        findings.push(`${place}: ${found.by} of ${found.set}: ${JSON.stringify(pair.query.slice(0, 80))}`);
    }
  }
  if (contaminated > mostNamed) findings.push(`${contaminated} pairs of evaluation sets in all`);
  if (pairs !== info.pairs) findings.push(`${pairs} pairs, corpus.json says ${info.pairs}`);
  for (const name of splitOfRepository.keys()) {
    const reason = against.repositories?.refusal([name], unrelated.has(name));
    if (reason !== undefined) findings.push(`${name}: ${reason}`);
  }
  return { pairs, shards: info.shards.length, findings };
}

function isPair(row: unknown): row is CorpusPair {
  if (typeof row !== 'object' || row === null) return false;
  const { query, code, name, language, path, repository, kind } = row as Partial<CorpusPair>;
  return (
    [query, code, language, path, repository].every(text => typeof text === 'string' && text !== '') &&
    typeof name === 'string' &&
    pairKinds.some(one => one === kind)
  );
}
