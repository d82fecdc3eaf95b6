import { identifierClass, splitIdentifier } from '../core/identifiers.ts';
import { type Outline, unitKinds } from '../core/unit.ts';
import { ByteWriter } from './bytes.ts';
import { DictionaryWriter } from './dictionary.ts';
import { hashSeed, hashStep, IdentifierTable } from './identifier-table.ts';
import { PostingsWriter } from './postings.ts';
import { definitionPrefix, type SegmentData } from './segment.ts';
import { TrigramCollector } from './trigrams/collector.ts';
import { TrigramIndex } from './trigrams/reader.ts';
import { copyRows, emptyRows, type VectorRows } from './vectors/rows.ts';
import { vectorData } from './vectors/segment-vectors.ts';
import { cutWindows, lineStarts } from './windows.ts';

/** A document to be indexed. */
export interface NewDocument {
  /** 32 hex digits: the first 128 bits of the content's SHA-256, mixed with the language by the caller. */
  hash: string;
  language: string;
  text: string;
  /** Size on disk. */
  bytes: number;
  outline: Outline;
}

/** Identifier classes of the Basic Latin block and Latin-1, to save a call for nearly every character. */
const classes = new Uint8Array(256);
for (let c = 0; c < 256; c++) classes[c] = identifierClass(c);

/** A table larger than this is dropped after a flush: rare identifiers of old files would only fill memory. */
const maxIdentifiers = 400_000;

const kindNumber: ReadonlyMap<string, number> = new Map(unitKinds.map((kind, i) => [kind, i]));

/**
 * Collects documents in memory and turns them into one segment. Postings are kept as a log in order of arrival
 * and sorted by term once, with a counting sort, when the segment is finished. Not safe for concurrent use; one
 * builder lives in each worker.
 */
export class SegmentBuilder {
  private table = new IdentifierTable();
  private logTerm = new Int32Array(1 << 16);
  private logTarget = new Int32Array(1 << 16);
  private logTf = new Uint8Array(1 << 16);
  private logLength = 0;
  /** For each term: the last log entry, if it belongs to the current window. */
  private lastEntry = new Int32Array(1 << 14).fill(-1);
  private window = 0;
  private units = 0;
  private codeLength = 0;
  private commentLength = 0;
  private sourceBytes = 0;
  private windowUnit: number[] = [];
  private windowLine: number[] = [];
  private windowCode: number[] = [];
  private windowComment: number[] = [];
  private documents: NewDocumentRow[] = [];
  private records = new ByteWriter(1 << 16);
  private imports = new ByteWriter(1 << 12);
  private languages: string[] = [];
  private readonly vectors: Map<number, VectorRows> = new Map();
  private fingerprint = '';
  private readonly trigrams: TrigramCollector | undefined;

  /** `trigrams`: also collect them, for texts that literals and regular expressions are looked for in. Default false. */
  constructor(options: { trigrams?: boolean } = {}) {
    if (options.trigrams) this.trigrams = new TrigramCollector();
  }

  /** Source bytes collected since the last `finish`. */
  get pendingBytes(): number {
    return this.sourceBytes;
  }
  get pendingDocuments(): number {
    return this.documents.length;
  }

