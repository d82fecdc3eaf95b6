import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { documentOf, draft, fileOf, segmentOf, snapshotOver } from '../../test/support/segments.ts';
import { identifiersOf, identifierTerms } from '../core/identifiers.ts';
import { type Bm25fParameters, Bm25fScorer, type FileEvidence, type QueryTerm } from './bm25f.ts';
import { stemOf } from './path-index.ts';
import type { SegmentReader } from './segment-reader.ts';
import type { Snapshot } from './snapshot.ts';

interface PlainWindow {
  segment: number;
  document: number;
  codeLength: number;
  commentLength: number;
  /** Occurrences of a term in the fields with counts. */
  fields: Map<string, { code: number; comment: number; name: number }>;
}

/** Every window of every segment, dead documents included: they count in the statistics. */
function windowsOf(segments: readonly SegmentReader[]): PlainWindow[] {
  return segments.flatMap((segment, s) => {
    const windows = Array.from({ length: segment.info.windows }, (_, w): PlainWindow => {
      let document = 0;
      while (segment.endWindow(document) <= w) document++;
      const [codeLength, commentLength] = [segment.windows.codeLength[w]!, segment.windows.commentLength[w]!];
      return { segment: s, document, codeLength, commentLength, fields: new Map() };
    });
    for (const entry of segment.dictionary.entries()) {
      if (entry.term.startsWith('\u0001')) continue;
      const { targets, frequencies } = segment.postings(entry);
      for (let i = 0; i < entry.count; i++) {
        const packed = frequencies[i]!;
        const fields = { code: packed & 15, comment: (packed >> 4) & 7, name: packed >> 7 };
        windows[targets[i]!]!.fields.set(entry.term, fields);
      }
    }
    return windows;
  });
}

interface PlainAnswer {
  files: Map<number, FileEvidence>;
  idf: number[];
  unknown: string[];
  /** Scores of each file's windows. */
  windows: Map<number, number[]>;
}

/** BM25F as the doc comments state it, with plain loops over windows and files. */
function plainly(snapshot: Snapshot, p: Bm25fParameters, terms: readonly QueryTerm[]): PlainAnswer {
  const { files, segments } = snapshot;
  const all = windowsOf(segments);
  const own = files.map(file =>
    all.filter(w => segments[w.segment]!.id === file.segment && w.document === file.document),
  );
  const sum = (of: (w: PlainWindow) => number) => all.reduce((total, w) => total + of(w), 0);
  const average = (total: number) => (all.length > 0 ? Math.max(1, total / all.length) : 1);
  const [averageCode, averageComment] = [average(sum(w => w.codeLength)), average(sum(w => w.commentLength))];

  const paths = files.map(({ path }) => {
    const slash = path.lastIndexOf('/');
    const stem = stemOf(path);
    const stemTerms = new Set(identifiersOf(stem).flatMap(identifierTerms));
    if (identifiersOf(stem).length > 1)
      stemTerms.add(identifiersOf(stem).join('').replaceAll('_', '').toLowerCase());
    return {
      stem: stemTerms,
      directory: new Set(identifiersOf(path.slice(0, Math.max(0, slash))).flatMap(identifierTerms)),
    };
  });
  const pathTf = (f: number, term: string) =>
    (paths[f]!.stem.has(term) ? p.stem : 0) + (paths[f]!.directory.has(term) ? p.directory : 0);
  const saturate = (tf: number) => tf / (p.k1 + tf);

  const idf: number[] = [];
  const unknown: string[] = [];
  const base = files.map(() => 0);
  const pathScore = files.map(() => 0);
  const words = files.map(() => 0);
  const scores = files.map((_, f) => own[f]!.map(() => 0));
  for (const { term, weight, words: bits } of terms) {
    const inText = all.filter(w => w.fields.has(term)).length;
    const inPath = files.map((_, f) => f).filter(f => pathTf(f, term) > 0);
    if (inText === 0 && inPath.length === 0) {
      unknown.push(term);
      idf.push(0);
      continue;
    }
    const n = Math.max(all.length, 1);
    const df = Math.min(n, inText + inPath.reduce((total, f) => total + own[f]!.length, 0));
    idf.push(Math.log(1 + (n - df + 0.5) / (df + 0.5)));
    const scale = idf.at(-1)! * (p.k1 + 1) * weight;
    const pathIdf = Math.log(1 + (files.length - inPath.length + 0.5) / (inPath.length + 0.5)) * weight;
    files.forEach((file, f) => {
      const ptf = pathTf(f, term);
      if (ptf > 0) {
        base[f]! += scale * saturate(ptf);
        const counted = (paths[f]!.stem.has(term) ? 2 : 0) + (paths[f]!.directory.has(term) ? 1 : 0);
        pathScore[f]! += (pathIdf * counted) / (1.2 + counted);
        words[f]! |= bits;
      }
      // Copies share their windows' scores: the path they are reckoned with is the first copy's.
      const first = files.findIndex(
        other => other.segment === file.segment && other.document === file.document,
      );
      const shared = pathTf(first, term);
      own[f]!.forEach((w, i) => {
        const fields = w.fields.get(term);
        if (!fields) return;
        const tf =
          (fields.code * p.code) / (1 - p.b + (p.b * w.codeLength) / averageCode) +
          (fields.comment * p.comment) / (1 - p.b + (p.b * w.commentLength) / averageComment) +
          fields.name * p.name;
        scores[f]![i]! += scale * (saturate(tf + shared) - saturate(shared));
        words[f]! |= bits;
      });
    });
  }
  const perFile = all.length / Math.max(1, files.length);
  const spread = (p.spread * perFile) / (perFile + 8);
  const found = new Map<number, FileEvidence>();
  const windows = new Map<number, number[]>();
  files.forEach((_, f) => {
    const touched = scores[f]!.some((__, i) => terms.some(({ term }) => own[f]![i]!.fields.has(term)));
    if (!touched && !terms.some(({ term }) => pathTf(f, term) > 0)) return;
    const whole = scores[f]!.map(score => score + base[f]!);
    const ordered = whole.toSorted((a, b) => b - a).slice(0, p.depth);
    const best = ordered[0] ?? base[f]!;
    const text = best + spread * ordered.reduce((total, score, i) => total + score * p.decay ** i, 0);
    found.set(f, { file: f, text, best, path: pathScore[f]!, words: words[f]! });
    windows.set(f, whole);
  });
  return { files: found, idf, unknown, windows };
}

