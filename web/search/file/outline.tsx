import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Link } from '../link.tsx';
import { type Go, type Place, rangeOf } from '../place.ts';
import type { OutlineEntry } from './lines.ts';

interface OutlineProps {
  outline: readonly OutlineEntry[];
  /** Index of the unit that is selected, -1 for none. */
  current: number;
  place: Place;
  go: Go;
}

/** Longer outlines get a box to look for a name. */
const manySymbols = 25;

/** The named units of a file in their order; each leads to its lines. */
export function Outline({ outline, current, place, go }: OutlineProps): JSX.Element {
  const [wanted, setWanted] = useState('');
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => {
    const item = list.current?.querySelector('[aria-current]');
    item?.scrollIntoView({ block: 'nearest' });
  }, [current]);
  if (outline.length === 0) return <p class="fine">No named units.</p>;
  const text = wanted.trim().toLowerCase();
  return (
    <>
      {outline.length > manySymbols && (
        <input
          class="small-box"
          type="search"
          aria-label="Find a symbol in this file"
          placeholder="Find a symbol"
          value={wanted}
          onInput={event => setWanted(event.currentTarget.value)}
        />
      )}
      <ol class="outline" ref={list}>
        {outline.map((unit, i) =>
          text && !unit.symbol.toLowerCase().includes(text) ? null : (
            <li key={i} class={`depth-${text ? 0 : Math.min(unit.depth, 5)}`}>
              <Link
                place={place}
                to={{ lines: [unit.firstLine, unit.lastLine] }}
                go={go}
                current={i === current ? 'true' : undefined}
                title={`${unit.symbol}, ${unit.kind}, lines ${rangeOf(unit.firstLine, unit.lastLine)}`}
              >
                <span class={`mark ${unit.kind}`} aria-hidden="true">
                  {unit.kind.charAt(0)}
                </span>
                <span class="name">{text ? unit.symbol : unit.name}</span>
                <span class="line">{unit.firstLine}</span>
              </Link>
            </li>
          ),
        )}
      </ol>
    </>
  );
}
