import type { JSX } from 'preact';
import type { SearchAnswer } from '../../../src/service/api.ts';
import { counted, duration } from '../format.ts';
import { RerankLine } from './why.tsx';

interface SummaryProps {
  answer: SearchAnswer;
  /** Hits that are listed. */
  found: number;
}

/** How much was found, how sure that is, and what was left out. */
export function Summary({ answer, found }: SummaryProps): JSX.Element {
  const { confidence, total, tookMs, unknownWords, notes, rerank } = answer;
  // The report of the re-ranker stands beside the count.
  const others = notes.filter(note => !rerank?.reason || !note.endsWith(rerank.reason));
  return (
    <div class="summary">
      {found > 0 && (
        <p class="count">
          {counted(total, 'file')} <span class="took">in {duration(tookMs)}.</span>{' '}
          <RerankLine report={rerank} />
        </p>
      )}
      {found === 0 && <Nothing answer={answer} />}
      {found > 0 && confidence === 'none' && (
        <p class="unsure">Nothing here seems to answer this; the closest:</p>
      )}
      {unknownWords.length > 0 && (
        <p class="fine">
          {unknownWords.map((word, i) => (
            <span key={word}>
              {i > 0 && ', '}
              <q>{word}</q>
            </span>
          ))}{' '}
          {unknownWords.length === 1 ? 'occurs' : 'occur'} nowhere in the index.
        </p>
      )}
      {others.length > 0 && (
        <ul class="notes">
          {others.map(note => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Nothing({ answer }: { answer: SearchAnswer }): JSX.Element {
  if (answer.index.state === 'empty')
    return (
      <p class="nothing">
        <b>Nothing is indexed yet.</b> The status has more.
      </p>
    );
  return (
    <p class="nothing">
      <b>Nothing matches.</b>{' '}
      {answer.index.state === 'indexing'
        ? 'The index is still being built: it may yet be found.'
        : 'Fewer filters or other words may find it.'}
    </p>
  );
}
