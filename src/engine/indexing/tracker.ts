import type { UpdateProgress, UpdateReport } from '../../core/progress.ts';

/** What an update says while it runs, and in the end. */
export class Tracker {
  readonly progress: UpdateProgress = {
    phase: 'walk',
    filesTotal: 0,
    filesDone: 0,
    bytesTotal: 0,
    bytesDone: 0,
    units: 0,
    elapsedMs: 0,
  };
  readonly report: UpdateReport = {
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
  private readonly begun = performance.now();
  private readonly onProgress: ((progress: UpdateProgress) => void) | undefined;
  private encodeBegun: number | undefined;

  constructor(onProgress: ((progress: UpdateProgress) => void) | undefined) {
    this.onProgress = onProgress;
  }

  note(text: string): void {
    if (!this.report.notes.includes(text)) this.report.notes.push(text);
  }

  /** Passes on how far it is, with an estimate of the time that is left. */
  tell(changes: Partial<UpdateProgress> = {}): void {
    const progress = Object.assign(this.progress, changes);
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
    this.onProgress?.({ ...progress });
  }

  end(): void {
    this.tell({ phase: 'done' });
    this.report.elapsedMs = performance.now() - this.begun;
  }
}
