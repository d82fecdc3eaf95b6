import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Encoder } from '../core/encoder.ts';
import { QuarryError, throwIfAborted } from '../core/errors.ts';
import type { UpdateProgress, UpdateReport } from '../core/progress.ts';
import type { FileEntry, SkippedFile } from '../core/source.ts';
import type { Catalog, CatalogFile } from '../index/catalog.ts';
import type { SegmentData } from '../index/segment.ts';
import { SegmentReader } from '../index/segment-reader.ts';
import type { IndexStore } from '../index/store.ts';
import { beat, leaveWriter, takeWriter } from '../index/writer-lock.ts';
import { type IgnoreOptions, walkTree } from '../ingest/index.ts';
import { compact } from './compact.ts';
import { contentKey } from './document-key.ts';
import { encodeMissing } from './encode-phase.ts';
import { countImporters } from './importers.ts';
import type { FileResult, WorkerSetup } from './messages.ts';
import type { Model } from './model.ts';
import { rowShapeOf, unitEncoderOf } from './unit-encoder.ts';
import { VectorCache } from './vector-cache.ts';
import { WorkerPool } from './worker-pool.ts';

export interface UpdateOptions {
  signal?: AbortSignal;
  onProgress?: (progress: UpdateProgress) => void;
  /** What to do while another process writes: wait for it (default) or throw QuarryError `busy`. */
  wait?: boolean;
  /** Give units their vectors (default) if there is a model. Without, the next update does. */
  encode?: boolean;
}

export interface UpdateSettings {
  root: string;
  ignore: IgnoreOptions;
  workers: number | undefined;
  maxFileBytes: number;
  deadlineMs: number;
  /** What gives units their vectors. */
  model: Model | undefined;
  /** Directory of the caches of vectors. */
  cacheDirectory: string;
}

/** Source bytes a worker collects before it hands a segment over: bounds memory and what a kill can lose. */
const flushBytes = 16 << 20;
const flushMs = 15_000;

/**
 * A file whose time stamp is this close to the moment it was read may change again without its stamp changing; its
 * stamp is not trusted, so that the next update reads it again (git calls such entries racily clean).
 */
const racyMs = 50;

/** How many files with such stamps are looked at by the main thread. */
const mostHashedHere = 50;

/** Brings an index up to date with its tree. One per process and index at a time. */
export async function updateIndex(
  store: IndexStore,
  settings: UpdateSettings,
  options: UpdateOptions,
): Promise<UpdateReport> {
  const run = new UpdateRun(store, settings, options);
  await run.takeTurn();
  const heart = setInterval(() => beat(store), 20_000);
  heart.unref();
  try {
    return await run.go();
  } finally {
    clearInterval(heart);
    leaveWriter(store);
  }
}

class UpdateRun {
  private readonly store: IndexStore;
  private readonly settings: UpdateSettings;
  private readonly options: UpdateOptions;
  private readonly begun = performance.now();
  private readonly progress: UpdateProgress = {
    phase: 'walk',
    filesTotal: 0,
    filesDone: 0,
    bytesTotal: 0,
    bytesDone: 0,
    units: 0,
    elapsedMs: 0,
  };
  private readonly report: UpdateReport = {
    files: 0,
    units: 0,
    added: 0,
    changed: 0,
    removed: 0,
    moved: 0,
    unchanged: 0,
    skipped: 0,
    parsedBytes: 0,
    generation: 0,
    elapsedMs: 0,
    encoded: 0,
    notes: [],
    aborted: false,
  };
  /** The catalog under construction, by path. */
  private files: Map<string, CatalogFile> = new Map();
  private skipped: Map<string, SkippedFile> = new Map();
  /** Documents in the index by key. */
  private known: Map<string, { segment: number; document: number }> | undefined;
  private readSince = 0;
  private importsChanged = false;
  /** Files whose content changed: their documents before and after. */
  private readonly edits: Array<{ path: string; before: CatalogFile }> = [];
  private readonly readers: Map<number, SegmentReader> = new Map();
  private hashedHere = 0;
  private encoder: Encoder | undefined;
  private encodeBegun: number | undefined;

  constructor(store: IndexStore, settings: UpdateSettings, options: UpdateOptions) {
    this.store = store;
    this.settings = settings;
    this.options = options;
  }

