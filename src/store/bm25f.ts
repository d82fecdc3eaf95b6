import { type Accumulators, clearAccumulators, newAccumulators } from './accumulators.ts';
import { largest, nthLargest } from './largest.ts';
import { inDirectory, inStem } from './path-index.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * BM25F (Robertson, Zaragoza, Taylor: "Simple BM25 extension to multiple weighted fields", CIKM 2004) over
 * windows. A term's frequency is the weighted sum of its field frequencies, each divided by 1 − b + b·length/average
 * where the field has a length, and then saturated once: idf · tf · (k1 + 1) / (k1 + tf).
 */
export interface Bm25fParameters {
  k1: number;
  b: number;
  /** Field weights: code, comments and docs, the enclosing unit's qualified name, file stem, directories. */
  code: number;
  comment: number;
  name: number;
  stem: number;
  directory: number;
  /** A file's evidence is its best window plus `spread` times the next ones, each `decay` times the one before. */
  spread: number;
  decay: number;
  /** How many windows of a file count. */
  depth: number;
}

export interface QueryTerm {
  term: string;
  /** How much it counts, 1 for an ordinary word. */
  weight: number;
  /** Query words the term stands for: bit i of `FileEvidence.words` is set when one with bit i occurs. */
  words: number;
}

/** Mean windows per file at which `spread` counts half: below it files are snippets, above it a tree. */
const snippetWindows = 8;

/** A file with evidence. */
export interface FileEvidence {
  file: number;
  /** Sum over the best windows. */
  text: number;
  /** Best window's score. */
  best: number;
  /** BM25 of the path alone. */
  path: number;
  /** Bit set of the query words found in text or path. */
  words: number;
}

/** Evidence of one query, and the window scores behind it. */
export interface Evidence {
  files: FileEvidence[];
  /** Files with any evidence, before the cut. */
  total: number;
  /** Terms that are neither in the text nor in a path. */
  unknown: Set<string>;
  /** Inverse document frequency of each term given, over windows. */
  idf: Float64Array;
  /** Scores of a file's windows in order, the path's share – `base`, the same for all – included. */
  windowsOf(file: number): { first: number; scores: Float32Array; base: number };
}

/** Runs BM25F over a snapshot. Keeps buffers between queries; one instance must not be used by two at a time. */
export class Bm25fScorer {
  private readonly snapshot: Snapshot;
  private readonly parameters: Bm25fParameters;
  private readonly accumulators: Accumulators[];
  private readonly codeNorm: Float64Array;
  private readonly commentNorm: Float64Array;
  private readonly base: Float32Array;
  private readonly pathTf: Float32Array;
  private readonly pathScore: Float32Array;
  private readonly pathWords: Uint32Array;
  /** Files with evidence, their upper bounds and words; scratch space of `gather`. */
  private readonly rough: Uint32Array;
  private readonly bounds: Float32Array;
  private readonly words: Uint32Array;
  private readonly leading: Float64Array;
  private readonly spread: number;
  /** What a score that is the same in all counted windows is multiplied with in the file's sum. */
  private readonly fullSpread: number;

  constructor(snapshot: Snapshot, parameters: Bm25fParameters) {
    this.snapshot = snapshot;
    this.parameters = parameters;
    this.accumulators = snapshot.segments.map(({ info }) => newAccumulators(info.windows, info.documents));
    const files = snapshot.files.length;
    this.base = new Float32Array(files);
    this.pathTf = new Float32Array(files);
    this.pathScore = new Float32Array(files);
    this.pathWords = new Uint32Array(files);
    this.rough = new Uint32Array(files);
    this.bounds = new Float32Array(files);
    this.words = new Uint32Array(files);
    this.leading = new Float64Array(parameters.depth);
    const { decay, depth } = parameters;
    // In a tree of files, size is evidence: what a file is about, it says often. In a pool of snippets it is not.
    const perFile = snapshot.windows / Math.max(1, files);
    this.spread = (parameters.spread * perFile) / (perFile + snippetWindows);
    this.fullSpread = 1 + (this.spread * (1 - decay ** depth)) / (1 - decay);
    // Lengths are bytes, so the normalisation is a table: 1 / (1 − b + b · length / average) times the weight.
    const { b, code, comment } = parameters;
    this.codeNorm = new Float64Array(256);
    this.commentNorm = new Float64Array(256);
    for (let n = 0; n < 256; n++) {
      this.codeNorm[n] = code / (1 - b + (b * n) / snapshot.averageCode);
      this.commentNorm[n] = comment / (1 - b + (b * n) / snapshot.averageComment);
    }
  }

