import type { UnitKind } from '../../core/unit.ts';
import type { Snapshot } from '../snapshot.ts';
import { VectorTable } from './table.ts';
import { TopRows } from './top.ts';

/** A unit of a file and its similarity to the query. */
export interface SimilarUnit {
  file: number;
  /** Position among the file's units. */
  unit: number;
  score: number;
}

/** What the vectors say about one query. Valid until the next search. */
export interface DenseEvidence {
  /** The most similar units of all accepted files, best first; copies of a file are there once each. */
  top: SimilarUnit[];
  /** Over all units with a vector, accepted or not. */
  mean: number;
  deviation: number;
  /** How many these are. */
  count: number;
  /** Similarities of a file's units in order, 0 for those without a vector; undefined if its segment has none. */
  scoresOf(file: number): Float32Array | undefined;
}

/** How many units of live documents have a vector of this encoder. Call inside `read`. */
export function encodedShare(
  snapshot: Snapshot,
  fingerprint: string,
): { encodedUnits: number; totalUnits: number } {
  let totalUnits = 0;
  let missing = 0;
  snapshot.segments.forEach((segment, s) => {
    const heads = snapshot.firstFile[s]!;
    const unitsOf = (doc: number) => segment.endUnit(doc) - segment.documents.firstUnit[doc]!;
    for (let doc = 0; doc < heads.length; doc++) if (heads[doc]! >= 0) totalUnits += unitsOf(doc);
    for (const doc of segment.withoutVectors(fingerprint)) if (heads[doc]! >= 0) missing += unitsOf(doc);
  });
  return { encodedUnits: totalUnits - missing, totalUnits };
}

/** Tables of segments, kept from one generation to the next: by segment and state of its vectors. */
export type TableCache = Map<string, VectorTable>;

/** The vectors of one encoder over a snapshot. Not for two searches at a time. */
export class DenseIndex {
  readonly fingerprint: string;
  /** Units of live documents that have a vector, and all of them. */
  readonly encodedUnits: number;
  readonly totalUnits: number;
  private readonly snapshot: Snapshot;
  private readonly tables: Array<VectorTable | undefined>;

  /** Reads vectors that are not in `known`, and leaves in it what this snapshot uses. Call inside `read`. */
  constructor(snapshot: Snapshot, fingerprint: string, known: TableCache = new Map()) {
    this.snapshot = snapshot;
    this.fingerprint = fingerprint;
    const used: TableCache = new Map();
    this.tables = snapshot.segments.map(segment => {
      const { vectors } = segment.info;
      if (vectors?.fingerprint !== fingerprint) return undefined;
      const key = `${segment.id}/${fingerprint}/${vectors.crc}`;
      const table = known.get(key) ?? new VectorTable(segment.vectors(fingerprint)!);
      used.set(key, table);
      return table;
    });
    known.clear();
    for (const [key, table] of used) known.set(key, table);
    const { encodedUnits, totalUnits } = encodedShare(snapshot, fingerprint);
    this.encodedUnits = encodedUnits;
    this.totalUnits = totalUnits;
  }

  /** `most` units of files that `accept` takes, of these kinds. Throws RangeError for a query of other dimensions. */
  search(
    query: Float32Array,
    most: number,
    accept: ((file: number) => boolean) | undefined,
    kinds: ReadonlySet<UnitKind> | undefined,
  ): DenseEvidence {
    const { snapshot } = this;
    const best = new TopRows(most);
    const bases: number[] = [];
    const scores: Array<Float32Array | undefined> = [];
    let base = 0;
    this.tables.forEach((table, s) => {
      bases.push(base);
      if (!table) {
        scores.push(undefined);
        return;
      }
      const found = table.scan(query);
      scores.push(found);
      best.add(found, table.counted, base, this.rowFilter(s, accept, kinds));
      base += table.count;
    });
    const top = best.best().flatMap(({ row, score }) => {
      let s = bases.length - 1;
      while (bases[s]! > row || !this.tables[s]) s--;
      const segment = snapshot.segments[s]!;
      const unit = row - bases[s]!;
      const doc = segment.documentOfUnit(unit);
      const at = unit - segment.documents.firstUnit[doc]!;
      return this.filesOf(s, doc)
        .filter(file => !accept || accept(file))
        .map(file => ({ file, unit: at, score }));
    });
    return {
      top,
      mean: best.mean,
      count: best.count,
      deviation: best.deviation,
      scoresOf: file => {
        const s = snapshot.segmentOf[file]!;
        const segment = snapshot.segments[s]!;
        const { document } = snapshot.files[file]!;
        return scores[s]?.subarray(segment.documents.firstUnit[document]!, segment.endUnit(document));
      },
    };
  }

  private filesOf(s: number, doc: number): number[] {
    const files: number[] = [];
    const { firstFile, nextFile } = this.snapshot;
    for (let file = firstFile[s]![doc]!; file >= 0; file = nextFile[file]!) files.push(file);
    return files;
  }

  /** Asked only for rows that would be kept, so what it finds out is remembered by document. */
  private rowFilter(
    s: number,
    accept: ((file: number) => boolean) | undefined,
    kinds: ReadonlySet<UnitKind> | undefined,
  ): (row: number) => boolean {
    const segment = this.snapshot.segments[s]!;
    const { firstUnit } = segment.documents;
    const accepted = new Int8Array(segment.info.documents);
    const kindsOf = new Map<number, UnitKind[]>();
    return row => {
      const doc = segment.documentOfUnit(row);
      if (accepted[doc] === 0)
        accepted[doc] = this.filesOf(s, doc).some(file => !accept || accept(file)) ? 1 : -1;
      if (accepted[doc]! < 0) return false;
      if (!kinds) return true;
      let own = kindsOf.get(doc);
      if (!own) kindsOf.set(doc, (own = segment.units(doc).map(unit => unit.kind)));
      return kinds.has(own[row - firstUnit[doc]!]!);
    };
  }
}
