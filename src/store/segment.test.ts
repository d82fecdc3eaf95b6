import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  documentOf,
  draft,
  fileOf,
  plainUnit,
  segmentOf,
  snapshotOver,
} from '../../test/support/segments.ts';
import { splitIdentifier, textTerms } from '../core/identifiers.ts';
import { unitKinds } from '../core/unit.ts';
import { Bm25fScorer } from './bm25f.ts';
import { definitionPrefix, packFrequencies, windowLines } from './segment.ts';
import { type NewDocument, SegmentBuilder } from './segment-builder.ts';
import { mergeSegments } from './segment-merge.ts';
import { memorySource, noUnit, SegmentReader } from './segment-reader.ts';
import { cutWindows, lineOf, lineStarts } from './windows.ts';

const documents = fc.array(draft, { minLength: 1, maxLength: 5 }).map(drafts => drafts.map(documentOf));

describe('windows', () => {
  test('lines begin where they begin', () => {
    expect(lineStarts('')).toEqual([0]);
    expect(lineStarts('a')).toEqual([0]);
    expect(lineStarts('a\n')).toEqual([0]);
    expect(lineStarts('a\nb')).toEqual([0, 2]);
    expect(lineStarts('\n\n')).toEqual([0, 1]);
    const starts = lineStarts('ab\n\ncd\n');
    expect([0, 1, 2, 3, 4, 5, 6].map(offset => lineOf(starts, offset))).toEqual([0, 0, 0, 1, 2, 2, 2]);
  });

  test('every line is in exactly one window, of one owner, of at most twelve lines', () => {
    fc.assert(
      fc.property(draft, plan => {
        const { text, outline } = documentOf(plan, 0);
        const starts = lineStarts(text);
        const windows = cutWindows(starts, outline.units);
        // The plain way: the last unit that covers a line, its doc comment included, owns it.
        const owner = starts.map((_, line) =>
          plan.units.findLastIndex(unit => unit.first - unit.doc <= line && line < unit.end),
        );
        let next = 0;
        for (let w = 0; w < windows.count; w++) {
          expect(windows.firstLine[w]).toBe(next);
          next = windows.endLine[w]!;
          expect(next - windows.firstLine[w]!).toBeGreaterThan(0);
          expect(next - windows.firstLine[w]!).toBeLessThanOrEqual(windowLines);
          for (let line = windows.firstLine[w]!; line < next; line++)
            expect(owner[line]).toBe(windows.unit[w]);
        }
        expect(next).toBe(starts.length);
      }),
    );
  });
});

/** Everything in a segment, by plain names: for each document its windows with their terms, and its definitions. */
function readAll(segment: SegmentReader): unknown[] {
  const terms: Array<Record<string, number>> = Array.from({ length: segment.info.windows }, () => ({}));
  const definitions: Array<Record<string, number>> = Array.from({ length: segment.info.units }, () => ({}));
  for (const entry of segment.dictionary.entries()) {
    const { targets, frequencies } = segment.postings(entry);
    const into = entry.term.startsWith(definitionPrefix) ? definitions : terms;
    for (let i = 0; i < entry.count; i++) into[targets[i]!]![entry.term] = frequencies[i]!;
  }
  const { firstWindow, firstUnit, bytes, lines } = segment.documents;
  return Array.from({ length: segment.info.documents }, (_, d) => ({
    hash: segment.hash(d),
    language: segment.language(d),
    bytes: bytes[d],
    lines: lines[d],
    imports: segment.imports(d),
    units: segment.units(d).map(plainUnit),
    definitions: definitions.slice(firstUnit[d], segment.endUnit(d)),
    windows: Array.from({ length: segment.endWindow(d) - firstWindow[d]! }, (__, i) => {
      const w = firstWindow[d]! + i;
      const unit = segment.windows.unit[w]!;
      return {
        unit: unit === noUnit ? -1 : unit - firstUnit[d]!,
        line: segment.windows.firstLine[w],
        code: segment.windows.codeLength[w],
        comment: segment.windows.commentLength[w],
        terms: terms[w],
      };
    }),
  }));
}

