import { createHash } from 'node:crypto';
import type { Encoder, UnitText } from '../core/encoder.ts';
import { identifiersOf, splitIdentifier } from '../core/identifiers.ts';

/** What an encoder was given, in order. */
export interface Seen {
  units: UnitText[];
  queries: string[];
  batches: number[];
  closed: number;
}

export const testDims = 32;

/**
 * Adds up a vector of ±1 for every word, drawn from a hash of it, the words of the name four times: deterministic, and
 * texts with common words are near each other. Words of `unknown` are no words.
 */
export function testEncoder(seen: Seen = newSeen(), unknown: readonly string[] = []): Encoder {
  const rowOf = (texts: ReadonlyArray<readonly [text: string, weight: number]>): Float32Array => {
    const row = new Float32Array(testDims);
    for (const [text, weight] of texts)
      for (const word of identifiersOf(text).flatMap(identifier => splitIdentifier(identifier))) {
        if (unknown.includes(word)) continue;
        const bits = createHash('sha256').update(word).digest().readUInt32LE(0);
        for (let i = 0; i < testDims; i++) row[i]! += (bits >>> i) & 1 ? weight : -weight;
      }
    const norm = Math.hypot(...row);
    return norm > 0 ? row.map(value => value / norm) : row;
  };
  const rows = (list: readonly Float32Array[]): Float32Array => {
    const all = new Float32Array(list.length * testDims);
    for (const [r, row] of list.entries()) all.set(row, r * testDims);
    return all;
  };
  return {
    id: 'test',
    fingerprint: 'c0de',
    dims: testDims,
    async encodeQueries(texts) {
      seen.queries.push(...texts);
      return rows(texts.map(text => rowOf([[text, 1]])));
    },
    async encodeUnits(units) {
      seen.units.push(...units);
      seen.batches.push(units.length);
      return rows(
        units.map(({ name, doc, code }) =>
          rowOf([
            [name, 4],
            [doc, 1],
            [code, 1],
          ]),
        ),
      );
    },
    async close() {
      seen.closed++;
    },
  };
}

export function newSeen(): Seen {
  return { units: [], queries: [], batches: [], closed: 0 };
}
