import type { JSX } from 'preact';
import { formatCount, formatScore } from '../../../src/evaluation/report/format.ts';
import type { PageItem, PageRow } from '../../../src/evaluation/report/payload.ts';
import { collectionOf, type Data, type Part, snippetOf, textOf, valuesOf } from '../data.ts';
import { colourOf, Mark } from '../mark.tsx';
import { Scroller } from '../scroller.tsx';
import { formatNumber } from './number.ts';
import { Decided, Signals } from './signals.tsx';

interface DetailProps {
  data: Data;
  part: Part;
  query: number;
  /** Indexes of two systems; the second is -1 if there is one only. */
  a: number;
  b: number;
}

/** Everything the page knows of one query. */
export function Detail({ data, part, query, a, b }: DetailProps): JSX.Element {
  const row = part.rowOf.get(query);
  const { systems } = part.result;
  return (
    <article aria-labelledby="query-title">
      <h3 id="query-title">{textOf(part, query)}</h3>
      <p class="chips">
        <span>{part.queries.id[query]}</span>
        {collectionOf(part, query) && <span>{collectionOf(part, query)}</span>}
        {Object.entries(row?.slices ?? {}).map(([slice, value]) => (
          <span key={slice}>
            {slice}: {value}
          </span>
        ))}
        {row && <span>pool of {formatCount(row.pool)}</span>}
      </p>
      <ul class="values" aria-label={`${part.main} by system`}>
        {systems.map((system, s) => (
          <li key={system.name}>
            <Mark data={data} name={system.name} />
            {system.name} <b>{formatScore(valuesOf(part, part.main, s)?.[query])}</b>
          </li>
        ))}
      </ul>
      {row ? (
        <>
          <Wanted data={data} part={part} row={row} />
          <div class={b >= 0 ? 'sides two' : 'sides'}>
            <Returned data={data} part={part} row={row} system={a} />
            {b >= 0 && <Returned data={data} part={part} row={row} system={b} />}
          </div>
        </>
      ) : (
        <p class="notice">
          The lists of this query are not in this page, only its numbers. The output of one line per query has
          all of them.
        </p>
      )}
    </article>
  );
}

interface RowProps {
  data: Data;
  part: Part;
  row: PageRow;
}

function Wanted({ data, part, row }: RowProps): JSX.Element {
  const { systems } = part.result;
  return (
    <>
      <h4>Wanted</h4>
      <Scroller label="Wanted candidates with their ranks">
        <table class="data wanted">
          <caption class="hidden">Wanted candidates with their ranks</caption>
          <thead>
            <tr>
              <th scope="col">Candidate</th>
              <th scope="col" class="number">
                Grade
              </th>
              {systems.map(system => (
                <th key={system.name} scope="col" class="number">
                  <Mark data={data} name={system.name} />
                  {system.name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {row.wanted.map(one => (
              <tr key={one.id}>
                <th scope="row">
                  <Named part={part} row={row} id={one.id} />
                </th>
                <td class="number">{one.grade}</td>
                {systems.map((system, s) => {
                  const rank = one.ranks[s];
                  return (
                    <td key={system.name} class="number">
                      {rank == null ? <span class="absent">not returned</span> : <Rank rank={rank} />}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroller>
      {row.wantedTotal > row.wanted.length && (
        <p class="fine">
          {row.wanted.length} of {row.wantedTotal} wanted candidates are shown.
        </p>
      )}
    </>
  );
}

function Rank({ rank }: { rank: number }): JSX.Element {
  return <span class={rank <= 10 ? 'rank near' : 'rank'}>{formatCount(rank)}</span>;
}

/** A candidate's id, and its first lines to open. */
function Named({ part, row, id }: { part: Part; row: PageRow; id: string }): JSX.Element {
  const snippet = snippetOf(part, row.index, id);
  if (snippet === undefined) return <span class="id">{id}</span>;
  return (
    <details class="snippet">
      <summary class="id">{id}</summary>
      <Scroller label={`First lines of ${id}`}>
        <pre>
          <code>{snippet}</code>
        </pre>
      </Scroller>
    </details>
  );
}

function Returned({ data, part, row, system: s }: RowProps & { system: number }): JSX.Element {
  const system = part.result.systems[s]!;
  const list = row.top[s] ?? [];
  const widest = Math.max(1e-9, ...list.map(item => spanOf(item)));
  return (
    <section class="side" style={{ '--own': colourOf(data, system.name) }} aria-labelledby={`side-${s}`}>
      <h4 id={`side-${s}`}>
        <Mark data={data} name={system.name} />
        {system.name} <b>{formatScore(valuesOf(part, part.main, s)?.[row.index])}</b>
      </h4>
      <Decided list={list} wanted={row.wanted} system={s} />
      {list.length === 0 ? (
        <p class="notice">Nothing was returned.</p>
      ) : (
        <ol class="returned">
          {list.map((item, place) => (
            <li key={place} class={(item.grade ?? 0) > 0 ? 'hit' : undefined}>
              <span class="place">{place + 1}</span>
              <div class="what">
                <Named part={part} row={row} id={item.id} />
                <span class="more">
                  {(item.grade ?? 0) > 0 && <span class="grade">✓ wanted, grade {item.grade}</span>}
                  {item.grade === 0 && <span>judged, not relevant</span>}
                  {item.lines && (
                    <span>
                      lines {item.lines[0]}–{item.lines[1]}
                    </span>
                  )}
                  <span>score {formatNumber(item.score)}</span>
                </span>
                {item.signals && <Signals signals={item.signals} widest={widest} />}
              </div>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

/** Length of the longest bar of an item. */
function spanOf(item: PageItem): number {
  return Math.max(0, ...(item.signals ?? []).map(([, value]) => Math.abs(value)));
}
