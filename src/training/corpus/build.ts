import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { QuarryError, throwIfAborted } from '../../core/errors.ts';
import { ScratchTree } from '../../evaluation/datasets/git-tree.ts';
import { type CorpusInfo, corpusFormat, type SourceReport } from './corpus.ts';
import type { Decontaminator } from './decontaminate.ts';
import type { EvaluationRepositories } from './evaluation-repositories.ts';
import { commitOf } from './git-log.ts';
import { aliasesOf, type Located, locate, type Manifest, type ManifestEntry } from './manifest.ts';
import { type Mined, mine } from './mine.ts';
import { type CorpusHost, type CorpusPair, corpusSplits, type MinedPair, Tally } from './pair.ts';
import { limited, Selection, splitOf } from './select.ts';
import { readPacked, type Shard, ShardWriter, writePacked, writeWhole } from './shards.ts';

export interface BuildOptions {
  manifest: Manifest;
  /** Directory the sources lie below, absolute. */
  sources: string;
  /** The corpus, absolute; made if it is not there. */
  out: string;
  host: CorpusHost;
  /** Hash of the code that mines: what other code mined is mined again. */
  code: string;
  seed: number;
  /** Most pairs per source and kind. */
  limit?: number;
  /** Commits of each clone that are looked at; 0 for none. */
  commits: number;
  /** Both absent: evaluation data are not looked for. */
  decontaminator?: Decontaminator;
  repositories?: EvaluationRepositories;
  signal?: AbortSignal;
  onProgress?: (progress: BuildProgress) => void;
}

export interface BuildProgress {
  phase: 'mine' | 'select';
  /** Name of the source being worked on. */
  source: string;
  done: number;
  total: number;
  /** Files of the source that were read. */
  files: number;
  /** Pairs so far, of all sources. */
  pairs: number;
}

/** What is kept of a mined source beside its pairs. */
interface MinedSource {
  shard: Shard;
  files: number;
  units: number;
  mined: Record<string, number>;
  dropped: Record<string, number>;
  commit?: string;
}

interface Work {
  entry: ManifestEntry;
  located: Located;
}

/**
 * Builds a corpus, or goes on with one that was not finished: every source is mined into a file of its own, which is
 * there as a whole or not at all and is used again while source and code are the same; then all are selected from in
 * the order of the manifest. Equal input gives equal bytes, whether it was interrupted or not. `corpus.json` is written
 * last. Throws QuarryError `not-found` if no source is there, `unreadable`, `no-space`, `aborted`.
 */
export async function buildCorpus(options: BuildOptions): Promise<CorpusInfo> {
  const { manifest, sources, out, seed, repositories } = options;
  const work: Work[] = [];
  const missing: string[] = [];
  const refused: CorpusInfo['refused'] = [];
  for (const entry of manifest.entries) {
    const located = locate(entry, sources);
    const aliases = located ? aliasesOf(entry, located) : [entry.name];
    const reason = repositories?.refusal(aliases, entry.unrelated ?? false);
    if (reason !== undefined) refused.push({ name: entry.name, reason });
    else if (located) work.push({ entry, located });
    else missing.push(entry.name);
  }
  if (work.length === 0)
    throw new QuarryError(
      'not-found',
      `none of the ${manifest.entries.length} sources can be used: ${refused.length} refused, ${missing.length} not in ${sources}`,
      missing.length > 0 ? `for example: git clone --bare of ${missing[0]} below it` : undefined,
    );
  mkdirSync(join(out, 'mined'), { recursive: true });
  const mined: MinedSource[] = [];
  const minedWork: Work[] = [];
  let pairs = 0;
  for (const [done, one] of work.entries()) {
    throwIfAborted(options.signal);
    const report = (files: number, more: number) =>
      options.onProgress?.({
        phase: 'mine',
        source: one.entry.name,
        done,
        total: work.length,
        files,
        pairs: pairs + more,
      });
    report(0, 0);
    let result: MinedSource;
    try {
      result = await minedSource(one, options, report);
    } catch (error) {
      // One clone that lacks a blob must not cost the hours that went into the others.
      if (!(error instanceof QuarryError) || error.code === 'aborted' || error.code === 'no-space')
        throw error;
      refused.push({ name: one.entry.name, reason: `cannot be read: ${error.message}` });
      continue;
    }
    pairs += result.shard.rows;
    mined.push(result);
    minedWork.push(one);
  }
  if (mined.length === 0)
    throw new QuarryError('unreadable', `none of the sources can be read: ${refused.at(-1)?.reason}`);
  const chosen = await select(minedWork, mined, options);
  const info: CorpusInfo = {
    format: corpusFormat,
    manifest: manifest.hash,
    code: options.code,
    seed,
    ...(options.limit === undefined ? {} : { limit: options.limit }),
    commits: options.commits,
    ...chosen,
    refused,
    missing,
  };
  writeWhole(join(out, 'corpus.json'), `${JSON.stringify(info, null, 2)}\n`);
  tidy(out, mined);
  return info;
}

