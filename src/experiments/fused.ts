import { throwIfAborted } from '../core/errors.ts';
import type { Collection } from '../evaluation/dataset.ts';
import { parseSystem } from '../evaluation/experiment.ts';
import type { PreparedSystem, RankedItem, System, SystemKind, SystemSpec } from '../evaluation/system.ts';
import { Parameters } from '../evaluation/systems/parameters.ts';
import { createSystem, type SystemSurroundings } from '../evaluation/systems/registry.ts';
import { type TermIndex, TermIndexBuilder } from '../evaluation/systems/term-index.ts';
import { type FusionMethod, fuse, fusionMethods } from './fusion.ts';

/** Raise when lists are merged in another way. */
const version = 1;
/** Candidates at the top of `a` whose words say how much of the query was found. */
const coveringCandidates = 10;

/**
 * Two systems, and one list of theirs for every query; for ablations of how evidence is put together.
 *
 * - `a`, `b`: systems as on the command line, or `{ "system": …, "parameters": … }`.
 * - `method`: `zscore` adds what each score is above the mean of its list, in standard deviations; `rrf` adds
 *   1 / (60 + rank) (Cormack et al. 2009); `coverage` is `zscore` with the weight of `b` falling from `weight` to 0 as
 *   the share of the query's idf that stands in the best of `a`'s first ten candidates rises from 0 to 1.
 * - `weight`: of `b`, from 0 to 1; that of `a` is the rest.
 * - `depth`: candidates of each list. What a list does not hold counts as its last one; with `rrf`, as nothing.
 */
export function fusedKind(surroundings: () => SystemSurroundings): SystemKind {
  return {
    id: 'fused',
    title: 'The lists of two systems, merged',
    source: 'Cormack, Clarke & Büttcher, SIGIR 2009 (rrf); docs/evaluation.md',
    defaults: { a: 'lexical', b: 'dense', method: 'zscore', weight: 0.5, depth: 1000 },
    create(values) {
      const read = new Parameters('fused', values);
      const method = read.choice('method', fusionMethods);
      const weight = read.number('weight', 0, 1);
      const depth = read.whole('depth', 1, 1000);
      const [a, b] = [partOf(values['a'], 'a', surroundings()), partOf(values['b'], 'b', surroundings())];
      return {
        fingerprint: `${a.fingerprint} ${b.fingerprint} ${version}`,
        async prepare(collection, signal) {
          const terms = method === 'coverage' ? await termsOf(collection, signal) : undefined;
          const first = await a.prepare(collection, signal);
          try {
            return fused(first, await b.prepare(collection, signal), { method, weight, depth, terms });
          } catch (error) {
            await first.close?.();
            throw error;
          }
        },
      };
    },
  };
}

/** Throws QuarryError `usage` for what is no system. */
function partOf(value: unknown, name: string, surroundings: SystemSurroundings): System {
  const where = `fused: ${name}`;
  const spec = typeof value === 'object' && value !== null ? (value as SystemSpec) : undefined;
  return createSystem(spec ?? parseSystem(String(value), where), surroundings);
}

async function termsOf(collection: Collection, signal: AbortSignal | undefined): Promise<TermIndex> {
  const builder = new TermIndexBuilder({ stem: true, stopWords: true });
  for await (const { id, text, name } of collection.candidates(signal)) {
    throwIfAborted(signal);
    builder.add(id, text, name ?? '');
  }
  return builder.finish();
}

interface Fusion {
  method: FusionMethod;
  weight: number;
  depth: number;
  /** Only for `coverage`. */
  terms: TermIndex | undefined;
}

function fused(
  a: PreparedSystem,
  b: PreparedSystem,
  { method, weight, depth, terms }: Fusion,
): PreparedSystem {
  return {
    async rank(query, { limit, signal }) {
      const options = { limit: depth, ...(signal ? { signal } : {}) };
      // One after the other: two systems may share a model that answers one call at a time.
      const first = bestOfEach(await a.rank(query, options));
      const second = bestOfEach(await b.rank(query, options));
      const found = terms ? coverage(query.text, first, terms) : 0;
      return fuse(first, second, method, weight * (1 - found)).slice(0, limit);
    },
    ...bytesOf(a.indexBytes, b.indexBytes),
    warnings: () => [...(a.warnings?.() ?? []), ...(b.warnings?.() ?? [])],
    async close() {
      await a.close?.();
      await b.close?.();
    },
  };
}

/** Where one of the two is measured by what the process grew by, both are. */
function bytesOf(
  a: number | null | undefined,
  b: number | null | undefined,
): Pick<PreparedSystem, 'indexBytes'> {
  if (a === undefined || b === undefined) return {};
  return { indexBytes: a === null || b === null ? null : a + b };
}

/** The first place of every candidate. */
function bestOfEach(items: readonly RankedItem[]): RankedItem[] {
  const seen = new Set<string>();
  return items.filter(({ id }) => !seen.has(id) && seen.add(id));
}

/** The largest share of the query's idf in one of the first candidates, in [0, 1]; 1 for a query without words. */
function coverage(text: string, list: readonly RankedItem[], terms: TermIndex): number {
  const members = terms.members(list.slice(0, coveringCandidates).map(({ id }) => id));
  const found = new Map<number, number>();
  let total = 0;
  for (const term of terms.queryTerms(text).keys()) {
    const df = terms.postings(term).documents.length;
    const idf = Math.log(1 + (terms.ids.length - df + 0.5) / (df + 0.5));
    total += idf;
    for (const d of terms.postings(term, members).documents) found.set(d, (found.get(d) ?? 0) + idf);
  }
  return total === 0 ? 1 : Math.max(0, ...found.values()) / total;
}
