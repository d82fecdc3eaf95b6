import { QuarryError, throwIfAborted } from '../../core/errors.ts';
import type { Hit, RerankReport, SearchOptions, SearchResult } from '../../core/search.ts';
import type { ParsedQuery } from '../../query/ast.ts';
import { cascadeWeight } from '../../ranking/cascade.ts';
import type { Snapshot } from '../../store/snapshot.ts';
import { encodedShare, type UnitTest } from '../../store/vectors/dense.ts';
import { bm25f, candidateFiles, cascadeDefaults, hybrid, weights } from '../settings/parameters.ts';
import type { MountedSource } from '../sources/source.ts';
import { Prefilter } from './content/prefilter.ts';
import { fileFilter, kindTest } from './filter.ts';
import type { FreshHit } from './hits.ts';
import type { Look } from './look.ts';
import type { Asked, Meaning } from './meaning.ts';
import { parsed } from './parsed.ts';
import { rerankHits } from './reranking/rerank.ts';
import type { RerankClient } from './reranking/rerank-client.ts';
import type { Retrieved, Retriever } from './retrieve.ts';
import { type ContentFindings, noFindings } from './selection/findings.ts';
import { listFiles, roleWeight, withMatches } from './selection/listing.ts';
import { Selection } from './selection/selection.ts';
import { type SearchSettings, searchSettings } from './settings.ts';

/** What a search needs of its index. */
export interface SearchParts {
  /** Runs `work` on the newest generation, in one consistent state of the store. */
  read<T>(work: (retriever: Retriever) => T): T;
  meaning: Meaning;
  reranker: RerankClient | undefined;
  reranksByDefault: boolean;
  sources: readonly MountedSource[];
  lookThrough(
    look: Look,
    limits: { budgetMs: number; signal: AbortSignal | undefined },
  ): Promise<ContentFindings>;
  /** Whether a file is no longer what the snapshot holds of it. */
  isStale(path: string, snapshot: Snapshot): boolean;
  /** Text of a file as it is now; undefined if it cannot be read. */
  textOf(path: string): string | undefined;
  repositoryOf(path: string): Hit['repository'];
}

/** Files of a selection by contents or names that are ranked whatever speaks for them: more of them need a word of the query. */
const mostPooled = 3000;

/** Files with a literal that are looked for where no word says which of them is wanted. */
const mostListed = 5000;

/** See `CodeIndex.search`. */
export async function search(
  parts: SearchParts,
  query: string,
  options: SearchOptions,
): Promise<SearchResult> {
  const { signal } = options;
  throwIfAborted(signal);
  const begun = performance.now();
  const settings = searchSettings(options, parts.reranksByDefault);
  if (query.trim() === '') throw new QuarryError('usage', 'the query is empty', 'say what the code does');
  const asking = await parsed(query, options.syntax ?? 'operators');
  const { words } = asking;
  const rerank = words === '' ? undefined : settings.rerank;
  if (rerank) parts.reranker?.start();
  const asked: Asked =
    words === ''
      ? { mode: settings.mode, reason: 'there are no words to rank by' }
      : await parts.meaning.ask(words, settings.mode, signal);
  const { findings, selection: before } = await contentsOf(parts, asking, settings, options);
  const { retriever, found, selection, said, notes } = parts.read(retriever => {
    const { dense, said, notes } = parts.meaning.over(retriever.snapshot, asked, hybrid);
    // Made anew only if the index has changed meanwhile: looking for names reads many units.
    const isSame = before?.snapshot === retriever.snapshot;
    const selection = isSame ? before : selectionOf(parts, asking, retriever.snapshot);
    selection?.settle(findings);
    const found = findIn(retriever, words, selection, dense, settings, options);
    return { retriever, found, selection, said, notes };
  });
  const { snapshot } = retriever;
  notes.push(...findings.notes);
  if (found.hits.length === 0 && words !== '' && selection && selection.patterns.length > 0)
    notes.push(
      'no file has what stands in quotes or slashes and passes the rest; without them, words find the nearest',
    );
  const stamps = new Map(found.hits.map(hit => [hit.path, parts.isStale(hit.path, snapshot)]));
  let ordered = found.hits;
  let reranked: RerankReport | undefined;
  if (rerank) {
    ({ hits: ordered, said: reranked } = await rerankFirst(parts, words, found.hits, {
      ...rerank,
      snapshot,
      isFresh: hit => stamps.get(hit.path) === false,
      signal,
    }));
    if (!reranked.used && reranked.candidates > 1) notes.push(`not re-ranked: ${reranked.reason}`);
  }
  const finished = (hit: FreshHit): Hit => {
    const stale = stamps.get(hit.path) ?? false;
    const repository = parts.repositoryOf(hit.path);
    const whole = { ...hit, stale, ...(repository ? { repository } : {}) };
    return { ...whole, more: hit.more.map(other => ({ ...other, stale })) };
  };
  const hits = ordered
    .slice(0, settings.limit)
    .map(hit => finished(selection ? withMatches(hit, selection, snapshot.numberOf(hit.path)) : hit));
  return {
    query,
    words,
    hits,
    total: found.total,
    generation: snapshot.generation,
    tookMs: performance.now() - begun,
    unknownWords: found.unknown,
    ignoredWords: found.query.ignored,
    dense: said,
    confidence: found.confidence,
    ...(reranked ? { rerank: reranked } : {}),
    notes,
  };
}

