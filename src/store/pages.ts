// Parts of segments as checksummed pages in the container, with a cache of those read last.

import { crc32 } from 'node:zlib';
import type { Container } from './container.ts';
import { vectorPart } from './segment.ts';
import type { PartSource } from './segment-reader.ts';

const pageBytes = 1 << 16;

/** Bytes of pages kept in memory; the oldest go first. */
const mostCached = 64 << 20;

interface StoredPage {
  page: number;
  crc: number;
  data: Uint8Array;
}

/** Reads and writes the parts of segments. Every page that comes from the disk is checked; throws RangeError on damage. */
export class Pages {
  private readonly container: Container;
  private readonly cache: Map<string, Uint8Array> = new Map();
  private cachedBytes = 0;

  constructor(container: Container) {
    this.container = container;
  }

  /**
   * The bytes of one segment. A segment is immutable but for its vectors, so the source stays good as long as the segment
   * is there, over many views; all pages but those of vectors are cached by segment id.
   */
  sourceOf(segment: number): PartSource {
    return {
      whole: part => this.whole(segment, part),
      range: (part, offset, length) => this.range(segment, part, offset, length),
    };
  }

  /** A whole part, in memory of its own. */
  whole(segment: number, part: string): Uint8Array {
    const sql = 'SELECT page, crc, data FROM pages WHERE segment = ? AND part = ? ORDER BY page';
    const rows = this.container.statement(sql).all(segment, part) as unknown as StoredPage[];
    if (rows.length === 0) throw new RangeError(`part ${part} of segment ${segment} is missing`);
    rows.forEach((row, i) => {
      if (row.page !== i || (i + 1 < rows.length && row.data.length !== pageBytes))
        throw new RangeError(`page ${i} of part ${part} of segment ${segment} is missing`);
      checkPage(row, segment, part);
    });
    const out = new Uint8Array(rows.reduce((sum, row) => sum + row.data.length, 0));
    let at = 0;
    for (const row of rows) {
      out.set(row.data, at);
      at += row.data.length;
    }
    return out;
  }

  private range(segment: number, part: string, offset: number, length: number): Uint8Array {
    const first = Math.floor(offset / pageBytes);
    const last = Math.floor((offset + Math.max(length, 1) - 1) / pageBytes);
    const within = offset - first * pageBytes;
    if (first === last) {
      const piece = this.page(segment, part, first).subarray(within, within + length);
      if (piece.length !== length) throw new RangeError(`part ${part} of segment ${segment} is too short`);
      return piece;
    }
    const out = new Uint8Array(length);
    let filled = 0;
    for (let p = first; p <= last; p++) {
      const data = this.page(segment, part, p);
      const from = p === first ? within : 0;
      const piece = data.subarray(from, Math.min(data.length, from + length - filled));
      out.set(piece, filled);
      filled += piece.length;
    }
    if (filled !== length) throw new RangeError(`part ${part} of segment ${segment} is too short`);
    return out;
  }

  private page(segment: number, part: string, page: number): Uint8Array {
    const key = `${segment}/${part}/${page}`;
    const cached = this.cache.get(key);
    if (cached) return cached;
    const sql = 'SELECT page, crc, data FROM pages WHERE segment = ? AND part = ? AND page = ?';
    const row = this.container.statement(sql).get(segment, part, page) as unknown as StoredPage | undefined;
    if (!row) throw new RangeError(`page ${page} of part ${part} of segment ${segment} is missing`);
    checkPage(row, segment, part);
    if (part === vectorPart) return row.data;
    this.cache.set(key, row.data);
    this.cachedBytes += row.data.length;
    for (const [oldest, data] of this.cache) {
      if (this.cachedBytes <= mostCached) break;
      this.cache.delete(oldest);
      this.cachedBytes -= data.length;
    }
    return row.data;
  }

  /** Writes a part in place of the one that is there. */
  write(segment: number, part: string, data: Uint8Array): void {
    this.container.statement('DELETE FROM pages WHERE segment = ? AND part = ?').run(segment, part);
    const insert = this.container.statement(
      'INSERT INTO pages (segment, part, page, crc, data) VALUES (?, ?, ?, ?, ?)',
    );
    const pages = Math.max(1, Math.ceil(data.length / pageBytes));
    for (let p = 0; p < pages; p++) {
      const piece = data.subarray(p * pageBytes, (p + 1) * pageBytes);
      insert.run(segment, part, p, pageCrc(segment, part, p, piece), piece);
    }
  }

  remove(segment: number): void {
    this.container.statement('DELETE FROM pages WHERE segment = ?').run(segment);
  }

  /** The bytes of a part in all segments together. */
  bytesOf(part: string): number {
    const sql = 'SELECT sum(length(data)) AS bytes FROM pages WHERE part = ?';
    return Number(this.container.statement(sql).get(part)?.['bytes'] ?? 0);
  }

  /** Numbers under which there are pages, ascending: those of segments, and 0. */
  owners(): number[] {
    const rows = this.container.statement('SELECT DISTINCT segment FROM pages ORDER BY segment').all();
    return rows.map(row => Number(row['segment']));
  }

  /** Forgets the pages in memory. */
  close(): void {
    this.cache.clear();
    this.cachedBytes = 0;
  }
}

/** The checksum covers a page's place as well: a page that turns up in another's place is as bad as a changed one. */
function pageCrc(segment: number, part: string, page: number, data: Uint8Array): number {
  return crc32(data, crc32(`${segment}/${part}/${page}`));
}

/** Checks a page that comes from the disk (2 GB/s): damage must never look like an answer. */
function checkPage({ page, crc, data }: StoredPage, segment: number, part: string): void {
  if (!(data instanceof Uint8Array) || pageCrc(segment, part, page, data) !== crc)
    throw new RangeError(`page ${page} of part ${part} of segment ${segment} is not what was written`);
}
