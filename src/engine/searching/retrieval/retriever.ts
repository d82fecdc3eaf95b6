import type { Confidence, Signal } from '../../../core/search.ts';
import {
  bestOf,
  confidenceOf,
  type HybridParameters,
  meaningOf,
  parametersFor,
  unitShares,
} from '../../../ranking/meaning.ts';
import { type Named, nameShareOf } from '../../../ranking/names.ts';
import { type AnalyzedQuery, analyzeQuery } from '../../../ranking/query.ts';
import { type FileCandidate, type RankingWeights, rankFiles } from '../../../ranking/signals.ts';
import { isSuperseded } from '../../../ranking/superseded.ts';
import { type RankedUnit, rankUnits, type UnitMeaning } from '../../../ranking/units.ts';
import {
  type Bm25fParameters,
  Bm25fScorer,
  type Evidence,
  type FileEvidence,
  type QueryTerm,
} from '../../../store/bm25f.ts';
import { noUnit } from '../../../store/segment-reader.ts';
import type { Snapshot } from '../../../store/snapshot.ts';
import type { DenseEvidence, DenseIndex, UnitTest, VectorQuery } from '../../../store/vectors/dense.ts';
import type { LateQuery } from '../../../store/vectors/late.ts';
import { fileHit, type UncheckedHit, unitHit } from '../hits.ts';
import { type Definitions, definitionsOf, documentOf, filesDefining } from './definitions.ts';

/** What one retrieval takes besides the query. */
export interface RetrieveOptions {
  limit: number;
  perFile: number;
  parameters: Bm25fParameters;
  weights: RankingWeights;
  candidates: number;
  accept?: ((file: number) => boolean) | undefined;
  /** Only units that this takes; files without one are left out. */
  isWanted?: UnitTest | undefined;
  /** A line that stands for a file none of whose units is wanted; without one the file is left out. */
  lineOf?: ((file: number) => number | undefined) | undefined;
  /** The query's vector and what it is compared with. Without it, search is lexical. */
  dense?: DenseQuery | undefined;
  /** Files that are candidates whatever speaks for them; `accept` should take these and no others. */
  pool?: readonly number[] | undefined;
}

export interface DenseQuery {
  index: DenseIndex;
  vector: Float32Array;
  /** Makes the query's tokens comparable, if the model has late interaction. */
  late?: (() => LateQuery | undefined) | undefined;
  parameters: HybridParameters;
  /** Leave words out of account. */
  only: boolean;
}

/** A snapshot's files with what vectors say of them. */
interface Dense extends DenseQuery {
  evidence: DenseEvidence;
  /** Files of the most similar units, or all of the pool. */
  files: Set<number>;
}

export interface Retrieved {
  query: AnalyzedQuery;
  hits: UncheckedHit[];
  total: number;
  unknown: string[];
  confidence: Confidence;
  /** What the confidence was decided by: see `confidenceOf`. */
  coverage: number;
  z: number | undefined;
}

/** Terms of a query for the first stage: stemmed words, and whole names as they stand in the index. */
export function queryTerms(query: AnalyzedQuery): QueryTerm[] {
  const terms = new Map<string, QueryTerm>();
  const add = (term: string, weight: number, words: number) => {
    const known = terms.get(term);
    if (known) {
      known.words |= words;
      known.weight += weight;
    } else terms.set(term, { term, weight, words });
  };
  for (const [i, word] of query.words.entries()) add(word.stem, 1, 1 << i);
  for (const { text, words } of query.joined) add(text, 1, words);
  return [...terms.values()];
}

/** Retrieves and ranks; pure over the snapshot. One `Retriever` must not be used by two searches at a time. */
export class Retriever {
  readonly snapshot: Snapshot;
  private readonly scorers: Map<Bm25fParameters, Bm25fScorer> = new Map();
  private allPaths: ReadonlySet<string> | undefined;

  constructor(snapshot: Snapshot) {
    this.snapshot = snapshot;
  }

  /** Drops the buffers kept per parameter set; for searches over many settings. */
  forget(): void {
    this.scorers.clear();
  }

