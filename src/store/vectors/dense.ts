import type { Snapshot } from '../snapshot.ts';
import { Blend } from './blend.ts';
import type { LateQuery } from './late.ts';
import { VectorTable } from './table.ts';
import { type ScoredRow, TopRows } from './top.ts';

/** A unit of a file and its similarity to the query. */
export interface SimilarUnit {
  file: number;
  /** Position among the file's units. */
  unit: number;
  score: number;
}

/** A query as vectors are asked by it. */
export interface VectorQuery {
  vector: Float32Array;
  /** Makes its tokens comparable: asked for only where units have terms and they shall count. */
  late?: () => LateQuery | undefined;
  /**
   * Weight λ of late interaction: similarity = (cosine + λ · late) / (1 + λ), for the units that could matter; the rest is taken
   * to have the late interaction of the average unit.
   */
  lateWeight: number;
}

/** Whether a unit of a file, by its position there, may be found. */
export type UnitTest = (file: number, unit: number) => boolean;

/** Most similar rows by vector that late interaction puts into order. */
const rescored = 300;
/** Rows by which the late interaction of the average unit is estimated. */
const sampled = 400;

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

/** How many units of live documents have a vector of this encoder. */
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

  /** Reads vectors that are not in `known`, and leaves in it what this snapshot uses. */
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

  /** How large the snapshot is, and how much of it has vectors. */
  get size(): { files: number; units: number; encodedUnits: number } {
    const { snapshot, totalUnits, encodedUnits } = this;
    return { files: snapshot.files.length, units: totalUnits, encodedUnits };
  }

  /** `most` units that `isWanted` takes, of files that `accept` takes. Throws RangeError for a query of other dimensions. */
  search(
    { vector, late: lateOf, lateWeight }: VectorQuery,
    most: number,
    accept: ((file: number) => boolean) | undefined,
    isWanted: UnitTest | undefined,
  ): DenseEvidence {
    const { snapshot } = this;
    const late = lateWeight > 0 && this.tables.some(table => table?.terms) ? lateOf?.() : undefined;
    const best = new TopRows(late && most > 0 ? Math.max(most, rescored) : most);
    const bases: number[] = [];
    const scores: Array<Float32Array | undefined> = [];
    let base = 0;
    this.tables.forEach((table, s) => {
      bases.push(base);
      if (!table) {
        scores.push(undefined);
        return;
      }
      const found = table.scan(vector);
      scores.push(found);
      best.add(found, table.counted, base, this.rowFilter(s, accept, isWanted));
      base += table.count;
    });
    const tableOf = (row: number) => {
      let s = bases.length - 1;
      while (bases[s]! > row || !this.tables[s]) s--;
      return s;
    };
    const blend = late
      ? new Blend(lateWeight, best, (row, s) => {
          const { terms, termIds } = this.tables[s]!;
          return late.score(termIds, row * terms, (row + 1) * terms);
        })
      : undefined;
    if (blend) blend.measure(this.sample(bases, scores));
    const rows = blend
      ? best
          .best()
          .map(({ row, score }) => {
            const s = tableOf(row);
            return { row, score: blend.score(score, row - bases[s]!, s) };
          })
          .sort((a, b) => b.score - a.score || a.row - b.row)
          .slice(0, most)
      : best.best();
    const top = rows.flatMap(({ row, score }) => {
      const s = tableOf(row);
      const segment = snapshot.segments[s]!;
      const unit = row - bases[s]!;
      const doc = segment.documentOfUnit(unit);
      const at = unit - segment.documents.firstUnit[doc]!;
      return this.filesOf(s, doc)
        .filter(file => !accept || accept(file))
        .map(file => ({ file, unit: at, score }));
    });
    const { mean, deviation } = blend ?? best;
    const blended = new Map<number, Float32Array>();
    return {
      top,
      mean,
      count: best.count,
      deviation,
      scoresOf: file => {
        const s = snapshot.segmentOf[file]!;
        const known = blended.get(file);
        if (known) return known;
        const segment = snapshot.segments[s]!;
        const { document } = snapshot.files[file]!;
        const first = segment.documents.firstUnit[document]!;
        const plain = scores[s]?.subarray(first, segment.endUnit(document));
        if (!blend || !plain) return plain;
        const own = plain.map((cosine, i) => (cosine === 0 ? 0 : blend.score(cosine, first + i, s)));
        blended.set(file, own);
        return own;
      },
    };
  }

  /** The vector of a unit of a file, as floats; undefined if it has none or says nothing. */
  vectorOf(file: number, unit: number): Float32Array | undefined {
    const s = this.snapshot.segmentOf[file]!;
    const row = this.snapshot.segments[s]!.documents.firstUnit[this.snapshot.files[file]!.document]! + unit;
    return this.tables[s]?.vector(row);
  }

  /** Rows that have a vector, spread evenly over all, with their cosines. */
  private sample(
    bases: readonly number[],
    scores: ReadonlyArray<Float32Array | undefined>,
  ): Array<ScoredRow & { table: number }> {
    const total = this.tables.reduce((sum, table) => sum + (table?.count ?? 0), 0);
    const step = Math.max(1, total / sampled);
    const chosen: Array<ScoredRow & { table: number }> = [];
    this.tables.forEach((table, s) => {
      if (!table) return;
      const offset = Math.ceil(bases[s]! / step) * step - bases[s]!;
      for (let at = offset; at < table.count; at += step) {
        const row = Math.floor(at);
        const score = scores[s]![row]!;
        if (score !== 0) chosen.push({ row, score, table: s });
      }
    });
    return chosen;
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
    isWanted: UnitTest | undefined,
  ): (row: number) => boolean {
    const segment = this.snapshot.segments[s]!;
    const { firstUnit } = segment.documents;
    /** The first accepted file of each document, −1 for none; −2 where nobody has asked yet. */
    const accepted = new Int32Array(segment.info.documents).fill(-2);
    return row => {
      const doc = segment.documentOfUnit(row);
      if (accepted[doc] === -2)
        accepted[doc] = this.filesOf(s, doc).find(file => !accept || accept(file)) ?? -1;
      const file = accepted[doc]!;
      return file >= 0 && (!isWanted || isWanted(file, row - firstUnit[doc]!));
    };
  }
}