/** The selection of a query over a snapshot; undefined where everything may be found. */
function selectionOf(
  { sources }: SearchParts,
  { node, isPlain }: ParsedQuery,
  snapshot: Snapshot,
): Selection | undefined {
  if (isPlain && sources.every(({ isDefault }) => isDefault)) return undefined;
  return new Selection(isPlain ? { kind: 'all' } : node, snapshot, sources);
}

async function contentsOf(
  parts: SearchParts,
  asking: ParsedQuery,
  { contentBudgetMs: budgetMs }: SearchSettings,
  { filter, signal }: SearchOptions,
): Promise<{ findings: ContentFindings; selection: Selection | undefined }> {
  if (asking.isPlain) return { findings: noFindings, selection: undefined };
  const { look, selection } = parts.read(
    ({ snapshot }): { look?: Look; selection: Selection | undefined } => {
      const selection = selectionOf(parts, asking, snapshot);
      if (!selection || selection.patterns.length === 0) return { selection };
      const { patterns } = selection;
      const prefilter = new Prefilter(snapshot, patterns);
      selection.ruleOut((file, pattern) => !prefilter.mayMatch(file, pattern));
      const passes = filter && fileFilter(filter, snapshot);
      const files: number[] = [];
      for (let file = 0; file < snapshot.files.length; file++)
        if ((!passes || passes(file)) && selection.mayAccept(file)) files.push(file);
      // A literal alone that is everywhere: nobody looks at more than the first of it.
      if (asking.words !== '' || patterns.length > 1)
        return { look: { patterns, snapshot, files, prefilter }, selection };
      files.sort((a, b) => likelihood(snapshot, b) - likelihood(snapshot, a) || a - b);
      return { look: { patterns, snapshot, files, prefilter, mostFiles: mostListed }, selection };
    },
  );
  return { findings: look ? await parts.lookThrough(look, { budgetMs, signal }) : noFindings, selection };
}

/** Which files would be listed first, as far as that is known before they are read. */
function likelihood(snapshot: Snapshot, file: number): number {
  const { role, importers } = snapshot.files[file]!;
  return roleWeight[role] + Math.min(1, importers / 100);
}

