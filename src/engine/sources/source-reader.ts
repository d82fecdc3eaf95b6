import type { SkippedFile, SourceText } from '../../core/source.ts';
import { GitBlobs } from '../../ingest/git-blobs.ts';
import { isLfsPointer } from '../../ingest/git-tree.ts';
import { type ReadOptions, readSource, sourceOf } from '../../ingest/read.ts';
import { Mounts } from './mounts.ts';
import { isRevision, objectOf, type Source, type SourceEntry } from './source.ts';

/**
 * Reads files of sources for indexing: from their directory, or from git, of which one process per repository runs. The path
 * below the source decides about language and role, so that it does not matter where a tree is mounted.
 */
export class SourceReader {
  readonly #mounts: Mounts<Source>;
  readonly #options: ReadOptions;
  readonly #blobs = new Map<string, GitBlobs>();
  readonly #ahead = new Map<string, Promise<Buffer | undefined>>();

  constructor(sources: readonly Source[], options: ReadOptions) {
    this.#mounts = new Mounts(sources);
    this.#options = options;
  }

  /** Asks for contents that are to be read soon; each of them has to be. */
  expect(entries: readonly SourceEntry[]): void {
    for (const entry of entries) {
      const source = this.#mounts.find(entry.path);
      if (!source || !isRevision(source) || this.#isTooLarge(entry)) continue;
      const content = this.#blob(source.repository, entry);
      // Whoever reads it is told.
      content.catch(() => undefined);
      this.#ahead.set(entry.path, content);
    }
  }

  /** Never throws for the file's sake: what cannot be indexed comes back as skipped. */
  async read(entry: SourceEntry): Promise<SourceText | SkippedFile> {
    const { path } = entry;
    const source = this.#mounts.find(path);
    if (!source) return { path, reason: 'unreadable', detail: 'its repository was removed' };
    const below = path.slice(source.prefix.length);
    const found = isRevision(source)
      ? await this.#readBlob(source.repository, entry, below)
      : readSource(source.directory, { ...entry, path: below }, this.#options);
    return 'reason' in found ? { ...found, path } : found;
  }

  close(): void {
    for (const blobs of this.#blobs.values()) blobs.close();
    this.#blobs.clear();
    this.#ahead.clear();
  }

  async #readBlob(
    repository: string,
    entry: SourceEntry,
    below: string,
  ): Promise<SourceText | Omit<SkippedFile, 'path'>> {
    if (this.#isTooLarge(entry)) return { reason: 'too-large', detail: `${entry.size} bytes` };
    const content = await (this.#ahead.get(entry.path) ?? this.#blob(repository, entry)).finally(() =>
      this.#ahead.delete(entry.path),
    );
    if (!content) return { reason: 'elsewhere', detail: 'a partial clone without this file' };
    if (isLfsPointer(content)) return { reason: 'elsewhere', detail: 'Git LFS' };
    return sourceOf(below, content, this.#options);
  }

  #isTooLarge({ size }: SourceEntry): boolean {
    return this.#options.maxBytes !== undefined && size > this.#options.maxBytes;
  }

  #blob(repository: string, entry: SourceEntry): Promise<Buffer | undefined> {
    let blobs = this.#blobs.get(repository);
    if (!blobs) this.#blobs.set(repository, (blobs = new GitBlobs(repository)));
    return blobs.read(entry.object ?? objectOf(entry));
  }
}
