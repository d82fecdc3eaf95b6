import type { UnitKind } from '../core/unit.ts';

/**
 * Layout of a segment: an immutable piece of the index over a set of documents. A document is the *content* of a
 * file; which paths have that content is the catalog's business, so that renames, copies and branches share it.
 *
 * Retrieval works on windows, runs of at most twelve lines that belong to one unit; answers are units.
 */
export const windowLines = 12;

/** First character of dictionary entries that list units by defined name instead of windows by term. */
export const definitionPrefix = '\u0001';

/** Parts of a segment, each stored as one checksummed blob. All integers are little-endian. */
export const segmentParts = ['dictionary', 'postings', 'windows', 'documents', 'records', 'imports'] as const;
export type SegmentPart = (typeof segmentParts)[number];

/** The part with the units' vectors; not every segment has it. See `vectors/rows.ts` for its layout. */
export const vectorPart = 'vectors';

/** The part that says which documents have which trigrams; segments of older indexes have none. See `trigrams/writer.ts`. */
export const trigramPart = 'trigrams';

export type OptionalPart = typeof vectorPart | typeof trigramPart;

/** What is known of a segment's vectors without reading them. */
export interface VectorInfo {
  /** Of the encoder that made them. */
  fingerprint: string;
  dims: number;
  /** Token ids beside each vector. */
  terms: number;
  /** Units that have none yet. */
  missing: number;
  /** CRC-32 of the part: tells one state from the next. */
  crc: number;
}

/** What the container keeps beside the blobs. */
export interface SegmentInfo {
  documents: number;
  windows: number;
  units: number;
  terms: number;
  sourceBytes: number;
  /** Sums over windows of the field lengths in terms, for the averages of BM25F. */
  codeLength: number;
  commentLength: number;
  /** Language ids; documents refer to them by position. */
  languages: string[];
  /** Absent while no unit has a vector. */
  vectors?: VectorInfo;
  /** Different trigrams; absent where there is no such part: any document may have any text. */
  trigrams?: number;
}

export interface SegmentData {
  info: SegmentInfo;
  parts: Record<SegmentPart, Uint8Array>;
  /** Bytes of `vectorPart`, if the info mentions them. */
  vectors?: Uint8Array;
  /** Bytes of `trigramPart`, if the info mentions them. */
  trigrams?: Uint8Array;
}

/**
 * Frequencies of a term in one window, packed into a byte: code 0–15 (bits 0–3), comment 0–7 (bits 4–6), in the
 * enclosing unit's qualified name (bit 7).
 */
export function packFrequencies(code: number, comment: number, named: boolean): number {
  return Math.min(code, 15) | (Math.min(comment, 7) << 4) | (named ? 0x80 : 0);
}

/** A unit as stored; strings that can be cut from the file are not. */
export interface StoredUnit {
  kind: UnitKind;
  name: string;
  qualifiedName: string;
  parent: number;
  firstLine: number;
  lastLine: number;
  start: number;
  end: number;
  signatureEnd: number;
  docStart: number;
  docEnd: number;
}
