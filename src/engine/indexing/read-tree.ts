import { setImmediate } from 'node:timers/promises';
import { throwIfAborted } from '../../core/errors.ts';
import type { SourceText } from '../../core/source.ts';
import type { Role } from '../../core/unit.ts';
import { type IgnoreOptions, readSource, walkTree } from '../../ingest/index.ts';
import { detectLanguage } from '../../languages/index.ts';

/** The options that an index of the same tree would get. */
export interface ReadTreeOptions {
  /** Default: the rules of the tree alone, without the settings of a user. */
  ignore?: IgnoreOptions;
  /** Files with more bytes are left out. */
  maxFileBytes?: number;
}

/** A file as an index of its tree would take it. */
export interface TreeFile {
  /** The path again. */
  id: string;
  /** Relative to the root, with `/`. */
  path: string;
  text: string;
  language: string;
  role: Role;
}

/** Longest stretch of work between two turns of the event loop. */
const sliceMs = 8;

/**
 * The text files of a directory that an index of it would hold, in the order of their paths' UTF-8 bytes. Throws
 * QuarryError as `walkTree` does; files that cannot be read, or are binary or too large, are passed over.
 */
export async function* readTree(
  root: string,
  signal?: AbortSignal,
  options: ReadTreeOptions = {},
): AsyncGenerator<TreeFile> {
  for await (const [path, { text, language, role }] of readSources(root, signal, options))
    yield { id: path, path, text, language, role };
}

/** The same with everything the reader knows of a file. */
export async function* readSources(
  root: string,
  signal: AbortSignal | undefined,
  { ignore = {}, maxFileBytes }: ReadTreeOptions,
): AsyncGenerator<[path: string, source: SourceText]> {
  const walked = await walkTree(root, {
    ignore,
    ...(signal ? { signal } : {}),
  });
  let begun = performance.now();
  for (const entry of walked.files) {
    throwIfAborted(signal);
    const source = readSource(root, entry, {
      detectLanguage,
      ...(maxFileBytes === undefined ? {} : { maxBytes: maxFileBytes }),
    });
    if (!('reason' in source)) yield [entry.path, source];
    if (performance.now() - begun > sliceMs) {
      await setImmediate();
      begun = performance.now();
    }
  }
}
