// Turns documents – text and outline – into a segment: windows, postings, records of units, vectors, trigrams.

import { identifierClass, splitIdentifier } from '../core/identifiers.ts';
import type { Outline, UnitSpan } from '../core/unit.ts';
import { ByteWriter } from './bytes.ts';
import { hashSeed, hashStep, IdentifierTable } from './identifier-table.ts';
import { PostingLog } from './posting-log.ts';
import { definitionPrefix, type SegmentData } from './segment.ts';
import { DocumentWriter, WindowWriter } from './segment-columns.ts';
import { TrigramCollector } from './trigrams/collector.ts';
import { TrigramIndex } from './trigrams/reader.ts';
import { encodeUnits, kindNumber } from './unit-records.ts';
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

/** Collects documents in memory and turns them into one segment. Not safe for concurrent use: each worker has its own. */
export class SegmentBuilder {
  private table = new IdentifierTable();
  private readonly log = new PostingLog();
  private windows = new WindowWriter();
  private documents = new DocumentWriter();
  private units = 0;
  private records = new ByteWriter(1 << 16);
  private imports = new ByteWriter(1 << 12);
  private readonly vectors: Map<number, VectorRows> = new Map();
  private fingerprint = '';
  private readonly trigrams: TrigramCollector | undefined;

  /** `trigrams`: also collect them, for texts that literals and regular expressions are looked for in. Default false. */
  constructor(options: { trigrams?: boolean } = {}) {
    if (options.trigrams) this.trigrams = new TrigramCollector();
  }

  /** Source bytes collected since the last `finish`. */
  get pendingBytes(): number {
    return this.documents.sourceBytes;
  }

  /** Documents collected since the last `finish`: the number of the next one. */
  get pendingDocuments(): number {
    return this.documents.rows.length;
  }

  add(doc: NewDocument): void {
    const { text, outline, hash, bytes } = doc;
    const { units, imports } = outline;
    this.trigrams?.add(text);
    const starts = lineStarts(text);
    const firstWindow = this.windows.count;
    const firstUnit = this.units;
    const language = this.documents.languageNumber(doc.language);
    this.addWindows(text, starts, outline);

    const recordStart = this.records.length;
    encodeUnits(this.records, units, starts.length);
    this.defineUnits(units, firstUnit);
    this.units += units.length;
    const importStart = this.imports.length;
    this.imports.varint(imports.length);
    for (const specifier of imports) this.imports.string(specifier);

    const lines = starts.length;
    this.documents.add({ hash, firstWindow, firstUnit, recordStart, importStart, bytes, lines, language });
  }

  /** Cuts a document into windows and counts their terms. */
  private addWindows(text: string, starts: readonly number[], { units, comments }: Outline): void {
    const { log } = this;
    const cut = cutWindows(starts, units);
    const nameTerms = units.map(unit => this.termsOf(unit.qualifiedName));
    let comment = 0;
    for (let w = 0; w < cut.count; w++) {
      const from = starts[cut.firstLine[w]!]!;
      const endLine = cut.endLine[w]!;
      const to = endLine < starts.length ? starts[endLine]! : text.length;
      while (comment < comments.length && comments[comment + 1]! <= from) comment += 2;
      const firstEntry = log.length;
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
      const unit = cut.unit[w]!;
      if (log.length === firstEntry) continue; // Nothing but punctuation: not worth a window.
      if (unit >= 0) for (const term of nameTerms[unit]!) log.mark(term, this.windows.count);
      log.endTarget(firstEntry);
      this.windows.add(unit < 0 ? -1 : this.units + unit, cut.firstLine[w]! + 1, codeLength, commentLength);
    }
  }

  /**
   * Gives a collected document its vectors, one per unit in order. All of a segment must come from one encoder; a
   * document that gets none has to be encoded later.
   */
  attachVectors(document: number, fingerprint: string, rows: VectorRows): void {
    const { firstUnit } = this.documents.rows[document]!;
    const end = this.documents.rows[document + 1]?.firstUnit ?? this.units;
    if (rows.count !== end - firstUnit)
      throw new RangeError(`${rows.count} vectors for ${end - firstUnit} units`);
    if (this.vectors.size > 0 && this.fingerprint !== fingerprint)
      throw new RangeError('vectors of two encoders in one segment');
    this.fingerprint = fingerprint;
    this.vectors.set(document, rows);
  }

  /** Counts the terms of `text[from, to)` into the current window; `step` is 1 for code, 16 for comments. */
  private scan(text: string, from: number, to: number, step: number): number {
    const { table, log } = this;
    const window = this.windows.count;
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
        log.count(table.termAt(t), window, step);
        length++;
      }
    }
    return length;
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

  /** Lists the named units by their names. */
  private defineUnits(units: readonly UnitSpan[], firstUnit: number): void {
    units.forEach((unit, u) => {
      if (unit.name === '' || unit.kind === 'section' || unit.kind === 'block') return;
      const joined = splitIdentifier(unit.name).join('');
      if (joined === '') return;
      this.log.add(this.table.termId(definitionPrefix + joined), firstUnit + u, kindNumber(unit.kind));
    });
  }

  /** Turns what was collected into a segment and empties the builder; undefined if nothing was collected. */
  finish(): SegmentData | undefined {
    const { windows, documents } = this;
    if (documents.rows.length === 0) return undefined;
    const { dictionary, postings, terms } = this.log.encode(this.table.terms);
    const data: SegmentData = {
      info: {
        documents: documents.rows.length,
        windows: windows.count,
        units: this.units,
        terms,
        sourceBytes: documents.sourceBytes,
        codeLength: windows.codeLength,
        commentLength: windows.commentLength,
        languages: documents.languages,
      },
      parts: {
        dictionary,
        postings,
        windows: windows.encode(),
        documents: documents.encode(),
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
      copyRows(rows, 0, rows.count, all, this.documents.rows[document]!.firstUnit);
    return all;
  }

  private reset(): void {
    if (this.table.size > maxIdentifiers) this.table = new IdentifierTable();
    this.log.clear();
    this.windows = new WindowWriter();
    this.documents = new DocumentWriter();
    this.units = 0;
    this.records = new ByteWriter(1 << 16);
    this.imports = new ByteWriter(1 << 12);
    this.vectors.clear();
  }
}