  add(doc: NewDocument): void {
    const { text, outline } = doc;
    this.trigrams?.add(text);
    const starts = lineStarts(text);
    const windows = cutWindows(starts, outline.units);
    const firstWindow = this.window;
    const firstUnit = this.units;
    let language = this.languages.indexOf(doc.language);
    if (language < 0) language = this.languages.push(doc.language) - 1;

    const nameTerms = outline.units.map(unit => this.termsOf(unit.qualifiedName));
    const comments = outline.comments;
    let comment = 0;
    for (let w = 0; w < windows.count; w++) {
      const from = starts[windows.firstLine[w]!]!;
      const endLine = windows.endLine[w]!;
      const to = endLine < starts.length ? starts[endLine]! : text.length;
      while (comment < comments.length && comments[comment + 1]! <= from) comment += 2;
      const firstEntry = this.logLength;
      let codeLength = 0;
      let commentLength = 0;
      let at = from;
      let c = comment;
      while (at < to) {
        const commentStart = c < comments.length ? Math.max(comments[c]!, at) : to;
        if (commentStart > at) {
          const end = Math.min(commentStart, to);
          codeLength += this.scan(text, at, end, 1);
          at = end;
        }
        if (at < to && c < comments.length) {
          const end = Math.min(comments[c + 1]!, to);
          commentLength += this.scan(text, at, end, 16);
          at = Math.max(end, at);
          c += 2;
        }
      }
      const unit = windows.unit[w]!;
      if (this.logLength === firstEntry) continue; // Nothing but punctuation: not worth a window.
      if (unit >= 0) for (const term of nameTerms[unit]!) this.mark(term);
      for (let e = firstEntry; e < this.logLength; e++) this.lastEntry[this.logTerm[e]!] = -1;
      this.windowUnit.push(unit < 0 ? -1 : firstUnit + unit);
      this.windowLine.push(windows.firstLine[w]! + 1);
      this.windowCode.push(Math.min(codeLength, 255));
      this.windowComment.push(Math.min(commentLength, 255));
      this.codeLength += Math.min(codeLength, 255);
      this.commentLength += Math.min(commentLength, 255);
      this.window++;
    }

    const recordStart = this.records.length;
    this.writeUnits(doc, starts.length, firstUnit);
    const importStart = this.imports.length;
    this.imports.varint(outline.imports.length);
    for (const specifier of outline.imports) this.imports.string(specifier);

    this.documents.push({
      hash: doc.hash,
      firstWindow,
      firstUnit,
      recordStart,
      importStart,
      bytes: doc.bytes,
      lines: starts.length,
      language,
    });
    this.sourceBytes += doc.bytes;
  }

  /**
   * Gives a collected document its vectors, one per unit in order. All of a segment must come from one encoder; a
   * document that gets none has to be encoded later.
   */
  attachVectors(document: number, fingerprint: string, rows: VectorRows): void {
    const { firstUnit } = this.documents[document]!;
    const end = this.documents[document + 1]?.firstUnit ?? this.units;
    if (rows.count !== end - firstUnit)
      throw new RangeError(`${rows.count} vectors for ${end - firstUnit} units`);
    if (this.vectors.size > 0 && this.fingerprint !== fingerprint)
      throw new RangeError('vectors of two encoders in one segment');
    this.fingerprint = fingerprint;
    this.vectors.set(document, rows);
  }

  /** Counts the terms of `text[from, to)` into the current window; `step` is 1 for code, 16 for comments. */
  private scan(text: string, from: number, to: number, step: number): number {
    const table = this.table;
    let length = 0;
    let i = from;
    while (i < to) {
      let c = text.charCodeAt(i);
      if ((c < 256 ? classes[c]! : identifierClass(c)) === 0) {
        i++;
        continue;
      }
      const start = i;
      let hash = hashSeed;
      do {
        hash = hashStep(hash, c);
        i++;
        if (i === to) break;
        c = text.charCodeAt(i);
      } while ((c < 256 ? classes[c]! : identifierClass(c)) !== 0);
      if (i - start > 200) continue; // Data, not a name.
      const id = table.intern(text, start, i, hash);
      const end = table.endTerm(id);
      for (let t = table.firstTerm(id); t < end; t++) {
        this.count(table.termAt(t), step);
        length++;
      }
    }
    return length;
  }

  private count(term: number, step: number): void {
    const entry = term < this.lastEntry.length ? this.lastEntry[term]! : -1;
    if (entry < 0) {
      this.append(term, this.window, step);
      return;
    }
    const tf = this.logTf[entry]!;
    if (step === 1 ? (tf & 15) < 15 : (tf & 0x70) < 0x70) this.logTf[entry] = tf + step;
  }