  async takeTurn(): Promise<void> {
    for (;;) {
      throwIfAborted(this.options.signal);
      const writer = takeWriter(this.store);
      if (!writer) break;
      const who = `process ${writer.pid}${writer.host === '' ? '' : ` on ${writer.host}`}`;
      if (this.options.wait === false) {
        throw new QuarryError(
          'busy',
          `${who} is updating the index`,
          'searches work meanwhile; try again later',
        );
      }
      this.progress.waitingFor = who;
      this.tell();
      await sleep(200);
    }
    delete this.progress.waitingFor;
  }

  async go(): Promise<UpdateReport> {
    const { store, settings, options } = this;
    const model = options.encode === false ? undefined : settings.model;
    // The model is opened while the tree is walked; its errors are looked at after that.
    const opening = model?.open();
    opening?.catch(() => undefined);
    const old = store.read(() => store.catalog());
    const walked = await walkTree(settings.root, {
      ignore: settings.ignore,
      ...(options.signal ? { signal: options.signal } : {}),
      onProgress: found => {
        this.progress.filesTotal = found;
        this.tell();
      },
    });
    this.encoder = await opening;
    if (model?.note !== undefined) this.report.notes.push(model.note);
    this.files = new Map(old.files.map(file => [file.path, file]));
    const present = new Set(walked.files.map(file => file.path));
    for (const file of old.files) {
      if (present.has(file.path)) continue;
      this.files.delete(file.path);
      this.report.removed++;
    }
    const before = new Map(old.skipped.map(skipped => [skipped.path, skipped]));
    const work: FileEntry[] = [];
    for (const entry of walked.files) {
      const known = this.files.get(entry.path);
      const tooLarge = entry.size > settings.maxFileBytes;
      if (known && !tooLarge && (isSame(known, entry) || this.isUntouched(known, entry))) {
        this.report.unchanged++;
        continue;
      }
      const skip = before.get(entry.path);
      if (
        skip &&
        !known &&
        entry.mtimeMs < old.updatedAt - racyMs &&
        entry.ctimeMs < old.updatedAt - racyMs
      ) {
        // It was no source file when the last update ended, and has not been touched since.
        this.skipped.set(entry.path, skip);
        continue;
      }
      work.push(entry);
    }
    for (const skipped of walked.skipped) this.skipped.set(skipped.path, skipped);

    const changedTree = work.length > 0 || this.report.removed > 0 || !old.complete;
    if (changedTree || !sameSkips(before, this.skipped)) await this.process(work, old);
    if (model && this.encoder && !this.report.aborted) await this.encode(model, this.encoder);
    this.report.files = this.files.size;
    this.report.skipped = this.skipped.size;
    this.report.generation = store.generation();
    this.progress.phase = 'done';
    this.tell();
    this.report.elapsedMs = performance.now() - this.begun;
    return this.report;
  }

  /**
   * For the few files whose stamp was too young to be trusted: reads the content again, which for one file is cheaper
   * than waking a thread. The stamp stays untrusted until the file is indexed again.
   */
  private isUntouched(known: CatalogFile, entry: FileEntry): boolean {
    if (known.mtimeMs !== -1 || known.size !== entry.size || this.hashedHere >= mostHashedHere) return false;
    this.hashedHere++;
    try {
      const segment = this.readerOf(known.segment);
      const content = readFileSync(join(this.settings.root, entry.path));
      return this.store.read(
        () => contentKey(content, segment.language(known.document)) === segment.hash(known.document),
      );
    } catch {
      return false;
    }
  }

  private readerOf(id: number): SegmentReader {
    return this.store.read(() => this.openReader(id));
  }

  /** A reader that keeps whole parts, for passes over many documents. Call inside a transaction. */
  private openReader(id: number): SegmentReader {
    let reader = this.readers.get(id);
    if (!reader) {
      const found = this.store.current().segments.find(segment => segment.id === id);
      if (!found) throw new RangeError(`segment ${id} is missing`);
      const whole = new Map<string, Uint8Array>();
      const { range } = this.store.partSource(id);
      reader = new SegmentReader(id, found.info, {
        range,
        whole: part => {
          let bytes = whole.get(part);
          if (!bytes) whole.set(part, (bytes = this.store.partSource(id).whole(part)));
          return bytes;
        },
      });
      this.readers.set(id, reader);
    }
    return reader;
  }

