import type { JSX } from 'preact';
import {
  bestOf,
  formatCount,
  formatRange,
  formatScore,
  starsExplained,
  starsOf,
} from '../../src/evaluation/report/format.ts';
import type { Data } from './data.ts';
import { Mark } from './mark.tsx';
import { type Go, linkTo } from './state.ts';
import { type Column, SortableTable } from './table.tsx';

/** All systems by all data sets, on the main measure of each. */
export function Overview({ data, go }: { data: Data; go: Go }): JSX.Element {
  const names = [...new Set(data.parts.flatMap(part => part.result.systems.map(system => system.name)))];
  const columns: Array<Column<string>> = [
    {
      id: 'system',
      head: 'System',
      value: name => name,
      ascending: true,
      show: name => (
        <span class="system">
          <Mark data={data} name={name} />
          <span>
            {name}
            {data.parts.every(part => part.result.baseline === name) && <span class="tag">baseline</span>}
          </span>
        </span>
      ),
    },
    ...data.parts.map((part): Column<string> => {
      const { systems } = part.result;
      const of = (name: string) => systems.find(system => system.name === name);
      const best = bestOf(systems, part.main);
      return {
        id: part.key,
        head: `${part.key}, ${part.main}`,
        scored: true,
        value: name => of(name)?.measures[part.main],
        show: name => {
          const system = of(name);
          if (!system) return '–';
          const value = formatScore(system.measures[part.main]);
          return (
            <>
              <span class="score">
                {value === best ? <b>{value}</b> : value}
                <span class="stars">{starsOf(system.p[part.main])}</span>
              </span>
              <small class="range">{formatRange(system.intervals[part.main])}</small>
            </>
          );
        },
      };
    }),
  ];
  return (
    <>
      <section class="head" aria-labelledby="title">
        <h1 id="title">All data sets</h1>
        <SortableTable caption="Systems by data sets" columns={columns} rows={names} keyOf={name => name} />
        <p class="fine">
          The main measure of every data set. <b>Bold</b>: highest of its column. {starsExplained}
        </p>
      </section>
      <section aria-labelledby="sets-title">
        <h2 id="sets-title">Data sets</h2>
        <ul class="sets">
          {data.parts.map(part => (
            <li key={part.key}>
              <a
                href={linkTo({}, { data: part.key })}
                onClick={event => {
                  if (event.metaKey || event.ctrlKey) return;
                  event.preventDefault();
                  go({ data: part.key }, 'push');
                  scrollTo(0, 0);
                }}
              >
                {part.result.title}
              </a>
              <span>
                {part.key}, {part.result.split};{' '}
                {part.result.task === 'classification'
                  ? `${formatCount(part.result.queries)} labelled pairs`
                  : `${formatCount(part.result.queries)} queries, pool of ${formatCount(part.result.pool)} candidates`}
              </span>
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}
