import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { RepositoryUnit } from '../../evaluation/dataset.ts';
import { isFunction, selectUnits } from '../../evaluation/datasets/repository-units.ts';
import { changedLines, type LineRange, readBlobs, type SmallCommit, smallCommits } from './git-log.ts';
import { pairOf, refusal } from './mine-docs.ts';
import { changeText } from './mine-prose.ts';
import type { CorpusHost, MinedPair, Tally } from './pair.ts';
import { queryText } from './query-text.ts';

/** Files parsed at a time; each is the state after one commit. */
const batchSize = 100;
/** Larger files are passed over: they are parsed again for every commit. */
const mostBytes = 100_000;
/** Commits that are kept of one repository. */
const mostKept = 1000;

/** Subjects about the work and not about the code. */
const housekeeping =
  /^\W*(?:(?:update|add|create|edit|delete|change)d? [\w/-]+\.\w+$|revert|merge|bump|release|prepare|version|v?\d+\.\d+|update (?:dependenc|copyright|changelog|readme|version|year)|upgrade\b|wip\b|squash|fixup!|typos?\b|lint|format(?:ting)?\b|reformat|run (?:black|prettier|gofmt|rustfmt|clang)|whitespace|cleanup|clean up|clean-up|tidy|nits?\b|minor\b|misc\b|polish|address|apply (?:suggestion|review)|review|oops|forgot|temp\b|test commit|initial commit|cherry|sync\b|backport|rebuild|regenerate|remove (?:unused|dead|unnecessary|trailing|extra)|rename\b|move\b|style\b|docs?\b|comment|spelling|fix (?:typos?|lint|ci|build|tests?|docs?|comments?|spelling|formatting|warnings?|style|compil\w+|errors?|bugs?|\w*doc\w*)\b|refactor\b|add (?:comment|todo|types?\b|missing type))|(?:\b(?:typos?|spelling|changelog|copyright|readme|linter|eslint|checkstyle|rubocop|clippy|mypy|flake8|javadocs?|docstrings?|type hints?|annotations?|phpstan|psalm|phpdoc|sonar\w*|code style|coding standards?|deprecat\w+|travis|appveyor|github actions|ci|tests?|testing|docs?|documentation|dedup\w*|simplif\w+|refactor\w*|renam\w+|coverage|benchmarks?|unused|codacy|doctests?|nolint|warnings?|whitespace|indentation)\b)/i;

interface CommitSource {
  gitDir: string;
  commit: string;
  repository: string;
  /** Commits that are looked at. */
  most: number;
}

/**
 * Subjects of commits that changed one function of one source file, with that function as it was after the commit.
 * At most a thousand of a repository, newest first. Throws as `smallCommits` does.
 */
export async function commitPairs(
  source: CommitSource,
  host: CorpusHost,
  dropped: Tally,
  signal?: AbortSignal,
): Promise<MinedPair[]> {
  const pairs: MinedPair[] = [];
  const seen = new Set<string>();
  let batch: Array<SmallCommit & { query: string }> = [];
  const flush = async () => {
    pairs.push(...(await pairsOfBatch(source, batch, host, dropped, signal)));
    batch = [];
  };
  const isCode = (path: string) => {
    const extension = /\.(\w+)$/.exec(path)?.[1];
    return extension !== undefined && !aside.test(`/${path}`) && host.languageOf(extension) !== undefined;
  };
  const options = { most: source.most, isCode, ...(signal ? { signal } : {}) };
  for await (const commit of smallCommits(source.gitDir, source.commit, options)) {
    const subject = commit.subject;
    const made = housekeeping.test(changeText(subject))
      ? { dropped: 'housekeeping' }
      : queryText(changeText(subject));
    if ('dropped' in made) {
      dropped.add(`commit: ${made.dropped}`);
      continue;
    }
    if (seen.has(made.text)) continue;
    seen.add(made.text);
    batch.push({ ...commit, query: made.text });
    if (batch.length >= batchSize) await flush();
    if (pairs.length >= mostKept) break;
  }
  if (batch.length > 0) await flush();
  return pairs.slice(0, mostKept);
}

/** Files that may change beside the one that matters; what remains is judged by the reader of trees. */
const aside =
  /\/(?:tests?|specs?|__tests__|testdata|fixtures|docs?|examples?|benchmarks?|vendor|node_modules|dist)\/|[._-](?:test|spec)s?\.\w+$|\/test_[^/]*$|Tests?\.\w+$|\.d\.ts$|\.(?:md|rst|sh|bash)$/i;

async function pairsOfBatch(
  { gitDir, repository }: CommitSource,
  batch: ReadonlyArray<SmallCommit & { query: string }>,
  host: CorpusHost,
  dropped: Tally,
  signal: AbortSignal | undefined,
): Promise<MinedPair[]> {
  const blobs = await readBlobs(
    gitDir,
    batch.map(({ blob }) => blob),
    signal,
  );
  const ranges = await changedLines(gitDir, batch, signal);
  const root = mkdtempSync(join(tmpdir(), 'quarry-commits-'));
  const found = new Map<number, MinedPair>();
  try {
    for (const [i, { path }] of batch.entries()) {
      const content = blobs[i];
      if (content === undefined || content.length > mostBytes) continue;
      const file = join(root, String(i), path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
    for await (const { path, units } of host.readUnits(root, signal)) {
      const slash = path.indexOf('/');
      const number = Number(path.slice(0, slash));
      const commit = batch[number];
      const unit =
        commit &&
        touched(
          selectUnits(units, () => undefined),
          ranges[number]!,
        );
      if (unit === undefined) {
        dropped.add('commit: not in exactly one function');
        continue;
      }
      const refused = refusal(unit);
      if (refused !== undefined) {
        dropped.add(`commit: ${refused}`);
        continue;
      }
      const own = { ...unit, path: commit!.path };
      found.set(
        number,
        pairOf(own, { query: commit!.query, doc: commit!.subject, kind: 'commit', repository }),
      );
    }
  } finally {
    rmSync(root, { recursive: true, force: true, maxRetries: 3 });
  }
  // In the order of the log, whatever the order of the directories' names is.
  return [...found].sort(([a], [b]) => a - b).map(([, pair]) => pair);
}

/** The one function all changed lines are in. */
function touched(units: readonly RepositoryUnit[], ranges: readonly LineRange[]): RepositoryUnit | undefined {
  const functions = units.filter(unit => isFunction(unit.kind));
  const hit = new Set(
    ranges.map(([first, last]) => functions.find(unit => unit.firstLine <= first && unit.lastLine >= last)),
  );
  return hit.size === 1 ? [...hit][0] : undefined;
}
