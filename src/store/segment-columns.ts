// The columns of windows and documents: how they are collected and written, and beside it how they are read.

/** A segment's windows. All arrays have one entry per window. */
export interface WindowColumns {
  /** Unit number within the segment; 0xffffffff for lines that belong to no unit. */
  unit: Uint32Array;
  /** 1-based. */
  firstLine: Uint32Array;
  /** Lengths in terms, at most 255. */
  codeLength: Uint8Array;
  commentLength: Uint8Array;
}

/** Bytes per window. */
const windowBytes = 4 + 4 + 1 + 1;

/** Collects windows, in order. */
export class WindowWriter {
  /** Sums over windows. */
  codeLength = 0;
  commentLength = 0;
  private readonly unit: number[] = [];
  private readonly firstLine: number[] = [];
  private readonly code: number[] = [];
  private readonly comment: number[] = [];

  /** The number of the next window. */
  get count(): number {
    return this.unit.length;
  }

  add(unit: number, firstLine: number, code: number, comment: number): void {
    this.unit.push(unit);
    this.firstLine.push(firstLine);
    this.code.push(Math.min(code, 255));
    this.comment.push(Math.min(comment, 255));
    this.codeLength += Math.min(code, 255);
    this.commentLength += Math.min(comment, 255);
  }

  /** Columns one after the other: unit (u32), first line (u32), code length (u8), comment length (u8). */
  encode(): Uint8Array {
    const n = this.count;
    const out = new Uint8Array(n * windowBytes);
    new Uint32Array(out.buffer, 0, n).set(this.unit);
    new Uint32Array(out.buffer, n * 4, n).set(this.firstLine);
    out.set(this.code, n * 8);
    out.set(this.comment, n * 9);
    return out;
  }
}

/** Looks at what `WindowWriter` wrote, aligned to 8 bytes. Throws RangeError if it is not of `count` windows. */
export function decodeWindows(bytes: Uint8Array, count: number): WindowColumns {
  if (bytes.length !== count * windowBytes) throw new RangeError('windows part has the wrong size');
  const { buffer, byteOffset } = bytes;
  return {
    unit: new Uint32Array(buffer, byteOffset, count),
    firstLine: new Uint32Array(buffer, byteOffset + count * 4, count),
    codeLength: bytes.subarray(count * 8, count * 9),
    commentLength: bytes.subarray(count * 9, count * 10),
  };
}

/** A segment's documents. All arrays have one entry per document. */
export interface DocumentColumns {
  firstWindow: Uint32Array;
  firstUnit: Uint32Array;
  /** Offsets in the parts `records` and `imports`. */
  recordStart: Uint32Array;
  importStart: Uint32Array;
  bytes: Uint32Array;
  lines: Uint32Array;
  language: Uint32Array;
  /** 16 bytes each. */
  hashes: Uint8Array;
}

/** One row of the documents. */
export interface DocumentRow {
  /** 32 hex digits. */
  hash: string;
  firstWindow: number;
  firstUnit: number;
  recordStart: number;
  importStart: number;
  bytes: number;
  lines: number;
  /** Position among the languages of the segment. */
  language: number;
}

/** Bytes per document: seven numbers and a hash. */
const documentBytes = 7 * 4 + 16;

/** Collects documents, in order. */
export class DocumentWriter {
  readonly rows: DocumentRow[] = [];
  readonly languages: string[] = [];
  /** Sum over documents. */
  sourceBytes = 0;

  /** The number of a language in this segment. */
  languageNumber(id: string): number {
    const known = this.languages.indexOf(id);
    return known < 0 ? this.languages.push(id) - 1 : known;
  }

  add(row: DocumentRow): void {
    this.rows.push(row);
    this.sourceBytes += row.bytes;
  }

  /** Columns one after the other: seven u32 columns, then the 16-byte hashes. */
  encode(): Uint8Array {
    const { rows } = this;
    const n = rows.length;
    const out = new Uint8Array(n * documentBytes);
    const words = new Uint32Array(out.buffer, 0, n * 7);
    rows.forEach((row, i) => {
      words[i] = row.firstWindow;
      words[n + i] = row.firstUnit;
      words[2 * n + i] = row.recordStart;
      words[3 * n + i] = row.importStart;
      words[4 * n + i] = row.bytes;
      words[5 * n + i] = row.lines;
      words[6 * n + i] = row.language;
      out.set(Buffer.from(row.hash, 'hex'), n * 28 + i * 16);
    });
    return out;
  }
}

/** Looks at what `DocumentWriter` wrote, aligned to 8 bytes. Throws RangeError if it is not of `count` documents. */
export function decodeDocuments(bytes: Uint8Array, count: number): DocumentColumns {
  if (bytes.length !== count * documentBytes) throw new RangeError('documents part has the wrong size');
  const column = (i: number) => new Uint32Array(bytes.buffer, bytes.byteOffset + i * count * 4, count);
  return {
    firstWindow: column(0),
    firstUnit: column(1),
    recordStart: column(2),
    importStart: column(3),
    bytes: column(4),
    lines: column(5),
    language: column(6),
    hashes: bytes.subarray(count * 28, count * documentBytes),
  };
}
