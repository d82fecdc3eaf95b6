import { QuarryError, throwIfAborted } from '../../core/errors.ts';
import type { RelatedOptions, SearchResult } from '../../core/search.ts';
import { searchLimits, wholeWithin } from '../../core/search-limits.ts';
import type { StoredUnit } from '../../store/segment.ts';
import type { Snapshot } from '../../store/snapshot.ts';
import { bm25f, candidateFiles, weights } from '../settings/parameters.ts';
import { finishHits, staleness } from './finish.ts';
import { hitTexts } from './hit-text.ts';
import { documentOf } from './retrieval/definitions.ts';
import type { Retrieved } from './retrieval/retriever.ts';
import type { SearchParts } from './search-parts.ts';

/**
 * Code that does nearly the same as the unit at a line: nearest by vectors, or by the words of its name and comment where it has
 * none. Copies of the file are not among it. Throws QuarryError `not-found` for a file that is not indexed, `usage` for a line
 * outside of it.
 */
export async function related(
  parts: SearchParts,
  path: string,
  line: number,
  options: RelatedOptions,
): Promise<SearchResult> {
  const { sameFile = false, signal } = options;
  throwIfAborted(signal);
  const start = performance.now();
  const limit = wholeWithin('limit', options.limit, searchLimits.limit);
  const perFile = wholeWithin('perFile', options.perFile, searchLimits.perFile);
  // Any query opens the model, so that its vectors are known.
  const query = await parts.meaning.encode('code', 'hybrid', signal);
  const { snapshot, retrieved, comparison, vector } = parts.read(retriever => {
    const { snapshot } = retriever;
    const { file, unit, units } = unitAt(snapshot, path, line);
    const comparison = parts.meaning.over(snapshot, query, parts.ranking.hybrid);
    const { dense } = comparison;
    const ownDocument = documentOf(snapshot, file);
    const vector = unit < 0 ? undefined : dense?.index.vectorOf(file, unit);
    const words = wordsOf(parts, path, units[unit]);
    if (!vector && words.trim() === '')
      throw new QuarryError(
        'usage',
        `nothing at ${path}:${line} says what it does`,
        'name a line of a function',
      );
    const isOther = (other: number) =>
      (sameFile && other === file) || (other !== file && documentOf(snapshot, other) !== ownDocument);
    // The unit itself, and what is inside it or around it, is no news.
    const isWanted = (other: number, at: number) => other !== file || !overlaps(units[at]!, units[unit]);
    const retrieved: Retrieved = retriever.retrieve(vector ? '' : words, {
      limit,
      perFile,
      parameters: bm25f,
      weights,
      candidates: Math.max(candidateFiles, limit * parts.ranking.candidatesPerFile),
      accept: isOther,
      isWanted,
      dense: vector && dense ? { ...dense, vector, late: undefined, only: true } : undefined,
    });
    return { snapshot, retrieved, comparison, vector };
  });
  const hits = finishHits(retrieved.hits, staleness(parts, snapshot), parts);
  return {
    query: `${path}:${line}`,
    words: '',
    hits,
    total: retrieved.total,
    generation: snapshot.generation,
    tookMs: performance.now() - start,
    unknownWords: [],
    ignoredWords: [],
    dense: { ...comparison.report, used: vector !== undefined },
    confidence: hits.length === 0 ? 'none' : 'high',
    notes: comparison.notes,
  };
}

/** The innermost unit at a line, −1 for none. Throws QuarryError. Call inside `read`. */
export function unitAt(
  snapshot: Snapshot,
  path: string,
  line: number,
): { file: number; unit: number; units: readonly StoredUnit[] } {
  const file = snapshot.numberOf(path);
  const entry = snapshot.files[file];
  if (!entry) throw new QuarryError('not-found', `${path} is not indexed`, 'paths are as in search results');
  const lines = snapshot.segment(file).documents.lines[entry.document]!;
  if (!Number.isInteger(line) || line < 1 || line > Math.max(1, lines))
    throw new QuarryError('usage', `${path} has lines 1 to ${lines}, not ${line}`);
  const units = snapshot.segment(file).units(entry.document);
  let unit = -1;
  for (const [i, { firstLine, lastLine }] of units.entries())
    if (firstLine <= line && line <= lastLine) unit = i;
  return { file, unit, units };
}

function overlaps(a: StoredUnit, b: StoredUnit | undefined): boolean {
  return b !== undefined && a.start < b.end && b.start < a.end;
}

/** What a unit says of itself; of a file without units its name. */
function wordsOf(parts: SearchParts, path: string, unit: StoredUnit | undefined): string {
  if (!unit) return path.slice(path.lastIndexOf('/') + 1).replace(/\.[^.]*$/, '');
  const { signature, doc } = hitTexts(parts.textOf(path) ?? '', unit);
  return `${unit.qualifiedName} ${doc} ${signature}`.slice(0, 1000);
}
