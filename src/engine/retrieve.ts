import type { Hit, Signal } from '../core/search.ts';
import { type UnitKind, unitKinds } from '../core/unit.ts';
import {
  type Bm25fParameters,
  Bm25fScorer,
  type Evidence,
  type FileEvidence,
  type QueryTerm,
} from '../index/bm25f.ts';
import { definitionPrefix } from '../index/segment.ts';
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
function queryTerms(query: AnalyzedQuery): QueryTerm[] {
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
    const { first, scores } = evidence.windowsOf(file);
    const { unit: windowUnit, firstLine } = segment.windows;

    // A unit's evidence is the decayed sum of its own windows; what lies in its children counts for them.
    const own: number[][] = units.map(() => []);
    const bestWindow = new Int32Array(units.length).fill(-1);
    for (let w = 0; w < scores.length; w++) {
      const global = windowUnit[first + w]!;
      if (global === noUnit) continue;
      const u = global - firstUnit;
      if (u < 0 || u >= own.length) throw new RangeError('a window belongs to a unit of another document');
      own[u]!.push(scores[w]!);
      if (bestWindow[u]! < 0 || scores[w]! > scores[bestWindow[u]!]!) bestWindow[u] = w;
    }
    const strongest = Math.max(1e-9, ...scores);
    const strength = own.map((list, u) => {
      list.sort((a, b) => b - a);
      let sum = 0;
      let factor = 1;
      for (const value of list) {
        sum += value * factor;
        factor *= 0.6;
      }
      // Between equals, something with a name is the better answer than the code around it.
      return (isAround(units[u]!.kind) ? 0.75 : 1) * sum;
    });
    const { kinds, perFile } = options;
    const allowed = units.map((_, u) => u).filter(u => !kinds || kinds.has(units[u]!.kind));
    const byText = (a: number, b: number) => strength[b]! - strength[a]! || a - b;
    const order = allowed.sort(byText);
    // What a unit is called decides between those that say enough: a name may carry the whole query.
    const leading = order.splice(0, Math.max(12, perFile * 3));
    for (const u of leading) strength[u]! += strongest * nameShare(units[u]!);
    order.unshift(...leading.sort(byText));
    const common = { path: entry.path, language: segment.language(entry.document), role: entry.role };
    const hit = (u: number, value: number, list: Signal[]): Omit<Hit, 'stale'> => {
      const unit = units[u]!;
      const {
        kind,
        name,
        qualifiedName,
        firstLine: from,
        lastLine,
        start,
        end,
        signatureEnd,
        docStart,
        docEnd,
      } = unit;
      const matchLine = bestWindow[u]! >= 0 ? firstLine[first + bestWindow[u]!]! : unit.firstLine;
      return {
        ...common,
        kind,
        name,
        qualifiedName,
        firstLine: from,
        lastLine,
        start,
        end,
        signatureEnd,
        docStart,
        docEnd,
        matchLine: Math.max(matchLine, unit.firstLine),
        score: value,
        signals: list,
        more: [],
      };
    };
    if (order.length === 0) {
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
    const top = hit(order[0]!, score, signals);
    for (const u of order.slice(1, perFile)) {
      if (strength[u]! <= 0) break;
      const share = (score * strength[u]!) / Math.max(1e-9, strength[order[0]!]!);
      top.more.push({ ...hit(u, share, [{ name: 'unit text', value: share }]) } as Hit);
    }
    return top;
  }
}

/** Kinds that gather what belongs to no definition. */
function isAround(kind: UnitKind): boolean {
  return kind === 'module' || kind === 'block';
}

type Definitions = Map<number, Array<DefinitionMatch & { unit: number }>>;