const parameters: fc.Arbitrary<Bm25fParameters> = fc.record({
  k1: fc.double({ min: 0.2, max: 3, noNaN: true }),
  b: fc.double({ min: 0, max: 0.95, noNaN: true }),
  code: fc.double({ min: 0.1, max: 3, noNaN: true }),
  comment: fc.double({ min: 0.1, max: 3, noNaN: true }),
  name: fc.double({ min: 0, max: 3, noNaN: true }),
  stem: fc.double({ min: 0.1, max: 6, noNaN: true }),
  directory: fc.double({ min: 0.1, max: 3, noNaN: true }),
  spread: fc.double({ min: 0, max: 1, noNaN: true }),
  decay: fc.double({ min: 0.1, max: 0.99, noNaN: true }),
  depth: fc.integer({ min: 1, max: 25 }),
});
const term = fc.record({
  term: fc.constantFrom(
    ...'read parsehead http retri größe cach connect 日本語 x a c missing util readal headers'.split(' '),
  ),
  weight: fc.double({ min: 0.1, max: 3, noNaN: true }),
  words: fc.nat(31).map(bit => (1 << bit) >>> 0),
});
const query = fc.uniqueArray(term, { selector: t => t.term, minLength: 1, maxLength: 6 });
const paths = [
  'read',
  'src/http/index',
  'lib/cache/read_all',
  'parse-header',
  'x/y/util',
  'src/größe',
  'connections',
  'http/http',
];
/** Documents over several segments; each has no, one or several paths. */
const tree = fc.record({
  segments: fc.array(fc.array(draft, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }),
  places: fc.array(fc.tuple(fc.nat(2), fc.nat(2)), { minLength: 1, maxLength: paths.length }),
});

