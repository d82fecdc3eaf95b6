// The rows that say which segments there are, and what is known of each without reading it.

import { crc32 } from 'node:zlib';
import type { Container } from './container.ts';
import type { SegmentInfo, VectorInfo } from './segment.ts';

/** A segment of an index. */
export interface StoredSegment {
  id: number;
  info: SegmentInfo;
}

/** Reads and writes descriptions of segments. */
export class SegmentTable {
  private readonly container: Container;

  constructor(container: Container) {
    this.container = container;
  }

  /** Ids of all segments, ascending. */
  ids(): number[] {
    const rows = this.container.statement('SELECT id FROM segments ORDER BY id').all();
    return rows.map(row => Number(row['id']));
  }

  /** All segments by id. Throws RangeError on damage. */
  all(): StoredSegment[] {
    const rows = this.container.statement('SELECT id, info, crc FROM segments ORDER BY id').all();
    return rows.map(row => ({ id: Number(row['id']), info: parseInfo(row) }));
  }

  /** The description of one segment. Throws RangeError if there is no such segment, and on damage. */
  info(id: number): SegmentInfo {
    const row = this.container.statement('SELECT info, crc FROM segments WHERE id = ?').get(id);
    if (!row) throw new RangeError(`segment ${id} is missing`);
    return parseInfo(row);
  }

  /** Adds a segment and returns its id. */
  add(info: SegmentInfo): number {
    const json = JSON.stringify(info);
    const insert = this.container.statement('INSERT INTO segments (info, crc) VALUES (?, ?)');
    return Number(insert.run(json, crc32(json)).lastInsertRowid);
  }

  replace(id: number, info: SegmentInfo): void {
    const json = JSON.stringify(info);
    this.container.statement('UPDATE segments SET info = ?, crc = ? WHERE id = ?').run(json, crc32(json), id);
  }

  remove(id: number): void {
    this.container.statement('DELETE FROM segments WHERE id = ?').run(id);
  }
}

const infoCounts = [
  'documents',
  'windows',
  'units',
  'terms',
  'sourceBytes',
  'codeLength',
  'commentLength',
] as const;

function parseInfo(row: Record<string, unknown>): SegmentInfo {
  const json = String(row['info']);
  if (crc32(json) !== row['crc'])
    throw new RangeError('the description of a segment is not what was written');
  let info: SegmentInfo | undefined;
  try {
    info = JSON.parse(json) as SegmentInfo;
  } catch {
    // The next check throws.
  }
  if (!info || !Array.isArray(info.languages) || !infoCounts.every(key => Number.isInteger(info[key])))
    throw new RangeError('a segment is described wrongly');
  // Indexes from before late interaction do not mention it.
  if (info.vectors) info.vectors.terms ??= 0;
  if (info.vectors && !isVectorInfo(info.vectors)) throw new RangeError('vectors are described wrongly');
  if (info.trigrams !== undefined && !Number.isInteger(info.trigrams))
    throw new RangeError('trigrams are described wrongly');
  return info;
}

function isVectorInfo({ fingerprint, dims, terms, missing, crc }: VectorInfo): boolean {
  return (
    typeof fingerprint === 'string' &&
    dims > 0 &&
    terms >= 0 &&
    [dims, terms, missing, crc].every(Number.isInteger)
  );
}