  private mark(term: number): void {
    const entry = term < this.lastEntry.length ? this.lastEntry[term]! : -1;
    if (entry < 0) this.append(term, this.window, 0x80);
    else this.logTf[entry]! |= 0x80;
  }

  private append(term: number, target: number, tf: number): void {
    const n = this.logLength++;
    if (n === this.logTerm.length) {
      this.logTerm = grown(this.logTerm, n * 2);
      this.logTarget = grown(this.logTarget, n * 2);
      this.logTf = grown(this.logTf, n * 2);
    }
    if (term >= this.lastEntry.length) {
      const old = this.lastEntry.length;
      this.lastEntry = grown(this.lastEntry, Math.max(old * 2, term + 1));
      this.lastEntry.fill(-1, old);
    }
    this.logTerm[n] = term;
    this.logTarget[n] = target;
    this.logTf[n] = tf;
    this.lastEntry[term] = n;
  }

  private termsOf(name: string): number[] {
    const ids: number[] = [];
    const table = this.table;
    let i = 0;
    while (i < name.length) {
      if (identifierClass(name.charCodeAt(i)) === 0) {
        i++;
        continue;
      }
      const start = i;
      let hash = hashSeed;
      while (i < name.length && identifierClass(name.charCodeAt(i)) !== 0) {
        hash = hashStep(hash, name.charCodeAt(i));
        i++;
      }
      if (i - start > 200) continue;
      const id = table.intern(name, start, i, hash);
      for (let t = table.firstTerm(id); t < table.endTerm(id); t++) ids.push(table.termAt(t));
    }
    return ids;
  }

  private writeUnits(doc: NewDocument, lines: number, firstUnit: number): void {
    const { records } = this;
    const { units } = doc.outline;
    records.varint(units.length);
    let previousStart = 0;
    let previousLine = 1;
    for (let u = 0; u < units.length; u++) {
      const unit = units[u]!;
      const kind = kindNumber.get(unit.kind)!;
      records.u8(kind);
      records.varint(unit.parent + 1);
      records.varint(unit.start - previousStart);
      records.varint(unit.end - unit.start);
      records.varint(unit.firstLine - previousLine);
      records.varint(Math.min(unit.lastLine, lines) - unit.firstLine);
      records.varint(unit.signatureEnd - unit.start);
      // The doc lies shortly before the unit or inside it: a signed distance, folded to stay small.
      if (unit.docStart < 0) records.varint(0);
      else {
        const distance = unit.docStart - unit.start;
        records.varint(1 + (distance < 0 ? -distance * 2 - 1 : distance * 2));
        records.varint(unit.docEnd - unit.docStart);
      }
      records.string(unit.name);
      // Usually the qualified name ends with the name: only what stands before it is stored.
      const prefix =
        unit.name !== '' && unit.qualifiedName.endsWith(unit.name)
          ? unit.qualifiedName.slice(0, -unit.name.length)
          : undefined;
      records.u8(prefix === undefined ? 1 : 0);
      records.string(prefix ?? unit.qualifiedName);
      previousStart = unit.start;
      previousLine = unit.firstLine;
      if (unit.name !== '' && unit.kind !== 'section' && unit.kind !== 'block') {
        const joined = splitIdentifier(unit.name).join('');
        if (joined !== '') {
          const term = this.table.termId(definitionPrefix + joined);
          this.append(term, firstUnit + u, kind);
          this.lastEntry[term] = -1;
        }
      }
    }
    this.units += units.length;
  }

