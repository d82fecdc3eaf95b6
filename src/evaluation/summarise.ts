import { QuarryError } from '../core/errors.ts';
import type { Collection, Query, RetrievalDataset } from './dataset.ts';
import {
  comparisonsOf,
  type Estimate,
  intervalsOf,
  type PairedTest,
  slicesOf,
  valuesOf,
} from './estimates.ts';
import { measuresFor, type RetrievalMeasure, recallCurve } from './measures.ts';
import type { ExperimentResult, QueryOutcome, QueryRow, SliceResult, SystemResult } from './result.ts';
import { partsOf } from './slices.ts';
import {
  DRAWS,
  type Draws,
  groupedMean,
  mean,
  median,
  randomisationTest,
  resample,
  SAME,
  weightsOf,
} from './statistics.ts';

export interface SummariseOptions {
  /** In the order of the report, each with one outcome per query, in any order. */
  systems: ReadonlyArray<{ name: string; outcomes: readonly QueryOutcome[] }>;
  /** Everything that was asked, in retrieval order. */
  collections: ReadonlyArray<Pick<Collection, 'name' | 'slices'> & { queries: readonly Query[] }>;
  averaging: RetrievalDataset['averaging'];
  measures: readonly string[];
  /** Name of one of the systems. */
  baseline: string | null;
  seed?: number;
  draws?: Partial<Draws>;
}

/** The parts of a system's result that follow from outcomes. */
export type SystemSummary = Pick<
  SystemResult,
  'name' | 'measures' | 'intervals' | 'p' | 'comparisons' | 'meansOver' | 'slices' | 'recallAt'
>;

export interface Summary extends Pick<ExperimentResult, 'measures' | 'queries' | 'pool' | 'pools'> {
  systems: SystemSummary[];
  /** All queries in retrieval order. */
  rows: QueryRow[];
}

/** A query that was asked. */
interface Row {
  collection: string;
  query: Query;
  slices: Readonly<Record<string, string>>;
}

/** How rows make up a total: groups of observations of rows. */
interface Layout {
  /** Rows of each observation, group after group. */
  observations: number[][];
  /** Observations per group. */
  sizes: number[];
}

/** What one system got: by measure, one value per row or observation. */
type Columns = readonly Float64Array[];

const RECALL_AT = [1, 2, 3, 5, 10, 20, 50, 100];

/**
 * Means, intervals, tests and slices of all systems. An observation is one query, or the mean of a cluster of
 * queries; the total is the mean over observations or, with `averaging: 'collections'`, over the collections' means
 * (a cluster then stays within its collection). Slices are averaged in the same way.
 *
 * Throws QuarryError `usage` for unknown measures and baselines, an Error if an outcome is missing.
 */
export function summarise(options: SummariseOptions): Summary {
  const { systems, averaging, baseline, seed = 1 } = options;
  const draws: Draws = { ...DRAWS, ...options.draws };
  const measures = measuresFor('retrieval', options.measures);
  if (baseline !== null && !systems.some(({ name }) => name === baseline))
    throw new QuarryError(
      'usage',
      `the baseline ${JSON.stringify(baseline)} is not among the systems`,
      `systems: ${systems.map(({ name }) => name).join(', ')}`,
    );
  const rows: Row[] = options.collections.flatMap(({ name, slices, queries }) =>
    queries.map(query => ({ collection: name, query, slices: { ...slices, ...query.slices } })),
  );
  const outcomes = systems.map(system => aligned(system, rows));
  const scores = outcomes.map(list => scored(list, measures));
  const names = measures.map(({ name }) => name);

  const total = layoutOf(rows, averaging);
  const columns = columnsOf(scores, total);
  const estimates = estimate(columns, names, total, draws.bootstrap, seed);
  const weights = weightsOf(total.sizes);
  const at = systems.findIndex(({ name }) => name === baseline);
  const comparisons = comparisonsOf(estimates, at, (s, m) =>
    paired(columns[s]![m]!, columns[at]![m]!, weights, draws.randomisation, seed),
  );
  const slices = slicesOf(partsOf(rows.map(row => row.slices)), systems.length, part => {
    const layout = layoutOf(rows, averaging, part);
    return estimate(columnsOf(scores, layout), names, layout, draws.bootstrap, seed);
  });
  const inCollections = new Set(
    options.collections.flatMap(collection => Object.keys(collection.slices ?? {})),
  );
  const shares = rowWeights(total, weights, rows.length);
  return {
    measures: names,
    queries: rows.length,
    ...poolsOf(outcomes[0] ?? [], options.collections.length),
    systems: systems.map(({ name }, s) => ({
      name,
      measures: valuesOf(estimates[s]!),
      intervals: intervalsOf(estimates[s]!),
      p: Object.fromEntries(Object.entries(comparisons[s]!).map(([measure, { p }]) => [measure, p])),
      comparisons: comparisons[s]!,
      meansOver: meansOver(slices[s]!, inCollections, names),
      slices: slices[s]!,
      recallAt: recallCurve(outcomes[s]!, RECALL_AT, shares),
    })),
    rows: rows.map((row, r) => ({
      collection: row.collection,
      query: row.query.id,
      text: row.query.text,
      slices: row.slices,
      pool: outcomes[0]?.[r]?.pool ?? 0,
      systems: Object.fromEntries(
        systems.map(({ name }, s) => {
          const { relevant, top } = outcomes[s]![r]!;
          const ofRow = Object.fromEntries(names.map((measure, m) => [measure, scores[s]![m]![r]!]));
          return [name, { measures: ofRow, relevant, top }];
        }),
      ),
    })),
  };
}

