import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { QuarryError, throwIfAborted } from '../../core/errors.ts';
import type { SetReport } from './decontaminate.ts';
import type { CorpusPair, CorpusSplit, PairKind } from './pair.ts';
import { readPacked, type Shard } from './shards.ts';

export const corpusFormat = 1;

/** What became of one source. */
export interface SourceReport {
  name: string;
  licence: string;
  version?: string;
  /** Full hash for a clone; absent for a plain directory. */
  commit?: string;
  split: CorpusSplit;
  /** Declared to be another project than the evaluation repository of the same name. */
  unrelated?: true;
  files: number;
  units: number;
  /** Pairs by kind before duplicates and evaluation data were removed, and after. */
  mined: Record<string, number>;
  kept: Record<string, number>;
  /** What was left out while mining, by reason. */
  dropped: Record<string, number>;
}

/** `corpus.json`. Holds no times and no paths of the machine: equal input gives equal bytes. */
export interface CorpusInfo {
  format: typeof corpusFormat;
  /** Hex SHA-256 of the manifest's entries, and of the code that mined. */
  manifest: string;
  code: string;
  seed: number;
  /** Most pairs per source and kind, if there was a limit. */
  limit?: number;
  /** Commits of each clone that were looked at. */
  commits: number;
  pairs: number;
  counts: {
    split: Record<string, number>;
    kind: Record<string, number>;
    language: Record<string, number>;
    /** `language kind` → pairs. */
    languageKind: Record<string, number>;
    repository: Record<string, number>;
  };
  /** What was removed after mining: near-duplicates of code and query, pairs of evaluation sets. */
  removed: Record<string, number>;
  sources: SourceReport[];
  /** Sources that were not built, with the reason. */
  refused: Array<{ name: string; reason: string }>;
  missing: string[];
  /** Absent: the corpus was built without looking at evaluation sets. */
  decontamination?: {
    repositories: number;
    sets: SetReport[];
    unavailable: Array<{ set: string; reason: string }>;
  };
  shards: Array<Shard & { split: CorpusSplit }>;
}

/** Which pairs to read; what is not given is not restricted. */
export interface CorpusFilter {
  split?: CorpusSplit;
  languages?: readonly string[];
  kinds?: readonly PairKind[];
  signal?: AbortSignal;
}

/** Throws QuarryError `not-found`, `corrupt`, or `format` for a corpus of another version. */
export function readCorpusInfo(directory: string): CorpusInfo {
  const file = join(directory, 'corpus.json');
  if (!existsSync(file))
    throw new QuarryError(
      'not-found',
      `no corpus in ${directory}`,
      'build one: quarry corpus build MANIFEST',
    );
  let info: CorpusInfo;
  try {
    info = JSON.parse(readFileSync(file, 'utf8')) as CorpusInfo;
  } catch (error) {
    throw new QuarryError(
      'corrupt',
      `${file}: not JSON: ${(error as Error).message}`,
      'build the corpus again',
    );
  }
  if (info?.format !== corpusFormat || !Array.isArray(info.shards))
    throw new QuarryError('format', `${file} is not of format ${corpusFormat}`, 'build the corpus again');
  return info;
}

/**
 * Streams the pairs of a corpus in the order of its shards, which is that of the manifest; one shard is in memory at a
 * time. Throws as `readCorpusInfo` does, `corrupt` for a shard that was changed, `aborted`.
 */
export async function* readCorpus(directory: string, filter: CorpusFilter = {}): AsyncGenerator<CorpusPair> {
  const { split, signal } = filter;
  const languages = filter.languages && new Set(filter.languages);
  const kinds = filter.kinds && new Set<string>(filter.kinds);
  for (const shard of readCorpusInfo(directory).shards) {
    if (split !== undefined && shard.split !== split) continue;
    throwIfAborted(signal);
    for (const row of readPacked(join(directory, shard.file), shard.sha256)) {
      const pair = row as CorpusPair;
      if (languages && !languages.has(pair.language)) continue;
      if (kinds && !kinds.has(pair.kind)) continue;
      yield pair;
    }
    await setImmediate();
  }
}