  private async process(work: FileEntry[], old: Catalog): Promise<void> {
    const { store, settings, options } = this;
    this.progress.phase = 'extract';
    this.progress.filesTotal = work.length;
    this.progress.bytesTotal = work.reduce(
      (sum, entry) => sum + Math.min(entry.size, settings.maxFileBytes),
      0,
    );
    this.importsChanged = this.report.removed > 0 || !old.complete;
    this.readSince = Date.now();
    if (work.length > 0) {
      this.known = this.loadKnown();
      let segments: Array<{ data: SegmentData | undefined; results: FileResult[] }> = [];
      let lastCommit = performance.now();
      const pool = new WorkerPool(
        {
          setup: {
            root: settings.root,
            maxFileBytes: settings.maxFileBytes,
            deadlineMs: settings.deadlineMs,
            known: [...this.known.keys()].join(''),
            ...this.encodeSetup(),
          },
          workers: settings.workers ?? Math.min(availableParallelism(), 16),
          flushBytes,
          flushMs,
          signal: options.signal,
          onNote: note => this.addNote(note),
          onResults: results => {
            for (const result of results) {
              this.progress.filesDone++;
              this.progress.bytesDone += Math.min(result.entry.size, settings.maxFileBytes);
              if ('key' in result) this.progress.units += result.units;
            }
            this.tell();
          },
          onSegment: (data, results) => {
            segments.push({ data, results });
            // The last segments arrive together: they go into the final commit.
            const last = this.progress.filesDone >= this.progress.filesTotal;
            if (last || performance.now() - lastCommit < 1000) return;
            this.commit(segments, false);
            segments = [];
            lastCommit = performance.now();
          },
        },
        work,
      );
      await pool.run();
      this.report.aborted = options.signal?.aborted ?? false;
      this.progress.phase = 'write';
      this.tell();
      this.commit(segments, !this.report.aborted);
    } else this.commit([], true);
    if (!this.report.aborted) {
      const merged = compact(
        store,
        () => {
          this.progress.phase = 'merge';
          this.tell();
        },
        this.encoder?.fingerprint,
      );
      // A log that is not folded back doubles the size on disk and slows the next start.
      if (merged || work.length > 100) store.vacuum();
    }
  }

  private encodeSetup(): Pick<WorkerSetup, 'encode'> {
    const { model, cacheDirectory } = this.settings;
    if (!model || !this.encoder) return {};
    const { fingerprint } = this.encoder;
    return { encode: { source: model.source, fingerprint, cache: cacheDirectory } };
  }

  /** Units that the workers could not encode, or that were indexed with another model. */
  private async encode(model: Model, encoder: Encoder): Promise<void> {
    const { store, settings, options, progress } = this;
    const cache = new VectorCache(settings.cacheDirectory, encoder.fingerprint, rowShapeOf(encoder));
    try {
      this.report.encoded = await encodeMissing({
        store,
        root: settings.root,
        maxFileBytes: settings.maxFileBytes,
        encoder: {
          ...unitEncoderOf(encoder),
          encode: (units, signal) => model.encodeUnits(units, signal),
        },
        cache,
        signal: options.signal,
        onProgress: (done, total) => {
          progress.phase = 'encode';
          progress.encodeDone = done;
          progress.encodeTotal = total;
          this.tell();
        },
      });
      this.report.aborted = options.signal?.aborted ?? false;
      if (this.report.encoded > 0 || this.report.parsedBytes > 0) cache.trim();
      if (this.report.encoded > 0) store.vacuum();
      if (cache.note !== undefined) this.addNote(cache.note);
    } finally {
      cache.close();
    }
  }

  private addNote(note: string): void {
    if (!this.report.notes.includes(note)) this.report.notes.push(note);
  }

  private loadKnown(): Map<string, { segment: number; document: number }> {
    const known = new Map<string, { segment: number; document: number }>();
    this.store.read(() => {
      for (const { id, info } of this.store.current().segments) {
        const reader = new SegmentReader(id, info, this.store.partSource(id));
        for (let d = 0; d < info.documents; d++) known.set(reader.hash(d), { segment: id, document: d });
      }
    });
    return known;
  }