function snapshotOf({
  segments,
  places,
}: {
  segments: unknown[][];
  places: Array<[number, number]>;
}): Snapshot {
  let n = 0;
  const readers = (segments as Parameters<typeof documentOf>[0][][]).map((drafts, s) =>
    segmentOf(
      drafts.map(d => documentOf(d, n++)),
      s + 1,
    ),
  );
  const files = places.map(([s, d], i) => {
    const reader = readers[s % readers.length]!;
    return fileOf(`${paths[i]}.ts`, reader.id, d % reader.info.documents);
  });
  return snapshotOver(readers, files);
}

/** Scores are summed in 32 bits. */
function expectClose(found: number, wanted: number, what: string): void {
  const tolerance = 1e-4 * Math.max(1, Math.abs(wanted));
  if (!(Math.abs(found - wanted) <= tolerance)) expect.fail(`${what}: ${found}, not ${wanted}`);
}

describe('BM25F', () => {
  test('is what the plain reference computes', () => {
    fc.assert(
      fc.property(tree, parameters, fc.array(query, { minLength: 1, maxLength: 3 }), (plan, p, queries) => {
        const snapshot = snapshotOf(plan);
        const scorer = new Bm25fScorer(snapshot, p);
        // One scorer for all queries: nothing of one may be left for the next.
        for (const terms of queries) {
          const evidence = scorer.collect(terms, undefined, 1000);
          const wanted = plainly(snapshot, p, terms);
          expect(evidence.files.map(f => f.file).sort((a, b) => a - b)).toEqual([...wanted.files.keys()]);
          expect(evidence.total).toBe(wanted.files.size);
          expect([...evidence.unknown]).toEqual(wanted.unknown);
          wanted.idf.forEach((value, i) => {
            expectClose(evidence.idf[i]!, value, `idf of ${terms[i]!.term}`);
          });
          for (const found of evidence.files) {
            const plain = wanted.files.get(found.file)!;
            for (const key of ['text', 'best', 'path'] as const) expectClose(found[key], plain[key], key);
            expect(found.words >>> 0).toBe(plain.words >>> 0);
            const { scores } = evidence.windowsOf(found.file);
            const windows = wanted.windows.get(found.file)!;
            expect(scores.length).toBe(windows.length);
            windows.forEach((value, i) => {
              expectClose(scores[i]!, value, `window ${i}`);
            });
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  test('a filter leaves out files and changes no score', () => {
    fc.assert(
      fc.property(tree, parameters, query, fc.nat(255), (plan, p, terms, mask) => {
        const snapshot = snapshotOf(plan);
        const scorer = new Bm25fScorer(snapshot, p);
        const all = scorer.collect(terms, undefined, 1000).files;
        const accept = (file: number) => ((mask >> (file % 8)) & 1) === 1;
        const some = scorer.collect(terms, accept, 1000);
        expect(some.files).toEqual(all.filter(f => accept(f.file)));
        expect(some.total).toBe(some.files.length);
      }),
    );
  });

  test('enough files are kept when only some are asked for, and their scores are the same', () => {
    fc.assert(
      fc.property(tree, parameters, query, fc.integer({ min: 1, max: 4 }), (plan, p, terms, most) => {
        const snapshot = snapshotOf(plan);
        const scorer = new Bm25fScorer(snapshot, p);
        const all = scorer.collect(terms, undefined, 1000);
        const some = scorer.collect(terms, undefined, most);
        expect(some.total).toBe(all.total);
        expect(some.files.length).toBeGreaterThanOrEqual(Math.min(most, all.total));
        const byFile = new Map(all.files.map(f => [f.file, f]));
        for (const found of some.files) expect(found).toEqual(byFile.get(found.file));
        const always = new Set(all.files.slice(-1).map(f => f.file));
        const kept = new Set(scorer.collect(terms, undefined, most, always).files.map(f => f.file));
        for (const file of always) expect(kept).toContain(file);
      }),
    );
  });

  test('an empty snapshot answers nothing', () => {
    const p = {
      k1: 1.5,
      b: 0.5,
      code: 1,
      comment: 1,
      name: 1,
      stem: 1,
      directory: 1,
      spread: 0.5,
      decay: 0.9,
      depth: 5,
    };
    const scorer = new Bm25fScorer(snapshotOver([], []), p);
    const evidence = scorer.collect([{ term: 'read', weight: 1, words: 1 }], undefined, 10);
    expect([evidence.files, evidence.total, [...evidence.unknown]]).toEqual([[], 0, ['read']]);
  });
});
