// A query from its text to hits: parse, encode, look through contents, rank, re-rank, finish.

import { defined } from '../../core/defined.ts';
import { QuarryError, throwIfAborted } from '../../core/errors.ts';
import type { RerankReport, SearchOptions, SearchResult } from '../../core/search.ts';
import type { ParsedQuery } from '../../query/ast.ts';
import type { Snapshot } from '../../store/snapshot.ts';
import { type ContentFindings, type ContentScope, noFindings } from './content/findings.ts';
import { Prefilter } from './content/prefilter.ts';
import { finishHits, staleness } from './finish.ts';
import { parsedQuery } from './parse-query.ts';
import { rankSelected } from './rank-selected.ts';
import { rerankHits, rerankWeight } from './reranking/rerank.ts';
import type { QueryVector } from './retrieval/meaning.ts';
import type { SearchParts } from './search-parts.ts';
import { type SearchSettings, searchSettings } from './search-settings.ts';
import { fileFilter } from './selection/filter.ts';
import { roleWeight, withMatches } from './selection/listing.ts';
import { Selection } from './selection/selection.ts';

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
  const start = performance.now();
  const settings = searchSettings(options, parts.rerankedFiles);
  if (query.trim() === '') throw new QuarryError('usage', 'the query is empty', 'say what the code does');
  const parsed = await parsedQuery(query, options.syntax ?? 'operators');
  const { words } = parsed;
  const rerank = words === '' ? undefined : settings.rerank;
  if (rerank) parts.reranker?.start();
  const vector: QueryVector =
    words === ''
      ? { mode: settings.mode, reason: 'there are no words to rank by' }
      : await parts.meaning.encode(words, settings.mode, signal);
  const contents = await searchContents(parts, parsed, settings, options);
  const { snapshot, selection, ranked, comparison, weight } = parts.read(retriever => {
    const { snapshot } = retriever;
    const comparison = parts.meaning.over(snapshot, vector, parts.ranking.hybrid);
    // Made anew only if the index has changed meanwhile: looking for names reads many units.
    const isSame = contents.selection?.snapshot === snapshot;
    const selection = isSame ? contents.selection : selectionOf(parts, parsed, snapshot);
    selection?.settle(contents.findings);
    const { dense } = comparison;
    const request = { words, selection, dense, settings, filter: options.filter, ranking: parts.ranking };
    const ranked = rankSelected(retriever, request);
    const weight = rerank ? rerankWeight(snapshot, parts.ranking.cascade) : 0;
    return { snapshot, selection, ranked, comparison, weight };
  });
  const notes = [...comparison.notes, ...contents.findings.notes];
  if (ranked.hits.length === 0 && words !== '' && selection && selection.patterns.length > 0)
    notes.push(
      'no file has what stands in quotes or slashes and passes the rest; without them, words find the nearest',
    );
  const isStale = staleness(parts, snapshot);
  let { hits } = ranked;
  let report: RerankReport | undefined;
  if (rerank) {
    ({ hits, report } = await rerankHits(parts, words, hits, { ...rerank, weight, isStale, signal }));
    if (!report.used && report.candidates > 1) notes.push(`not re-ranked: ${report.reason}`);
  }
  const shown = hits
    .slice(0, settings.limit)
    .map(hit => (selection ? withMatches(hit, selection, snapshot.numberOf(hit.path)) : hit));
  return {
    query,
    words,
    hits: finishHits(shown, isStale, parts),
    total: ranked.total,
    generation: snapshot.generation,
    tookMs: performance.now() - start,
    unknownWords: ranked.unknown,
    ignoredWords: ranked.query.ignored,
    dense: comparison.report,
    confidence: ranked.confidence,
    ...defined({ rerank: report }),
    notes,
  };
}

/** The selection of a query, to be made within `SearchParts.read`; undefined where everything may be found. */
function selectionOf(
  { sources }: SearchParts,
  { node, isPlain }: ParsedQuery,
  snapshot: Snapshot,
): Selection | undefined {
  if (isPlain && sources.every(({ isDefault }) => isDefault)) return undefined;
  return new Selection(isPlain ? { kind: 'all' } : node, snapshot, sources);
}

/** Looks for the literals and regular expressions of a query in the files that the rest of it lets through. */
async function searchContents(
  parts: SearchParts,
  parsed: ParsedQuery,
  { contentBudgetMs: budgetMs }: SearchSettings,
  { filter, signal }: SearchOptions,
): Promise<{ findings: ContentFindings; selection: Selection | undefined }> {
  if (parsed.isPlain) return { findings: noFindings, selection: undefined };
  type Scoped = { scope?: ContentScope; selection: Selection | undefined };
  const { scope, selection } = parts.read(({ snapshot }): Scoped => {
    const selection = selectionOf(parts, parsed, snapshot);
    if (!selection || selection.patterns.length === 0) return { selection };
    const { patterns } = selection;
    const prefilter = new Prefilter(snapshot, patterns);
    selection.ruleOut((file, pattern) => !prefilter.mayMatch(file, pattern));
    const passes = filter && fileFilter(filter, snapshot);
    const files: number[] = [];
    for (let file = 0; file < snapshot.files.length; file++)
      if ((!passes || passes(file)) && selection.mayAccept(file)) files.push(file);
    // A literal alone that is everywhere: nobody looks at more than the first of it.
    if (parsed.words !== '' || patterns.length > 1)
      return { scope: { patterns, snapshot, files, prefilter }, selection };
    files.sort((a, b) => likelihood(snapshot, b) - likelihood(snapshot, a) || a - b);
    return { scope: { patterns, snapshot, files, prefilter, mostFiles: mostListed }, selection };
  });
  if (!scope) return { findings: noFindings, selection };
  return { findings: await parts.findInContents(scope, { budgetMs, signal }), selection };
}

/** The order in which files would be listed, as far as it is known before they are read. */
function likelihood(snapshot: Snapshot, file: number): number {
  const { role, importers } = snapshot.files[file]!;
  return roleWeight[role] + Math.min(1, importers / 100);
}
