import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { formatCount, formatScore } from '../../../src/evaluation/report/format.ts';
import { Bar } from '../bar.tsx';
import { Mark } from '../mark.tsx';
import { usePlace, useTheme } from '../state.ts';
import { type Column, PlainTable, SortableTable } from '../table.tsx';
import { Curves } from './curves.tsx';
import { type ReportRun, recipeFields, slotsOf } from './runs.ts';

/** The page about runs of training. */
export function TrainingApp({ runs }: { runs: readonly ReportRun[] }): JSX.Element {
  const [place, go] = usePlace();
  const [theme, setTheme] = useTheme();
  const data = useMemo(() => slotsOf(runs), [runs]);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const shown = useMemo(() => runs.filter(run => !hidden.has(run.name)), [runs, hidden]);
  const title = runs.length === 1 ? `Training of ${runs[0]!.name}` : `${runs.length} runs of training`;
  useEffect(() => {
    document.title = `${title} – Quarry`;
  }, [title]);
  const toggle = (name: string) => {
    const next = new Set(hidden);
    if (!next.delete(name)) next.add(name);
    if (next.size < runs.length) setHidden(next);
  };
  return (
    <>
      <Bar about="training" place={place} theme={theme} choose={setTheme} />
      <main id="content" tabIndex={-1} class="inner">
        <section class="head" aria-labelledby="title">
          <h1 id="title">{title}</h1>
          <RunTable runs={runs} data={data} />
        </section>
        <Curves data={data} runs={runs} shown={shown} hidden={hidden} toggle={toggle} place={place} go={go} />
        <Recipes runs={runs} />
        <Examples runs={runs} />
      </main>
      <footer class="inner">
        <p>One file with everything inside; it fetches nothing.</p>
      </footer>
    </>
  );
}

const states = {
  finished: 'finished',
  early: 'stopped early',
  aborted: 'stopped',
  running: 'not finished',
} as const;

function RunTable({
  runs,
  data,
}: {
  runs: readonly ReportRun[];
  data: ReturnType<typeof slotsOf>;
}): JSX.Element {
  const bestOf = (run: ReportRun) => run.validations[run.best];
  const highest = Math.max(...runs.map(run => bestOf(run)?.score ?? 0));
  const columns: Array<Column<ReportRun>> = [
    {
      id: 'run',
      head: 'Run',
      value: run => run.name,
      ascending: true,
      show: run => (
        <span class="system">
          <Mark data={data} name={run.name} />
          <span>
            {run.name}
            <small class="range">{run.recipe.title}</small>
          </span>
        </span>
      ),
    },
    {
      id: 'mrr',
      head: 'Best MRR',
      value: run => bestOf(run)?.score,
      show: run => {
        const best = bestOf(run);
        if (!best) return '–';
        const text = formatScore(best.score);
        return (
          <>
            {best.score === highest && runs.length > 1 ? <b>{text}</b> : text}
            <small class="range">step {formatCount(best.step)}</small>
          </>
        );
      },
    },
    {
      id: 'steps',
      head: 'Steps',
      value: run => run.made,
      show: run => (
        <>
          {formatCount(run.made)}
          <small class="range">
            {states[run.state]}
            {run.state !== 'finished' && ` of ${formatCount(run.planned)}`}
          </small>
        </>
      ),
    },
    { id: 'time', head: 'Time', value: run => run.seconds, show: run => duration(run.seconds) },
    { id: 'examples', head: 'Examples', value: run => run.examples, show: run => formatCount(run.examples) },
    {
      id: 'parameters',
      head: 'Parameters',
      value: run => run.parameters,
      show: run => `${(run.parameters / 1e6).toFixed(2)} M`,
    },
    {
      id: 'device',
      head: 'Device',
      value: run => run.device,
      show: run => (
        <>
          {run.device}
          <small class="range">
            {run.threads} {run.threads === 1 ? 'thread' : 'threads'}
          </small>
        </>
      ),
    },
  ];
  return <SortableTable caption="Runs" columns={columns} rows={runs} keyOf={run => run.name} />;
}

/** What sets the runs apart; the whole recipe is one click away. */
function Recipes({ runs }: { runs: readonly ReportRun[] }): JSX.Element {
  const fields = recipeFields(runs);
  const differing = fields.filter(({ values }) => new Set(values).size > 1);
  const rowsOf = (some: typeof fields) => some.map(({ field, values }) => [field, ...values]);
  const head = ['Field', ...runs.map(run => run.name)];
  return (
    <section id="recipe" aria-labelledby="recipe-title">
      <h2 id="recipe-title">{runs.length > 1 ? 'What differs' : 'Recipe'}</h2>
      {runs.length === 1 ? (
        <PlainTable caption="Recipe" head={head} rows={rowsOf(fields)} />
      ) : (
        <>
          {differing.length > 0 ? (
            <PlainTable caption="Fields that differ" head={head} rows={rowsOf(differing)} />
          ) : (
            <p>All runs have one recipe and one seed.</p>
          )}
          <details>
            <summary>All fields</summary>
            <PlainTable caption="All fields" head={head} rows={rowsOf(fields)} />
          </details>
        </>
      )}
    </section>
  );
}

function Examples({ runs }: { runs: readonly ReportRun[] }): JSX.Element {
  const kinds = [...new Set(runs.flatMap(run => Object.keys(run.counts)))].sort();
  const count = (run: ReportRun, kind: string) => {
    const number = run.counts[kind];
    return number === undefined ? '–' : formatCount(number);
  };
  return (
    <section id="examples" aria-labelledby="examples-title">
      <h2 id="examples-title">Examples by kind</h2>
      <PlainTable
        caption="Examples by kind"
        head={['Kind', ...runs.map(run => run.name)]}
        rows={kinds.map(kind => [kind, ...runs.map(run => count(run, kind))])}
      />
    </section>
  );
}

function duration(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
