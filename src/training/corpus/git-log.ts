import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { QuarryError, throwIfAborted } from '../../core/errors.ts';
import { readOnlyGit } from '../../evaluation/datasets/git-tree.ts';

/** Lines of a file after a commit, 1-based and inclusive. */
export type LineRange = readonly [first: number, last: number];

/** A commit that changed one source file, as far as its extension tells. */
export interface SmallCommit {
  hash: string;
  subject: string;
  path: string;
  /** Object of the file after the commit. */
  blob: string;
}

/** A commit that changes more files, of whatever kind, is about more than one function. */
const mostFiles = 8;

/** Lines whose change says nothing about a function: hunks of nothing else do not count. */
const idle =
  /^[+-]\s*(?:$|import\b|from\s.+import\b|use\s|using\s|require\b|require_relative\b|#|package\b|export \*|\/\/|\/\*|\*|"""|'''|(?:const|let|var)\s.*=\s*require\()/;

/**
 * Streams the newest commits that a commit has behind it and that changed exactly one file for which `isCode` holds,
 * and few others. `most` commits are looked at; merges are not. Throws QuarryError `aborted`, `not-found` without git,
 * `unreadable`.
 */
export async function* smallCommits(
  gitDir: string,
  commit: string,
  options: { most: number; isCode: (path: string) => boolean; signal?: AbortSignal },
): AsyncGenerator<SmallCommit> {
  const args = ['log', '--no-merges', `-n${options.most}`, '--format=%x01%H %s', '--raw', '--no-abbrev'];
  let current: SmallCommit | undefined;
  let code = 0;
  let files = 0;
  const finished = () => (current && code === 1 && files <= mostFiles ? current : undefined);
  for await (const line of linesOf(gitDir, [...args, '--no-renames', commit, '--'], '', options.signal)) {
    if (line.startsWith('\u0001')) {
      const done = finished();
      if (done) yield done;
      const space = line.indexOf(' ');
      const subject = space < 0 ? '' : line.slice(space + 1);
      current = { hash: line.slice(1, space < 0 ? undefined : space), subject, path: '', blob: '' };
      code = files = 0;
      continue;
    }
    const [, blob = '', status, path = ''] =
      /^:\d+ \d+ [0-9a-f]+ ([0-9a-f]+) (\w)\d*\t(.*)$/.exec(line) ?? [];
    if (status === undefined) continue;
    files++;
    if (!current || !options.isCode(path)) continue;
    // A file that came or went is more than a change of one function.
    code += status === 'M' ? 1 : 2;
    current.path = path;
    current.blob = blob;
  }
  const done = finished();
  if (done) yield done;
}

/** Changed lines of the one file of each commit, in the order of the commits. Throws as `smallCommits` does. */
export async function changedLines(
  gitDir: string,
  commits: readonly SmallCommit[],
  signal?: AbortSignal,
): Promise<LineRange[][]> {
  const ranges = new Map<string, LineRange[]>(commits.map(({ hash }) => [hash, []]));
  const paths = new Map(commits.map(({ hash, path }) => [hash, path]));
  const args = ['log', '--no-walk=unsorted', '--stdin', '--format=%x01%H', '-p', '-U0', '--no-color'];
  const input = commits.map(({ hash }) => `${hash}\n`).join('');
  let hash = '';
  let inFile = false;
  let hunk: LineRange | undefined;
  let busy = false;
  // Lines of the hunk still to come: inside of it nothing is a header.
  let left = 0;
  const close = () => {
    if (hunk && busy) ranges.get(hash)?.push(hunk);
    hunk = undefined;
    left = 0;
  };
  const diff = ['--no-ext-diff', '--no-textconv', '--no-renames', '--diff-filter=M'];
  for await (const line of linesOf(gitDir, [...args, ...diff], input, signal)) {
    if (left > 0 && /^[+-]/.test(line)) {
      left--;
      busy ||= inFile && !idle.test(line);
    } else if (line.startsWith('\u0001')) {
      close();
      hash = line.slice(1);
      inFile = false;
    } else if (line.startsWith('diff --git ')) {
      close();
      inFile = false;
    } else if (line.startsWith('+++ b/')) inFile = line.slice(6).replace(/\t$/, '') === paths.get(hash);
    else if (line.startsWith('@@ ')) {
      close();
      const [, removed = '1', first = '0', added = '1'] =
        /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line) ?? [];
      left = Number(removed) + Number(added);
      busy = false;
      hunk = [Number(first), Number(first) + Math.max(0, Number(added) - 1)];
    }
  }
  close();
  return commits.map(one => ranges.get(one.hash)!);
}

