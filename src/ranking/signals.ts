import type { Signal } from '../core/search.ts';
import type { Role, UnitKind } from '../core/unit.ts';
import { type HybridParameters, meaningWeight } from './meaning.ts';
import type { AnalyzedQuery } from './query.ts';

/** Weights of the signals that order files; see `rankFiles` for what each multiplies. */
export interface RankingWeights {
  stemWords: number;
  path: number;
  directory: number;
  importers: number;
  definition: number;
  joinedDefinition: number;
  coverage: number;
  wholeName: number;
  test: number;
  generated: number;
  vendored: number;
  docs: number;
  superseded: number;
}

/** What is known of a file that may answer the query. */
export interface FileCandidate {
  file: number;
  path: string;
  role: Role;
  /** An older copy, see `isSuperseded`. */
  superseded: boolean;
  importers: number;
  /** Evidence of the text, any scale. */
  text: number;
  /** BM25 of the path, any scale. */
  pathScore: number;
  /** Bit i: query word i occurs in text or path. */
  words: number;
  stemTerms: readonly string[];
  directoryTerms: readonly string[];
  /** Units whose name is a word of the query, or several joined. */
  definitions: readonly DefinitionMatch[];
  /** Evidence of its units' vectors, see `meaningOf`; absent when no vectors are used. */
  meaning?: number;
}

export interface DefinitionMatch {
  name: string;
  kind: UnitKind;
  /** Number of files that define this name. */
  files: number;
  /** True when the name is made of several words of the query that stand side by side. */
  adjacent: boolean;
}

export interface RankedFile {
  file: number;
  score: number;
  /** The named contributions, in a fixed order; those that are 0 are left out. Their sum is the score. */
  signals: () => Signal[];
}

const kindStrength: Record<UnitKind, number> = {
  class: 1,
  interface: 1,
  struct: 1,
  enum: 1,
  trait: 1,
  type: 1,
  module: 1,
  function: 0.7,
  method: 0.4,
  constant: 0.4,
  section: 0,
  block: 0,
};

/**
 * Orders files by a weighted sum of named signals. The text evidence and the path score are divided by the best
 * of the list, so weights mean the same in every repository; every other signal lies between 0 and about 1. With
 * `hybrid`, what the vectors say is one more; the less of the query the best files by text have, the more it counts.
 */