/** Takes a source from the file it was mined into before, or mines it. */
async function minedSource(
  { entry, located }: Work,
  options: BuildOptions,
  report: (files: number, pairs: number) => void,
): Promise<MinedSource> {
  const { out, host, signal } = options;
  const commit =
    'gitDir' in located ? await commitOf(located.gitDir, entry.commit ?? 'HEAD', signal) : undefined;
  const state = 'root' in located ? await treeHash(located.root, options) : commit!;
  const key = createHash('sha256')
    .update(JSON.stringify([corpusFormat, entry.name, state, options.code, options.commits]))
    .digest('hex')
    .slice(0, 24);
  const base = join(out, 'mined', `${entry.name.replace(/[^\w.-]+/g, '+')}-${key}`);
  const known = `${base}.json`;
  if (existsSync(known)) {
    const before = JSON.parse(readFileSync(known, 'utf8')) as MinedSource;
    if (isWhole(`${base}.jsonl.gz`, before.shard.sha256)) return before;
  }
  const onFile = report;
  const mining = { ...(signal ? { signal } : {}), onFile };
  let result: Mined;
  if ('root' in located) result = await mine({ root: located.root, repository: entry.name }, host, mining);
  else {
    const tree = new ScratchTree(located.gitDir);
    try {
      await tree.show(commit!, (await tree.missing(commit!, signal)) ?? [], signal);
      const git = { gitDir: located.gitDir, commit: commit!, most: options.commits };
      result = await mine({ root: tree.root, repository: entry.name, git }, host, mining);
    } finally {
      await tree.remove();
    }
  }
  const shard = writePacked(
    `${base}.jsonl.gz`,
    result.pairs.map(pair => `${JSON.stringify(pair)}\n`),
  );
  const { files, units, dropped } = result;
  const source: MinedSource = {
    shard: { ...shard, file: `${base.slice(out.length + 1)}.jsonl.gz` },
    files,
    units,
    mined: kindsOf(result.pairs),
    dropped,
    ...(commit === undefined ? {} : { commit }),
  };
  writeWhole(known, `${JSON.stringify(source)}\n`);
  return source;
}

/** False too for a file that was damaged: it is made again instead of failing for ever. */
function isWhole(file: string, sha256: string): boolean {
  return existsSync(file) && createHash('sha256').update(readFileSync(file)).digest('hex') === sha256;
}

/** Hash over all texts of a directory. */
async function treeHash(root: string, { host, signal }: BuildOptions): Promise<string> {
  const hash = createHash('sha256');
  for await (const { id, text } of host.readTree(root, signal))
    hash.update(`${id}\0${text.length}\0`).update(text);
  return hash.digest('hex');
}

function kindsOf(pairs: readonly MinedPair[]): Record<string, number> {
  const tally = new Tally();
  for (const { kind } of pairs) tally.add(kind);
  return tally.sorted();
}

