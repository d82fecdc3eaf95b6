import type { JSX } from 'preact';
import { symbols } from '../api/client.ts';
import { counted } from '../format.ts';
import { Link } from '../link.tsx';
import { Path } from '../path.tsx';
import type { Go, Place } from '../place.ts';
import { useAnswer } from './use-answer.ts';

interface UsesProps {
  /** Name of a symbol, without what is around it. */
  name: string;
  place: Place;
  go: Go;
}

/** Where a name is defined, and where it stands. */
export function Uses({ name, place, go }: UsesProps): JSX.Element {
  const { answer, problem } = useAnswer(name, signal => symbols(name, signal));
  if (problem) return <p class="trouble">{problem.message}</p>;
  if (!answer) return <p class="fine">Looking…</p>;
  const { definitions, references, truncated } = answer;
  return (
    <>
      <h4>{counted(definitions.length, 'definition')}</h4>
      <ul class="places">
        {definitions.map(one => (
          <li key={`${one.path} ${one.firstLine}`}>
            <Link place={place} to={{ file: one.path, lines: [one.firstLine, one.lastLine] }} go={go}>
              <code>{one.symbol}</code>
              <Path path={one.path} firstLine={one.firstLine} lastLine={one.lastLine} />
            </Link>
          </li>
        ))}
      </ul>
      <h4>{counted(references.length, 'use')}</h4>
      <ul class="places">
        {references.map(({ path, line, text }) => (
          <li key={`${path} ${line}`}>
            <Link place={place} to={{ file: path, lines: [line, line] }} go={go}>
              <code>{text.trim()}</code>
              <Path path={path} firstLine={line} />
            </Link>
          </li>
        ))}
      </ul>
      {truncated && <p class="fine">There are more.</p>}
    </>
  );
}
