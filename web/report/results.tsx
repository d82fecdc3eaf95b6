import type { JSX } from 'preact';
import {
  bestOf,
  countsOf,
  formatCount,
  formatDifference,
  formatMs,
  formatP,
  formatRange,
  formatScore,
  formatSize,
  starsExplained,
  starsOf,
} from '../../src/evaluation/report/format.ts';
import type { SystemResult } from '../../src/evaluation/result.ts';
import type { Data, Part } from './data.ts';
import { Mark } from './mark.tsx';
import { type Column, PlainTable, SortableTable } from './table.tsx';

/** The main table: systems by measures, with what they cost. */
export function Results({ data, part }: { data: Data; part: Part }): JSX.Element {
  const { result } = part;
  const columns: Array<Column<SystemResult>> = [
    {
      id: 'system',
      head: 'System',
      value: system => system.name,
      ascending: true,
      show: system => (
        <span class="system">
          <Mark data={data} name={system.name} />
          <span>
            {system.name}
            {system.name === result.baseline && <span class="tag">baseline</span>}
          </span>
        </span>
      ),
    },
    ...result.measures.map(measure => measureColumn(result.systems, measure)),
    cost('p50', 'Latency p50', system => system.latencyMs?.p50, formatMs),
    cost('p95', 'Latency p95', system => system.latencyMs?.p95, formatMs),
    cost('index', 'Index time', system => system.indexMs, formatMs),
    cost('memory', 'Memory', system => system.memoryBytes, formatSize),
  ];
  const timed = result.systems.find(system => system.latencyMs)?.latencyMs?.queries;
  return (
    <section id="results" aria-labelledby="results-title">
      <h2 id="results-title">Results</h2>
      <SortableTable
        caption={`Systems by measures, ${result.title}`}
        columns={columns}
        rows={result.systems}
        keyOf={system => system.name}
      />
      <p class="fine">
        <b>Bold</b>: highest of its column. {starsExplained}
        {timed !== undefined &&
          ` Latency: one query for its ten best candidates, ${formatCount(timed)} queries, systems interleaved.`}
      </p>
      <Comparisons part={part} />
      <Parameters part={part} />
    </section>
  );
}

function measureColumn(systems: readonly SystemResult[], measure: string): Column<SystemResult> {
  const best = bestOf(systems, measure);
  return {
    id: `m-${measure}`,
    head: measure,
    scored: true,
    value: system => system.measures[measure],
    show: system => {
      const value = formatScore(system.measures[measure]);
      const p = system.p[measure];
      const stars = starsOf(p);
      return (
        <>
          <span class="score">
            {value === best ? <b>{value}</b> : value}
            <span class="stars">{stars}</span>
          </span>
          <small class="range">{formatRange(system.intervals[measure])}</small>
        </>
      );
    },
  };
}

function cost(
  id: string,
  head: string,
  value: (system: SystemResult) => number | null | undefined,
  format: (value: number | null | undefined) => string,
): Column<SystemResult> {
  return { id, head, value, ascending: true, show: system => format(value(system)) };
}

function Comparisons({ part }: { part: Part }): JSX.Element | null {
  const rows = part.result.systems.flatMap(system =>
    part.result.measures.flatMap(measure => {
      const comparison = system.comparisons[measure];
      if (!comparison) return [];
      return [
        [
          system.name,
          measure,
          formatDifference(comparison.difference),
          formatRange(comparison.interval),
          formatP(comparison.pUncorrected),
          `${formatP(comparison.p)} ${starsOf(comparison.p)}`,
          countsOf(comparison),
        ],
      ];
    }),
  );
  if (rows.length === 0) return null;
  return (
    <details>
      <summary>Every comparison with {part.result.baseline}</summary>
      <PlainTable
        caption={`Comparisons with ${part.result.baseline}`}
        head={['System', 'Measure', 'Difference', '95 % interval', 'p, not corrected', 'p (Holm)', 'Queries']}
        rows={rows}
      />
    </details>
  );
}

function Parameters({ part }: { part: Part }): JSX.Element {
  return (
    <details>
      <summary>Systems and their parameters</summary>
      <dl class="lines">
        {part.result.systems.map(system => [
          <dt key={`${system.name}-name`}>{system.name}</dt>,
          <dd key={`${system.name}-text`}>
            {system.title}
            {Object.keys(system.parameters).length > 0 && (
              <code class="parameters">
                {Object.entries(system.parameters)
                  .map(
                    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
                  )
                  .join('  ')}
              </code>
            )}
            {system.cached && <small>Lists came from the cache.</small>}
          </dd>,
        ])}
      </dl>
    </details>
  );
}
