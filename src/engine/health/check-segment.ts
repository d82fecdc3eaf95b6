import { setImmediate as breathe } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { throwIfAborted } from '../../core/errors.ts';
import { unitKinds } from '../../core/unit.ts';
import { decodePostings } from '../../store/postings.ts';
import {
  definitionPrefix,
  type SegmentInfo,
  type SegmentPart,
  segmentParts,
  trigramPart,
  vectorPart,
} from '../../store/segment.ts';
import { memorySource, noUnit, SegmentReader } from '../../store/segment-reader.ts';
import { TrigramIndex } from '../../store/trigrams/reader.ts';
import { notEncoded, unpackRows } from '../../store/vectors/rows.ts';
import type { View } from '../../store/view.ts';

/** Steps of a check between two looks at the signal. */
const stride = 4096;

/** Reads everything in a segment. Throws RangeError at the first thing that cannot be. */
export async function checkSegment(
  view: View,
  id: number,
  info: SegmentInfo,
  signal: AbortSignal | undefined,
): Promise<void> {
  const source = view.parts(id);
  const parts = {} as Record<SegmentPart, Uint8Array>;
  for (const part of segmentParts) {
    parts[part] = source.whole(part);
    await pause(signal);
  }
  const reader = new SegmentReader(id, info, memorySource(parts));
  checkDocuments(reader, parts);
  checkWindows(reader);
  if (info.vectors) checkVectors(reader, source.whole(vectorPart));
  if (info.trigrams !== undefined) await checkTrigrams(info, source.whole(trigramPart), signal);
  for (let doc = 0; doc < info.documents; doc++) {
    if (doc % stride === stride - 1) await pause(signal);
    checkUnits(reader, doc);
    reader.imports(doc);
  }
  let previous = '';
  let offset = 0;
  let terms = 0;
  for (const entry of reader.dictionary.entries()) {
    if (terms++ % stride === stride - 1) await pause(signal);
    const { term, count: n, length } = entry;
    ensure(terms === 1 || previous < term, `terms are not in order at number ${terms}`);
    ensure(entry.offset === offset && n > 0, `the entry of term ${terms} is wrong`);
    previous = term;
    offset += length;
    ensure(offset <= parts.postings.length, `the postings of term ${terms} are missing`);
    const { targets } = decodePostings(parts.postings, entry.offset, length, n);
    const end = term.startsWith(definitionPrefix) ? info.units : info.windows;
    for (let i = 1; i < n; i++)
      ensure(targets[i - 1]! < targets[i]!, `postings of term ${terms} are not in order`);
    ensure(targets[n - 1]! < end, `postings of term ${terms} lead out of the segment`);
  }
  ensure(terms === info.terms, `${terms} of ${info.terms} terms are there`);
  ensure(offset === parts.postings.length, 'there are more postings than terms');
}

function checkDocuments({ documents, info }: SegmentReader, parts: Record<SegmentPart, Uint8Array>): void {
  const columns: Array<[string, Uint32Array, number]> = [
    ['windows', documents.firstWindow, info.windows],
    ['units', documents.firstUnit, info.units],
    ['records', documents.recordStart, parts.records.length],
    ['imports', documents.importStart, parts.imports.length],
  ];
  for (const [name, column, end] of columns) {
    let previous = 0;
    ensure(info.documents === 0 || column[0] === 0, `the ${name} of the first document begin elsewhere`);
    for (const value of column) {
      ensure(value >= previous && value <= end, `the ${name} of the documents are not in order`);
      previous = value;
    }
  }
  for (const language of documents.language)
    ensure(language < info.languages.length, 'a language is unknown');
}

function checkWindows(reader: SegmentReader): void {
  const { documents, windows, info } = reader;
  let code = 0;
  let comment = 0;
  for (let doc = 0; doc < info.documents; doc++) {
    let line = 0;
    for (let w = documents.firstWindow[doc]!; w < reader.endWindow(doc); w++) {
      ensure(windows.firstLine[w]! > line, `the windows of document ${doc} are not in order`);
      line = windows.firstLine[w]!;
      ensure(line <= documents.lines[doc]!, `a window of document ${doc} lies behind its end`);
      const unit = windows.unit[w]!;
      const own = unit >= documents.firstUnit[doc]! && unit < reader.endUnit(doc);
      ensure(unit === noUnit || own, `a window of document ${doc} belongs to a unit of another`);
      code += windows.codeLength[w]!;
      comment += windows.commentLength[w]!;
    }
  }
  ensure(
    code === info.codeLength && comment === info.commentLength,
    'the lengths of the windows do not add up',
  );
}

function checkVectors({ info }: SegmentReader, bytes: Uint8Array): void {
  const { missing, crc } = info.vectors!;
  ensure(crc32(bytes) === crc, 'the vectors are not those the segment describes');
  const { scales } = unpackRows(bytes, info.units, info.vectors!);
  let without = 0;
  for (const scale of scales) {
    ensure(scale === notEncoded || (scale >= 0 && Number.isFinite(scale)), 'the scale of a vector cannot be');
    if (scale === notEncoded) without++;
  }
  ensure(without === missing, `${without} units have no vector, not ${missing}`);
}

async function checkTrigrams(
  info: SegmentInfo,
  part: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<void> {
  const index = TrigramIndex.of(part);
  ensure(
    index.documentCount === info.documents && index.size === info.trigrams,
    'the trigrams are of another segment',
  );
  let previous = -1;
  for (const document of index.uncovered) {
    ensure(
      document > previous && document < info.documents,
      'the documents without trigrams are not in order',
    );
    previous = document;
  }
  let trigrams = 0;
  let offset: number | undefined;
  previous = 0;
  for (const entry of index.entries()) {
    if (trigrams++ % stride === stride - 1) await pause(signal);
    const { trigram, count, length } = entry;
    ensure(trigram > previous && trigram < 2 ** 24, `trigrams are not in order at number ${trigrams}`);
    previous = trigram;
    ensure(entry.offset === (offset ?? entry.offset), `the documents of trigram ${trigrams} are elsewhere`);
    offset = entry.offset + length;
    const documents = index.documents(entry);
    ensure(
      count > 0 && documents[count - 1]! < info.documents,
      `the documents of trigram ${trigrams} lead out of the segment`,
    );
  }
  ensure(offset === undefined || offset === part.length, 'there are more documents than trigrams');
}

function checkUnits(reader: SegmentReader, doc: number): void {
  const units = reader.units(doc);
  const lines = reader.documents.lines[doc]!;
  const expected = reader.endUnit(doc) - reader.documents.firstUnit[doc]!;
  ensure(units.length === expected, `${units.length} of ${expected} units of document ${doc} are there`);
  units.forEach((unit, u) => {
    const sound =
      unitKinds.includes(unit.kind) &&
      unit.parent < u &&
      typeof unit.qualifiedName === 'string' &&
      unit.start <= unit.signatureEnd &&
      unit.firstLine >= 1 &&
      unit.firstLine <= unit.lastLine &&
      unit.lastLine <= lines;
    ensure(sound, `unit ${u} of document ${doc} cannot be`);
  });
}

async function pause(signal: AbortSignal | undefined): Promise<void> {
  await breathe();
  throwIfAborted(signal);
}

export function ensure(condition: boolean, problem: string): asserts condition {
  if (!condition) throw new RangeError(problem);
}
