import { describe, expect, test } from 'vitest';
import { Random } from '../../core/random.ts';
import { copyRows, emptyRows, packRows, quantiseRows, sliceRows, strideOf, unpackRows } from './rows.ts';
import { PlainChunk, VectorTable } from './table.ts';
import { TopRows } from './top.ts';

function unitRows(random: Random, count: number, dims: number): Float32Array {
  const values = new Float32Array(count * dims);
  for (let r = 0; r < count; r++) {
    let norm = 0;
    for (let i = 0; i < dims; i++) {
      const value = random.next() + random.next() + random.next() - 1.5;
      values[r * dims + i] = value;
      norm += value * value;
    }
    for (let i = 0; i < dims; i++) values[r * dims + i]! /= Math.sqrt(norm);
  }
  return values;
}

describe('the scan', () => {
  test.each([
    [1, 16],
    [3, 64],
    [5, 50],
    [1001, 256],
    [64, 768],
    [9, 4096],
  ])('of %i rows of %i gives what the plain loop gives', (count, dims) => {
    const random = new Random(count * dims);
    const rows = quantiseRows(unitRows(random, count, dims), dims);
    const query = unitRows(random, 1, dims);
    const plain = new PlainChunk(rows);
    plain.scan(query);
    const table = new VectorTable(rows);
    expect(table.encoded).toBe(count);
    const scores = table.scan(query);
    expect(scores).toHaveLength(count);
    for (let r = 0; r < count; r++) expect(scores[r]).toBeCloseTo(plain.scores[r]!, 3);
    // A second one, over the same memory.
    expect([...table.scan(query)]).toEqual([...scores]);
  });

  test('does not overflow with the largest values there are', () => {
    for (const dims of [256, 1024, 4096]) {
      const ones = new Float32Array(dims * 4).fill(1);
      const scores = new VectorTable(quantiseRows(ones, dims)).scan(new Float32Array(dims).fill(-1));
      for (const score of scores) expect(score / -dims).toBeCloseTo(1, 3);
    }
  });

  test('is as near to the exact cosines as int8 can be', () => {
    const random = new Random(3);
    const dims = 256;
    const values = unitRows(random, 500, dims);
    const query = unitRows(random, 1, dims);
    const scores = new VectorTable(quantiseRows(values, dims)).scan(query);
    for (let r = 0; r < 500; r++) {
      let exact = 0;
      for (let i = 0; i < dims; i++) exact += values[r * dims + i]! * query[i]!;
      expect(Math.abs(scores[r]! - exact)).toBeLessThan(0.004);
    }
  });

  test('over several memories is the same', () => {
    const random = new Random(4);
    const rows = quantiseRows(unitRows(random, 1000, 64), 64);
    const query = unitRows(random, 1, 64);
    const whole = new VectorTable(rows);
    const split = new VectorTable(rows, 10_000);
    expect([...split.scan(query)]).toEqual([...whole.scan(query)]);
    expect(split.scaleOf(999)).toBe(whole.scaleOf(999));
    expect(split.encoded).toBe(1000);
  });

  test('gives 0 for zeros, for what is not encoded, and for a query of zeros', () => {
    const rows = emptyRows(3, { dims: 16, terms: 0 });
    copyRows(quantiseRows(new Float32Array(32).fill(0.25, 16), 16), 0, 2, rows, 0);
    const table = new VectorTable(rows);
    expect(table.encoded).toBe(2);
    expect([0, 1, 2].map(row => table.has(row))).toEqual([false, true, false]);
    const scores = table.scan(new Float32Array(16).fill(0.25));
    expect(Math.abs(scores[0]!)).toBe(0);
    expect(scores[1]).toBeCloseTo(1, 3);
    expect(Math.abs(scores[2]!)).toBe(0);
    expect([...table.scan(new Float32Array(16))].map(Math.abs)).toEqual([0, 0, 0]);
    expect(() => table.scan(new Float32Array(15))).toThrow(RangeError);
  });
});

describe('rows', () => {
  test('are padded to sixteen and come back as they were', () => {
    expect([1, 16, 17, 256].map(strideOf)).toEqual([16, 16, 32, 256]);
    const termIds = Uint16Array.from({ length: 21 }, (_, i) => i * 300);
    const rows = quantiseRows(unitRows(new Random(5), 7, 50), 50, termIds);
    const shape = { dims: 50, terms: 3 };
    const packed = packRows(rows);
    expect(unpackRows(packed, 7, shape)).toEqual(rows);
    expect(sliceRows(rows, 2, 4).termIds).toEqual(termIds.slice(6, 18));
    const shifted = new Uint8Array(packed.length + 1);
    shifted.set(packed, 1);
    expect(unpackRows(shifted.subarray(1), 7, shape)).toEqual(rows);
    expect(() => unpackRows(packed, 8, shape)).toThrow(RangeError);
  });

  test('must fit and be numbers', () => {
    expect(() => quantiseRows(new Float32Array(17), 16)).toThrow(RangeError);
    expect(() => quantiseRows(new Float32Array(16).fill(Number.NaN), 16)).toThrow(RangeError);
    expect(() => quantiseRows(new Float32Array(32), 16, new Uint16Array(3))).toThrow(RangeError);
    const other = emptyRows(1, { dims: 16, terms: 2 });
    expect(() => copyRows(other, 0, 1, emptyRows(1, { dims: 16, terms: 0 }), 0)).toThrow(RangeError);
    expect(() =>
      copyRows(emptyRows(1, { dims: 16, terms: 0 }), 0, 1, emptyRows(1, { dims: 32, terms: 0 }), 0),
    ).toThrow(RangeError);
  });
});

describe('the best rows', () => {
  test('are those of a sort, with filter, and the statistics are those of all rows', () => {
    const random = new Random(6);
    for (const k of [0, 1, 10, 300]) {
      const scores = Float32Array.from({ length: 200 }, () => Math.round(random.next() * 50) / 50 - 0.4);
      const accept = (row: number) => row % 3 !== 0;
      const top = new TopRows(k);
      const counts = (part: Float32Array) => part.filter(score => score !== 0).length;
      const [left, right] = [scores.subarray(0, 90), scores.subarray(90)];
      top.add(left, counts(left), 0, accept);
      top.add(right, counts(right), 90, row => accept(row + 90));
      const expected = [...scores]
        .map((score, row) => ({ row, score }))
        .filter(({ row, score }) => accept(row) && score !== 0)
        .sort((a, b) => b.score - a.score || a.row - b.row)
        .slice(0, k);
      expect(top.best().map(one => one.score)).toEqual(expected.map(one => one.score));
      expect(top.best().every(({ row, score }) => accept(row) && scores[row] === score)).toBe(true);
      const counted = [...scores].filter(score => score !== 0);
      const mean = counted.reduce((a, b) => a + b, 0) / counted.length;
      const variance = counted.reduce((a, b) => a + (b - mean) ** 2, 0) / counted.length;
      expect(top.count).toBe(counted.length);
      expect(top.mean).toBeCloseTo(mean, 6);
      expect(top.deviation).toBeCloseTo(Math.sqrt(variance), 6);
    }
  });

  test('of nothing are none', () => {
    const top = new TopRows(5);
    top.add(new Float32Array(3), 0, 0, undefined);
    expect(top.best()).toEqual([]);
    expect(top.mean).toBe(0);
    expect(top.deviation).toBeGreaterThan(0);
  });
});