  retrieve(text: string, options: RetrieveOptions): Retrieved {
    const { snapshot } = this;
    let scorer = this.scorers.get(options.parameters);
    if (!scorer)
      this.scorers.set(options.parameters, (scorer = new Bm25fScorer(snapshot, options.parameters)));
    const query = analyzeQuery(text);
    const dense = options.dense && this.lookAround(options.dense, options);
    if (dense?.only) return this.byMeaning(query, dense, options);
    const terms = queryTerms(query);
    const definitions = definitionsOf(this.snapshot, query);
    const always = filesDefining(this.snapshot, definitions);
    for (const file of dense?.files ?? []) always.add(file);
    const evidence = scorer.collect(terms, options.accept, options.candidates, always);
    const idfOf = new Map(terms.map((term, i) => [term.term, evidence.idf[i]!]));
    const candidates = evidence.files.map(found => this.candidate(found, definitions));
    if (dense) {
      const { evidence: vectors, parameters } = dense;
      const meaning = (file: number) => meaningOf(vectors.scoresOf(file), vectors, parameters);
      const have = new Set(candidates.map(candidate => candidate.file));
      for (const file of dense.files) {
        // Not a word of the query is in it.
        if (!have.has(file) && meaning(file) > 0)
          candidates.push(this.candidate({ file, text: 0, best: 0, path: 0, words: 0 }, definitions));
      }
      for (const candidate of candidates) candidate.meaning = meaning(candidate.file);
    }
    const rarest = Math.log(1 + (snapshot.windows + 0.5) / 0.5);
    const idf = (word: string) => idfOf.get(word) || rarest;
    const ranked = rankFiles(query, idf, candidates, options.weights, dense?.parameters);
    const nameShare = nameShareOf(query, word => idfOf.get(word) ?? 0);
    const hits: UncheckedHit[] = [];
    let first = -1;
    for (const { file, score, signals } of ranked) {
      if (hits.length === options.limit) break;
      const hit = this.hitOf(file, score, signals(), evidence.windowsOf(file), nameShare, options, dense);
      if (!hit) continue;
      if (hits.length === 0) first = file;
      hits.push(hit);
    }
    const unknown = query.words.filter(word => evidence.unknown.has(word.stem)).map(word => word.text);
    const words = candidates.find(candidate => candidate.file === first)?.words ?? 0;
    return {
      query,
      hits,
      total: evidence.total + candidates.length - evidence.files.length,
      unknown,
      ...this.sureness(hits.length > 0, coverageOf(query, idf, words), first, dense),
    };
  }

  /** Without vectors the thresholds are those of words alone. */
  private sureness(
    isFound: boolean,
    coverage: number,
    file: number,
    dense: Dense | undefined,
  ): Pick<Retrieved, 'confidence' | 'coverage' | 'z'> {
    if (!isFound) return { confidence: 'none', coverage: 0, z: undefined };
    if (!dense) return { confidence: coverage >= lexicallySure ? 'high' : 'low', coverage, z: undefined };
    const { evidence, parameters } = dense;
    const z = (bestOf(evidence.scoresOf(file)) - evidence.mean) / evidence.deviation;
    return { confidence: confidenceOf(coverage, z, parameters), coverage, z };
  }

  private lookAround(dense: DenseQuery, { accept, isWanted, limit, pool }: RetrieveOptions): Dense {
    const most = Math.max(dense.parameters.units, limit * 2);
    const parameters = parametersFor(dense.index.size, dense.parameters);
    const evidence = dense.index.search(vectorQuery({ ...dense, parameters }), most, accept, isWanted);
    const files = new Set(evidence.top.map(({ file }) => file));
    for (const file of pool ?? []) if (bestOf(evidence.scoresOf(file)) !== 0) files.add(file);
    return {
      ...dense,
      parameters,
      evidence,
      files,
    };
  }

  /** Files by their most similar unit. */
  private byMeaning(query: AnalyzedQuery, dense: Dense, options: RetrieveOptions): Retrieved {
    const { evidence } = dense;
    const ranked = [...dense.files].map(file => ({ file, score: bestOf(evidence.scoresOf(file)) }));
    ranked.sort((a, b) => b.score - a.score || a.file - b.file);
    const hits: UncheckedHit[] = [];
    let first = -1;
    for (const { file, score } of ranked) {
      if (hits.length === options.limit) break;
      const signals = [{ name: 'meaning', value: score }];
      const noWindows = { first: 0, scores: new Float32Array(), base: 0 };
      const hit = this.hitOf(file, score, signals, noWindows, () => 0, options, dense);
      if (!hit) continue;
      if (hits.length === 0) first = file;
      hits.push(hit);
    }
    return {
      query,
      hits,
      total: ranked.length,
      unknown: [],
      ...this.sureness(hits.length > 0, 0, first, dense),
    };
  }

