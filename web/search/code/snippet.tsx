import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Snippet } from '../../../src/service/api.ts';
import { Tokens } from './text.tsx';
import { linesOf } from './tokens.ts';

/** Some lines of a file with their numbers. */
export function SnippetView({ snippet }: { snippet: Snippet }): JSX.Element | null {
  const lines = useMemo(() => linesOf(snippet), [snippet]);
  if (lines.length === 0) return null;
  return (
    <pre class="snippet">
      {lines.map(({ number, tokens }) => (
        <div class="row" key={number}>
          <span class="number" aria-hidden="true">
            {number}
          </span>
          <code>
            <Tokens tokens={tokens} />
            {'\n'}
          </code>
        </div>
      ))}
    </pre>
  );
}