type Chosen = Pick<CorpusInfo, 'pairs' | 'counts' | 'removed' | 'sources' | 'shards' | 'decontamination'>;

/** Goes through all mined pairs and writes those that stay. */
async function select(
  work: readonly Work[],
  mined: readonly MinedSource[],
  options: BuildOptions,
): Promise<Chosen> {
  const { out, seed, decontaminator } = options;
  const folder = join(out, 'shards');
  const fresh = join(out, 'shards.new');
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh);
  const writers = Object.fromEntries(corpusSplits.map(split => [split, new ShardWriter(fresh, split)]));
  const counts = {
    split: new Tally(),
    kind: new Tally(),
    language: new Tally(),
    languageKind: new Tally(),
    repository: new Tally(),
  };
  const selection = new Selection(decontaminator);
  const sources: SourceReport[] = [];
  let pairs = 0;
  for (const [done, { entry }] of work.entries()) {
    const { shard, files, units, dropped, commit, mined: found } = mined[done]!;
    const split = entry.split ?? splitOf(entry.name, seed);
    const kept = new Tally();
    const rows = readPacked(join(out, shard.file), shard.sha256) as MinedPair[];
    for (const [i, pair] of limited(rows, options.limit, seed).entries()) {
      if (i % 500 === 0) {
        options.onProgress?.({ phase: 'select', source: entry.name, done, total: work.length, files, pairs });
        await setImmediate();
        throwIfAborted(options.signal);
      }
      if (!selection.take(pair)) continue;
      writers[split]!.add({ ...pair, split } satisfies CorpusPair);
      pairs++;
      kept.add(pair.kind);
      counts.split.add(split);
      counts.kind.add(pair.kind);
      counts.language.add(pair.language);
      counts.languageKind.add(`${pair.language} ${pair.kind}`);
      counts.repository.add(entry.name);
    }
    const { name, licence, version } = entry;
    sources.push({
      name,
      licence,
      ...(version === undefined ? {} : { version }),
      ...(commit === undefined ? {} : { commit }),
      split,
      ...(entry.unrelated ? { unrelated: true } : {}),
      files,
      units,
      mined: found,
      kept: kept.sorted(),
      dropped,
    });
  }
  const shards = corpusSplits.flatMap(split => {
    const writer = writers[split]!;
    writer.flush();
    return writer.shards.map(shard => ({ ...shard, file: `shards/${shard.file}`, split }));
  });
  // From here to the new corpus.json there is no corpus: readers see the old one, none, or the new one.
  rmSync(join(out, 'corpus.json'), { force: true });
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
  return {
    pairs,
    counts: {
      split: counts.split.sorted(),
      kind: counts.kind.sorted(),
      language: counts.language.sorted(),
      languageKind: counts.languageKind.sorted(),
      repository: counts.repository.sorted(),
    },
    removed: selection.removed.sorted(),
    sources,
    ...(decontaminator
      ? {
          decontamination: {
            repositories: options.repositories?.size ?? 0,
            sets: decontaminator.sets,
            unavailable: decontaminator.unavailable,
          },
        }
      : {}),
    shards,
  };
}

/**
 * Removes what other code or other commits left behind of these sources. What was mined of others stays: it may have taken
 * hours, and a build of some sources says nothing about the rest.
 */
function tidy(out: string, mined: readonly MinedSource[]): void {
  const used = new Set(mined.flatMap(({ shard }) => [shard.file, shard.file.replace(/jsonl\.gz$/, 'json')]));
  const sources = new Set(mined.map(({ shard }) => sourceOf(shard.file.slice('mined/'.length))));
  for (const name of readdirSync(join(out, 'mined'))) {
    if (!used.has(`mined/${name}`) && sources.has(sourceOf(name)))
      rmSync(join(out, 'mined', name), { force: true });
  }
}

/** The name of a mined file without its key. */
function sourceOf(file: string): string {
  return file.replace(/-[0-9a-f]{24}\..*$/, '');
}
