import type { SkippedFile, SkipReason } from '../../core/source.ts';
import type { Role } from '../../core/unit.ts';
import type { SegmentData } from '../../store/segment.ts';
import type { ModelSource } from '../encoding/model.ts';
import type { Source, SourceEntry } from '../sources/source.ts';

/** What a worker is given at the beginning of each update. */
export interface WorkerSetup {
  /** Where the files are, by the beginning of their paths. */
  sources: readonly Source[];
  maxFileBytes: number;
  /** Per file, for the parser. */
  deadlineMs: number;
  /** Document keys that are in the index already, 32 hex digits each, joined: they are not parsed again. */
  known: string;
  /** Absent when units get no vectors. */
  encode?: {
    source: ModelSource;
    /** A worker whose model turns out to be another one encodes nothing. */
    fingerprint: string;
    /** Directory of the caches. */
    cache: string;
  };
}

/**
 * Given once, when the thread starts: what it is at (position in the batch, −1 when idle), a counter, and
 * 1 from the main thread when it shall hand over what it has without encoding more.
 */
export type WorkerState = Int32Array<SharedArrayBuffer>;

/** A batch of files to read; `plain` ones are cut into blocks without a parser, for the reason given. */
export type ToWorker =
  | { type: 'begin'; setup: WorkerSetup }
  | { type: 'batch'; files: Array<SourceEntry & { plain?: SkipReason }> }
  | { type: 'flush' };

/** What became of a file. */
export type FileResult =
  | { entry: SourceEntry; skipped: SkippedFile }
  | {
      entry: SourceEntry;
      /** Key of the document, see `documentKey`. */
      key: string;
      role: Role;
      note?: SkipReason;
      /** Position in the worker's next segment; undefined for a known key. */
      document?: number;
      /** The document was parsed for another file of the same segment. */
      copy?: true;
      units: number;
    };

export type FromWorker =
  | {
      type: 'done';
      results: FileResult[];
      /** Files of the batch that were not looked at: another worker has to. */
      left: SourceEntry[];
      pendingBytes: number;
      recycle: boolean;
      /** Why units have no vectors. */
      note?: string;
    }
  | { type: 'segment'; segment: SegmentData | undefined; note?: string };
