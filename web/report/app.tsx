import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Bar } from './bar.tsx';
import { FailureBrowser } from './browser/browser.tsx';
import type { Data, Part } from './data.ts';
import { Head, Provenance } from './head.tsx';
import { Overview } from './overview.tsx';
import { Plots } from './plots/plots.tsx';
import { Results } from './results.tsx';
import { type Go, linkTo, type Place, usePlace, useTheme } from './state.ts';

/** The whole page. */
export function App({ data }: { data: Data }): JSX.Element {
  const [place, go] = usePlace();
  const [theme, setTheme] = useTheme();
  const several = data.parts.length > 1;
  const part = data.parts.find(one => one.key === place.data) ?? (several ? undefined : data.parts[0]);
  const title = part ? part.result.title : 'All data sets';
  useEffect(() => {
    document.title = `${title} – Quarry evaluation`;
  }, [title]);
  return (
    <>
      <Bar about="evaluation" place={place} theme={theme} choose={setTheme}>
        {several && (
          <nav class="inner tabs" aria-label="Data sets">
            <Tab name="All data sets" href="#" current={!part} open={() => go(emptied(place), 'push')} />
            {data.parts.map(one => (
              <Tab
                key={one.key}
                name={one.key}
                href={linkTo({}, { data: one.key })}
                current={one === part}
                open={() => {
                  go({ ...emptied(place), data: one.key }, 'push');
                  scrollTo(0, 0);
                }}
              />
            ))}
          </nav>
        )}
      </Bar>
      <main id="content" tabIndex={-1} class="inner">
        {part ? (
          <DataSet key={part.key} data={data} part={part} place={place} go={go} />
        ) : (
          <Overview data={data} go={go} />
        )}
      </main>
      <footer class="inner">
        <p>
          One file with everything inside; it fetches nothing. The address bar keeps what is shown, so a link
          leads to the same view.
        </p>
      </footer>
    </>
  );
}

function emptied(place: Place): Place {
  return Object.fromEntries(Object.keys(place).map(name => [name, '']));
}

function Tab(props: { name: string; href: string; current: boolean; open: () => void }): JSX.Element {
  return (
    <a
      href={props.href}
      aria-current={props.current ? 'page' : undefined}
      onClick={event => {
        if (event.metaKey || event.ctrlKey) return;
        event.preventDefault();
        props.open();
      }}
    >
      {props.name}
    </a>
  );
}

interface DataSetProps {
  data: Data;
  part: Part;
  place: Place;
  go: Go;
}

const sections = [
  ['results', 'Results'],
  ['plots', 'Plots'],
  ['queries', 'Queries'],
  ['provenance', 'Provenance'],
] as const;

function DataSet({ data, part, place, go }: DataSetProps): JSX.Element {
  const first = useRef(true);
  useEffect(() => {
    // A link that names a section leads to it; plots must be there first, as they have the heights.
    if (first.current && (place.at || place.q)) {
      requestAnimationFrame(() => document.getElementById(place.at || 'queries')?.scrollIntoView());
    }
    first.current = false;
  }, []);
  const shown = sections.filter(([id]) => id !== 'queries' || part.rows.length > 0);
  return (
    <>
      <Head part={part} />
      <nav class="contents" aria-label="Sections">
        {shown.map(([id, name]) => (
          <a
            key={id}
            href={linkTo(place, { at: id })}
            onClick={event => {
              if (event.metaKey || event.ctrlKey) return;
              event.preventDefault();
              go({ at: id });
              document.getElementById(id)?.scrollIntoView();
            }}
          >
            {name}
          </a>
        ))}
      </nav>
      <Results data={data} part={part} />
      <Plots data={data} part={part} place={place} go={go} />
      {part.rows.length > 0 && <FailureBrowser data={data} part={part} place={place} go={go} />}
      <Provenance part={part} />
    </>
  );
}