export function rankFiles(
  query: AnalyzedQuery,
  idf: (stem: string) => number,
  candidates: readonly FileCandidate[],
  weights: RankingWeights,
  hybrid?: HybridParameters,
): RankedFile[] {
  let bestText = 1e-9;
  let bestPath = 1e-9;
  for (const c of candidates) {
    if (c.text > bestText) bestText = c.text;
    if (c.pathScore > bestPath) bestPath = c.pathScore;
  }
  const stems = new Set(query.words.map(word => word.stem));
  const joined = new Set([...query.joined, ...query.adjacent].map(j => j.text));
  const mass = query.words.map(word => idf(word.stem));
  const totalMass = Math.max(
    1e-9,
    mass.reduce((a, b) => a + b, 0),
  );
  // A query that is nothing but a name asks for its definition.
  const name = [
    ...query.joined.map(j => j.text),
    ...(query.words.length === 1 ? [query.words[0]!.text] : []),
  ];
  const wholeName = name.length === 1 && query.adjacent.length === 0 ? name[0] : undefined;
  const maxMass = Math.max(1e-9, ...mass);
  const massOf = new Map(query.words.map((word, i) => [word.text, mass[i]!]));
  const coverageOf = (words: number) => {
    let covered = 0;
    mass.forEach((m, i) => {
      if ((words >>> i) & 1) covered += m;
    });
    return covered / totalMass;
  };
  const meaning = hybrid ? meaningScale(candidates, hybrid, wholeName !== undefined, coverageOf) : 0;
  const wantsTests = query.words.some(word => word.stem === 'test' || word.stem === 'spec');

  /** Calls `add` with every signal of a candidate. Runs for all of them, so details are made on demand. */
  const evaluate = (c: FileCandidate, add: (name: string, value: number, detail?: () => string) => void) => {
    add('text', c.text / bestText);
    if (c.stemTerms.length > 0) {
      const parts = c.stemTerms.length > 1 ? c.stemTerms.slice(0, -1) : c.stemTerms;
      const whole = c.stemTerms.length > 1 && joined.has(c.stemTerms.at(-1)!);
      if (whole || parts.every(term => stems.has(term))) {
        add('file name', weights.stemWords, () => c.stemTerms.filter(term => stems.has(term)).join(' '));
      }
    }
    add('path', (weights.path * c.pathScore) / bestPath);
    if (c.directoryTerms.length > 0) {
      const hit = query.words.filter(word => c.directoryTerms.includes(word.stem));
      add('directory', (weights.directory * hit.length) / query.words.length, () =>
        hit.map(w => w.text).join(' '),
      );
    }
    add(
      'imported by',
      weights.importers * Math.log1p(c.importers),
      () => `${c.importers} ${c.importers === 1 ? 'file' : 'files'}`,
    );
    const best = { own: 0, adjacent: 0, ownName: '', adjacentName: '' };
    for (const d of c.definitions) {
      // Half of all code defines a `Request`: a name counts as much as its word says in this tree.
      const share = d.adjacent ? 1 : (massOf.get(d.name) ?? maxMass) / maxMass;
      const strength = (kindStrength[d.kind] / Math.sqrt(d.files)) * share;
      if (d.adjacent) {
        if (strength > best.adjacent) [best.adjacent, best.adjacentName] = [strength, d.name];
      } else if (strength > best.own) [best.own, best.ownName] = [strength, d.name];
    }
    add('defines', weights.definition * best.own, () => best.ownName);
    add('defines words', weights.joinedDefinition * best.adjacent, () => best.adjacentName);
    if (wholeName !== undefined) {
      let strongest = 0;
      for (const d of c.definitions) {
        if (d.name === wholeName) strongest = Math.max(strongest, kindStrength[d.kind] / d.files ** 0.25);
      }
      add('is the name', weights.wholeName * strongest, () => wholeName);
    }
    add('word coverage', weights.coverage * coverageOf(c.words));
    if (c.meaning) add('meaning', meaning * c.meaning);
    if (c.role === 'test' && !wantsTests) add('test code', -weights.test);
    if (c.role === 'generated') add('generated code', -weights.generated);
    if (c.role === 'vendored') add('vendored code', -weights.vendored);
    if (c.role === 'docs') add('documentation', -weights.docs);
    if (c.superseded) add('older copy', -weights.superseded);
  };

  const scores = candidates.map(c => {
    let score = 0;
    evaluate(c, (_, value) => {
      score += value;
    });
    return score;
  });
  const order = candidates.map((_, i) => i);
  order.sort((a, b) => scores[b]! - scores[a]! || candidates[a]!.file - candidates[b]!.file);
  return order.map(i => ({
    file: candidates[i]!.file,
    score: scores[i]!,
    signals: () => {
      const signals: Signal[] = [];
      evaluate(candidates[i]!, (name, value, detail) => {
        if (value !== 0) signals.push(detail ? { name, value, detail: detail() } : { name, value });
      });
      return signals;
    },
  }));
}

/** What the meaning of a candidate is multiplied with, so that the best one gets the whole weight if it is clear. */
function meaningScale(
  candidates: readonly FileCandidate[],
  hybrid: HybridParameters,
  isSymbol: boolean,
  coverageOf: (words: number) => number,
): number {
  let best = Math.max(1e-9, hybrid.full - hybrid.floor);
  for (const { meaning } of candidates) if (meaning !== undefined && meaning > best) best = meaning;
  let coverage = 0;
  const byText = candidates.filter(c => c.text > 0).sort((a, b) => b.text - a.text);
  for (const { words } of byText.slice(0, hybrid.strongest)) coverage = Math.max(coverage, coverageOf(words));
  return meaningWeight(coverage, isSymbol, hybrid) / best;
}
