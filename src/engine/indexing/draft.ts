import type { UpdateReport } from '../../core/progress.ts';
import type { SkippedFile } from '../../core/source.ts';
import type { Catalog, CatalogFile } from '../../store/catalog.ts';
import type { SegmentData } from '../../store/segment.ts';
import type { IndexStore } from '../../store/store.ts';
import type { View } from '../../store/view.ts';
import type { Mounts } from '../sources/mounts.ts';
import { encodeSources, isRevision, type Source, type SourceEntry } from '../sources/source.ts';
import { countImporters } from './importers.ts';
import type { FileResult } from './messages.ts';
import { racyMs } from './options.ts';
import { type DocumentPlace, knownDocuments, type SegmentReaders } from './readers.ts';

/** A segment that a worker has handed over, and what became of the files in it. */
export interface Part {
  data: SegmentData | undefined;
  results: FileResult[];
}

/** The catalog under construction. */
export class Draft {
  /** By path. */
  readonly files: Map<string, CatalogFile>;
  readonly skipped: Map<string, SkippedFile> = new Map();
  /** Sources as they are to be stored when all is done; undefined: as they are. */
  sources: readonly Source[] | undefined;
  private readonly store: IndexStore;
  private readonly report: UpdateReport;
  private readonly readers: SegmentReaders;
  private readonly mounts: Mounts<Source>;
  /** Documents in the index by key. */
  private documents: Map<string, DocumentPlace> | undefined;
  private readSince: number = Date.now();
  /** Sources with files that came, went, or name other modules: importers are counted within a source. */
  private readonly recount: Set<Source> = new Set();
  /** Files whose content changed: what the catalog had of them. */
  private readonly edits: Array<{ path: string; before: CatalogFile }> = [];

  constructor(
    store: IndexStore,
    old: Catalog,
    mounts: Mounts<Source>,
    readers: SegmentReaders,
    report: UpdateReport,
  ) {
    this.store = store;
    this.readers = readers;
    this.mounts = mounts;
    this.report = report;
    this.files = new Map(old.files.map(file => [file.path, file]));
    if (!old.complete) for (const source of mounts.list) this.recount.add(source);
  }

  remove(path: string): void {
    this.files.delete(path);
    this.report.removed++;
    this.touch(path);
  }

  /** Contents are read from now on: younger stamps are not trusted. */
  begin(): void {
    this.readSince = Date.now();
  }

  /** Keys of all documents of the index, as workers are told them. */
  knownKeys(): string {
    this.documents ??= this.store.read(knownDocuments);
    return [...this.documents.keys()].join('');
  }

  /** Takes a file over from another one with the same content, name and place below its source. */
  adopt(entry: SourceEntry, twin: CatalogFile): void {
    const { segment, document, role, note } = twin;
    this.put(entry, { segment, document }, role, note, false);
  }

  /** Commits what has been read so far; `complete` when nothing is left. */
  commit(parts: readonly Part[], complete: boolean): void {
    const add = parts.map(part => part.data).filter(data => data !== undefined);
    this.store.commit({
      add,
      ...(complete && this.sources ? { sources: encodeSources(this.sources) } : {}),
      catalog: (added, view) => {
        let next = 0;
        const late: FileResult[] = [];
        for (const { data, results } of parts) {
          const segment = data ? added[next++]! : -1;
          for (const result of results) {
            if ('key' in result && result.document === undefined) late.push(result);
            else this.place(result, segment);
          }
        }
        for (const result of late) this.place(result, -1);
        const files = [...this.files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
        if (complete) this.rankImporters(files, view);
        return {
          files,
          skipped: [...this.skipped.values()].sort((a, b) => (a.path < b.path ? -1 : 1)),
          complete,
          updatedAt: complete ? this.readSince : 0,
        };
      },
    });
  }

  private touch(path: string): void {
    const source = this.mounts.find(path);
    if (source) this.recount.add(source);
  }

  /** Puts one file's result into the catalog. */
  private place(result: FileResult, segment: number): void {
    const { entry } = result;
    if ('skipped' in result) {
      this.skipped.set(entry.path, result.skipped);
      if (this.files.delete(entry.path)) this.touch(entry.path);
      return;
    }
    let at: DocumentPlace | undefined;
    if (result.document !== undefined) {
      at = { segment, document: result.document };
      this.documents?.set(result.key, at);
      this.report.units += result.units;
      if (!result.copy) this.report.parsedBytes += entry.size;
    } else at = this.documents?.get(result.key);
    if (!at) throw new Error(`document of ${entry.path} is missing`);
    this.put(entry, at, result.role, result.note, result.document !== undefined);
  }

  private put(
    entry: SourceEntry,
    at: DocumentPlace,
    role: CatalogFile['role'],
    note: CatalogFile['note'],
    isNew: boolean,
  ): void {
    const { path, size, mtimeMs, ctimeMs, ino } = entry;
    const { report } = this;
    const before = this.files.get(path);
    const moved = before === undefined || before.segment !== at.segment || before.document !== at.document;
    if (!before) {
      if (isNew) report.added++;
      else report.moved++;
    } else if (moved) report.changed++;
    else report.unchanged++;
    if (!before) this.touch(path);
    else if (moved) this.edits.push({ path, before });
    // The id of a blob is no stamp: it says what is in it.
    const racy = entry.object === undefined && Math.max(mtimeMs, ctimeMs) > this.readSince - racyMs;
    const file: CatalogFile = {
      path,
      ...at,
      size,
      mtimeMs: racy ? -1 : mtimeMs,
      ctimeMs,
      ino,
      role,
      importers: before?.importers ?? 0,
    };
    if (note !== undefined) file.note = note;
    this.files.set(path, file);
  }

  /** Counts importers again where their number may have changed. */
  private rankImporters(files: CatalogFile[], view: View): void {
    const importsOf = (file: CatalogFile) => this.readers.get(view, file.segment).imports(file.document);
    for (const { path, before } of this.edits) {
      const source = this.mounts.find(path);
      const now = this.files.get(path);
      if (!source || !now || this.recount.has(source)) continue;
      if (importsOf(before).join('\n') !== importsOf(now).join('\n')) this.recount.add(source);
    }
    if (this.recount.size === 0) return;
    const bySource = Map.groupBy(files.keys(), f => this.mounts.find(files[f]!.path));
    for (const source of this.recount) {
      const own = bySource.get(source) ?? [];
      const counts = countImporters(
        own.map(f => ({ path: files[f]!.path.slice(source.prefix.length), imports: importsOf(files[f]!) })),
      );
      own.forEach((f, i) => {
        if (files[f]!.importers !== counts[i]) files[f] = { ...files[f]!, importers: counts[i]! };
      });
    }
  }
}

/** Finds what the catalog has of a blob under the same path of another revision: it need not even be read. */
export class BlobTwins {
  private readonly byBlob: Map<string, CatalogFile> = new Map();

  constructor(files: Iterable<CatalogFile>, mounts: Mounts<Source>) {
    for (const file of files) {
      const source = mounts.find(file.path);
      if (source && isRevision(source)) this.byBlob.set(keyOf(file, source), file);
    }
  }

  of(entry: SourceEntry, source: Source): CatalogFile | undefined {
    return this.byBlob.get(keyOf(entry, source));
  }
}

function keyOf(
  { path, mtimeMs, ctimeMs, ino, size }: Pick<CatalogFile, 'path' | 'mtimeMs' | 'ctimeMs' | 'ino' | 'size'>,
  { prefix }: Source,
): string {
  return `${mtimeMs} ${ctimeMs} ${ino} ${size} ${path.slice(prefix.length)}`;
}
