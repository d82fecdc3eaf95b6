import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { announce } from '../announce.tsx';
import { counted } from '../format.ts';
import type { Go, Place } from '../place.ts';
import { keyOf, type SearchSession, type Shown } from '../search/session.ts';
import { HitView } from './hit.tsx';
import { Summary } from './summary.tsx';

interface ResultsProps {
  shown: Shown;
  session: SearchSession;
  place: Place;
  go: Go;
}

/** The list of results, with what is to be said of it as a whole above. */
export function Results({ shown, session, place, go }: ResultsProps): JSX.Element | null {
  const { answer, hits, isPending, isLoadingMore } = shown;
  useEffect(() => {
    if (!answer) return;
    const closest = answer.confidence === 'none' ? ', none of which seems to be an answer' : '';
    announce(hits.length === 0 ? 'No results' : `${counted(answer.total, 'file')} found${closest}`);
  }, [answer?.query, answer?.total, answer?.confidence]);
  if (!answer) return null;
  const widest = hits.reduce(
    (most, { signals = [] }) => signals.reduce((max, { value }) => Math.max(max, Math.abs(value)), most),
    1e-9,
  );
  return (
    <section class="results" aria-label="Results" aria-busy={isPending}>
      <h2 class="hidden">Results</h2>
      <Summary answer={answer} found={hits.length} />
      <ol class="hits">
        {hits.map((hit, i) => (
          <HitView
            key={keyOf(hit)}
            hit={hit}
            rank={i + 1}
            place={place}
            go={go}
            widest={widest}
            rerank={answer.rerank}
          />
        ))}
      </ol>
      {answer.cursor && <MoreButton load={() => void session.more()} isLoading={isLoadingMore} />}
    </section>
  );
}

/** Loads the next page when it comes near, or when it is pressed. */
function MoreButton({ load, isLoading }: { load: () => void; isLoading: boolean }): JSX.Element {
  const button = useRef<HTMLButtonElement>(null);
  const latest = useRef(load);
  latest.current = load;
  useEffect(() => {
    if (isLoading) return;
    // A new observer tells at once whether the button is still near after a page has come.
    const observer = new IntersectionObserver(
      entries => {
        if (entries.some(entry => entry.isIntersecting)) latest.current();
      },
      { rootMargin: '300px', scrollMargin: '300px' },
    );
    observer.observe(button.current!);
    return () => observer.disconnect();
  }, [isLoading]);
  return (
    <button ref={button} type="button" class="more-button" disabled={isLoading} onClick={load}>
      {isLoading ? 'Loading…' : 'More results'}
    </button>
  );
}
