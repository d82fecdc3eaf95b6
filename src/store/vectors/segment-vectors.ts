import { crc32 } from 'node:zlib';
import type { VectorInfo } from '../segment.ts';
import { packRows, type VectorRows } from './rows.ts';

/** A segment's vectors as they are stored, and what its description says of them. */
export interface VectorData {
  info: VectorInfo;
  bytes: Uint8Array;
}

/** One row per unit of the segment, in order. */
export function vectorData(rows: VectorRows, fingerprint: string): VectorData {
  const bytes = packRows(rows);
  let missing = 0;
  for (const scale of rows.scales) if (scale < 0) missing++;
  return { info: { fingerprint, dims: rows.dims, terms: rows.terms, missing, crc: crc32(bytes) }, bytes };
}
