import type { Pattern } from '../../../query/ast.ts';
import type { Source } from '../../sources/source.ts';
import type { PatternMatches } from './scan.ts';

/** What all batches of a search have in common. */
export interface ScanSetup {
  patterns: readonly Pattern[];
  sources: readonly Source[];
  /** Larger files are not looked at. */
  maxFileBytes: number;
  /** Places told per file and pattern. */
  mostPlaces: number;
}

/** A file to be looked at. */
export interface ScanFile {
  /** Below its source. */
  path: string;
  /** Position in the setup's sources. */
  source: number;
  /** Id of the blob, of files of revisions. */
  object?: string;
  /** Patterns that may be in it; absent for all. */
  patterns?: readonly number[];
}

export interface ScannedFile {
  /** In the batch. */
  position: number;
  found: PatternMatches[];
  /** First 128 bits of SHA-256 over the bytes, hex; '' for files of revisions, which never change. */
  hash: string;
}

/**
 * Shared with the main thread: position in the batch (−1 while idle or while waiting for git), a counter that grows with each
 * file, and 1 from the main thread when the batch shall end.
 */
export type ScanState = Int32Array<SharedArrayBuffer>;

export type ToScanWorker =
  | { type: 'begin'; search: number; setup: ScanSetup }
  | { type: 'batch'; search: number; files: ScanFile[] }
  | { type: 'end'; search: number };

export interface FromScanWorker {
  type: 'done';
  /** Files from the beginning of the batch that were looked at. */
  looked: number;
  /** Those with matches. */
  files: ScannedFile[];
  /** Positions of those that could not be read. */
  unreadable: number[];
}
