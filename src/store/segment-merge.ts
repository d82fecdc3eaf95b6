import { ByteWriter } from './bytes.ts';
import { DictionaryWriter } from './dictionary.ts';
import { PostingsWriter } from './postings.ts';
import { definitionPrefix, type SegmentData } from './segment.ts';
import { encodeDocuments, encodeWindows, type NewDocumentRow } from './segment-builder.ts';
import { noUnit, type SegmentReader } from './segment-reader.ts';
import { mergeTrigrams } from './trigrams/merge.ts';
import { TrigramIndex } from './trigrams/reader.ts';
import { copyRows, emptyRows } from './vectors/rows.ts';
import { vectorData } from './vectors/segment-vectors.ts';

/** Where a document went: `[segment position in the input, document]` → document in the merged segment. */
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
  const rows: NewDocumentRow[] = [];
  const languages: string[] = [];
  const records = new ByteWriter(1 << 16);
  const imports = new ByteWriter(1 << 12);
  const unit: number[] = [];
  const line: number[] = [];
  const code: number[] = [];
  const comment: number[] = [];
  let units = 0;
  let sourceBytes = 0;
  let codeLength = 0;
  let commentLength = 0;
  const moved: Int32Array[] = [];
  /** New number of each window and unit, -1 for dropped ones. */
  const windowMaps: Int32Array[] = [];
  const unitMaps: Int32Array[] = [];

  inputs.forEach((segment, s) => {
    const docs = segment.documents;
    const { windows } = segment;
    const map = new Int32Array(segment.info.documents).fill(-1);
    const windowMap = new Int32Array(segment.info.windows).fill(-1);
    const unitMap = new Int32Array(segment.info.units).fill(-1);
    const allRecords = segment.whole('records');
    const allImports = segment.whole('imports');
    for (let d = 0; d < segment.info.documents; d++) {
      if (!keep(s, d)) continue;
      map[d] = rows.length;
      const name = segment.language(d);
      let language = languages.indexOf(name);
      if (language < 0) language = languages.push(name) - 1;
      rows.push({
        hash: segment.hash(d),
        firstWindow: unit.length,
        firstUnit: units,
        recordStart: records.length,
        importStart: imports.length,
        bytes: docs.bytes[d]!,
        lines: docs.lines[d]!,
        language,
      });
      sourceBytes += docs.bytes[d]!;
      const last = d + 1 === segment.info.documents;
      records.raw(allRecords.subarray(docs.recordStart[d]!, last ? undefined : docs.recordStart[d + 1]!));
      imports.raw(allImports.subarray(docs.importStart[d]!, last ? undefined : docs.importStart[d + 1]!));
      const unitShift = units - docs.firstUnit[d]!;
      for (let w = docs.firstWindow[d]!; w < segment.endWindow(d); w++) {
        windowMap[w] = unit.length;
        unit.push(windows.unit[w]! === noUnit ? noUnit : windows.unit[w]! + unitShift);
        line.push(windows.firstLine[w]!);
        code.push(windows.codeLength[w]!);
        comment.push(windows.commentLength[w]!);
        codeLength += windows.codeLength[w]!;
        commentLength += windows.commentLength[w]!;
      }
      for (let u = docs.firstUnit[d]!; u < segment.endUnit(d); u++) unitMap[u] = units++;
    }
    moved.push(map);
    windowMaps.push(windowMap);
    unitMaps.push(unitMap);
  });

  const dictionary = new DictionaryWriter();
  const postings = new PostingsWriter(1 << 16);
  const cursors = inputs.map(segment => segment.dictionary.entries());
  const heads = cursors.map(cursor => cursor.next().value);
  let terms = 0;
  for (;;) {
    let term: string | undefined;
    for (const head of heads) if (head && (term === undefined || head.term < term)) term = head.term;
    if (term === undefined) break;
    const isDefinition = term.startsWith(definitionPrefix);
    const start = postings.length;
    let count = 0;
    postings.begin();
    for (let s = 0; s < heads.length; s++) {
      const head = heads[s];
      if (!head || head.term !== term) continue;
      const map = (isDefinition ? unitMaps : windowMaps)[s]!;
      const list = inputs[s]!.postings(head);
      for (let i = 0; i < list.count; i++) {
        const target = map[list.targets[i]!]!;
        if (target < 0) continue;
        postings.add(target, list.frequencies[i]!);
        count++;
      }
      heads[s] = cursors[s]!.next().value;
    }
    if (count > 0) {
      dictionary.add(term, count, postings.length - start);
      terms++;
    }
  }

  const vectors = fingerprint === undefined ? undefined : mergeVectors(inputs, unitMaps, units, fingerprint);
  const trigrams = mergeTrigrams(
    inputs.map((segment, s) => ({ part: segment.trigramBytes(), moved: moved[s]! })),
    rows.length,
  );
  return {
    data: {
      ...(vectors ? { vectors: vectors.bytes } : {}),
      ...(trigrams ? { trigrams } : {}),
      info: {
        ...(vectors ? { vectors: vectors.info } : {}),
        ...(trigrams ? { trigrams: TrigramIndex.of(trigrams).size } : {}),
        documents: rows.length,
        windows: unit.length,
        units,
        terms,
        sourceBytes,
        codeLength,
        commentLength,
        languages,
      },
      parts: {
        dictionary: dictionary.finish(),
        postings: postings.finish(),
        windows: encodeWindows(unit, line, code, comment),
        documents: encodeDocuments(rows),
        records: records.finish(),
        imports: imports.finish(),
      },
    },
    moved,
  };
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
): ReturnType<typeof vectorData> | undefined {
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
