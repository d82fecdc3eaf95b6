import { describe, expect, test } from 'vitest';
import { fileOf, snapshotOver } from '../../../test/support/segments.ts';
import { type LateInteraction, noTerm } from '../../core/encoder.ts';
import type { UnitSpan } from '../../core/unit.ts';
import { SegmentBuilder } from '../segment-builder.ts';
import { mergeSegments } from '../segment-merge.ts';
import { memorySource, SegmentReader } from '../segment-reader.ts';
import { DenseIndex, encodedShare } from './dense.ts';
import { LateScorer } from './late.ts';
import { quantiseRows } from './rows.ts';

const dims = 16;

/** A document of functions, whose vectors are the axes given; none for undefined. */
interface Plan {
  name: string;
  axes: number[] | undefined;
}

function span(name: string, n: number): UnitSpan {
  const start = n * 10;
  return {
    kind: n % 2 === 0 ? 'function' : 'class',
    name,
    qualifiedName: name,
    start,
    end: start + 9,
    firstLine: n + 1,
    lastLine: n + 1,
    signatureEnd: start + 4,
    docStart: -1,
    docEnd: -1,
    parent: -1,
  };
}

function vectors(axes: readonly number[]): Float32Array {
  const values = new Float32Array(axes.length * dims);
  axes.forEach((axis, r) => {
    values[r * dims + axis] = 1;
  });
  return values;
}

function segment(id: number, plans: readonly Plan[], fingerprint = 'a'): SegmentReader {
  const builder = new SegmentBuilder();
  plans.forEach(({ name, axes }, d) => {
    const units = (axes ?? [0, 0]).map((_, n) => span(`${name}${n}`, n));
    const text = units.map(unit => `${unit.name.padEnd(9)}\n`).join('');
    const hash = Buffer.from(name.padEnd(16, '.')).toString('hex');
    const outline = { units, comments: [], imports: [] };
    builder.add({ hash, language: 'go', text, bytes: text.length, outline });
    if (axes) builder.attachVectors(d, fingerprint, quantiseRows(vectors(axes), dims));
  });
  const data = builder.finish()!;
  return new SegmentReader(id, data.info, memorySource(data.parts, data.vectors));
}

const query = (...weights: number[]) => Float32Array.from({ length: dims }, (_, i) => weights[i] ?? 0);

describe('vectors of a snapshot', () => {
  const first = segment(1, [
    { name: 'one', axes: [0, 1, 2] },
    { name: 'two', axes: undefined },
    { name: 'dead', axes: [1] },
  ]);
  const second = segment(2, [{ name: 'three', axes: [1, 3] }]);
  const other = segment(3, [{ name: 'four', axes: [1] }], 'b');
  const snapshot = snapshotOver(
    [first, second, other],
    [
      fileOf('a.go', 1, 0),
      fileOf('b.go', 1, 1),
      fileOf('c.go', 2, 0),
      fileOf('copy.go', 2, 0),
      fileOf('d.go', 3, 0),
    ],
  );
  const names = (
    index: DenseIndex,
    accept?: (file: number) => boolean,
    isWanted?: (file: number, unit: number) => boolean,
  ) =>
    index
      .search({ vector: query(0.1, 0.9, 0.3), lateWeight: 1 }, 10, accept, isWanted)
      .top.map(({ file, unit, score }) => `${snapshot.files[file]!.path} ${unit} ${score.toFixed(2)}`);

  test('are those of one encoder, dead documents and other encoders left out, copies once each', () => {
    const index = new DenseIndex(snapshot, 'a');
    expect(names(index)).toEqual([
      'a.go 1 0.90',
      'c.go 0 0.90',
      'copy.go 0 0.90',
      'a.go 2 0.30',
      'a.go 0 0.10',
    ]);
    expect(index.encodedUnits).toBe(5);
    expect(index.totalUnits).toBe(8);
    expect(encodedShare(snapshot, 'b')).toEqual({ encodedUnits: 1, totalUnits: 8 });
    expect(encodedShare(snapshot, 'c')).toEqual({ encodedUnits: 0, totalUnits: 8 });
    expect(names(new DenseIndex(snapshot, 'b'))).toEqual(['d.go 0 0.90']);
    expect(names(new DenseIndex(snapshot, 'c'))).toEqual([]);
  });

  test('are filtered by file and by unit', () => {
    const index = new DenseIndex(snapshot, 'a');
    const copy = snapshot.files.findIndex(file => file.path === 'copy.go');
    expect(names(index, file => file === copy)).toEqual(['copy.go 0 0.90']);
    expect(
      names(
        index,
        undefined,
        (file, unit) => snapshot.segment(file).units(snapshot.files[file]!.document)[unit]!.kind === 'class',
      ),
    ).toEqual(['a.go 1 0.90']);
    expect(names(index, () => false)).toEqual([]);
  });

  test('give the similarities of every file', () => {
    const { scoresOf, mean, deviation, count } = new DenseIndex(snapshot, 'a').search(
      { vector: query(0, 1), lateWeight: 1 },
      1,
      undefined,
      undefined,
    );
    expect([...scoresOf(0)!].map(score => Math.round(score))).toEqual([0, 1, 0]);
    expect([...scoresOf(1)!].map(Math.abs)).toEqual([0, 0]);
    expect(scoresOf(4)).toBeUndefined();
    expect(count).toBe(6);
    expect(mean).toBeCloseTo(3 / 6, 2);
    expect(deviation).toBeCloseTo(0.5, 2);
  });

  test('are kept from one snapshot to the next', () => {
    const known = new Map();
    const before = new DenseIndex(snapshot, 'a', known);
    const [key] = known.keys();
    const table = known.get(key);
    expect(known.size).toBe(2);
    expect(names(new DenseIndex(snapshot, 'a', known))).toEqual(names(before));
    expect(known.get(key)).toBe(table);
    new DenseIndex(snapshot, 'b', known);
    expect(known.size).toBe(1);
  });

  test('move with their units when segments are merged, those of one encoder', () => {
    const kept = (s: number, doc: number) => !(s === 0 && doc === 2);
    const { data, moved } = mergeSegments([first, second, other], kept);
    expect(data.info.vectors).toMatchObject({ fingerprint: 'a', dims, missing: 3 });
    const merged = new SegmentReader(9, data.info, memorySource(data.parts, data.vectors));
    const files = snapshot.files.map(file => ({
      ...file,
      segment: 9,
      document: moved[file.segment - 1]![file.document]!,
    }));
    const after = new DenseIndex(snapshotOver([merged], files), 'a');
    expect(names(after)).toEqual(names(new DenseIndex(snapshot, 'a')));
    const preferred = mergeSegments([first, second, other], kept, 'b').data.info.vectors;
    expect(preferred).toMatchObject({ fingerprint: 'b', missing: 7 });
    expect(mergeSegments([first], kept, 'none').data.info.vectors).toBeUndefined();
  });
});