  /** Turns what was collected into a segment and empties the builder; undefined if nothing was collected. */
  finish(): SegmentData | undefined {
    if (this.documents.length === 0) return undefined;
    const { terms } = this.table;
    const counts = new Int32Array(terms.length + 1);
    for (let e = 0; e < this.logLength; e++) counts[this.logTerm[e]!]!++;
    const used: number[] = [];
    for (let t = 0; t < terms.length; t++) if (counts[t]! > 0) used.push(t);
    used.sort((a, b) => (terms[a]! < terms[b]! ? -1 : 1));
    const next = new Int32Array(terms.length + 1);
    let total = 0;
    for (const t of used) {
      next[t] = total;
      total += counts[t]!;
    }
    const targets = new Int32Array(total);
    const tfs = new Uint8Array(total);
    for (let e = 0; e < this.logLength; e++) {
      const at = next[this.logTerm[e]!]!++;
      targets[at] = this.logTarget[e]!;
      tfs[at] = this.logTf[e]!;
    }
    const postings = new PostingsWriter(total);
    const dictionary = new DictionaryWriter();
    let at = 0;
    for (const t of used) {
      const start = postings.length;
      const end = at + counts[t]!;
      postings.begin();
      for (; at < end; at++) postings.add(targets[at]!, tfs[at]!);
      dictionary.add(terms[t]!, counts[t]!, postings.length - start);
    }

    const data: SegmentData = {
      info: {
        documents: this.documents.length,
        windows: this.window,
        units: this.units,
        terms: used.length,
        sourceBytes: this.sourceBytes,
        codeLength: this.codeLength,
        commentLength: this.commentLength,
        languages: this.languages,
      },
      parts: {
        dictionary: dictionary.finish(),
        postings: postings.finish(),
        windows: encodeWindows(this.windowUnit, this.windowLine, this.windowCode, this.windowComment),
        documents: encodeDocuments(this.documents),
        records: this.records.finish(),
        imports: this.imports.finish(),
      },
    };
    const rows = this.allVectors();
    if (rows) {
      const { info, bytes } = vectorData(rows, this.fingerprint);
      data.info.vectors = info;
      data.vectors = bytes;
    }
    if (this.trigrams) {
      data.trigrams = this.trigrams.finish();
      data.info.trigrams = TrigramIndex.of(data.trigrams).size;
    }
    this.reset();
    return data;
  }

  private allVectors(): VectorRows | undefined {
    const [first] = this.vectors.values();
    if (!first) return undefined;
    const all = emptyRows(this.units, first);
    for (const [document, rows] of this.vectors)
      copyRows(rows, 0, rows.count, all, this.documents[document]!.firstUnit);
    return all;
  }

  private reset(): void {
    if (this.table.size > maxIdentifiers) this.table = new IdentifierTable();
    this.logLength = 0;
    this.lastEntry.fill(-1);
    this.window = 0;
    this.units = 0;
    this.codeLength = 0;
    this.commentLength = 0;
    this.sourceBytes = 0;
    this.windowUnit = [];
    this.windowLine = [];
    this.windowCode = [];
    this.windowComment = [];
    this.documents = [];
    this.records = new ByteWriter(1 << 16);
    this.imports = new ByteWriter(1 << 12);
    this.languages = [];
    this.vectors.clear();
  }
}

/** One row of the documents part. */
export interface NewDocumentRow {
  hash: string;
  firstWindow: number;
  firstUnit: number;
  recordStart: number;
  importStart: number;
  bytes: number;
  lines: number;
  language: number;
}

/** Columns one after the other: unit (u32), first line (u32), code length (u8), comment length (u8). */
export function encodeWindows(
  unit: ArrayLike<number>,
  line: ArrayLike<number>,
  code: ArrayLike<number>,
  comment: ArrayLike<number>,
): Uint8Array {
  const n = unit.length;
  const out = new Uint8Array(n * 10);
  new Uint32Array(out.buffer, 0, n).set(unit);
  new Uint32Array(out.buffer, n * 4, n).set(line);
  out.set(code, n * 8);
  out.set(comment, n * 9);
  return out;
}

/** Columns one after the other: seven u32 columns, then the 16-byte hashes. */
export function encodeDocuments(rows: readonly NewDocumentRow[]): Uint8Array {
  const n = rows.length;
  const out = new Uint8Array(n * (7 * 4 + 16));
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

function grown<T extends Int32Array | Uint8Array>(array: T, length: number): T {
  const copy = new (array.constructor as new (n: number) => T)(length);
  copy.set(array);
  return copy;
}
