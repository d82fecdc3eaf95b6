// The ranking stage of a search: words rank the files of a selection; without words they are listed.

import type { SearchFilter } from '../../core/search.ts';
import type { Snapshot } from '../../store/snapshot.ts';
import type { UnitTest } from '../../store/vectors/dense.ts';
import { bm25f, candidateFiles, type Ranking, weights } from '../settings/parameters.ts';
import type { UncheckedHit } from './hits.ts';
import type { DenseQuery, Retrieved, Retriever } from './retrieval/retriever.ts';
import type { SearchSettings } from './search-settings.ts';
import { fileFilter, kindTest } from './selection/filter.ts';
import { listFiles } from './selection/listing.ts';
import type { Selection } from './selection/selection.ts';

export interface RankRequest {
  /** '' for a query of filters only. */
  words: string;
  /** Undefined where everything may be found. */
  selection: Selection | undefined;
  dense: DenseQuery | undefined;
  settings: SearchSettings;
  filter: SearchFilter | undefined;
  ranking: Ranking;
}

/** Files of a selection by contents or names that are ranked whatever speaks for them: more of them need a word of the query. */
const mostPooled = 3000;

/** The best files, `limit` of them or as many as are re-ranked; to be called within `SearchParts.read`. */
export function rankSelected(
  retriever: Retriever,
  request: RankRequest,
): Pick<Retrieved, 'hits' | 'total' | 'unknown' | 'query' | 'confidence'> {
  const { words, selection, dense, filter, ranking } = request;
  const { limit, perFile, rerank } = request.settings;
  const { snapshot } = retriever;
  const passes = filter && fileFilter(filter, snapshot);
  const ofKind = filter?.kinds && kindTest(filter.kinds, snapshot);
  const accept = both(passes, selection && (file => selection.accepts(file)));
  const isWanted: UnitTest | undefined = both(ofKind, selection?.isWanted);
  if (words === '') {
    const { hits, total } = listFiles(selection!, { accept, isWanted, limit, perFile });
    const confidence = hits.length > 0 ? ('high' as const) : ('none' as const);
    return { hits, total, unknown: [], query: nothingAnalyzed, confidence };
  }
  const pool = selection?.singlesOut ? acceptedFiles(snapshot, accept!) : undefined;
  const ranked = retriever.retrieve(words, {
    limit: Math.max(limit, rerank?.top ?? 0),
    perFile,
    parameters: bm25f,
    weights,
    candidates: Math.max(candidateFiles, limit * ranking.candidatesPerFile),
    accept,
    isWanted,
    lineOf: selection && (file => selection.lineOf(file)),
    dense,
    pool: pool && pool.length <= mostPooled ? pool : undefined,
  });
  if (!selection?.singlesOut || ranked.hits.length >= limit) return ranked;
  // What has the literal but no word of the query is an answer still, only a later one.
  const without = new Set(ranked.hits.map(({ path }) => path));
  const rest = listFiles(selection, {
    accept,
    isWanted,
    limit: limit - ranked.hits.length,
    perFile,
    without,
  });
  const hits = [...ranked.hits, ...scaledBelow(rest.hits, ranked.hits.at(-1)?.score)];
  return {
    ...ranked,
    hits,
    total: Math.max(ranked.total, without.size + rest.total),
    confidence: ranked.hits.length === 0 && hits.length > 0 ? 'low' : ranked.confidence,
  };
}

/** Hits with their scores scaled so that all are below `last`. */
function scaledBelow(hits: readonly UncheckedHit[], last: number | undefined): UncheckedHit[] {
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

/** The test that both tests pass; either may be absent. */
function both<A extends unknown[]>(
  one: ((...given: A) => boolean) | undefined,
  other: ((...given: A) => boolean) | undefined,
): ((...given: A) => boolean) | undefined {
  if (!one || !other) return one ?? other;
  return (...given) => one(...given) && other(...given);
}