/** The same from the documents, by the plain analyser. */
function expected(documents_: readonly NewDocument[]): unknown[] {
  return documents_.map(({ hash, language, bytes, text, outline }) => {
    const starts = lineStarts(text);
    const cut = cutWindows(starts, outline.units);
    const windows: unknown[] = [];
    for (let w = 0; w < cut.count; w++) {
      const from = starts[cut.firstLine[w]!]!;
      const to = starts[cut.endLine[w]!] ?? text.length;
      let code = '';
      let comment = '';
      for (let at = from; at < to; at++) {
        const pair = outline.comments.findIndex(
          (start, i) => i % 2 === 0 && start <= at && at < outline.comments[i + 1]!,
        );
        if (pair < 0) code += text[at];
        else comment += text[at];
      }
      const counts = new Map<string, { code: number; comment: number; named: boolean }>();
      const at = (term: string) => {
        let entry = counts.get(term);
        if (!entry) counts.set(term, (entry = { code: 0, comment: 0, named: false }));
        return entry;
      };
      const [codeTerms, commentTerms] = [textTerms(code), textTerms(comment)];
      for (const term of codeTerms) at(term).code++;
      for (const term of commentTerms) at(term).comment++;
      if (counts.size === 0) continue;
      const unit = cut.unit[w]!;
      if (unit >= 0) for (const term of textTerms(outline.units[unit]!.qualifiedName)) at(term).named = true;
      const terms: Record<string, number> = {};
      for (const [term, n] of counts) terms[term] = packFrequencies(n.code, n.comment, n.named);
      windows.push({
        unit,
        line: cut.firstLine[w]! + 1,
        code: Math.min(codeTerms.length, 255),
        comment: Math.min(commentTerms.length, 255),
        terms,
      });
    }
    const units = outline.units.map(unit => ({ ...unit, lastLine: Math.min(unit.lastLine, starts.length) }));
    const definitions = units.map(unit => {
      const joined = splitIdentifier(unit.name).join('');
      return joined === '' || unit.kind === 'block'
        ? {}
        : { [definitionPrefix + joined]: unitKinds.indexOf(unit.kind) };
    });
    return {
      hash,
      language,
      bytes,
      lines: starts.length,
      imports: outline.imports,
      units,
      definitions,
      windows,
    };
  });
}

describe('segments', () => {
  test('hold what the plain analyser finds in the documents', () => {
    const builder = new SegmentBuilder();
    fc.assert(
      fc.property(documents, docs => {
        // The same builder all the time: what it remembers of former segments must not show.
        const segment = segmentOf(docs, 1, builder);
        expect(readAll(segment)).toEqual(expected(docs));
        expect(segment.info.documents).toBe(docs.length);
        const sums = { code: 0, comment: 0 };
        for (const length of segment.windows.codeLength) sums.code += length;
        for (const length of segment.windows.commentLength) sums.comment += length;
        expect([segment.info.codeLength, segment.info.commentLength]).toEqual([sums.code, sums.comment]);
        docs.forEach((_, d) => {
          for (let u = segment.documents.firstUnit[d]!; u < segment.endUnit(d); u++) {
            expect(segment.documentOfUnit(u)).toBe(d);
          }
        });
      }),
    );
  });

  test('any text is analysed like the plain analyser does it', () => {
    const builder = new SegmentBuilder();
    const anyText = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.string({ unit: fc.constantFrom(...'aB1_ \n.é日😀\u0300'), maxLength: 300 }),
    );
    fc.assert(
      fc.property(anyText, text => {
        // A lone half of a surrogate pair cannot come out of a decoded file.
        fc.pre(text.isWellFormed() && textTerms(text).every(term => term.isWellFormed()));
        const outline = { units: [], comments: [], imports: [] };
        const doc: NewDocument = { hash: '0'.repeat(32), language: 'text', text, bytes: 1, outline };
        expect(readAll(segmentOf([doc], 1, builder))).toEqual(expected([doc]));
      }),
      { numRuns: 500 },
    );
  });

  test('names of more than 200 characters are data', () => {
    const name = 'ab_'.repeat(70);
    const outline = { units: [], comments: [], imports: [] };
    const doc: NewDocument = {
      hash: '0'.repeat(32),
      language: 'text',
      text: `x = ${name}`,
      bytes: 1,
      outline,
    };
    expect([...segmentOf([doc], 1).dictionary.entries()].map(entry => entry.term)).toEqual(['x']);
  });

  test('tens of thousands of identifiers in one builder', () => {
    const builder = new SegmentBuilder();
    const outline = { units: [], comments: [], imports: [] };
    for (let d = 0; d < 20; d++) {
      const names = Array.from(
        { length: 4000 },
        (_, i) => `name${'abcdefghij'[i % 10]}${(d * 4000 + i).toString(26)}x`,
      );
      builder.add({ hash: '0'.repeat(32), language: 'text', text: names.join('\n'), bytes: 1, outline });
    }
    const data = builder.finish()!;
    const segment = new SegmentReader(1, data.info, memorySource(data.parts));
    for (const [d, i] of [
      [0, 0],
      [19, 3999],
      [7, 123],
    ] as const) {
      const name = `name${'abcdefghij'[i % 10]}${(d * 4000 + i).toString(26)}x`;
      for (const term of new Set(textTerms(name))) {
        const entry = segment.lookup(term)!;
        const { targets } = segment.postings(entry);
        expect([...targets].map(w => segment.windowDocuments[w])).toContain(d);
      }
    }
  });

  test('an empty builder gives no segment', () => {
    expect(new SegmentBuilder().finish()).toBeUndefined();
  });
});

