import type { JSX } from 'preact';
import { related } from '../api/client.ts';
import { Link } from '../link.tsx';
import { Path } from '../path.tsx';
import type { Go, Place } from '../place.ts';
import { useAnswer } from './use-answer.ts';

interface RelatedProps {
  path: string;
  /** 1-based; the unit around it is what others are compared with. */
  line: number;
  place: Place;
  go: Go;
}

/** Code elsewhere that means nearly the same. */
export function Related({ path, line, place, go }: RelatedProps): JSX.Element {
  const { answer, problem } = useAnswer(`${line} ${path}`, signal =>
    related({ path, line, limit: 10, snippetLines: 0 }, signal),
  );
  if (problem) return <p class="trouble">{problem.message}</p>;
  if (!answer) return <p class="fine">Looking…</p>;
  return (
    <>
      {answer.notes.map(note => (
        <p class="fine" key={note}>
          {note}
        </p>
      ))}
      {answer.hits.length === 0 && <p class="fine">Nothing comes near it.</p>}
      <ul class="places">
        {answer.hits.map(hit => (
          <li key={`${hit.path} ${hit.firstLine}`}>
            <Link place={place} to={{ file: hit.path, lines: [hit.firstLine, hit.lastLine] }} go={go}>
              {hit.symbol && <code>{hit.symbol}</code>}
              <Path path={hit.path} firstLine={hit.firstLine} lastLine={hit.lastLine} />
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}
