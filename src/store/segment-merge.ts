// Merges segments: documents are copied, postings are renumbered, nothing is parsed again.

import { defined } from '../core/defined.ts';
import { ByteWriter } from './bytes.ts';
import { DictionaryWriter } from './dictionary.ts';
import type { TermParts } from './posting-log.ts';
import { PostingsWriter } from './postings.ts';
import { definitionPrefix, type SegmentData } from './segment.ts';
import { DocumentWriter, WindowWriter } from './segment-columns.ts';
import { noUnit, type SegmentReader } from './segment-reader.ts';
import { mergeTrigrams } from './trigrams/merge.ts';
import { TrigramIndex } from './trigrams/reader.ts';
import { copyRows, emptyRows } from './vectors/rows.ts';
import { type VectorData, vectorData } from './vectors/segment-vectors.ts';

/** A merged segment, and the places of its documents. */
export interface MergeResult {
  data: SegmentData;
  /** For each input segment, new number per document, -1 for those dropped. */
  moved: Int32Array[];
}

/**
 * Merges segments into one, keeping only the documents for which `keep` says so. Linear in the size of the input;
 * documents stay in input order. The caller swaps the new segment in with the catalog in one transaction. Vectors of
 * `fingerprint` are kept, by default of the encoder that made most of them; units with others get none.
 */
export function mergeSegments(
  inputs: readonly SegmentReader[],
  keep: (input: number, doc: number) => boolean,
  fingerprint: string | undefined = mostUsed(inputs),
): MergeResult {
  const content = new MergedContent();
  for (const [s, segment] of inputs.entries()) content.take(segment, doc => keep(s, doc));
  const { windows, documents, units } = content;
  const terms = mergePostings(inputs, content);
  const vectors =
    fingerprint === undefined ? undefined : mergeVectors(inputs, content.unitMaps, units, fingerprint);
  const trigrams = mergeTrigrams(
    inputs.map((segment, s) => ({ part: segment.trigramBytes(), moved: content.moved[s]! })),
    documents.rows.length,
  );
  return {
    data: {
      ...defined({ vectors: vectors?.bytes, trigrams }),
      info: {
        ...defined({ vectors: vectors?.info, trigrams: trigrams && TrigramIndex.of(trigrams).size }),
        documents: documents.rows.length,
        windows: windows.count,
        units,
        terms: terms.terms,
        sourceBytes: documents.sourceBytes,
        codeLength: windows.codeLength,
        commentLength: windows.commentLength,
        languages: documents.languages,
      },
      parts: {
        dictionary: terms.dictionary,
        postings: terms.postings,
        windows: windows.encode(),
        documents: documents.encode(),
        records: content.records.finish(),
        imports: content.imports.finish(),
      },
    },
    moved: content.moved,
  };
}

/** The documents that are kept, with their windows and units, and for each input segment where they went. */
class MergedContent {
  readonly windows = new WindowWriter();
  readonly documents = new DocumentWriter();
  readonly records = new ByteWriter(1 << 16);
  readonly imports = new ByteWriter(1 << 12);
  units = 0;
  /** New number of each document, window and unit, -1 for dropped ones. */
  readonly moved: Int32Array[] = [];
  readonly windowMaps: Int32Array[] = [];
  readonly unitMaps: Int32Array[] = [];