describe('merging', () => {
  const parameters = {
    k1: 1.5,
    b: 0.6,
    code: 0.6,
    comment: 1,
    name: 0.6,
    stem: 4,
    directory: 1,
    spread: 0.6,
    decay: 0.95,
    depth: 20,
  };
  const terms = ['read', 'parsehead', 'http', 'retri', 'größe', 'cach', 'connect', '日本語', 'missing'].map(
    (term, i) => ({
      term,
      weight: 1 + i / 10,
      words: 1 << i,
    }),
  );

  /** Some documents, cut into segments, and which of them are kept. */
  const split = fc.record({
    docs: fc.array(draft, { minLength: 1, maxLength: 9 }).map(drafts => drafts.map(documentOf)),
    sizes: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 9, maxLength: 9 }),
    dead: fc.array(fc.boolean(), { minLength: 9, maxLength: 9 }),
  });

  test('segments merged are the segment of their documents', () => {
    fc.assert(
      fc.property(split, fc.boolean(), ({ docs, sizes, dead }, dropping) => {
        const inputs: SegmentReader[] = [];
        const origin: Array<[number, number]> = [];
        for (let at = 0; at < docs.length; ) {
          const size = sizes[inputs.length]!;
          for (let d = 0; d < Math.min(size, docs.length - at); d++) origin.push([inputs.length, d]);
          inputs.push(segmentOf(docs.slice(at, at + size), inputs.length + 1));
          at += size;
        }
        const isKept = (n: number) => !dropping || !dead[n];
        const position = (s: number, d: number) => origin.findIndex(([os, od]) => os === s && od === d);
        const { data, moved } = mergeSegments(inputs, (s, d) => isKept(position(s, d)));
        const kept = docs.filter((_, n) => isKept(n));
        expect(data.info.documents).toBe(kept.length);
        let next = 0;
        origin.forEach(([s, d], n) => {
          expect(moved[s]![d]).toBe(isKept(n) ? next++ : -1);
        });
        if (kept.length === 0) return;
        const merged = new SegmentReader(1, data.info, memorySource(data.parts));
        expect(readAll(merged)).toEqual(expected(kept));
        const { languages, ...counts } = segmentOf(kept, 1).info;
        expect(data.info).toMatchObject(counts);
        expect(data.info.languages.toSorted()).toEqual(languages.toSorted());

        // And searching them finds the same with the same scores.
        const files = kept.map((_, n) => fileOf(`src/read${n}.ts`, 1, n));
        const [a, b] = [merged, segmentOf(kept, 1)].map(segment =>
          new Bm25fScorer(snapshotOver([segment], files), parameters).collect(terms, undefined, 100),
        );
        const byFile = (found: typeof a) => found!.files.toSorted((x, y) => x.file - y.file);
        expect(byFile(a)).toEqual(byFile(b));
      }),
    );
  });
});
