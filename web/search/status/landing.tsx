import type { JSX } from 'preact';
import { counted } from '../format.ts';
import { Link } from '../link.tsx';
import type { Go, Place } from '../place.ts';
import { Progress } from './progress.tsx';
import type { Known } from './use-status.ts';

interface LandingProps {
  known: Known;
  place: Place;
  go: Go;
}

/** Questions that show what a query can be. */
const examples: ReadonlyArray<readonly [query: string, meaning: string]> = [
  ['retry a request with exponential backoff', 'plain words: what the code does'],
  ['parse a date -is:test', 'without tests'],
  ['"connection refused"', 'exactly this text'],
  ['/time\\.?out/ close idle connections', 'files with a match, ranked by the words'],
  ['sym:parse kind:function', 'definitions by name'],
];

/** What the page shows before anything is asked. */
export function Landing({ known: { status }, place, go }: LandingProps): JSX.Element {
  const state = status?.index.state;
  if (state === 'empty')
    return (
      <section class="landing" aria-label="Empty index">
        <h2>Nothing is indexed yet</h2>
        <p>The server runs, but its index has no files. To fill it, where the server runs:</p>
        <pre class="command">quarry index path/to/code</pre>
        {status!.skipped.count > 0 && (
          <p>{counted(status!.skipped.count, 'file')} were seen and skipped; the status says why.</p>
        )}
        <Progress status={status!} />
      </section>
    );
  return (
    <section class="landing" aria-label="Start">
      {state === 'indexing' && (
        <div class="banner">
          <b>Still indexing.</b> Searches find what is indexed so far.
          <Progress status={status!} />
        </div>
      )}
      <h2>Find code by what it does</h2>
      {status && state !== 'indexing' && (
        <p class="fine">
          {counted(status.index.units, 'unit')} of {counted(status.index.files, 'file')} in{' '}
          {counted(status.repositories.length, 'repository', 'repositories')}.
        </p>
      )}
      <dl class="examples">
        {examples.map(([query, meaning]) => (
          <div key={query}>
            <dt>
              <Link place={place} to={{ q: query }} go={go}>
                <code>{query}</code>
              </Link>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <p class="fine by-keys">
        <kbd>/</kbd> the box, <kbd>j</kbd> <kbd>k</kbd> through results, <kbd>Enter</kbd> opens,{' '}
        <kbd>Esc</kbd> closes, <kbd>?</kbd> all keys.
      </p>
    </section>
  );
}
