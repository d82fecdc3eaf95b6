import * as Plot from '@observablehq/plot';
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { formatCount, formatDifference } from '../../../src/evaluation/report/format.ts';
import { addressOf, collectionOf, type Data, type Part, textOf, valuesOf } from '../data.ts';
import { colourOf } from '../mark.tsx';
import type { Go, Place } from '../state.ts';
import { described, NumbersOf, small, useWidth } from './figure.tsx';

interface WaterfallProps {
  data: Data;
  part: Part;
  measure: string;
  place: Place;
  go: Go;
}

const height = 240;
const left = 58;
const right = 12;
const shownInTable = 50;

/** Difference of one system to the baseline for every single query, sorted; a query leads to its lists. */
export function Waterfall({ data, part, measure: wished, place, go }: WaterfallProps): JSX.Element {
  const { systems } = part.result;
  const measure = part.queries.values[wished] ? wished : part.main;
  const others = systems.filter((_, s) => s !== part.baseline);
  const system = others.find(one => one.name === place.a) ?? others.at(-1)!;
  const base = systems[part.baseline]!.name;
  const bars = useMemo(() => {
    const own = valuesOf(part, measure, systems.indexOf(system)) ?? [];
    const from = valuesOf(part, measure, part.baseline) ?? [];
    return own
      .map((value, query) => ({ query, difference: (value ?? 0) - (from[query] ?? 0) }))
      .sort((a, b) => b.difference - a.difference || a.query - b.query);
  }, [part, measure, system]);
  const wins = bars.filter(bar => bar.difference > 1e-6).length;
  const losses = bars.filter(bar => bar.difference < -1e-6).length;
  const ties = bars.length - wins - losses;
  const [ref, width] = useWidth();
  const [at, setAt] = useState<number | undefined>();
  const plot = useRef<Element>(null);
  const label = `Bars: difference in ${measure} between ${system.name} and ${base} for ${bars.length} queries, sorted`;
  useEffect(() => {
    if (width === 0 || !ref.current) return;
    const drawn = draw(bars, width, measure, colourOf(data, system.name), colourOf(data, base));
    plot.current?.remove();
    plot.current = described(drawn, label);
    ref.current.prepend(plot.current);
  }, [width, bars, label]);
  const inner = Math.max(1, width - left - right);
  const step = stepOf(bars.length, width);
  const under = (event: MouseEvent) => {
    const x = event.clientX - ref.current!.getBoundingClientRect().left - left;
    setAt(Math.max(0, Math.min(bars.length - 1, Math.floor((x / inner) * bars.length))));
  };
  const open = () => {
    const bar = bars[at ?? 0];
    if (!bar) return;
    go({ q: addressOf(part, bar.query), a: system.name, b: base, at: 'queries' }, 'push');
    document.getElementById('queries')?.scrollIntoView();
  };
  const pressed = (event: KeyboardEvent) => {
    const now = at ?? 0;
    const jump = Math.max(1, Math.round(bars.length / 20));
    const steps: Record<string, number> = {
      ArrowRight: now + 1,
      ArrowUp: now - 1,
      ArrowLeft: now - 1,
      ArrowDown: now + 1,
      PageDown: now + jump,
      PageUp: now - jump,
      Home: 0,
      End: bars.length - 1,
    };
    const next = steps[event.key];
    if (event.key === 'Enter') open();
    else if (next !== undefined) setAt(Math.max(0, Math.min(bars.length - 1, next)));
    else return;
    event.preventDefault();
  };
  const bar = at === undefined ? undefined : bars[at];
  const x = at === undefined ? 0 : left + ((at + 0.5) / bars.length) * inner;
  const said = bar ? `${formatDifference(bar.difference)}, ${textOf(part, bar.query)}` : 'no query chosen';
  const ends =
    bars.length > 2 * shownInTable ? [...bars.slice(0, shownInTable), ...bars.slice(-shownInTable)] : bars;
  return (
    <figure>
      <figcaption>
        <h3>
          Every query against {base}: {measure}
        </h3>
        <div class="choices">
          <label>
            System{' '}
            <select value={system.name} onChange={event => go({ a: event.currentTarget.value })}>
              {others.map(one => (
                <option key={one.name} value={one.name}>
                  {one.name}
                </option>
              ))}
            </select>
          </label>
          <span class="fine">
            better for {formatCount(wins)}, the same for {formatCount(ties)}, worse for {formatCount(losses)}{' '}
            of {formatCount(bars.length)} queries
            {step > 1
              ? `; a bar stands for ${step} of them, the pointer reaches all`
              : '; all of them are drawn'}
          </span>
        </div>
      </figcaption>
      <div
        class="plot waterfall"
        ref={ref}
        role="slider"
        tabIndex={0}
        aria-label={`Query by difference between ${system.name} and ${base}; Enter opens it`}
        aria-valuemin={1}
        aria-valuemax={bars.length}
        aria-valuenow={(at ?? 0) + 1}
        aria-valuetext={said}
        onMouseMove={under}
        onMouseLeave={() => setAt(undefined)}
        onBlur={() => setAt(undefined)}
        onFocus={() => setAt(now => now ?? 0)}
        onClick={event => {
          under(event);
          open();
        }}
        onKeyDown={pressed}
      >
        {bar && (
          <>
            <span class="hair" style={{ left: `${x}px` }} />
            <span
              class="hover"
              style={x > width / 2 ? { right: `${width - x + 10}px` } : { left: `${x + 10}px` }}
            >
              <b>{formatDifference(bar.difference)}</b> {textOf(part, bar.query)}
              <small>
                {collectionOf(part, bar.query)} · {part.queries.id[bar.query]} · place {formatCount(at! + 1)}
              </small>
            </span>
          </>
        )}
      </div>
      <NumbersOf
        title={`Queries by difference between ${system.name} and ${base}${ends.length < bars.length ? `, the first and last ${shownInTable}` : ''}`}
        numbers={{
          head: ['Query', 'Collection', 'Difference'],
          rows: ends.map(one => [
            textOf(part, one.query),
            collectionOf(part, one.query),
            formatDifference(one.difference),
          ]),
        }}
      />
    </figure>
  );
}