function findIn(
  retriever: Retriever,
  words: string,
  selection: Selection | undefined,
  dense: Parameters<Retriever['retrieve']>[1]['dense'],
  { limit, perFile, rerank }: SearchSettings,
  { filter }: SearchOptions,
): Pick<Retrieved, 'hits' | 'total' | 'unknown' | 'query' | 'confidence'> {
  const { snapshot } = retriever;
  const passes = filter && fileFilter(filter, snapshot);
  const ofKind = filter?.kinds && kindTest(filter.kinds, snapshot);
  const accept = both(passes, selection && (file => selection.accepts(file)));
  const isWanted: UnitTest | undefined = both(ofKind, selection?.isWanted);
  const most = Math.max(limit, rerank?.top ?? 0);
  if (words === '') {
    const { hits, total } = listFiles(selection!, { accept, isWanted, limit, perFile });
    const confidence = hits.length > 0 ? ('high' as const) : ('none' as const);
    return { hits, total, unknown: [], query: nothingAnalyzed, confidence };
  }
  const pool = selection?.singlesOut ? acceptedFiles(snapshot, accept!) : undefined;
  const found = retriever.retrieve(words, {
    limit: most,
    perFile,
    parameters: bm25f,
    weights,
    candidates: Math.max(candidateFiles, limit * 3),
    accept,
    isWanted,
    ...(selection ? { lineOf: file => selection.lineOf(file) } : {}),
    dense,
    ...(pool && pool.length <= mostPooled ? { pool } : {}),
  });
  if (!selection?.singlesOut || found.hits.length >= limit) return found;
  // What has the literal but no word of the query is an answer still, only a later one.
  const without = new Set(found.hits.map(({ path }) => path));
  const rest = listFiles(selection, {
    accept,
    isWanted,
    limit: limit - found.hits.length,
    perFile,
    without,
  });
  const hits = [...found.hits, ...below(rest.hits, found.hits.at(-1)?.score)];
  return {
    ...found,
    hits,
    total: Math.max(found.total, without.size + rest.total),
    confidence: found.hits.length === 0 && hits.length > 0 ? 'low' : found.confidence,
  };
}

/** Hits with scores that go on below another's. */
function below(hits: readonly FreshHit[], last: number | undefined): FreshHit[] {
  const first = hits[0]?.score ?? 0;
  if (last === undefined || first < last) return [...hits];
  const scale = first > 0 && last > 0 ? (last / first) * 0.5 : 0;
  return hits.map(hit => ({
    ...hit,
    score: hit.score * scale,
    signals: hit.signals.map(signal => ({ ...signal, value: signal.value * scale })),
  }));
}

const nothingAnalyzed: Retrieved['query'] = { text: '', words: [], joined: [], adjacent: [], ignored: [] };

function acceptedFiles(snapshot: Snapshot, accept: (file: number) => boolean): number[] {
  const files: number[] = [];
  for (let file = 0; file < snapshot.files.length; file++) if (accept(file)) files.push(file);
  return files;
}

/** What both tests take; either may be absent. */
function both<A extends unknown[]>(
  one: ((...given: A) => boolean) | undefined,
  other: ((...given: A) => boolean) | undefined,
): ((...given: A) => boolean) | undefined {
  if (!one || !other) return one ?? other;
  return (...given) => one(...given) && other(...given);
}

interface Reranking {
  top: number;
  budgetMs: number;
  snapshot: Snapshot;
  isFresh: (hit: FreshHit) => boolean;
  signal: AbortSignal | undefined;
}

function rerankFirst(
  { reranker, textOf }: SearchParts,
  query: string,
  hits: readonly FreshHit[],
  { top, budgetMs, snapshot, isFresh, signal }: Reranking,
): ReturnType<typeof rerankHits> {
  if (!reranker)
    throw new QuarryError('not-found', 'there is no re-ranker', 'set QUARRY_RERANKER, or leave --rerank out');
  return rerankHits({
    query,
    hits,
    top,
    weight: cascadeWeight(
      { files: snapshot.files.length, units: encodedShare(snapshot, '').totalUnits },
      cascadeDefaults,
    ),
    // Of a file that has changed, nobody knows where the unit is.
    textOf: hit => (isFresh(hit) ? textOf(hit.path) : undefined),
    pathOf: hit => hit.path,
    score: candidates => reranker.score(query, candidates, budgetMs, signal),
  });
}
