import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type SkipReason, skipReasons } from '../core/source.ts';
import { roles } from '../core/unit.ts';
import { ByteReader, ByteWriter } from './bytes.ts';
import { type Catalog, type CatalogFile, decodeCatalog, emptyCatalog, encodeCatalog } from './catalog.ts';
import { Dictionary, DictionaryWriter } from './dictionary.ts';
import { decodePostings, PostingsWriter } from './postings.ts';
import { packFrequencies } from './segment.ts';

const u32 = fc.oneof(fc.nat(300), fc.nat(2 ** 31 - 1), fc.integer({ min: 2 ** 31, max: 2 ** 32 - 1 }));
/** Any text that can come out of a file: whole code points, some of them outside the basic plane. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.string({ unit: fc.constantFrom('a', 'é', '日', '😀', '𝒳', '\u0001', '\uffff'), maxLength: 300 }),
);

describe('bytes', () => {
  const value = fc.oneof(
    fc.record({ kind: fc.constant('varint' as const), value: u32 }),
    fc.record({ kind: fc.constant('f64' as const), value: fc.double() }),
    fc.record({ kind: fc.constant('u8' as const), value: fc.nat(255) }),
    fc.record({ kind: fc.constant('string' as const), value: text }),
  );

  test('what is written is read', () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 50 }), fc.constantFrom(1, 7, 1024), (values, capacity) => {
        const writer = new ByteWriter(capacity);
        for (const v of values) {
          if (v.kind === 'string') writer.string(v.value);
          else writer[v.kind](v.value);
        }
        const bytes = writer.finish();
        expect(bytes.length).toBe(writer.length);
        const reader = new ByteReader(bytes);
        for (const v of values) expect(reader[v.kind]()).toBe(v.value);
        expect(reader.position).toBe(bytes.length);
      }),
    );
  });

  test('reading past the end throws RangeError, wherever the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 10 }), fc.nat(), (values, cut) => {
        const writer = new ByteWriter();
        for (const v of values) {
          if (v.kind === 'string') writer.string(v.value);
          else writer[v.kind](v.value);
        }
        const whole = writer.finish();
        const reader = new ByteReader(whole.subarray(0, cut % whole.length));
        expect(() => {
          for (const v of values) reader[v.kind]();
        }).toThrow(RangeError);
      }),
    );
  });

  test('an endless integer throws RangeError', () => {
    expect(() => new ByteReader(new Uint8Array(20).fill(0xff)).varint()).toThrow(RangeError);
  });
});

describe('dictionary', () => {
  function build(terms: readonly string[]): Dictionary {
    const writer = new DictionaryWriter();
    terms.forEach((term, i) => {
      writer.add(term, i + 1, (i % 7) + 1);
    });
    return new Dictionary(writer.finish());
  }
  const long = 'prefix'.repeat(40);
  const term = fc.oneof(
    text,
    fc.stringMatching(/^[a-c]{0,6}$/),
    text.map(end => long + end),
    fc.tuple(fc.nat(240), text).map(([n, end]) => long.slice(0, n) + end),
    text.map(end => `\u0001${end}`),
  );
  const sorted = fc
    .uniqueArray(term, { maxLength: 120 })
    .map(terms => terms.sort((a, b) => (a < b ? -1 : 1)));

  test('every term is found with its entry, in order', () => {
    fc.assert(
      fc.property(sorted, terms => {
        const dictionary = build(terms);
        let offset = 0;
        terms.forEach((wanted, i) => {
          expect(dictionary.lookup(wanted)).toMatchObject({ count: i + 1, offset, length: (i % 7) + 1 });
          offset += (i % 7) + 1;
        });
        expect([...dictionary.entries()].map(entry => entry.term)).toEqual(terms);
      }),
    );
  });

  test('a term that is not there is not found', () => {
    fc.assert(
      fc.property(sorted, fc.array(term, { maxLength: 20 }), (terms, others) => {
        const dictionary = build(terms);
        const known = new Set(terms);
        for (const other of [...others, ...terms.map(t => `${t}a`), ...terms.map(t => t.slice(0, -1)), '']) {
          expect(dictionary.lookup(other) !== undefined).toBe(known.has(other));
        }
      }),
    );
  });

  test('thousands of terms that share long beginnings', () => {
    const terms = Array.from({ length: 3000 }, (_, i) => `${'é'.repeat(70)}${'😀'.repeat(40)}${i}`).sort();
    const dictionary = build(terms);
    terms.forEach((wanted, i) => {
      expect(dictionary.lookup(wanted)?.count).toBe(i + 1);
    });
    expect(dictionary.lookup(`${terms[0]}x`)).toBeUndefined();
  });

  test('an empty one has nothing', () => {
    expect(build([]).lookup('a')).toBeUndefined();
    expect([...build([]).entries()]).toEqual([]);
  });
});

describe('postings', () => {
  const frequency = fc.oneof(fc.constantFrom(1, 2, 16), fc.integer({ min: 1, max: 255 }));
  const posting = fc.record({
    delta: fc.oneof(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 2 ** 28 })),
    frequency,
  });

  test('targets and frequencies come back, deltas up to 2^28', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(posting, { minLength: 1, maxLength: 14 }), { minLength: 1, maxLength: 6 }),
        lists => {
          const writer = new PostingsWriter(1);
          const spans = lists.map(list => {
            const offset = writer.length;
            writer.begin();
            let target = -1;
            const targets = list.map(({ delta, frequency: tf }) => {
              target += delta;
              writer.add(target, tf);
              return target;
            });
            return { offset, length: writer.length - offset, targets };
          });
          const bytes = writer.finish();
          lists.forEach((list, i) => {
            const { offset, length, targets } = spans[i]!;
            const decoded = decodePostings(bytes, offset, length, list.length);
            expect([...decoded.targets.subarray(0, decoded.count)]).toEqual(targets);
            expect([...decoded.frequencies.subarray(0, decoded.count)]).toEqual(list.map(p => p.frequency));
          });
        },
      ),
    );
  });

  test('a list of the wrong length or count throws RangeError', () => {
    const writer = new PostingsWriter();
    for (const target of [3, 900, 70_000]) writer.add(target, 5);
    const bytes = writer.finish();
    expect(() => decodePostings(bytes, 0, bytes.length, 2)).toThrow(RangeError);
    expect(() => decodePostings(bytes, 0, bytes.length, 4)).toThrow(RangeError);
    expect(() => decodePostings(bytes, 0, bytes.length - 1, 3)).toThrow(RangeError);
    expect(() => decodePostings(bytes.subarray(0, 4), 0, bytes.length, 3)).toThrow(RangeError);
  });

  test('packed frequencies saturate and never run into each other', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.nat(40), fc.boolean(), (code, comment, named) => {
        const packed = packFrequencies(code, comment, named);
        expect(packed).toBeLessThan(256);
        expect([packed & 15, (packed >> 4) & 7, packed >= 128]).toEqual([
          Math.min(code, 15),
          Math.min(comment, 7),
          named,
        ]);
      }),
    );
  });
});

describe('catalog', () => {
  const reason = fc.constantFrom(...(Object.keys(skipReasons) as SkipReason[]));
  const path = fc.oneof(
    fc
      .array(fc.constantFrom('src', 'lib', 'größe', '日本', '😀', 'a'), { minLength: 1, maxLength: 6 })
      .map(p => p.join('/')),
    text.filter(t => t !== ''),
  );
  const file: fc.Arbitrary<CatalogFile> = fc
    .record({
      path,
      segment: fc.nat(1e6),
      document: fc.nat(1e6),
      size: u32,
      mtimeMs: fc.oneof(fc.constant(-1), fc.double({ noNaN: true })),
      ctimeMs: fc.double({ noNaN: true }),
      ino: fc.maxSafeNat(),
      role: fc.constantFrom(...roles),
      importers: fc.nat(1e5),
    })
    .chain(entry =>
      fc.option(reason, { nil: undefined }).map(note => (note === undefined ? entry : { ...entry, note })),
    );
  const skipped = fc
    .record({ path, reason })
    .chain(entry => text.map(detail => (detail === '' ? entry : { ...entry, detail })));
  const catalog: fc.Arbitrary<Catalog> = fc.record({
    files: fc
      .uniqueArray(file, { selector: f => f.path, maxLength: 30 })
      .map(files => files.sort((a, b) => (a.path < b.path ? -1 : 1))),
    skipped: fc.array(skipped, { maxLength: 10 }),
    complete: fc.boolean(),
    updatedAt: fc.double({ min: 0, noNaN: true }),
  });

  test('what is written is read', () => {
    fc.assert(
      fc.property(catalog, wanted => {
        expect(decodeCatalog(encodeCatalog(wanted))).toEqual(wanted);
      }),
    );
    expect(decodeCatalog(encodeCatalog(emptyCatalog))).toEqual(emptyCatalog);
  });

  test('a catalog that is cut off throws RangeError', () => {
    fc.assert(
      fc.property(catalog, fc.nat(), (wanted, cut) => {
        const bytes = encodeCatalog(wanted);
        expect(() => decodeCatalog(bytes.subarray(0, cut % bytes.length))).toThrow(RangeError);
      }),
    );
  });
});
