import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Problem } from '../api/client.ts';

interface ProblemProps {
  problem: Problem;
  query: string;
  retry: () => void;
}

/** An operator that is only half typed is no mistake yet. */
const patienceMs = 300;

/** What is wrong with the query, with a caret at the place; or why there is no answer. */
export function ProblemView({ problem, query, retry }: ProblemProps): JSX.Element | null {
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), patienceMs);
    return () => clearTimeout(timer);
  }, []);
  if (!isShown) return null;
  const isQuery = problem.status === 400 && problem.column !== undefined;
  return (
    <div class="problem" role="alert" id="problem">
      {isQuery && <Caret query={query} column={problem.column!} />}
      <p>
        <b>{sentence(problem.message)}</b>
        {problem.hint && <span class="hint"> {sentence(problem.hint)}</span>}
      </p>
      {problem.status !== 400 && (
        <button type="button" onClick={retry}>
          {problem.status === 401 ? 'Enter a token' : 'Try again'}
        </button>
      )}
    </div>
  );
}

/** Columns before the caret that are shown of a long query. */
const before = 40;

function Caret({ query, column }: { query: string; column: number }): JSX.Element {
  const characters = Array.from(query);
  const start = Math.max(0, column - 1 - before);
  const shown = (start > 0 ? '…' : '') + characters.slice(start, start + 2 * before).join('');
  const at = Math.min(column - 1, characters.length) - start + (start > 0 ? 1 : 0);
  return (
    <pre class="caret" aria-label={`Column ${column} of the query`} role="img">
      {shown}
      {'\n'}
      {' '.repeat(at)}^
    </pre>
  );
}

function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.?!…:]$/.test(first) ? first : `${first}.`;
}