  private commit(
    parts: Array<{ data: SegmentData | undefined; results: FileResult[] }>,
    complete: boolean,
  ): void {
    const { store } = this;
    const add = parts.map(part => part.data).filter(data => data !== undefined);
    store.commit({
      add,
      catalog: added => {
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
        if (complete && (this.importsChanged || this.importsDiffer())) this.rankImporters(files);
        return {
          files,
          skipped: [...this.skipped.values()].sort((a, b) => (a.path < b.path ? -1 : 1)),
          complete,
          updatedAt: complete ? this.readSince : 0,
        };
      },
    });
  }

  /** Puts one file's result into the catalog under construction. */
  private place(result: FileResult, segment: number): void {
    const { entry } = result;
    const before = this.files.get(entry.path);
    if ('skipped' in result) {
      this.skipped.set(entry.path, result.skipped);
      if (before) {
        this.files.delete(entry.path);
        this.importsChanged = true;
      }
      return;
    }
    let at: { segment: number; document: number } | undefined;
    if (result.document !== undefined) {
      at = { segment, document: result.document };
      this.known?.set(result.key, at);
      this.report.units += result.units;
      if (!result.copy) this.report.parsedBytes += entry.size;
    } else at = this.known?.get(result.key);
    if (!at) throw new Error(`document of ${entry.path} is missing`);
    const moved = before === undefined || before.segment !== at.segment || before.document !== at.document;
    if (!before) {
      if (result.document === undefined) this.report.moved++;
      else this.report.added++;
    } else if (moved) this.report.changed++;
    else this.report.unchanged++;
    if (!before) this.importsChanged = true;
    else if (moved) this.edits.push({ path: entry.path, before });
    const racy = Math.max(entry.mtimeMs, entry.ctimeMs) > this.readSince - racyMs;
    const file: CatalogFile = {
      ...entry,
      ...at,
      mtimeMs: racy ? -1 : entry.mtimeMs,
      role: result.role,
      importers: before?.importers ?? 0,
    };
    if (result.note !== undefined) file.note = result.note;
    this.files.set(entry.path, file);
  }

  /** Whether a changed file names other modules than before. Call inside a transaction. */
  private importsDiffer(): boolean {
    const imports = (file: CatalogFile) => this.openReader(file.segment).imports(file.document).join('\n');
    return this.edits.some(({ path, before }) => imports(before) !== imports(this.files.get(path)!));
  }

  private rankImporters(files: CatalogFile[]): void {
    const counts = countImporters(
      files.map(file => ({ path: file.path, imports: this.openReader(file.segment).imports(file.document) })),
    );
    files.forEach((file, i) => {
      if (file.importers !== counts[i]) files[i] = { ...file, importers: counts[i]! };
    });
  }

  private tell(): void {
    const { progress } = this;
    progress.elapsedMs = performance.now() - this.begun;
    delete progress.etaMs;
    if (progress.phase === 'extract' && progress.bytesDone > 0 && progress.elapsedMs > 500) {
      const rate = progress.bytesDone / progress.elapsedMs;
      progress.etaMs = (progress.bytesTotal - progress.bytesDone) / rate;
    }
    const { encodeDone, encodeTotal } = progress;
    if (progress.phase === 'encode' && encodeDone !== undefined && encodeTotal !== undefined) {
      this.encodeBegun ??= progress.elapsedMs;
      const spent = progress.elapsedMs - this.encodeBegun;
      if (spent > 500 && encodeDone > 0) progress.etaMs = (encodeTotal - encodeDone) * (spent / encodeDone);
    }
    this.options.onProgress?.({ ...progress });
  }
}

function isSame(known: CatalogFile, entry: FileEntry): boolean {
  return (
    known.mtimeMs === entry.mtimeMs &&
    known.size === entry.size &&
    known.ctimeMs === entry.ctimeMs &&
    known.ino === entry.ino
  );
}

function sameSkips(a: ReadonlyMap<string, SkippedFile>, b: ReadonlyMap<string, SkippedFile>): boolean {
  if (a.size !== b.size) return false;
  for (const [path, skipped] of a) if (b.get(path)?.reason !== skipped.reason) return false;
  return true;
}
