import fc from 'fast-check';
import type { Outline, UnitSpan } from '../../src/core/unit.ts';
import type { CatalogFile } from '../../src/store/catalog.ts';
import type { StoredUnit } from '../../src/store/segment.ts';
import { type NewDocument, SegmentBuilder } from '../../src/store/segment-builder.ts';
import { memorySource, SegmentReader } from '../../src/store/segment-reader.ts';
import { Snapshot } from '../../src/store/snapshot.ts';
import { lineStarts } from '../../src/store/windows.ts';

/** A document as a test describes it: lines, some of them comments, and units over ranges of lines. */
export interface Draft {
  lines: Array<{ text: string; comment: boolean }>;
  /** Nested or disjoint, parents first; lines 0-based, ends exclusive; `doc` lines above belong to the unit. */
  units: Array<{ first: number; end: number; name: string; parent: number; doc: number }>;
}

const word = fc.constantFrom(
  ...'read write parseHeader HTTPServer send_all retry2 Größe 日本語 x 🚀go error404 cache connections a_b_c'.split(
    ' ',
  ),
);
const filler = fc.constantFrom(' ', ' ', '(', ');', ' = ', '.', ', ', '{}', '“', '→', '\t', '');
const line = fc.record({
  text: fc.array(fc.tuple(word, filler), { maxLength: 12 }).map(parts => parts.flat().join('')),
  comment: fc.boolean(),
});

/** Units cut out of `[first, end)`, at most three levels deep. */
function unitsIn(
  first: number,
  end: number,
  depth: number,
  parent: number,
  pick: (n: number) => number,
): Draft['units'] {
  const units: Draft['units'] = [];
  let at = first + pick(4);
  while (at < end && depth < 3) {
    const length = 1 + pick(Math.max(1, Math.min(40, end - at)));
    const doc = depth === 0 ? 0 : Math.min(pick(3), at - first);
    const own = {
      first: at,
      end: at + length,
      name: ['', 'readAll', 'HTTPServer', 'x', 'cache'][pick(5)]!,
      parent,
      doc,
    };
    const index = parent + 1 + units.length;
    // Numbers of parents are put right by the caller: here they are positions relative to this list.
    units.push({ ...own, parent: parent < 0 ? -1 : parent });
    const inner = pick(2) === 0 ? unitsIn(at + 1, at + length, depth + 1, index, pick) : [];
    units.push(...inner);
    at += length + 1 + pick(5);
  }
  return units;
}

export const draft: fc.Arbitrary<Draft> = fc
  .record({
    lines: fc.array(line, { minLength: 1, maxLength: 80 }),
    seed: fc.array(fc.nat(1000), { minLength: 7, maxLength: 7 }),
  })
  .map(({ lines, seed }) => {
    let i = 0;
    const pick = (n: number) => (seed[i++ % seed.length]! + i * 31) % n;
    const units = unitsIn(0, lines.length, 0, -1, pick);
    // A parent is the closest unit before that encloses this one.
    units.forEach((unit, u) => {
      unit.parent = -1;
      for (let p = u - 1; p >= 0; p--) {
        if (units[p]!.first <= unit.first && units[p]!.end >= unit.end) {
          unit.parent = p;
          break;
        }
      }
      unit.doc = Math.min(
        unit.doc,
        unit.parent < 0 ? unit.first : unit.first - units[unit.parent]!.first - 1,
      );
      if (unit.doc < 0) unit.doc = 0;
    });
    return { lines, units };
  });

/** The document a draft describes, and its text. */
export function documentOf({ lines, units }: Draft, n: number): NewDocument {
  const text = lines.map(l => `${l.comment ? '// ' : ''}${l.text}\n`).join('');
  const starts = lineStarts(text);
  const endOf = (l: number) => (l < starts.length ? starts[l]! : text.length);
  const comments: number[] = [];
  lines.forEach((l, i) => {
    if (l.comment) comments.push(starts[i]!, endOf(i + 1));
  });
  const spans = units.map((unit, u): UnitSpan => {
    const start = starts[unit.first]!;
    const name = unit.name === '' ? '' : `${unit.name}${u}`;
    return {
      kind: unit.name === '' ? 'block' : unit.end - unit.first > 10 ? 'class' : 'function',
      name,
      qualifiedName: unit.parent < 0 || name === '' ? name : `outer.${name}`,
      start,
      end: endOf(unit.end),
      firstLine: unit.first + 1,
      lastLine: unit.end,
      signatureEnd: endOf(unit.first + 1),
      docStart: unit.doc > 0 ? starts[unit.first - unit.doc]! : -1,
      docEnd: unit.doc > 0 ? start : -1,
      parent: unit.parent,
    };
  });
  const outline: Outline = { units: spans, comments, imports: [`./module${n}`, 'größe::😀'] };
  return {
    hash: n.toString(16).padStart(32, '0'),
    language: ['typescript', 'python', 'go'][n % 3]!,
    text,
    bytes: Buffer.byteLength(text),
    outline,
  };
}

/** A unit as plain data: units are read lazily. */
export function plainUnit(unit: StoredUnit): StoredUnit {
  const {
    kind,
    name,
    qualifiedName,
    parent,
    firstLine,
    lastLine,
    start,
    end,
    signatureEnd,
    docStart,
    docEnd,
  } = unit;
  return {
    kind,
    name,
    qualifiedName,
    parent,
    firstLine,
    lastLine,
    start,
    end,
    signatureEnd,
    docStart,
    docEnd,
  };
}

/** A segment of documents, as it is read. */
export function segmentOf(
  documents: readonly NewDocument[],
  id: number,
  builder: SegmentBuilder = new SegmentBuilder(),
): SegmentReader {
  for (const document of documents) builder.add(document);
  const data = builder.finish()!;
  return new SegmentReader(id, data.info, memorySource(data.parts));
}

export function fileOf(path: string, segment: number, document: number): CatalogFile {
  return { path, segment, document, size: 1, mtimeMs: 0, ctimeMs: 0, ino: 0, role: 'source', importers: 0 };
}

export function snapshotOver(segments: readonly SegmentReader[], files: readonly CatalogFile[]): Snapshot {
  const ordered = files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return new Snapshot(1, segments, { files: ordered, skipped: [], complete: true, updatedAt: 1 });
}
