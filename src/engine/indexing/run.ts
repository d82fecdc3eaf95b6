import type { Encoder } from '../../core/encoder.ts';
import type { UpdateReport } from '../../core/progress.ts';
import type { Catalog } from '../../store/catalog.ts';
import type { IndexStore } from '../../store/store.ts';
import { encodeMissing } from '../encoding/encode-phase.ts';
import type { Model } from '../encoding/model.ts';
import { rowShapeOf, unitEncoderOf } from '../encoding/unit-encoder.ts';
import { VectorCache } from '../encoding/vector-cache.ts';
import { Mounts } from '../sources/mounts.ts';
import { isRevision, readSources, type Source } from '../sources/source.ts';
import { compact } from './compact.ts';
import { Comparison, type SourceWork } from './compare.ts';
import { Draft } from './draft.ts';
import { extract } from './extract.ts';
import { type Listing, listSources } from './list-source.ts';
import type { WorkerSetup } from './messages.ts';
import type { UpdateOptions, UpdateSettings } from './options.ts';
import { SegmentReaders } from './readers.ts';
import { Tracker } from './tracker.ts';
import { asWriter } from './turn.ts';

/** One update of an index, from its sources to its last vector. */
class UpdateRun {
  private readonly store: IndexStore;
  private readonly settings: UpdateSettings;
  private readonly options: UpdateOptions;
  private readonly tracker: Tracker;

  constructor(store: IndexStore, settings: UpdateSettings, options: UpdateOptions) {
    this.store = store;
    this.settings = settings;
    this.options = options;
    this.tracker = new Tracker(options.onProgress);
  }

  /** Takes the writer's place, after those who have it, and does everything. */
  start(): Promise<UpdateReport> {
    const { tracker } = this;
    const onWait = (who: string | undefined) => {
      if (who === undefined) delete tracker.progress.waitingFor;
      else tracker.tell({ waitingFor: who });
    };
    const { signal, wait } = this.options;
    return asWriter(this.store, { signal, wait, onWait }, () => this.go());
  }

  private async go(): Promise<UpdateReport> {
    const { store, settings, options, tracker } = this;
    const { report } = tracker;
    const model = options.encode === false ? undefined : settings.model;
    // The model is opened while the sources are listed; its errors are looked at after that.
    const opening = model?.open();
    opening?.catch(() => undefined);
    const { old, sources } = store.read(view => ({ old: view.catalog(), sources: readSources(view) }));
    const mounts = new Mounts(sources);
    const listings = await this.list(old, sources, mounts);
    const encoder = await opening;
    if (model?.note !== undefined) tracker.note(model.note);
    for (const { note } of listings) if (note !== undefined) tracker.note(note);
    const readers = new SegmentReaders();
    const draft = new Draft(store, old, mounts, readers, report);
    const comparison = new Comparison(store, old, mounts, readers, settings.maxFileBytes);
    const { work, unchanged } = comparison.apply(listings, draft);
    report.unchanged += unchanged;
    draft.sources = movedOn(listings);
    const isNew = work.length > 0 || report.removed > 0 || !old.complete || draft.sources !== undefined;
    if (isNew || !comparison.sameSkips(draft.skipped))
      await this.process(work, draft, mounts, model && encoder ? { model, encoder } : undefined);
    if (model && encoder && !report.aborted) await this.encode(model, encoder, mounts.list);
    report.files = draft.files.size;
    report.skipped = draft.skipped.size;
    report.generation = store.generation();
    tracker.end();
    return report;
  }

  private list(old: Catalog, sources: readonly Source[], mounts: Mounts<Source>): Promise<Listing[]> {
    const unread = new Set(
      old.skipped.filter(({ reason }) => reason === 'unreadable').map(({ path }) => mounts.find(path)),
    );
    return listSources(sources, {
      ignore: this.settings.ignore,
      maxFileBytes: this.settings.maxFileBytes,
      signal: this.options.signal,
      isComplete: old.complete,
      hasUnread: source => unread.has(source),
      onProgress: filesTotal => this.tracker.tell({ filesTotal }),
    });
  }

  private async process(
    work: readonly SourceWork[],
    draft: Draft,
    mounts: Mounts<Source>,
    encoding: { model: Model; encoder: Encoder } | undefined,
  ): Promise<void> {
    const { store, settings, options, tracker } = this;
    const { report } = tracker;
    const encode: WorkerSetup['encode'] = encoding && {
      source: encoding.model.source,
      fingerprint: encoding.encoder.fingerprint,
      cache: settings.cacheDirectory,
    };
    const { signal } = options;
    const parts = await extract(work, { draft, tracker, mounts, settings, encode, signal });
    report.aborted = work.length > 0 && (signal?.aborted ?? false);
    if (work.length > 0) tracker.tell({ phase: 'write' });
    draft.commit(parts, !report.aborted);
    if (report.aborted) return;
    const merged = compact(store, () => tracker.tell({ phase: 'merge' }), encoding?.encoder.fingerprint);
    // A log that is not folded back doubles the size on disk and slows the next start.
    if (merged || tracker.progress.filesTotal > 100) store.vacuum();
  }

  /** Units that the workers could not encode, or that were indexed with another model. */
  private async encode(model: Model, encoder: Encoder, sources: readonly Source[]): Promise<void> {
    const { store, settings, options, tracker } = this;
    const { report } = tracker;
    const cache = new VectorCache(settings.cacheDirectory, encoder.fingerprint, rowShapeOf(encoder));
    try {
      report.encoded = await encodeMissing({
        store,
        sources,
        maxFileBytes: settings.maxFileBytes,
        encoder: {
          ...unitEncoderOf(encoder),
          encode: (units, signal) => model.encodeUnits(units, signal),
        },
        cache,
        signal: options.signal,
        onProgress: (encodeDone, encodeTotal) => tracker.tell({ phase: 'encode', encodeDone, encodeTotal }),
      });
      report.aborted = options.signal?.aborted ?? false;
      if (report.encoded > 0 || report.parsedBytes > 0) cache.trim();
      if (report.encoded > 0) store.vacuum();
      if (cache.note !== undefined) tracker.note(cache.note);
    } finally {
      cache.close();
    }
  }
}

/** The sources with the commits that are indexed once this update is complete; undefined if all are as they were. */
function movedOn(listings: readonly Listing[]): Source[] | undefined {
  let moved = false;
  const sources = listings.map(({ source, found }) => {
    const indexed = found?.indexed;
    if (!indexed || !isRevision(source)) return source;
    if (source.indexed?.commit === indexed.commit && source.indexed.rules === indexed.rules) return source;
    moved = true;
    return { ...source, indexed };
  });
  return moved ? sources : undefined;
}

/** Brings an index up to date with its sources. One per process and index at a time. */
export async function updateIndex(
  store: IndexStore,
  settings: UpdateSettings,
  options: UpdateOptions,
): Promise<UpdateReport> {
  return new UpdateRun(store, settings, options).start();
}
