import { readFileSync } from 'node:fs';
import type { FileEntry, SkippedFile } from '../../core/source.ts';
import type { Catalog, CatalogFile } from '../../store/catalog.ts';
import type { IndexStore } from '../../store/store.ts';
import { contentKey } from '../sources/document-key.ts';
import { fileBelow, type Mounts } from '../sources/mounts.ts';
import { isRevision, type Source, type SourceEntry } from '../sources/source.ts';
import type { Draft } from './draft.ts';
import type { Listing } from './list-source.ts';
import { racyMs } from './options.ts';
import type { SegmentReaders } from './readers.ts';

/** How many files with stamps that are not trusted are looked at by the main thread. */
const mostHashedHere = 50;

/** What has to be read of one source. */
export interface SourceWork {
  source: Source;
  entries: SourceEntry[];
}

/** Finds out what differs from the catalog. */
export class Comparison {
  private readonly store: IndexStore;
  private readonly old: Catalog;
  private readonly mounts: Mounts<Source>;
  private readonly readers: SegmentReaders;
  private readonly maxFileBytes: number;
  private hashedHere = 0;

  constructor(
    store: IndexStore,
    old: Catalog,
    mounts: Mounts<Source>,
    readers: SegmentReaders,
    maxFileBytes: number,
  ) {
    this.store = store;
    this.old = old;
    this.mounts = mounts;
    this.readers = readers;
    this.maxFileBytes = maxFileBytes;
  }

  /** Takes what is gone out of the draft, and what was skipped into it; gives what has to be read. */
  apply(listings: readonly Listing[], draft: Draft): { work: SourceWork[]; unchanged: number } {
    const present = new Map<Source, Set<string> | undefined>(
      listings.map(({ source, found }) => [source, found && new Set(found.files.map(({ path }) => path))]),
    );
    let unchanged = 0;
    for (const { path } of this.old.files) {
      const source = this.mounts.find(path);
      // Files of no source are those of one that was removed.
      if (!source || present.get(source)?.has(path) === false) draft.remove(path);
      else if (!present.get(source)) unchanged++;
    }
    const before = new Map(this.old.skipped.map(skipped => [skipped.path, skipped]));
    for (const skipped of this.old.skipped) {
      const source = this.mounts.find(skipped.path);
      if (source && !present.get(source)) draft.skipped.set(skipped.path, skipped);
    }
    const work: SourceWork[] = [];
    for (const { source, found } of listings) {
      if (!found) continue;
      const entries: SourceEntry[] = [];
      for (const entry of found.files) {
        const known = draft.files.get(entry.path);
        if (known && this.isSame(known, entry, source)) {
          unchanged++;
          continue;
        }
        const skip = known ? undefined : before.get(entry.path);
        if (skip && this.isStillSkipped(skip, entry, found.isSame)) draft.skipped.set(entry.path, skip);
        else entries.push(entry);
      }
      for (const skipped of found.skipped) draft.skipped.set(skipped.path, skipped);
      if (entries.length > 0) work.push({ source, entries });
    }
    return { work, unchanged };
  }

  sameSkips(after: ReadonlyMap<string, SkippedFile>): boolean {
    const { skipped } = this.old;
    return skipped.length === after.size && skipped.every(s => after.get(s.path)?.reason === s.reason);
  }

  private isSame(known: CatalogFile, entry: SourceEntry, source: Source): boolean {
    if (entry.size > this.maxFileBytes) return false;
    return (
      hasSameStamps(known, entry) ||
      (!isRevision(source) && this.isUntouched(known, entry, source.directory, source.prefix))
    );
  }

  /**
   * For the few files whose stamp was too young to be trusted: reads the content again, which for one file is cheaper
   * than waking a thread. The stamp stays untrusted until the file is indexed again.
   */
  private isUntouched(known: CatalogFile, entry: FileEntry, directory: string, prefix: string): boolean {
    if (known.mtimeMs !== -1 || known.size !== entry.size || this.hashedHere >= mostHashedHere) return false;
    this.hashedHere++;
    const place = fileBelow(directory, entry.path.slice(prefix.length));
    if (place === undefined) return false;
    try {
      const content = readFileSync(place);
      return this.store.read(view => {
        const segment = this.readers.get(view, known.segment);
        return contentKey(content, segment.language(known.document)) === segment.hash(known.document);
      });
    } catch {
      return false;
    }
  }

  /** It was no source file when the last update ended, and has not been touched since. */
  private isStillSkipped(
    skip: SkippedFile,
    entry: SourceEntry,
    isSame: ((path: string) => boolean) | undefined,
  ): boolean {
    if (entry.object !== undefined) return skip.reason !== 'unreadable' && (isSame?.(entry.path) ?? false);
    const before = this.old.updatedAt - racyMs;
    return entry.mtimeMs < before && entry.ctimeMs < before;
  }
}

function hasSameStamps(known: CatalogFile, entry: FileEntry): boolean {
  return (
    known.mtimeMs === entry.mtimeMs &&
    known.size === entry.size &&
    known.ctimeMs === entry.ctimeMs &&
    known.ino === entry.ino
  );
}
