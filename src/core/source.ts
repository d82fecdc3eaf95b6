import type { Role } from './unit.ts';

/** Why a file is not in the index, or only in part (`partial` says which). */
export const skipReasons = {
  binary: 'binary content',
  'too-large': 'larger than the limit for source files',
  'long-lines': 'minified or data: lines too long to be read',
  unreadable: 'could not be read',
  'not-a-file': 'socket, pipe or device',
  'link-loop': 'symbolic link that leads back into the tree or out of it',
  'invalid-path': 'file name is not valid UTF-8',
  deadline: 'parser ran past its deadline: indexed as plain blocks',
  nesting: 'nested too deeply for the parser: indexed as plain blocks',
  grammar: 'the parser failed: indexed as plain blocks',
  encoding: 'invalid UTF-8 was replaced: indexed',
  // Their order is stored: new ones come last.
  elsewhere: 'content lies elsewhere: a submodule, a Git LFS file, or not in this clone',
} as const;
export type SkipReason = keyof typeof skipReasons;

/** A regular file found by the walk. `path` is relative to the root with `/`; times are milliseconds. */
export interface FileEntry {
  path: string;
  size: number;
  mtimeMs: number;
  ctimeMs: number;
  ino: number;
}

export interface SkippedFile {
  path: string;
  reason: SkipReason;
  detail?: string;
}

/** A file's text, decoded, and what could be told from it. */
export interface SourceText {
  /** Without a byte order mark; line ends as they are. */
  text: string;
  /** First 128 bits of SHA-256 over the bytes, lower-case hex. */
  hash: string;
  bytes: number;
  /** Language id. */
  language: string;
  role: Role;
  /** Set when something about the file deserves a line in the status. */
  note?: SkipReason;
}
