import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { documentOf, draft } from '../../../test/support/segments.ts';
import type { SegmentData } from '../segment.ts';
import { SegmentBuilder } from '../segment-builder.ts';
import { mergeSegments } from '../segment-merge.ts';
import { memorySource, SegmentReader } from '../segment-reader.ts';
import { TrigramCollector } from './collector.ts';
import { documentsMeeting, meets, type TrigramCondition } from './condition.ts';
import { mergeTrigrams } from './merge.ts';
import { TrigramIndex } from './reader.ts';
import { BitWriter, decodeAscending, encodeAscending } from './rice.ts';
import { trigramsOf } from './trigram.ts';

const texts = fc.array(
  fc.oneof(
    fc.string({ unit: fc.constantFrom(...'abAB é日😀\r\n_('), maxLength: 40 }),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom('', 'a', 'ab', '\ud800abc', 'abc\udc00', '\0\0ab\0abc'),
  ),
  { maxLength: 12 },
);

const collector = new TrigramCollector();

function partOf(documents: readonly string[]): Uint8Array {
  for (const text of documents) collector.add(text);
  return collector.finish();
}

/** Documents by trigram. */
function contentsOf(index: TrigramIndex): Map<number, number[]> {
  return new Map([...index.entries()].map(entry => [entry.trigram, [...index.documents(entry)]]));
}

function expected(documents: readonly string[]): Map<number, number[]> {
  const all = new Map<number, number[]>();
  for (const [document, text] of documents.entries())
    for (const trigram of trigramsOf(Buffer.from(text))) {
      const known = all.get(trigram);
      if (known) known.push(document);
      else all.set(trigram, [document]);
    }
  return new Map([...all].sort((a, b) => a[0] - b[0]));
}

