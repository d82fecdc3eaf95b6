import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { QuarryError } from '../../core/errors.ts';
import { Random } from '../../core/random.ts';
import { commitOf } from '../corpus/git-log.ts';
import { mine } from '../corpus/mine.ts';
import { type CorpusHost, type CorpusPair, type CorpusSplit, type MinedPair, Tally } from '../corpus/pair.ts';
import { Selection } from '../corpus/select.ts';
import { readPacked, writePacked, writeWhole } from '../corpus/shards.ts';

/** `pairs.json`: what was mined from a repository, and where it is. */
export interface OwnPairs {
  /** Absolute. */
  repository: string;
  /** Pairs that stayed, by kind, by split, and what was left out because it was there already. */
  kinds: Record<string, number>;
  splits: Record<CorpusSplit, number>;
  removed: Record<string, number>;
  /** Of `pairs.jsonl.gz`. */
  sha256: string;
}

export interface MineOwnOptions {
  /** Absolute path of a tree; the history is read as well if it is the top of a clone. */
  repository: string;
  /** Where the pairs are kept. */
  directory: string;
  host: CorpusHost;
  /** Commits that are looked at. */
  commits: number;
  seed: number;
  signal?: AbortSignal;
  onFile?: (files: number, pairs: number) => void;
}

/** Shares of the pairs that are kept from training: for choosing when to stop, and for the final comparison. */
const validShare = 0.1;
const testShare = 0.15;
/** With fewer the final comparison says nothing. */
const fewestTest = 50;
/** Fewer pairs than that teach a model nothing. */
const fewestPairs = 200;

const infoFile = 'pairs.json';
const pairsFile = 'pairs.jsonl.gz';

/**
 * Mines a repository for pairs of text and code and keeps them in the directory. Nearly equal code and queries are taken
 * once; a file with all of its pairs is in one split, so that no function that is asked for was seen in training. Throws
 * QuarryError `usage` if there are too few.
 */
export async function mineOwn(options: MineOwnOptions): Promise<OwnPairs> {
  const { repository, directory, host, seed, signal } = options;
  const mined = await mine({ root: repository, repository, ...(await historyOf(options)) }, host, {
    ...(signal ? { signal } : {}),
    ...(options.onFile ? { onFile: options.onFile } : {}),
  });
  const selection = new Selection(undefined);
  const kept = mined.pairs.filter(pair => selection.take(pair));
  const kinds = new Tally();
  for (const { kind } of kept) kinds.add(kind);
  const pairs = splitByFile(kept, seed);
  const splits = { train: 0, valid: 0, test: 0 };
  for (const { split } of pairs) splits[split]++;
  if (pairs.length < fewestPairs || splits.test < fewestTest || splits.valid === 0)
    throw tooFew(repository, pairs.length, kinds.sorted(), new Set(kept.map(({ path }) => path)).size);
  const shard = writePacked(
    join(directory, pairsFile),
    pairs.map(pair => `${JSON.stringify(pair)}\n`),
  );
  const info: OwnPairs = {
    repository,
    kinds: kinds.sorted(),
    splits,
    removed: selection.removed.sorted(),
    sha256: shard.sha256,
  };
  writeWhole(join(directory, infoFile), `${JSON.stringify(info, null, 2)}\n`);
  return info;
}

/** Throws QuarryError `not-found` if the directory holds no pairs, `corrupt`. */
export function readOwnInfo(directory: string): OwnPairs {
  const file = join(directory, infoFile);
  if (!existsSync(file))
    throw new QuarryError('not-found', `no pairs in ${directory}`, 'mine them: quarry train --on DIRECTORY');
  return JSON.parse(readFileSync(file, 'utf8')) as OwnPairs;
}

/** All pairs with their splits, in the order of mining. Throws as `readOwnInfo` does. */
export function readOwnPairs(directory: string): CorpusPair[] {
  return readPacked(join(directory, pairsFile), readOwnInfo(directory).sha256) as CorpusPair[];
}

async function historyOf({
  repository,
  commits,
  signal,
}: MineOwnOptions): Promise<{ git?: { gitDir: string; commit: string; most: number } }> {
  const gitDir = join(repository, '.git');
  if (commits === 0 || !existsSync(gitDir)) return {};
  try {
    return { git: { gitDir, commit: await commitOf(gitDir, 'HEAD', signal), most: commits } };
  } catch (error) {
    // Nothing was committed yet, or there is no git: the tree is enough.
    if (error instanceof QuarryError && error.code === 'not-found') return {};
    throw error;
  }
}

/** Files in an order by chance go to test until it has its share, then to valid, then to train. */
export function splitByFile(pairs: readonly MinedPair[], seed: number): CorpusPair[] {
  const test = Math.max(fewestTest, Math.ceil(pairs.length * testShare));
  const valid = Math.ceil(pairs.length * validShare);
  const byFile = Map.groupBy(pairs, pair => pair.path);
  // A file with a large part of all pairs is to learn from: held out, it would be most of the comparison.
  const isLarge = (path: string) => byFile.get(path)!.length > pairs.length * 0.1;
  const paths = new Random(seed).shuffled([...byFile.keys()].sort()).filter(path => !isLarge(path));
  const splits = new Map<string, CorpusSplit>();
  let taken = 0;
  for (const path of paths) {
    if (taken >= test + valid) break;
    splits.set(path, taken < test ? 'test' : 'valid');
    taken += byFile.get(path)!.length;
  }
  return pairs.map(pair => ({ ...pair, split: splits.get(pair.path) ?? 'train' }));
}

function tooFew(
  repository: string,
  pairs: number,
  kinds: Record<string, number>,
  files: number,
): QuarryError {
  const found = Object.entries(kinds).map(([kind, count]) => `${count} ${kind}`);
  const what = found.length === 0 ? '' : ` (${found.join(', ')}; in ${files} files)`;
  return new QuarryError(
    'usage',
    `${repository} gives ${pairs} pairs of text and code${what}: too few to learn from and to measure by`,
    `${fewestPairs} are needed in several files: doc comments, named tests, commit subjects; name a larger repository`,
  );
}