  /** Copies the documents of the next input segment that are kept. */
  take(segment: SegmentReader, keep: (doc: number) => boolean): void {
    const { info, documents: columns } = segment;
    const map = new Int32Array(info.documents).fill(-1);
    const windowMap = new Int32Array(info.windows).fill(-1);
    const unitMap = new Int32Array(info.units).fill(-1);
    const records = segment.whole('records');
    const imports = segment.whole('imports');
    for (let d = 0; d < info.documents; d++) {
      if (!keep(d)) continue;
      map[d] = this.documents.rows.length;
      this.documents.add({
        hash: segment.hash(d),
        firstWindow: this.windows.count,
        firstUnit: this.units,
        recordStart: this.records.length,
        importStart: this.imports.length,
        bytes: columns.bytes[d]!,
        lines: columns.lines[d]!,
        language: this.documents.languageNumber(segment.language(d)),
      });
      const isLast = d + 1 === info.documents;
      this.records.raw(
        records.subarray(columns.recordStart[d]!, isLast ? undefined : columns.recordStart[d + 1]!),
      );
      this.imports.raw(
        imports.subarray(columns.importStart[d]!, isLast ? undefined : columns.importStart[d + 1]!),
      );
      this.takeWindows(segment, d, windowMap);
      for (let u = columns.firstUnit[d]!; u < segment.endUnit(d); u++) unitMap[u] = this.units++;
    }
    this.moved.push(map);
    this.windowMaps.push(windowMap);
    this.unitMaps.push(unitMap);
  }

  private takeWindows(segment: SegmentReader, doc: number, windowMap: Int32Array): void {
    const { windows, documents } = segment;
    const unitShift = this.units - documents.firstUnit[doc]!;
    for (let w = documents.firstWindow[doc]!; w < segment.endWindow(doc); w++) {
      const unit = windows.unit[w]!;
      windowMap[w] = this.windows.count;
      this.windows.add(
        unit === noUnit ? noUnit : unit + unitShift,
        windows.firstLine[w]!,
        windows.codeLength[w]!,
        windows.commentLength[w]!,
      );
    }
  }
}

/** The terms of all segments, with their postings renumbered and those of dropped documents left out. */
function mergePostings(
  inputs: readonly SegmentReader[],
  { windowMaps, unitMaps }: Pick<MergedContent, 'windowMaps' | 'unitMaps'>,
): TermParts {
  const dictionary = new DictionaryWriter();
  const postings = new PostingsWriter(1 << 16);
  const cursors = inputs.map(segment => segment.dictionary.entries());
  const heads = cursors.map(cursor => cursor.next().value);
  let terms = 0;
  for (;;) {
    let term: string | undefined;
    for (const head of heads) if (head && (term === undefined || head.term < term)) term = head.term;
    if (term === undefined) break;
    const maps = term.startsWith(definitionPrefix) ? unitMaps : windowMaps;
    const start = postings.length;
    let count = 0;
    postings.begin();
    for (let s = 0; s < heads.length; s++) {
      const head = heads[s];
      if (!head || head.term !== term) continue;
      const list = inputs[s]!.postings(head);
      for (let i = 0; i < list.count; i++) {
        const target = maps[s]![list.targets[i]!]!;
        if (target < 0) continue;
        postings.add(target, list.frequencies[i]!);
        count++;
      }
      heads[s] = cursors[s]!.next().value;
    }
    if (count === 0) continue;
    dictionary.add(term, count, postings.length - start);
    terms++;
  }
  return { dictionary: dictionary.finish(), postings: postings.finish(), terms };
}

/** The fingerprint that most units have a vector of. */
function mostUsed(inputs: readonly SegmentReader[]): string | undefined {
  const units = new Map<string, number>();
  for (const { info } of inputs) {
    if (!info.vectors) continue;
    const { fingerprint, missing } = info.vectors;
    units.set(fingerprint, (units.get(fingerprint) ?? 0) + info.units - missing);
  }
  return [...units].sort((a, b) => b[1] - a[1])[0]?.[0];
}

function mergeVectors(
  inputs: readonly SegmentReader[],
  unitMaps: readonly Int32Array[],
  units: number,
  fingerprint: string,
): VectorData | undefined {
  const shape = inputs.find(({ info }) => info.vectors?.fingerprint === fingerprint)?.info.vectors;
  if (!shape || units === 0) return undefined;
  const merged = emptyRows(units, shape);
  inputs.forEach((segment, s) => {
    const rows = segment.vectors(fingerprint);
    if (!rows) return;
    const map = unitMaps[s]!;
    for (let u = 0; u < map.length; u++) if (map[u]! >= 0) copyRows(rows, u, 1, merged, map[u]!);
  });
  return vectorData(merged, fingerprint);
}
