import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { RerankReport } from '../../../src/core/search.ts';
import type { SearchHit } from '../../../src/service/api.ts';
import { SnippetView } from '../code/snippet.tsx';
import { Copy } from '../copy.tsx';
import { counted, score } from '../format.ts';
import { Link } from '../link.tsx';
import { Path } from '../path.tsx';
import { type Go, type Place, rangeOf } from '../place.ts';
import { Why } from './why.tsx';

interface HitProps {
  hit: SearchHit;
  /** 1-based place in the list. */
  rank: number;
  place: Place;
  go: Go;
  widest: number;
  rerank: RerankReport | undefined;
}

/** A file in the results: its best place with a snippet, further places folded below. */
export function HitView({ hit, rank, place, go, widest, rerank }: HitProps): JSX.Element {
  const [isWhyOpen, setWhyOpen] = useState(false);
  const [isMoreOpen, setMoreOpen] = useState(false);
  const isOpen = place.file === hit.path;
  const range = rangeOf(hit.firstLine, hit.lastLine);
  return (
    <li class={isOpen ? 'hit open' : 'hit'}>
      <article aria-label={`${hit.symbol || hit.path}, result ${rank}`}>
        <header>
          <h3>
            <Link
              class="hit-link"
              place={place}
              to={{ file: hit.path, lines: [hit.firstLine, hit.lastLine] }}
              go={go}
              current={isOpen ? 'true' : undefined}
            >
              <Path path={hit.path} firstLine={hit.firstLine} lastLine={hit.lastLine} />
            </Link>
          </h3>
          <span class="score" title="Score: comparable within this search only">
            <span class="hidden">Score </span>
            {score(hit.score)}
          </span>
          <Facts hit={hit} />
        </header>
        <SnippetView snippet={hit.snippet} />
        <OtherMatches hit={hit} place={place} go={go} />
        <footer>
          {hit.more.length > 0 && (
            <button
              type="button"
              class="quiet more-places-button"
              aria-expanded={isMoreOpen}
              onClick={() => setMoreOpen(!isMoreOpen)}
            >
              {counted(hit.more.length, 'more place')} in this file
            </button>
          )}
          <button
            type="button"
            class="quiet why-button"
            aria-expanded={isWhyOpen}
            aria-controls={isWhyOpen ? `why-${rank}` : undefined}
            onClick={() => setWhyOpen(!isWhyOpen)}
          >
            Why this result
          </button>
          <Copy name="Copy place" text={`${hit.path}:${range}`} title={`${hit.path}:${range}`} />
        </footer>
        {isMoreOpen && <More hit={hit} place={place} go={go} />}
        {isWhyOpen && <Why id={`why-${rank}`} hit={hit} widest={widest} rerank={rerank} />}
      </article>
    </li>
  );
}

function Facts({ hit }: { hit: SearchHit }): JSX.Element {
  const { repository } = hit;
  return (
    <p class="facts">
      {hit.symbol && <code class="symbol">{hit.symbol}</code>}
      <span class="kind">{hit.kind}</span>
      <span class="badge">{hit.language}</span>
      {hit.role !== 'source' && <span class="badge role">{hit.role}</span>}
      {repository && (
        <span class="repository" title="Repository">
          {repository.name}
          {repository.revision && `@${repository.revision}`}
        </span>
      )}
      {hit.relevance !== undefined && (
        <span class="relevance" title="Probability that it answers, by the re-ranker">
          {(100 * hit.relevance).toFixed(0)} % relevant
        </span>
      )}
      {hit.stale && (
        <span class="stale" title="The file has changed since it was indexed: lines may have moved">
          changed since indexed
        </span>
      )}
    </p>
  );
}

interface PartProps {
  hit: SearchHit;
  place: Place;
  go: Go;
}

/** Lines outside the snippet that have what was asked for literally. */
const mostLines = 10;

function OtherMatches({ hit, place, go }: PartProps): JSX.Element | null {
  const { firstLine, lines } = hit.snippet;
  const all = new Set(hit.matches.map(({ line }) => line));
  const others = [...all].filter(line => line < firstLine || line >= firstLine + lines.length);
  if (others.length === 0) return null;
  return (
    <p class="other-matches">
      Also matches on {others.length === 1 ? 'line' : 'lines'}
      {others.slice(0, mostLines).map(line => (
        <Link key={line} place={place} to={{ file: hit.path, lines: [line, line] }} go={go}>
          {line}
        </Link>
      ))}
      {others.length > mostLines && ` and ${others.length - mostLines} more`}
    </p>
  );
}

function More({ hit, place, go }: PartProps): JSX.Element {
  return (
    <ul class="more-places">
      {hit.more.map(more => (
        <li key={`${more.firstLine} ${more.symbol}`}>
          <Link place={place} to={{ file: hit.path, lines: [more.firstLine, more.lastLine] }} go={go}>
            <code>{more.symbol || hit.path.slice(hit.path.lastIndexOf('/') + 1)}</code>
            <span class="range">:{rangeOf(more.firstLine, more.lastLine).replace('-', '–')}</span>
          </Link>
          <span class="kind">{more.kind}</span>
          <span class="score">{score(more.score)}</span>
        </li>
      ))}
    </ul>
  );
}
