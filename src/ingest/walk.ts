import { Buffer } from 'node:buffer';
import { type Dirent, lstatSync, opendirSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { sep } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { QuarryError, throwIfAborted } from '../core/errors.ts';
import type { FileEntry, SkippedFile, SkipReason } from '../core/source.ts';
import { escapeBytes, fromBytes } from './ignore/bytes.ts';
import { versionControl } from './ignore/defaults.ts';
import { Ignore, type IgnoreOptions, markOf, type Scope, verdicts } from './ignore/ignore.ts';

export interface WalkOptions {
  signal?: AbortSignal;
  ignore: IgnoreOptions;
  /**
   * Also take files and directories outside the root that links in the tree lead to, each directory once. Links to
   * what lies inside the root are never followed, their targets are found anyway. Default false.
   */
  followLinks?: boolean;
  /** Called with the number of files found so far, every few milliseconds and at the end. */
  onProgress?: (found: number) => void;
}

export interface WalkResult {
  /** Regular files that are not ignored, in the order of their paths' UTF-8 bytes. */
  files: FileEntry[];
  /** What could not be taken, ordered by path; ignored entries are not listed. */
  skipped: SkippedFile[];
  /** Directories read, the root included. */
  directories: number;
  /** Entries left out by rules or markers; a directory counts once, whatever is in it. */
  ignored: number;
}

/** Longest stretch of work between two turns of the event loop. */
const sliceMs = 8;

/** A directory being read: entries before `next` are done. */
interface Frame {
  /** Byte path relative to the root with a trailing `/`, empty for the root. */
  readonly bytes: string;
  /** The same as text. */
  readonly text: string;
  readonly scope: Scope;
  /** Byte names of files, and of directories with a trailing `/`: in this order paths come out sorted. */
  readonly keys: string[];
  next: number;
  /** Where a followed link really leads; `undefined` inside the tree proper. */
  readonly real: string | undefined;
  /** Directory keys that a rule takes in explicitly, so that no marker leaves them out. */
  readonly kept: Set<string>;
  /** Resolved targets of keys that are links to be followed. */
  readonly links: Map<string, string>;
}

/**
 * Finds the files of a tree. Throws `QuarryError`: `not-found` if the root does not exist, `usage` if it is no
 * directory, `unreadable` if it cannot be read, `aborted` by the signal. Anything that goes wrong below the root is
 * listed in `skipped`; what vanishes meanwhile is not.
 *
 * Runs on the calling thread in slices of synchronous calls. Measured on 100,000 files in 2,000 directories, two cores,
 * local disk: a bare loop of readdir and lstat 200 ms, with bigint stats 210 ms, callbacks 260 ms, promises 800 ms; this
 * walk 270 ms, of which the rules take 40. Plain stats give `mtimeMs` to about 0.2 µs, so bigint gains nothing.
 */
export async function walkTree(root: string, options: WalkOptions): Promise<WalkResult> {
  throwIfAborted(options.signal);
  const walker = new Walker(openRoot(root), options);
  while (!walker.work(performance.now() + sliceMs)) {
    options.onProgress?.(walker.files.length);
    await setImmediate();
    throwIfAborted(options.signal);
  }
  const { files, skipped, directories, ignored } = walker;
  options.onProgress?.(files.length);
  skipped.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  return { files, skipped, directories, ignored };
}

function openRoot(root: string): string {
  let real: string;
  try {
    real = realpathSync.native(root);
    if (!statSync(real).isDirectory()) throw new QuarryError('usage', `${root} is not a directory`);
    opendirSync(real).closeSync();
    return real;
  } catch (error) {
    if (error instanceof QuarryError) throw error;
    if (isGone(error)) throw new QuarryError('not-found', `${root} does not exist`);
    throw new QuarryError('unreadable', `${root} cannot be read: ${reasonOf(error)}`, undefined, {
      cause: error,
    });
  }
}

class Walker {
  readonly files: FileEntry[] = [];
  readonly skipped: SkippedFile[] = [];
  directories = 0;
  ignored = 0;
  readonly #root: string;
  readonly #base: string;
  readonly #ignore: Ignore;
  readonly #followLinks: boolean;
  /** Resolved targets of the directory links followed so far. */
  readonly #followed = new Set<string>();
  readonly #frames: Frame[] = [];

  constructor(root: string, options: WalkOptions) {
    this.#root = root;
    this.#base = root.endsWith('/') ? root : `${root}/`;
    this.#ignore = new Ignore(root, options.ignore);
    this.#followLinks = options.followLinks ?? false;
    this.#enter('', '', this.#ignore.top, false, undefined);
  }

  /** Works until `deadline`; true when all is done. */
  work(deadline: number): boolean {
    for (let count = 1; ; count++) {
      const frame = this.#frames.at(-1);
      if (frame === undefined) return true;
      if (frame.next === frame.keys.length) this.#frames.pop();
      else this.#visit(frame, frame.keys[frame.next++]!);
      if ((count & 31) === 0 && performance.now() > deadline) return false;
    }
  }

  #visit(frame: Frame, key: string): void {
    const bytes = frame.bytes + key;
    const name = fromBytes(key);
    if (name === undefined) {
      const shown = Buffer.from(key, 'latin1').toString('utf8').replace(/\/$/, '');
      this.#skip(frame.text + shown, 'invalid-path', escapeBytes(key));
      return;
    }
    const text = frame.text + name;
    const link = frame.links.get(key);
    if (!key.endsWith('/')) this.#file(text, link !== undefined);
    else {
      const real = link ?? (frame.real && `${frame.real}/${name.slice(0, -1)}`);
      if (link === undefined && real !== undefined && this.#followed.has(real)) return;
      this.#enter(bytes, text, frame.scope, !frame.kept.has(key), real);
    }
  }

  /** Adds a file if it still is one. `followed`: the path is a link to be taken for its target. */
  #file(path: string, followed: boolean): void {
    try {
      const stats = (followed ? statSync : lstatSync)(this.#base + path, { throwIfNoEntry: false });
      if (!stats?.isFile()) return;
      const { size, mtimeMs, ctimeMs, ino } = stats;
      this.files.push({ path, size, mtimeMs, ctimeMs, ino });
    } catch (error) {
      if (!isGone(error)) this.#skip(path, 'unreadable', reasonOf(error));
    }
  }

  /** Reads a directory; `undecided` if no rule speaks for or against it, so that markers count. */
  #enter(bytes: string, text: string, outer: Scope, undecided: boolean, real: string | undefined): void {
    const directory = this.#base + text;
    let entries: Dirent[];
    try {
      // Names as latin1: no byte is lost, so invalid UTF-8 can be told, and sorting is by bytes.
      entries = readdirSync(directory, { withFileTypes: true, encoding: 'latin1' });
    } catch (error) {
      if (!isGone(error)) this.#skip(text.replace(/\/$/, ''), 'unreadable', reasonOf(error));
      return;
    }
    let found = 0;
    for (const entry of entries) found |= markOf(entry.name);
    if (undecided && found !== 0 && this.#ignore.marker(directory, found) !== undefined) {
      this.ignored++;
      return;
    }
    this.directories++;
    const scope = text === '' ? outer : this.#ignore.enter(outer, directory, bytes.slice(0, -1), found);
    const keys: string[] = [];
    const frame: Frame = {
      bytes,
      text,
      scope,
      keys,
      next: 0,
      real,
      kept: new Set<string>(),
      links: new Map(),
    };
    const special: Dirent[] = [];
    for (const entry of entries) {
      const { name } = entry;
      const isDirectory = entry.isDirectory();
      if (versionControl.has(name) && (isDirectory || name === '.git')) continue;
      const verdict = this.#ignore.verdict(scope, bytes + name, name, isDirectory);
      if (verdict === verdicts.ignored) {
        this.ignored++;
        continue;
      }
      if (entry.isFile()) keys.push(name);
      else if (isDirectory) {
        keys.push(`${name}/`);
        if (verdict === verdicts.kept) frame.kept.add(`${name}/`);
      } else special.push(entry);
    }
    // Which of two links to the same place is followed must not depend on the file system.
    special.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of special) this.#special(frame, entry);
    keys.sort();
    this.#frames.push(frame);
  }

  /** Links, and what is neither file nor directory. */
  #special(frame: Frame, entry: Dirent): void {
    const name = fromBytes(entry.name);
    if (name === undefined) frame.keys.push(entry.name);
    else if (entry.isSymbolicLink()) this.#link(frame, entry.name, frame.text + name);
    else this.#skip(frame.text + name, 'not-a-file', kindOf(entry));
  }

  #link(frame: Frame, name: string, path: string): void {
    let target: string;
    let directory: boolean;
    try {
      target = realpathSync.native(this.#base + path);
      if (isInside(target, this.#root)) return;
      if (!this.#followLinks) {
        this.#skip(path, 'link-loop', `leads out of the tree to ${target}`);
        return;
      }
      const stats = statSync(target);
      directory = stats.isDirectory();
      if (!directory && !stats.isFile()) {
        this.#skip(path, 'not-a-file', `link to ${target}`);
        return;
      }
    } catch (error) {
      this.#skip(path, 'link-loop', isGone(error) ? 'its target does not exist' : reasonOf(error));
      return;
    }
    if (directory && isInside(this.#root, target)) {
      this.#skip(path, 'link-loop', `leads to ${target}, which contains the tree`);
      return;
    }
    for (const followed of this.#followed) if (isInside(target, followed)) return;
    if (directory && this.#ignore.verdict(frame.scope, frame.bytes + name, name, true) === verdicts.ignored)
      return;
    this.#followed.add(target);
    const key = directory ? `${name}/` : name;
    frame.links.set(key, target);
    frame.keys.push(key);
  }

  #skip(path: string, reason: SkipReason, detail: string): void {
    this.skipped.push({ path, reason, detail });
  }
}

function isInside(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith(sep) ? directory : directory + sep);
}

function kindOf(entry: Dirent): string {
  if (entry.isFIFO()) return 'pipe';
  if (entry.isSocket()) return 'socket';
  return 'device';
}

/** What a race with a deletion looks like: the file, or a directory above it, is no more. */
function isGone(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function reasonOf(error: unknown): string {
  const code = codeOf(error);
  return code === 'ENAMETOOLONG' ? 'path too long' : (code ?? String(error));
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