  /**
   * `accept` keeps files; about `most` are returned, chosen by an upper bound of their text evidence, and those in
   * `always` that have any.
   */
  collect(
    terms: readonly QueryTerm[],
    accept: ((file: number) => boolean) | undefined,
    most: number,
    always?: ReadonlySet<number>,
  ): Evidence {
    const { snapshot, base, pathScore, pathWords } = this;
    base.fill(0);
    pathScore.fill(0);
    pathWords.fill(0);
    this.accumulators.forEach(clearAccumulators);
    const unknown = new Set<string>();
    const idf = new Float64Array(terms.length);
    const withPath: number[] = [];
    terms.forEach((term, i) => {
      const value = this.score(term, withPath);
      if (value === undefined) unknown.add(term.term);
      else idf[i] = value;
    });
    const files = this.gather(withPath, accept, most, always);
    return {
      files: files.kept,
      total: files.total,
      unknown,
      idf,
      windowsOf: file => {
        const s = snapshot.segmentOf[file]!;
        const segment = snapshot.segments[s]!;
        const doc = snapshot.files[file]!.document;
        const first = segment.documents.firstWindow[doc]!;
        const scores = this.accumulators[s]!.windows.slice(first, segment.endWindow(doc));
        for (let i = 0; i < scores.length; i++) scores[i]! += base[file]!;
        // As single precision, so that a window with nothing of its own equals it.
        return { first, scores, base: base[file]! };
      },
    };
  }

  /** Adds one term's contributions; returns its idf, or undefined if it occurs nowhere. */
  private score(term: QueryTerm, withPath: number[]): number | undefined {
    const { snapshot, pathTf, base } = this;
    const { k1, stem, directory } = this.parameters;
    const paths = snapshot.paths.lookup(term.term);
    const entries = snapshot.segments.map(segment => segment.lookup(term.term));
    let df = 0;
    for (const entry of entries) df += entry?.count ?? 0;
    for (let i = 0; i < paths.count; i++) df += this.windowsIn(paths.targets[i]!);
    if (df === 0 && paths.count === 0) return undefined;
    const n = Math.max(snapshot.windows, 1);
    df = Math.min(df, n);
    const idf = Math.log(1 + (n - df + 0.5) / (df + 0.5));
    const scale = idf * (k1 + 1) * term.weight;

    const files = snapshot.files.length;
    const pathIdf = Math.log(1 + (files - paths.count + 0.5) / (paths.count + 0.5)) * term.weight;
    for (let i = 0; i < paths.count; i++) {
      const file = paths.targets[i]!;
      const where = paths.frequencies[i]!;
      const tf = (where & inStem ? stem : 0) + (where & inDirectory ? directory : 0);
      pathTf[file] = tf;
      base[file]! += (scale * tf) / (k1 + tf);
      const counted = (where & inStem ? 2 : 0) + (where & inDirectory ? 1 : 0);
      this.pathScore[file]! += (pathIdf * counted) / (1.2 + counted);
      if (this.pathWords[file] === 0) withPath.push(file);
      this.pathWords[file]! |= term.words;
    }

    for (let s = 0; s < entries.length; s++) {
      const entry = entries[s];
      if (!entry) continue;
      this.scorePostings(s, entry, scale, term.words, paths.count > 0);
    }
    for (let i = 0; i < paths.count; i++) pathTf[paths.targets[i]!] = 0;
    return idf;
  }

  private windowsIn(file: number): number {
    const segment = this.snapshot.segment(file);
    const doc = this.snapshot.files[file]!.document;
    return segment.endWindow(doc) - segment.documents.firstWindow[doc]!;
  }

