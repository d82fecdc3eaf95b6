import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { formatCount, formatDifference, formatScore } from '../../../src/evaluation/report/format.ts';
import { addressOf, collectionOf, type Data, type Part, queryAt, textOf } from '../data.ts';
import { type Go, linkTo, type Place } from '../state.ts';
import { Detail } from './detail.tsx';
import { type Filters, filtersOf, type Listed, listed, sliceChoices, sorts } from './filter.ts';

interface BrowserProps {
  data: Data;
  part: Part;
  place: Place;
  go: Go;
}

const perPage = 50;

/** The failure browser: queries to the left, what happened to one of them to the right. */
export function FailureBrowser({ data, part, place, go }: BrowserProps): JSX.Element {
  const filters = filtersOf(part, place);
  const found = useMemo(() => listed(part, filters), [part, JSON.stringify(filters)]);
  const chosen = queryAt(part, place.q) ?? found[0]?.query;
  const all = part.queries.id.length;
  return (
    <section id="queries" aria-labelledby="queries-title">
      <h2 id="queries-title">Queries</h2>
      <p class="fine">
        {part.rows.length < all
          ? `Lists of ${formatCount(part.rows.length)} of ${formatCount(all)} queries are in this page: the worst, those that systems differ most on, and a spread over the rest.`
          : `All ${formatCount(all)} queries are in this page.`}{' '}
        Numbers are {part.main}.
      </p>
      <FilterBar part={part} filters={filters} go={go} />
      <div class="browser">
        <QueryList part={part} place={place} go={go} filters={filters} found={found} chosen={chosen} />
        <div class="detail" id="query">
          {chosen === undefined ? (
            <p>No query passes the filters.</p>
          ) : (
            <Detail data={data} part={part} query={chosen} a={filters.a} b={filters.b} />
          )}
        </div>
      </div>
    </section>
  );
}

function FilterBar({ part, filters, go }: { part: Part; filters: Filters; go: Go }): JSX.Element {
  const { systems } = part.result;
  const slices = sliceChoices(part);
  const set = (change: Place) => go({ ...change, page: '', q: '' });
  return (
    <form class="filters" aria-label="Filters" onSubmit={event => event.preventDefault()}>
      <label>
        Text
        <input
          type="search"
          value={filters.text}
          placeholder="words of the query"
          onInput={event => set({ text: event.currentTarget.value })}
        />
      </label>
      <label>
        System
        <select
          value={filters.a}
          onChange={event => go({ a: systems[Number(event.currentTarget.value)]!.name })}
        >
          {systems.map((system, s) => (
            <option key={system.name} value={s}>
              {system.name}
            </option>
          ))}
        </select>
      </label>
      {systems.length > 1 && (
        <label>
          Beside
          <select
            value={filters.b}
            onChange={event => go({ b: systems[Number(event.currentTarget.value)]!.name })}
          >
            {systems.map(
              (system, s) =>
                s !== filters.a && (
                  <option key={system.name} value={s}>
                    {system.name}
                    {s === part.baseline ? ' (baseline)' : ''}
                  </option>
                ),
            )}
          </select>
        </label>
      )}
      {slices.length > 0 && (
        <label>
          Slice
          <select value={filters.slice} onChange={event => set({ slice: event.currentTarget.value })}>
            <option value="">all</option>
            {slices.map(([slice, values]) => (
              <optgroup key={slice} label={slice}>
                {values.map(value => (
                  <option key={value} value={`${slice}=${value}`}>
                    {value}
                  </option>
                ))}
              </optgroup>
            ))}
          </select>
        </label>
      )}
      <label>
        Sort
        <select value={filters.sort} onChange={event => set({ sort: event.currentTarget.value })}>
          {Object.entries(sorts)
            .filter(([id]) => systems.length > 1 || (id !== 'down' && id !== 'up'))
            .map(([id, name]) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
        </select>
      </label>
      <div class="checks">
        <label class="check">
          <input
            type="checkbox"
            checked={filters.failed}
            onChange={event => set({ failed: event.currentTarget.checked ? '1' : '' })}
          />
          Failed only
        </label>
        <label class="check">
          below
          <input
            type="number"
            min="0"
            max="1"
            step="0.1"
            value={filters.below}
            aria-label={`A query failed if ${part.main} is below`}
            onChange={event => set({ below: event.currentTarget.value })}
          />
        </label>
        {systems.length > 1 && (
          <label class="check">
            <input
              type="checkbox"
              checked={filters.worse}
              onChange={event => set({ worse: event.currentTarget.checked ? '1' : '' })}
            />
            Worse than {systems[filters.b]?.name}
          </label>
        )}
      </div>
    </form>
  );
}

interface ListProps {
  part: Part;
  place: Place;
  go: Go;
  filters: Filters;
  found: readonly Listed[];
  chosen: number | undefined;
}

function QueryList({ part, place, go, filters, found, chosen }: ListProps): JSX.Element {
  const pages = Math.max(1, Math.ceil(found.length / perPage));
  const where = found.findIndex(one => one.query === chosen);
  // Without a wish the page the chosen query is on: a link to a query shows it in its place.
  const asked = Number(place.page) || Math.floor(Math.max(0, where) / perPage) + 1;
  const page = Math.min(pages, Math.max(1, asked));
  const shown = found.slice((page - 1) * perPage, page * perPage);
  const open = (query: number) => go({ q: addressOf(part, query), at: 'queries' }, 'push');
  const pressed = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step === 0) return;
    const links = [...(event.currentTarget as HTMLElement).querySelectorAll('a')];
    links[links.indexOf(document.activeElement as HTMLAnchorElement) + step]?.focus();
    event.preventDefault();
  };
  const one = part.result.systems[filters.b] !== undefined;
  return (
    <div class="queries">
      <p class="count" role="status">
        {formatCount(found.length)} {found.length === 1 ? 'query' : 'queries'}
        {one && (
          <span class="fine">{` ${part.result.systems[filters.a]!.name} − ${part.result.systems[filters.b]!.name}`}</span>
        )}
      </p>
      <ol onKeyDown={pressed}>
        {shown.map(item => (
          <li key={item.query}>
            <a
              href={linkTo(place, { q: addressOf(part, item.query), at: 'queries' })}
              aria-current={item.query === chosen ? 'true' : undefined}
              onClick={event => {
                if (event.metaKey || event.ctrlKey) return;
                event.preventDefault();
                open(item.query);
                if (matchMedia('(max-width: 760px)').matches)
                  document.getElementById('query')?.scrollIntoView();
              }}
            >
              <span class="words">{textOf(part, item.query)}</span>
              <span class="numbers">
                {formatScore(item.a)}
                {item.b !== undefined && <Change value={item.a - item.b} />}
              </span>
              <small>{collectionOf(part, item.query)}</small>
            </a>
          </li>
        ))}
      </ol>
      {pages > 1 && (
        <nav class="pages" aria-label="Pages of queries">
          <button type="button" disabled={page <= 1} onClick={() => go({ page: String(page - 1) })}>
            Previous
          </button>
          <span>
            {page} of {pages}
          </span>
          <button type="button" disabled={page >= pages} onClick={() => go({ page: String(page + 1) })}>
            Next
          </button>
        </nav>
      )}
    </div>
  );
}

/** A difference, coloured by its direction and signed for those who do not see the colour. */
export function Change({ value }: { value: number }): JSX.Element {
  const kind = Math.abs(value) < 5e-4 ? 'same' : value > 0 ? 'better' : 'worse';
  return <span class={`change ${kind}`}>{formatDifference(value)}</span>;
}