/** The lines git prints, as they come. */
async function* linesOf(
  gitDir: string,
  command: readonly string[],
  input: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<string> {
  throwIfAborted(signal);
  const { args, env } = readOnlyGit(gitDir);
  const child = spawn('git', [...args, ...command], { env, stdio: ['pipe', 'pipe', 'pipe'] });
  let errors = '';
  let failed = false;
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-2000)));
  child.on('error', () => (failed = true));
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const closed = once(child, 'close').catch(() => [1]);
  try {
    for await (const line of createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY })) {
      throwIfAborted(signal);
      yield line;
    }
    const [code] = (await closed) as [number | null];
    if (failed) throw new QuarryError('not-found', 'git is not installed', 'clones are read with it');
    if (code !== 0)
      throw new QuarryError(
        'unreadable',
        `cannot read the log of ${gitDir}: ${errors.trim().split('\n').at(-1)}`,
      );
  } finally {
    child.kill();
    await closed;
  }
}

/** The contents of objects, in order; undefined for what the clone lacks. Throws as `smallCommits`. */
export async function readBlobs(
  gitDir: string,
  blobs: readonly string[],
  signal?: AbortSignal,
): Promise<Array<Buffer | undefined>> {
  throwIfAborted(signal);
  const { args, env } = readOnlyGit(gitDir);
  const child = spawn('git', [...args, 'cat-file', '--batch'], { env, stdio: ['pipe', 'pipe', 'ignore'] });
  let failed = false;
  child.on('error', () => (failed = true));
  child.stdin.on('error', () => undefined);
  child.stdin.end(blobs.map(blob => `${blob}\n`).join(''));
  const parts: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => parts.push(part));
  await once(child, 'close').catch(() => undefined);
  if (failed) throw new QuarryError('not-found', 'git is not installed', 'clones are read with it');
  throwIfAborted(signal);
  const all = Buffer.concat(parts);
  let at = 0;
  return blobs.map(() => {
    const end = all.indexOf(10, at);
    if (end < 0) return undefined;
    const size = /^[0-9a-f]+ blob (\d+)$/.exec(all.toString('latin1', at, end))?.[1];
    at = end + 1;
    if (size === undefined) return undefined;
    const content = all.subarray(at, at + Number(size));
    at += Number(size) + 1;
    return content;
  });
}

/** The full hash of a commit. Throws QuarryError `not-found` if the clone does not have it, and as `readBlobs`. */
export async function commitOf(gitDir: string, commit: string, signal?: AbortSignal): Promise<string> {
  throwIfAborted(signal);
  const { args, env } = readOnlyGit(gitDir);
  const child = spawn('git', [...args, 'rev-parse', '--verify', '--quiet', `${commit}^{commit}`], {
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let failed = false;
  child.on('error', () => (failed = true));
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  await once(child, 'close').catch(() => undefined);
  if (failed) throw new QuarryError('not-found', 'git is not installed', 'clones are read with it');
  const hash = out.trim();
  if (!/^[0-9a-f]{40,64}$/.test(hash))
    throw new QuarryError(
      'not-found',
      `no commit ${commit} in ${gitDir}`,
      'fetch it, or change the manifest',
    );
  return hash;
}