  private scorePostings(
    s: number,
    entry: { count: number; offset: number; length: number },
    scale: number,
    words: number,
    hasPaths: boolean,
  ): void {
    const segment = this.snapshot.segments[s]!;
    const acc = this.accumulators[s]!;
    const { windows: scores, words: docWords, seen, touched, best: docBest, sum: docSum } = acc;
    const { codeLength, commentLength } = segment.windows;
    const docOf = segment.windowDocuments;
    const firstFile = this.snapshot.firstFile[s]!;
    const { codeNorm, commentNorm, pathTf } = this;
    const { k1, name } = this.parameters;
    const bytes = segment.postingBytes(entry);
    let at = 0;
    let window = 0;
    let doc = -1;
    let sum = 0;
    let fromPath = 0;
    let known = 0;
    for (let i = 0; i < entry.count; i++) {
      // The decoder of postings.ts, inlined: half of the time of a query is spent here.
      let b = bytes[at++]!;
      let v = b & 0x7f;
      for (let shift = 7; b >= 0x80; shift += 7) {
        b = bytes[at++]!;
        v |= (b & 0x7f) << shift;
      }
      window += v >>> 2;
      const form = v & 3;
      let tf: number;
      if (form === 0) tf = codeNorm[codeLength[window]!]!;
      else if (form === 1) tf = commentNorm[commentLength[window]!]!;
      else if (form === 2) tf = 2 * codeNorm[codeLength[window]!]!;
      else {
        const packed = bytes[at++]!;
        tf =
          (packed & 15) * codeNorm[codeLength[window]!]! +
          ((packed >> 4) & 7) * commentNorm[commentLength[window]!]! +
          (packed & 0x80 ? name : 0);
      }
      const owner = docOf[window]!;
      if (owner !== doc) {
        // Postings ascend, so what concerns the document is done once for all its windows.
        if (doc >= 0) docSum[doc]! += sum;
        doc = owner;
        sum = 0;
        if (seen[doc] === 0) {
          seen[doc] = 1;
          touched[acc.touchedCount++] = doc;
        }
        docWords[doc]! |= words;
        const file = hasPaths ? firstFile[doc]! : -1;
        fromPath = file >= 0 ? pathTf[file]! : 0;
        known = fromPath > 0 ? fromPath / (k1 + fromPath) : 0;
      }
      // The path's own share is in the file's base: only what the text brings on top of it is added.
      const total = tf + fromPath;
      const add = scale * (total / (k1 + total) - known);
      const score = scores[window]! + add;
      scores[window] = score;
      sum += add;
      // Scores only grow, so the last value a window reaches is among those compared here.
      if (score > docBest[doc]!) docBest[doc] = score;
    }
    if (doc >= 0) docSum[doc]! += sum;
  }

  /** Sums windows into files: an upper bound for all, the exact value for those that can be among the best. */
  private gather(
    withPath: readonly number[],
    accept: ((file: number) => boolean) | undefined,
    most: number,
    always: ReadonlySet<number> | undefined,
  ): { kept: FileEvidence[]; total: number } {
    const { snapshot, base, rough, bounds, words, spread, fullSpread } = this;
    let total = 0;
    for (let s = 0; s < this.accumulators.length; s++) {
      const acc = this.accumulators[s]!;
      const { best, sum } = acc;
      const heads = snapshot.firstFile[s]!;
      for (let i = 0; i < acc.touchedCount; i++) {
        const doc = acc.touched[i]!;
        let bound = -1;
        for (let file = heads[doc]!; file >= 0; file = snapshot.nextFile[file]!) {
          if (accept && !accept(file)) continue;
          if (bound < 0) bound = best[doc]! + Math.min(spread * sum[doc]!, best[doc]! * (fullSpread - 1));
          rough[total] = file;
          words[file] = acc.words[doc]! | this.pathWords[file]!;
          bounds[total++] = bound + base[file]! * this.fullSpread;
        }
      }
    }
    for (const file of withPath) {
      const doc = snapshot.files[file]!.document;
      if (this.accumulators[snapshot.segmentOf[file]!]!.seen[doc] !== 0) continue;
      if (accept && !accept(file)) continue;
      rough[total] = file;
      words[file] = this.pathWords[file]!;
      bounds[total++] = base[file]! * this.fullSpread;
    }
    const threshold = total > most ? nthLargest(bounds, total, most) : 0;
    const kept: FileEvidence[] = [];
    for (let i = 0; i < total; i++) {
      const file = rough[i]!;
      if (bounds[i]! < threshold && !always?.has(file)) continue;
      const { text, best } = this.decayedSum(file);
      kept.push({ file, text, best, path: this.pathScore[file]!, words: words[file]! });
    }
    return { kept, total };
  }

  private decayedSum(file: number): { text: number; best: number } {
    const { decay, depth } = this.parameters;
    const { spread } = this;
    const s = this.snapshot.segmentOf[file]!;
    const segment = this.snapshot.segments[s]!;
    const doc = this.snapshot.files[file]!.document;
    const scores = this.accumulators[s]!.windows;
    const first = segment.documents.firstWindow[doc]!;
    const end = segment.endWindow(doc);
    const { leading } = this;
    const count = largest(scores, first, end, leading);
    const base = this.base[file]!;
    let factor = 1;
    let sum = 0;
    for (let i = 0; i < Math.min(end - first, depth); i++) {
      sum += factor * ((i < count ? leading[i]! : 0) + base);
      factor *= decay;
    }
    const best = (count > 0 ? leading[0]! : 0) + base;
    return { text: best + spread * sum, best };
  }
}
