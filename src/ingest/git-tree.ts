import { isUtf8 } from 'node:buffer';
import { posix } from 'node:path';
import { QuarryError } from '../core/errors.ts';
import type { SkippedFile } from '../core/source.ts';
import type { GitBlobs } from './git-blobs.ts';
import { runGit } from './git-command.ts';
import { GitRules, type IgnoreFile } from './git-rules.ts';
import { escapeBytes } from './ignore/bytes.ts';
import type { IgnoreOptions } from './ignore/ignore.ts';

/** A file of a commit. */
export interface GitFile {
  /** From the top of the tree, with `/`. */
  path: string;
  /** Id of its blob, lower-case hex. */
  object: string;
  size: number;
}

export interface GitTreeOptions {
  ignore: IgnoreOptions;
  /** Larger files are skipped. */
  maxBytes: number;
  signal?: AbortSignal | undefined;
}

/** An ignore file or a link's target of more bytes is not read. */
const maxSmallBytes = 1 << 20;

/**
 * The files of a commit, as a walk through its checkout would find them, and what could not be taken, with the reason.
 * Contents are not read, but for ignore files and targets of links. Throws QuarryError `unreadable`, `not-found`, `aborted`.
 */
export async function listGitTree(
  gitDirectory: string,
  commit: string,
  blobs: GitBlobs,
  { ignore, maxBytes, signal }: GitTreeOptions,
): Promise<{ files: GitFile[]; skipped: SkippedFile[] }> {
  const listed = await runGit(gitDirectory, ['ls-tree', '-r', '-z', '--long', '--full-tree', commit], {
    signal,
  });
  if (listed.code !== 0)
    throw new QuarryError(
      'unreadable',
      `git cannot list ${commit.slice(0, 12)} of ${gitDirectory}: ${listed.complaint}`,
    );
  const { entries, skipped } = parse(listed.out);
  const rules = new GitRules(await ignoreFiles(entries, blobs), ignore);
  const kept = entries.filter(({ path }) => !rules.ignores(path));
  const files: GitFile[] = [];
  const links: Entry[] = [];
  for (const { path, mode, object, size } of kept) {
    const skip = (reason: SkippedFile['reason'], detail: string) => skipped.push({ path, reason, detail });
    if (mode === '160000') skip('elsewhere', 'submodule');
    else if (mode === '120000') links.push({ path, mode, object, size });
    else if (size < 0) skip('elsewhere', 'a partial clone without this file');
    else if (size > maxBytes) skip('too-large', `${size} bytes`);
    else files.push({ path, object, size });
  }
  skipped.push(...(await linksOut(links, blobs)));
  skipped.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  return { files, skipped };
}

interface Entry extends GitFile {
  mode: string;
}

/** `<mode> <type> <object> <size>\t<path>\0` …; the size is −1 where there is none. */
function parse(out: Buffer): { entries: Entry[]; skipped: SkippedFile[] } {
  const entries: Entry[] = [];
  const skipped: SkippedFile[] = [];
  for (let from = 0; from < out.length; ) {
    const end = out.indexOf(0, from);
    const tab = out.indexOf(9, from);
    const [mode = '', , object = '', size = ''] = out.toString('latin1', from, tab).split(/ +/);
    const name = out.subarray(tab + 1, end);
    const path = name.toString('utf8');
    if (!isUtf8(name))
      skipped.push({ path, reason: 'invalid-path', detail: escapeBytes(name.toString('latin1')) });
    // No checkout can have these: a tree that was made by hand.
    else if (path.split('/').some(part => part === '' || part === '.' || part === '..'))
      skipped.push({ path, reason: 'invalid-path', detail: 'leads out of the tree' });
    else entries.push({ path, mode, object, size: /^\d+$/.test(size) ? Number(size) : -1 });
    from = end + 1;
  }
  return { entries, skipped };
}

async function ignoreFiles(entries: readonly Entry[], blobs: GitBlobs): Promise<IgnoreFile[]> {
  const found: Array<Promise<IgnoreFile | undefined>> = [];
  for (const { path, mode, object, size } of entries) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    if ((name !== '.gitignore' && name !== '.quarryignore') || !mode.startsWith('100')) continue;
    if (size < 0 || size > maxSmallBytes) continue;
    const directory = path.slice(0, path.length - name.length);
    found.push(blobs.read(object).then(content => content && { directory, name, content }));
  }
  return (await Promise.all(found)).filter(file => file !== undefined);
}

/** Links that lead to a file inside the tree need no word: it is found anyway. */
async function linksOut(links: readonly Entry[], blobs: GitBlobs): Promise<SkippedFile[]> {
  const targets = await Promise.all(
    links.map(({ object, size }) => (size >= 0 && size <= maxSmallBytes ? blobs.read(object) : undefined)),
  );
  return links.flatMap(({ path }, i): SkippedFile[] => {
    const target = targets[i]?.toString('utf8');
    if (target === undefined)
      return [{ path, reason: 'elsewhere', detail: 'a partial clone without this link' }];
    const place = posix.join(posix.dirname(path), target);
    const isInside = !target.startsWith('/') && place !== '..' && !place.startsWith('../');
    return isInside ? [] : [{ path, reason: 'link-loop', detail: `leads out of the tree to ${target}` }];
  });
}

/** Whether the content is a note of Git LFS on where the content is. */
export function isLfsPointer(content: Buffer): boolean {
  return (
    content.length < 1024 && content.toString('latin1', 0, 40) === 'version https://git-lfs.github.com/spec/'
  );
}