test('a builder takes no vectors that do not fit', () => {
  const builder = new SegmentBuilder();
  const outline = { units: [span('x', 0)], comments: [], imports: [] };
  const document = { hash: '0'.repeat(32), language: 'go', text: 'x\n', bytes: 2, outline };
  builder.add(document);
  expect(() => builder.attachVectors(0, 'a', quantiseRows(vectors([1, 2]), dims))).toThrow(RangeError);
  builder.attachVectors(0, 'a', quantiseRows(vectors([1]), dims));
  builder.add({ ...document, hash: '1'.repeat(32) });
  expect(() => builder.attachVectors(1, 'b', quantiseRows(vectors([1]), dims))).toThrow(RangeError);
});

describe('late interaction', () => {
  /** Axis tokens: token i points along axis i. */
  const tokens = { count: dims, dims, data: vectors(Array.from({ length: dims }, (_, i) => i)) };
  const late: LateInteraction = {
    terms: 2,
    queryTokens: tokens,
    unitTokens: tokens,
    queryTerms: text => {
      const ids = Int32Array.from(text.split(' '), Number);
      return { ids, weights: new Float32Array(ids.length).fill(1 / ids.length) };
    },
    encodeUnits: () => Promise.reject(new Error('not asked for')),
  };
  const units = 40;
  const builder = new SegmentBuilder();
  const spans = Array.from({ length: units }, (_, n) => span(`unit${n}`, n));
  const text = spans.map(unit => `${unit.name.padEnd(9)}\n`).join('');
  builder.add({
    hash: '0'.repeat(32),
    language: 'go',
    text,
    bytes: text.length,
    outline: { units: spans, comments: [], imports: [] },
  });
  // All vectors but one are the same, and every unit has two terms of its own.
  const rows = vectors(Array.from({ length: units }, (_, i) => (i === 7 ? 1 : 0)));
  const terms = Uint16Array.from({ length: units * 2 }, (_, i) => (i % 2 ? noTerm : 2 + ((i / 2) % 10)));
  builder.attachVectors(0, 'a', quantiseRows(rows, dims, terms));
  const data = builder.finish()!;
  const reader = new SegmentReader(1, data.info, memorySource(data.parts, data.vectors));
  const snapshot = snapshotOver([reader], [fileOf('a.go', 1, 0)]);
  const asked = { vector: query(1, 0.2), late: () => new LateScorer(late).query('4 5') };
  const search = (lateWeight: number, most = 5) =>
    new DenseIndex(snapshot, 'a').search({ ...asked, lateWeight }, most, undefined, undefined);

  test('puts units with the same vector into order by their terms', () => {
    const plain = search(0);
    expect(new Set(plain.top.map(({ score }) => score.toFixed(3))).size).toBe(1);
    const { top, scoresOf } = search(1);
    // Units 2, 12, 22, 32 have the term 4; units 3, 13, 23, 33 the term 5.
    expect(top.every(({ unit }) => unit % 10 === 2 || unit % 10 === 3)).toBe(true);
    for (const { unit, score } of top) {
      expect(score).toBeCloseTo((1 + 0.5) / 2, 2);
      expect(scoresOf(0)![unit]).toBe(score);
    }
    expect(scoresOf(0)![0]).toBeCloseTo(0.5, 2);
  });

  test('tells how the similarities of all units spread', () => {
    const { mean, deviation, count, scoresOf } = search(2, 0);
    const all = [...scoresOf(0)!];
    const average = all.reduce((sum, score) => sum + score, 0) / all.length;
    expect(count).toBe(units);
    expect(mean).toBeCloseTo(average, 3);
    expect(deviation).toBeCloseTo(
      Math.sqrt(all.reduce((sum, score) => sum + (score - average) ** 2, 0) / all.length),
      3,
    );
  });
});