describe('lists of documents', () => {
  test('come back as they were', () => {
    const lists = fc
      .tuple(
        fc.integer({ min: 1, max: 3000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
      )
      .map(([limit, share, chance]) => {
        const numbers = Array.from({ length: limit }, (_, i) => i).filter(
          () => (chance.next().value as number) < share,
        );
        return { limit, numbers: Uint32Array.from(numbers) };
      });
    fc.assert(
      fc.property(lists, fc.integer({ min: 0, max: 5000 }), ({ limit, numbers }, more) => {
        const out = new BitWriter(1);
        encodeAscending(numbers, 0, numbers.length, limit + more, out);
        encodeAscending(numbers, 0, numbers.length, limit, out);
        const bytes = out.peek();
        const second = new BitWriter(1);
        encodeAscending(numbers, 0, numbers.length, limit, second);
        const first = bytes.subarray(0, bytes.length - second.length);
        expect(decodeAscending(first, numbers.length, limit + more)).toEqual(numbers);
        expect(decodeAscending(second.peek(), numbers.length, limit)).toEqual(numbers);
      }),
      { numRuns: 200 },
    );
  });

  test('take no more than a bitmap', () => {
    const all = Uint32Array.from({ length: 8000 }, (_, i) => i);
    const out = new BitWriter(1);
    encodeAscending(all, 0, all.length, all.length, out);
    expect(out.length).toBe(1000);
    expect(decodeAscending(out.peek(), 8000, 8000)).toEqual(all);
  });

  test('far apart', () => {
    const numbers = Uint32Array.of(0, 1, 9_999_999);
    const out = new BitWriter(1);
    encodeAscending(numbers, 0, 3, 10_000_000, out);
    expect(decodeAscending(out.peek(), 3, 10_000_000)).toEqual(numbers);
  });

  test('damaged ones are told', () => {
    const numbers = Uint32Array.of(5, 700, 900);
    const out = new BitWriter(1);
    encodeAscending(numbers, 0, 3, 1000, out);
    expect(() => decodeAscending(out.peek().subarray(0, 1), 3, 1000)).toThrow(RangeError);
    expect(() => decodeAscending(new Uint8Array(20), 3, 1000)).toThrow(RangeError);
    expect(() => decodeAscending(out.peek(), 2, 1000)).toThrow(RangeError);
  });
});

describe('trigrams of documents', () => {
  test('are those of their UTF-8', () => {
    fc.assert(
      fc.property(texts, documents => {
        // The same collector all the time: what it remembers must not show.
        const index = TrigramIndex.of(partOf(documents));
        const wanted = expected(documents);
        expect(contentsOf(index)).toEqual(wanted);
        expect([index.size, index.documentCount]).toEqual([wanted.size, documents.length]);
        for (const [trigram, list] of wanted)
          expect([...index.documents(index.find(trigram)!)]).toEqual(list);
        for (const trigram of [0, 0x7a7a7a, 0xffffff])
          if (!wanted.has(trigram)) expect(index.find(trigram)).toBeUndefined();
      }),
    );
  });

  test('tens of thousands of them', () => {
    const documents = Array.from({ length: 60 }, (_, d) =>
      Array.from({ length: 200 }, (__, i) => ((d * 7919 + i * 104729) % 1679616).toString(36)).join(' '),
    );
    const index = TrigramIndex.of(partOf(documents));
    expect(index.size).toBeGreaterThan(10_000);
    expect(contentsOf(index)).toEqual(expected(documents));
  });

  test('merged are those of the documents that are kept', () => {
    const split = fc.record({
      groups: fc.array(texts, { minLength: 1, maxLength: 4 }),
      without: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
      dead: fc.array(fc.boolean(), { minLength: 48, maxLength: 48 }),
    });
    fc.assert(
      fc.property(split, ({ groups, without, dead }) => {
        const kept: Array<{ text: string; isCovered: boolean }> = [];
        let n = 0;
        const inputs = groups.map((group, g) => ({
          part: without[g] ? undefined : partOf(group),
          moved: Int32Array.from(group, text => {
            if (dead[n++]) return -1;
            return kept.push({ text, isCovered: !without[g] }) - 1;
          }),
        }));
        const merged = mergeTrigrams(inputs, kept.length);
        if (kept.length === 0 || inputs.every(({ part }) => !part)) {
          expect(merged).toBeUndefined();
          return;
        }
        const index = TrigramIndex.of(merged!);
        expect(contentsOf(index)).toEqual(
          expected(kept.map(({ text, isCovered }) => (isCovered ? text : ''))),
        );
        expect([...index.uncovered]).toEqual(kept.flatMap(({ isCovered }, i) => (isCovered ? [] : [i])));
        // Merged once more with another, nothing of that is lost.
        const moved = Int32Array.from(kept, (_, i) => i);
        const more = mergeTrigrams(
          [
            { part: merged, moved },
            { part: partOf(['abc']), moved: Int32Array.of(kept.length) },
          ],
          kept.length + 1,
        );
        expect([...TrigramIndex.of(more!).uncovered]).toEqual([...index.uncovered]);
      }),
    );
  });

  test('cut off or of another layout are told', () => {
    const part = partOf(['hello world', 'hello there']);
    expect(() => TrigramIndex.of(part.subarray(0, 10)).size).toThrow(RangeError);
    const other = part.slice();
    other[0] = 9;
    expect(() => TrigramIndex.of(other).size).toThrow(/described wrongly/);
  });
});

describe('conditions', () => {
  const trigram = fc.constantFrom(...trigramsOf(Buffer.from('abab bab aab')), 0x7a7a7a);
  const { condition } = fc.letrec<{ condition: TrigramCondition }>(tie => ({
    condition: fc.oneof(
      { maxDepth: 3 },
      fc.record({
        kind: fc.constant('all-of' as const),
        trigrams: fc.array(trigram, { maxLength: 4 }),
        parts: fc.constant([]),
      }),
      fc.constant({ kind: 'any' as const }),
      fc.record({
        kind: fc.constant('one-of' as const),
        parts: fc.array(tie('condition'), { minLength: 1, maxLength: 3 }),
      }),
      fc.record({
        kind: fc.constant('all-of' as const),
        trigrams: fc.array(trigram, { maxLength: 2 }),
        parts: fc.array(tie('condition'), { maxLength: 2 }),
      }),
    ),
  }));

  test('no document that meets one is left out', () => {
    const short = fc.array(fc.string({ unit: fc.constantFrom(...'ab '), maxLength: 8 }), { maxLength: 40 });
    fc.assert(
      fc.property(short, condition, (documents, wanted) => {
        const found = documentsMeeting(wanted, TrigramIndex.of(partOf(documents)));
        for (const [document, text] of documents.entries()) {
          const trigrams = trigramsOf(Buffer.from(text));
          if (meets(wanted, each => trigrams.has(each)))
            expect(found === undefined || found.includes(document)).toBe(true);
        }
        if (found) expect([...found]).toEqual([...new Set(found)].sort((a, b) => a - b));
      }),
      { numRuns: 1000 },
    );
  });

  test('documents without trigrams always meet them', () => {
    const part = mergeTrigrams(
      [
        { part: partOf(['abc', 'xyz']), moved: Int32Array.of(0, 1) },
        { part: undefined, moved: Int32Array.of(2) },
      ],
      3,
    )!;
    const condition: TrigramCondition = {
      kind: 'all-of',
      trigrams: [...trigramsOf(Buffer.from('abc'))],
      parts: [],
    };
    expect([...documentsMeeting(condition, TrigramIndex.of(part))!]).toEqual([0, 2]);
    expect(documentsMeeting({ kind: 'any' }, TrigramIndex.of(part))).toBeUndefined();
  });
});

describe('segments with trigrams', () => {
  const reader = (data: SegmentData) =>
    new SegmentReader(1, data.info, memorySource(data.parts, data.vectors, data.trigrams));

  test('have those of their documents, also merged; others say so', () => {
    const documents = fc.sample(draft, { numRuns: 8, seed: 3 }).map(documentOf);
    const builder = new SegmentBuilder({ trigrams: true });
    const segments = [documents.slice(0, 5), documents.slice(5)].map(group => {
      for (const document of group) builder.add(document);
      return reader(builder.finish()!);
    });
    expect(contentsOf(segments[1]!.trigrams!)).toEqual(expected(documents.slice(5).map(({ text }) => text)));
    const merged = reader(mergeSegments(segments, (s, d) => s !== 0 || d !== 2).data);
    const kept = documents.filter((_, i) => i !== 2).map(({ text }) => text);
    expect(contentsOf(merged.trigrams!)).toEqual(expected(kept));
    expect(merged.info.trigrams).toBe(expected(kept).size);

    const plain = new SegmentBuilder();
    plain.add(documents[0]!);
    const without = reader(plain.finish()!);
    expect([without.info.trigrams, without.trigrams, without.trigramBytes()]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    const mixed = reader(mergeSegments([without, segments[1]!], () => true).data);
    expect([...mixed.trigrams!.uncovered]).toEqual([0]);
    expect(reader(mergeSegments([without], () => true).data).info.trigrams).toBeUndefined();
  });
});
