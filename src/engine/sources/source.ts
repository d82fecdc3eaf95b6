import { QuarryError } from '../../core/errors.ts';
import type { FileEntry } from '../../core/source.ts';
import type { CatalogFile } from '../../store/catalog.ts';
import type { View } from '../../store/view.ts';

/** A directory whose files are in an index, below a prefix. */
export interface DirectorySource {
  name: string;
  /** What paths in the catalog begin with: '' in an index of one tree, else `name/`. */
  prefix: string;
  /** Absolute. */
  directory: string;
}

/** A revision of a git repository that need not be checked out. */
export interface RevisionSource {
  name: string;
  /** `name@revision/`. */
  prefix: string;
  /** Absolute path of the git directory. */
  repository: string;
  /** A branch, tag or commit as it was named. */
  revision: string;
  /** What the catalog holds of it; absent before it has been read to its end. */
  indexed?: { commit: string; rules: string };
}

export type Source = DirectorySource | RevisionSource;

export function isRevision(source: Source): source is RevisionSource {
  return 'revision' in source;
}

/** How people name a source: `name`, or `name@revision`. */
export function labelOf(source: Source): string {
  return isRevision(source) ? `${source.name}@${source.revision}` : source.name;
}

/** A part of an index that comes from one place: a repository's working tree, or a revision of it. */
export interface MountedSource {
  name: string;
  revision?: string;
  /** What the revision stood for when it was read. */
  commit?: string;
  /** What its paths begin with. */
  prefix: string;
  /** Whether a search that names no revision covers it. */
  isDefault: boolean;
}

const workspaceMark = 'workspace:';

/** What stands for the root in the index of a workspace. */
export function rootOfWorkspace(name: string): string {
  return workspaceMark + name;
}

/** The name of a workspace by its root; undefined if the root is a directory. */
export function workspaceOfRoot(root: string): string | undefined {
  return root.startsWith(workspaceMark) ? root.slice(workspaceMark.length) : undefined;
}

/** The sources of an index in the order in which they were added; that of an index of one tree is its root. Throws QuarryError `corrupt`. */
export function readSources(view: View): Source[] {
  const root = String(view.root);
  const text = view.sources;
  if (text === undefined)
    return workspaceOfRoot(root) === undefined ? [{ name: '', prefix: '', directory: root }] : [];
  let sources: unknown;
  try {
    sources = JSON.parse(text);
  } catch {
    // Said below.
  }
  if (!Array.isArray(sources) || !sources.every(isSource))
    throw new QuarryError(
      'corrupt',
      `${view.file} does not say which repositories it holds`,
      'run `quarry clear`, then add them again',
    );
  return sources;
}

/** The list as a commit of the store takes it. */
export function encodeSources(sources: readonly Source[]): string {
  return JSON.stringify(sources);
}

function isSource(value: unknown): value is Source {
  const { name, prefix, directory, repository, revision } = (value ?? {}) as Record<string, unknown>;
  if (typeof name !== 'string' || typeof prefix !== 'string') return false;
  return typeof directory === 'string' || (typeof repository === 'string' && typeof revision === 'string');
}

/** A file that an update found; `object` is the id of its blob, of files of revisions. */
export interface SourceEntry extends FileEntry {
  object?: string;
}

/** Hex digits of a blob's id that go into one number of a catalog's entry: 52 bits. */
const digits = 13;

/**
 * The id of a blob in the place of a file's stamps: 39 of its 40 digits, which is enough for git to find it and for two files
 * to be told apart.
 */
export function stampsOf(object: string): Pick<FileEntry, 'mtimeMs' | 'ctimeMs' | 'ino'> {
  const part = (i: number) => Number.parseInt(object.slice(i * digits, (i + 1) * digits), 16);
  return { mtimeMs: part(0), ctimeMs: part(1), ino: part(2) };
}

/** The beginning of the id of a blob, of an entry made with `stampsOf`. */
export function objectOf({
  mtimeMs,
  ctimeMs,
  ino,
}: Pick<CatalogFile, 'mtimeMs' | 'ctimeMs' | 'ino'>): string {
  return [mtimeMs, ctimeMs, ino].map(number => number.toString(16).padStart(digits, '0')).join('');
}