/** The outcomes of a system in the order of the rows. */
function aligned(
  system: { name: string; outcomes: readonly QueryOutcome[] },
  rows: readonly Row[],
): QueryOutcome[] {
  const byQuery = new Map(
    system.outcomes.map(outcome => [`${outcome.collection}\0${outcome.query}`, outcome]),
  );
  return rows.map(({ collection, query }) => {
    const outcome = byQuery.get(`${collection}\0${query.id}`);
    if (!outcome) throw new Error(`${system.name}: no outcome of query ${query.id} of ${collection}`);
    return outcome;
  });
}

function scored(outcomes: readonly QueryOutcome[], measures: readonly RetrievalMeasure[]): Columns {
  return measures.map(({ of }) => Float64Array.from(outcomes, outcome => of(outcome)));
}

function layoutOf(
  rows: readonly Row[],
  averaging: RetrievalDataset['averaging'],
  part?: readonly number[],
): Layout {
  const groups = new Map<string, Map<string, number[]>>();
  for (const r of part ?? rows.keys()) {
    const { collection, query } = rows[r]!;
    const group = averaging === 'collections' ? collection : '';
    const observations = groups.get(group) ?? new Map<string, number[]>();
    groups.set(group, observations);
    const key = query.cluster === undefined ? `row ${r}` : `cluster ${query.cluster}`;
    const observation = observations.get(key);
    if (observation) observation.push(r);
    else observations.set(key, [r]);
  }
  return {
    observations: [...groups.values()].flatMap(group => [...group.values()]),
    sizes: [...groups.values()].map(group => group.size),
  };
}

/** What each row adds to a total, of what each observation adds. */
function rowWeights({ observations }: Layout, weights: Float64Array, rows: number): Float64Array {
  const ofRow = new Float64Array(rows);
  for (const [o, members] of observations.entries())
    for (const row of members) ofRow[row] = weights[o]! / members.length;
  return ofRow;
}

/** By system and measure, the mean of the rows of each observation. */
function columnsOf(scores: readonly Columns[], { observations }: Layout): Columns[] {
  return scores.map(columns =>
    columns.map(ofRow => Float64Array.from(observations, members => mean(members.map(row => ofRow[row]!)))),
  );
}

function estimate(
  columns: readonly Columns[],
  measures: readonly string[],
  { sizes }: Layout,
  draws: number,
  seed: number,
): Estimate[][] {
  const drawn = resample(columns.flat(), sizes, draws, seed);
  return columns.map((ofSystem, s) =>
    ofSystem.map((column, m) => ({
      measure: measures[m]!,
      value: groupedMean(column, sizes),
      drawn: drawn[s * measures.length + m]!,
    })),
  );
}

function paired(
  system: Float64Array,
  baseline: Float64Array,
  weights: Float64Array,
  draws: number,
  seed: number,
): PairedTest {
  const differences = system.map((value, i) => value - baseline[i]!);
  const wins = differences.filter(difference => difference > SAME).length;
  const losses = differences.filter(difference => difference < -SAME).length;
  return {
    p: randomisationTest(differences, { weights, draws, seed }),
    wins,
    losses,
    ties: differences.length - wins - losses,
  };
}

/** By slice of the collections, the means over its values. */
function meansOver(
  slices: readonly SliceResult[],
  wanted: ReadonlySet<string>,
  measures: readonly string[],
): SystemResult['meansOver'] {
  const bySlice = Map.groupBy(
    slices.filter(({ slice }) => wanted.has(slice)),
    ({ slice }) => slice,
  );
  const means: SystemResult['meansOver'] = {};
  for (const [slice, parts] of bySlice)
    means[slice] = Object.fromEntries(
      measures.map(measure => [measure, mean(parts.map(part => part.measures[measure]!))]),
    );
  return means;
}

function poolsOf(outcomes: readonly QueryOutcome[], collections: number): Pick<Summary, 'pool' | 'pools'> {
  const sizes = outcomes.map(({ pool }) => pool);
  return {
    pool: Math.round(mean(sizes)),
    pools: {
      collections,
      smallest: sizes.reduce((a, b) => Math.min(a, b), sizes[0] ?? 0),
      median: sizes.length > 0 ? median(sizes) : 0,
      largest: sizes.reduce((a, b) => Math.max(a, b), 0),
    },
  };
}
