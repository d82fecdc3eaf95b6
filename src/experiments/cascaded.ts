import type { Reranker } from '../core/reranker.ts';
import type { Candidate, Query } from '../evaluation/dataset.ts';
import { parseSystem } from '../evaluation/experiment.ts';
import type {
  PreparedSystem,
  RankedItem,
  RankOptions,
  SystemKind,
  SystemSpec,
} from '../evaluation/system.ts';
import { Parameters } from '../evaluation/systems/parameters.ts';
import { createSystem, type SystemSurroundings } from '../evaluation/systems/registry.ts';
import { CandidateUnits } from './candidate-units.ts';
import { modelDirectory, modelHash } from './dense.ts';

/** Raise when lists are put in order in another way. */
const version = 1;
/** Units of a candidate that are read at most: a file may have hundreds. */
const mostUnits = 3;

/** Opens the re-ranker in a folder; it stays the opener's to close. */
type OpenReranker = (directory: string) => Promise<Reranker>;

/**
 * A first stage and a cross-encoder over the best of its list (R2PS, section 3.1), for the papers' experiments; the
 * engine's own cascade is `hybrid(rerank=…)`.
 *
 * - `first`: a system as on the command line.
 * - `top`: candidates that are re-ranked; 1000 with a pool of no more is the cross-encoder over everything.
 * - `mix`: share of the first stage in the final score, both as z-scores over the candidates re-ranked; 0 is the cross-encoder alone, .5
 *   their mean.
 */
export function cascadeKind(
  open: OpenReranker,
  codeHash: () => string,
  surroundings: () => SystemSurroundings,
): SystemKind {
  return {
    id: 'cascade',
    title: 'A first stage, and a cross-encoder over the best of its list',
    source: 'R2PS section 3.1; SPENCER section 3; docs/reranking.md',
    defaults: { first: 'dense', reranker: 'reranker', top: 20, mix: 0 },
    create(values) {
      const read = new Parameters('cascade', values);
      const top = read.whole('top', 1, 1000);
      const mix = read.number('mix', 0, 1);
      const directory = modelDirectory('cascade', values['reranker']);
      const given = values['first'];
      const spec = typeof given === 'object' && given !== null ? (given as SystemSpec) : undefined;
      const first = createSystem(spec ?? parseSystem(String(given), 'cascade: first'), surroundings());
      return {
        fingerprint: `${first.fingerprint} ${modelHash(directory)} ${codeHash()} ${version}`,
        async prepare(collection, signal) {
          const prepared = await first.prepare(collection, signal);
          const units = await CandidateUnits.create('outline', collection.root !== undefined);
          const candidates = new Map<string, Candidate>();
          for await (const candidate of collection.candidates(signal))
            candidates.set(candidate.id, candidate);
          const reranker = await open(directory);
          return new Cascaded(prepared, reranker, candidates, units, { top, mix });
        },
      };
    },
  };
}

class Cascaded implements PreparedSystem {
  readonly indexBytes?: number | null;
  private readonly first: PreparedSystem;
  private readonly reranker: Reranker;
  private readonly candidates: ReadonlyMap<string, Candidate>;
  private readonly units: CandidateUnits;
  private readonly settings: { top: number; mix: number };

  constructor(
    first: PreparedSystem,
    reranker: Reranker,
    candidates: ReadonlyMap<string, Candidate>,
    units: CandidateUnits,
    settings: { top: number; mix: number },
  ) {
    this.first = first;
    if (first.indexBytes !== undefined) this.indexBytes = first.indexBytes;
    this.reranker = reranker;
    this.candidates = candidates;
    this.units = units;
    this.settings = settings;
  }

  async rank(query: Query, options: RankOptions): Promise<RankedItem[]> {
    const { top, mix } = this.settings;
    const list = await this.first.rank(query, { ...options, limit: Math.max(options.limit, top) });
    const seen = new Set<string>();
    const places = list.filter(({ id }) => !seen.has(id) && seen.add(id));
    const head = places.slice(0, top);
    if (head.length < 2) return list.slice(0, options.limit);
    const crossed = await this.scores(query.text, head, options.signal);
    const [a, b] = [zScores(head.map(({ score }) => score)), zScores(crossed)];
    const order = head
      .map((item, i) => ({ item, score: mix * a[i]! + (1 - mix) * b[i]! }))
      .sort((x, y) => y.score - x.score);
    // Ranks as scores: those of two stages are no numbers of one kind.
    const all = [...order.map(({ item }) => item), ...places.slice(top)];
    return all.slice(0, options.limit).map((item, i) => ({ ...item, score: all.length - i }));
  }

  warnings(): string[] {
    return this.first.warnings?.() ?? [];
  }

  async close(): Promise<void> {
    this.units.dispose();
    await this.first.close?.();
  }

  /** Of each candidate the score of its best unit, near the place that the first stage found if it has more than a few. */
  private async scores(query: string, items: readonly RankedItem[], signal?: AbortSignal): Promise<number[]> {
    const texts = [];
    const owners: number[] = [];
    for (const [i, { id, lines }] of items.entries()) {
      const candidate = this.candidates.get(id)!;
      const units = await this.units.of(candidate);
      const near = (unit: (typeof units)[number]) =>
        lines && unit.lines ? Math.abs(unit.lines[0] - lines[0]) + Math.abs(unit.lines[1] - lines[1]) : 0;
      const chosen = units.toSorted((a, b) => near(a) - near(b)).slice(0, mostUnits);
      for (const { text } of chosen) {
        texts.push({ ...text, path: candidate.path ?? '' });
        owners.push(i);
      }
    }
    const values = await this.reranker.score(query, texts, signal);
    const best = items.map(() => Number.NEGATIVE_INFINITY);
    for (const [k, i] of owners.entries()) best[i] = Math.max(best[i]!, values[k]!);
    return best;
  }
}

function zScores(values: readonly number[]): number[] {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length);
  return values.map(value => (deviation > 0 ? (value - mean) / deviation : 0));
}