/** Queries one bar stands for: more bars than pixels are not to be seen. */
function stepOf(count: number, width: number): number {
  return Math.max(1, Math.ceil(count / Math.max(1, width - left - right)));
}

function draw(
  bars: ReadonlyArray<{ query: number; difference: number }>,
  width: number,
  measure: string,
  better: string,
  worse: string,
): Element {
  const step = stepOf(bars.length, width);
  const shown = bars
    .map((bar, place) => ({ place, difference: bar.difference }))
    .filter(({ place, difference }) => place % step === 0 && Math.abs(difference) > 1e-6);
  const gap = width / bars.length > 6 ? 0.5 : 0;
  const most = Math.max(0.01, ...bars.map(bar => Math.abs(bar.difference)));
  return Plot.plot({
    width,
    height,
    marginLeft: left,
    marginRight: right,
    marginTop: 24,
    marginBottom: 22,
    style: small,
    x: { domain: [0, bars.length], axis: null },
    y: {
      domain: [-most, most],
      label: `difference in ${measure}`,
      labelArrow: 'none',
      tickFormat: formatDifference,
      ticks: 5,
    },
    marks: [
      Plot.gridY({ stroke: 'var(--grid)', strokeOpacity: 1, ticks: 5 }),
      Plot.rect(shown, {
        x1: 'place',
        x2: bar => Math.min(bars.length, bar.place + step),
        y1: 0,
        y2: 'difference',
        fill: bar => (bar.difference > 0 ? better : worse),
        insetLeft: gap,
        insetRight: gap,
        shapeRendering: 'crispEdges',
      }),
      Plot.ruleY([0], { stroke: 'var(--axis)' }),
    ],
  });
}
