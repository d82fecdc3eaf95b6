import type { Hit, Signal } from '../core/search.ts';
import { type UnitKind, unitKinds } from '../core/unit.ts';
import {
  type Bm25fParameters,
  Bm25fScorer,
  type Evidence,
  type FileEvidence,
  type QueryTerm,
} from '../index/bm25f.ts';
import { definitionPrefix, type StoredUnit } from '../index/segment.ts';
import { noUnit } from '../index/segment-reader.ts';
import type { Snapshot } from '../index/snapshot.ts';
import { type Named, nameShareOf } from '../ranking/names.ts';
import { type AnalyzedQuery, analyzeQuery } from '../ranking/query.ts';
import {
  type DefinitionMatch,
  type FileCandidate,
  type RankingWeights,
  rankFiles,
} from '../ranking/signals.ts';
import { type RankedUnit, rankUnits } from '../ranking/units.ts';

/** What one retrieval takes besides the query. */
export interface RetrieveOptions {
  limit: number;
  perFile: number;
  parameters: Bm25fParameters;
  weights: RankingWeights;
  candidates: number;
  accept?: ((file: number) => boolean) | undefined;
  /** Only units of these kinds; files without one are left out. */
  kinds?: ReadonlySet<UnitKind>;
}

export interface Retrieved {
  query: AnalyzedQuery;
  hits: Array<Omit<Hit, 'stale'>>;
  total: number;
  unknown: string[];
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
    const terms = queryTerms(query);
    const definitions = this.definitions(query);
    const evidence = scorer.collect(terms, options.accept, options.candidates, this.filesOf(definitions));
    const idfOf = new Map(terms.map((term, i) => [term.term, evidence.idf[i]!]));
    const candidates = evidence.files.map(found => this.candidate(found, definitions));
    const rarest = Math.log(1 + (snapshot.windows + 0.5) / 0.5);
    const ranked = rankFiles(query, word => idfOf.get(word) || rarest, candidates, options.weights);
    const nameShare = nameShareOf(query, word => idfOf.get(word) ?? 0);
    const hits: Array<Omit<Hit, 'stale'>> = [];
    for (const { file, score, signals } of ranked) {
      if (hits.length === options.limit) break;
      const hit = this.hitOf(file, score, signals(), evidence, nameShare, options);
      if (hit) hits.push(hit);
    }
    const unknown = query.words.filter(word => evidence.unknown.has(word.stem)).map(word => word.text);
    return { query, hits, total: evidence.total, unknown };
  }

  private candidate(found: FileEvidence, definitions: Definitions): FileCandidate {
    const file = this.snapshot.files[found.file]!;
    return {
      file: found.file,
      path: file.path,
      role: file.role,
      importers: file.importers,
      text: found.text,
      pathScore: found.path,
      words: found.words,
      stemTerms: this.snapshot.paths.stemTerms(found.file),
      directoryTerms: this.snapshot.paths.directoryTerms(found.file),
      definitions: definitions.get(this.key(found.file)) ?? [],
    };
  }

  /** Files that define something the query names: they are ranked however little else speaks for them. */
  private filesOf(definitions: Definitions): Set<number> {
    const files = new Set<number>();
    for (const [key, list] of definitions) {
      // A name that hundreds of files define singles none of them out.
      if (list.every(d => d.files > 50)) continue;
      const s = Math.floor(key / 2 ** 32);
      const { firstFile, nextFile } = this.snapshot;
      for (let f = firstFile[s]![key % 2 ** 32]!; f >= 0; f = nextFile[f]!) files.add(f);
    }
    return files;
  }

  private key(file: number): number {
    return this.snapshot.segmentOf[file]! * 2 ** 32 + this.snapshot.files[file]!.document;
  }

  /** Definitions named like the query's words, by document. */
  private definitions(query: AnalyzedQuery): Definitions {
    const found: Definitions = new Map();
    const look = (name: string, adjacent: boolean) => {
      const documents = new Map<number, Array<{ unit: number; kind: number }>>();
      this.snapshot.segments.forEach((segment, s) => {
        const entry = segment.lookup(definitionPrefix + name);
        if (!entry) return;
        const list = segment.postings(entry);
        for (let i = 0; i < list.count; i++) {
          const doc = segment.documentOfUnit(list.targets[i]!);
          if (this.snapshot.firstFile[s]![doc]! < 0) continue;
          const key = s * 2 ** 32 + doc;
          const known = documents.get(key);
          const match = {
            unit: list.targets[i]! - segment.documents.firstUnit[doc]!,
            kind: list.frequencies[i]!,
          };
          if (known) known.push(match);
          else documents.set(key, [match]);
        }
      });
      for (const [key, units] of documents) {
        let list = found.get(key);
        if (!list) found.set(key, (list = []));
        for (const { unit, kind } of units) {
          list.push({ name, kind: unitKinds[kind]!, files: documents.size, adjacent, unit });
        }
      }
    };
    const own = new Set([...query.words.map(word => word.text), ...query.joined.map(j => j.text)]);
    for (const name of own) look(name, false);
    for (const { text } of query.adjacent) if (!own.has(text)) look(text, true);
    return found;
  }

  /** The best units of a file, the first one with the others folded below it. */
  private hitOf(
    file: number,
    score: number,
    signals: Signal[],
    evidence: Evidence,
    nameShare: (unit: Named) => number,
    options: RetrieveOptions,
  ): Omit<Hit, 'stale'> | undefined {
    const { snapshot } = this;
    const segment = snapshot.segment(file);
    const entry = snapshot.files[file]!;
    const units = segment.units(entry.document);
    const firstUnit = segment.documents.firstUnit[entry.document]!;
    const { first, scores, base } = evidence.windowsOf(file);
    const { unit: windowUnit, firstLine } = segment.windows;
    const { kinds, perFile } = options;
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
      kind => !kinds || kinds.has(kind),
    );
    const common = { path: entry.path, language: segment.language(entry.document), role: entry.role };
    const hit = (found: RankedUnit, value: number, list: Signal[]): Omit<Hit, 'stale'> => {
      const unit = units[found.unit]!;
      const matchLine = found.window >= 0 ? firstLine[first + found.window]! : unit.firstLine;
      return {
        ...common,
        ...spanOf(unit),
        matchLine: Math.max(matchLine, unit.firstLine),
        score: value,
        signals: list,
        more: [],
      };
    };
    if (ranked.length === 0) {
      if (units.length > 0 || kinds) return undefined;
      const lines = segment.documents.lines[entry.document]!;
      const whole = {
        kind: 'block' as const,
        name: '',
        qualifiedName: '',
        firstLine: 1,
        lastLine: lines,
        start: 0,
        end: 0,
        signatureEnd: 0,
        docStart: -1,
        docEnd: -1,
        matchLine: 1,
      };
      return { ...common, ...whole, score, signals, more: [] };
    }
    const top = hit(ranked[0]!, score, signals);
    for (const other of ranked.slice(1, perFile)) {
      const share = (score * other.strength) / Math.max(1e-9, ranked[0]!.strength);
      top.more.push({ ...hit(other, share, [{ name: 'unit text', value: share }]) } as Hit);
    }
    return top;
  }
}

/** A stored unit's fields as plain data: some are decoded when asked for. */
function spanOf(unit: StoredUnit): Omit<StoredUnit, 'parent'> {
  const { kind, name, qualifiedName, firstLine, lastLine, start, end, signatureEnd, docStart, docEnd } = unit;
  return { kind, name, qualifiedName, firstLine, lastLine, start, end, signatureEnd, docStart, docEnd };
}

type Definitions = Map<number, Array<DefinitionMatch & { unit: number }>>;