  /** All paths of the snapshot, made when first asked for. */
  private paths(): ReadonlySet<string> {
    this.allPaths ??= new Set(this.snapshot.files.map(({ path }) => path));
    return this.allPaths;
  }

  private candidate(found: FileEvidence, definitions: Definitions): FileCandidate {
    const file = this.snapshot.files[found.file]!;
    return {
      file: found.file,
      path: file.path,
      role: file.role,
      superseded: isSuperseded(file.path, path => this.paths().has(path)),
      importers: file.importers,
      text: found.text,
      pathScore: found.path,
      words: found.words,
      stemTerms: this.snapshot.paths.stemTerms(found.file),
      directoryTerms: this.snapshot.paths.directoryTerms(found.file),
      definitions: definitions.get(documentOf(this.snapshot, found.file)) ?? [],
    };
  }

  /** The best units of a file, the first one with the others folded below it. */
  private hitOf(
    file: number,
    score: number,
    signals: Signal[],
    { first, scores, base }: ReturnType<Evidence['windowsOf']>,
    nameShare: (unit: Named) => number,
    options: RetrieveOptions,
    dense: Dense | undefined,
  ): UncheckedHit | undefined {
    const { snapshot } = this;
    const segment = snapshot.segment(file);
    const entry = snapshot.files[file]!;
    const units = segment.units(entry.document);
    const firstUnit = segment.documents.firstUnit[entry.document]!;
    const { unit: windowUnit, firstLine } = segment.windows;
    const { isWanted, perFile } = options;
    const ranked = rankUnits(
      units,
      w => {
        const global = windowUnit[first + w]!;
        if (global === noUnit) return -1;
        const u = global - firstUnit;
        if (u < 0 || u >= units.length)
          throw new RangeError('a window belongs to a unit of another document');
        return u;
      },
      scores,
      base,
      nameShare,
      unit => !isWanted || isWanted(file, unit),
      dense && unitMeaning(dense, file),
    );
    const hit = (found: RankedUnit, value: number, list: Signal[]): UncheckedHit => {
      const unit = units[found.unit]!;
      const matchLine = found.window >= 0 ? firstLine[first + found.window]! : unit.firstLine;
      return unitHit(snapshot, file, unit, matchLine, value, list);
    };
    if (ranked.length === 0) {
      const line = isWanted && options.lineOf?.(file);
      if (line === undefined && (units.length > 0 || isWanted)) return undefined;
      return fileHit(snapshot, file, line, score, signals);
    }
    const top = hit(ranked[0]!, score, signals);
    for (const other of ranked.slice(1, perFile)) {
      const share = (score * other.strength) / Math.max(1e-9, ranked[0]!.strength);
      top.more.push(hit(other, share, [{ name: 'unit text', value: share }]));
    }
    return top;
  }
}

/** What is asked of the vectors. */
export function vectorQuery({ vector, late, parameters }: Omit<DenseQuery, 'index' | 'only'>): VectorQuery {
  return { vector, ...(late ? { late } : {}), lateWeight: parameters.late };
}

/** Share of the query's idf from which on words alone make a hit an answer. */
const lexicallySure = 0.75;

/** Share of the query's idf whose words are among the bits; 0 for a query without words. */
export function coverageOf(query: AnalyzedQuery, idf: (stem: string) => number, bits: number): number {
  let all = 0;
  let found = 0;
  for (const [i, { stem }] of query.words.entries()) {
    const mass = idf(stem);
    all += mass;
    if ((bits >>> i) & 1) found += mass;
  }
  return all === 0 ? 0 : found / all;
}

function unitMeaning(dense: Dense, file: number): UnitMeaning | undefined {
  const { evidence, parameters, only } = dense;
  const scores = evidence.scoresOf(file);
  // By meaning alone, the best unit is found however little it stands out.
  const share = unitShares(scores, evidence, only ? { ...parameters, floor: -10 } : parameters);
  return share && { share, weight: only ? 1 : parameters.unit, floor: Math.max(1e-9, parameters.unitFloor) };
}
