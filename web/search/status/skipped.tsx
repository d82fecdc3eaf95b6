import type { JSX } from 'preact';
import type { StatusAnswer } from '../../../src/service/api.ts';
import { counted, grouped } from '../format.ts';

/** Files that are not in the index, counted by reason and listed as far as the server names them. */
export function Skipped({ skipped }: Pick<StatusAnswer, 'skipped'>): JSX.Element {
  const reasons = Object.entries(skipped.reasons).sort((a, b) => b[1] - a[1]);
  return (
    <section>
      <h3>{skipped.count === 0 ? 'Nothing was skipped' : `${counted(skipped.count, 'file')} skipped`}</h3>
      {reasons.length > 0 && (
        <ul class="reasons">
          {reasons.map(([reason, count]) => (
            <li key={reason}>
              {reason} <span class="amount">{grouped(count)}</span>
            </li>
          ))}
        </ul>
      )}
      {skipped.files.length > 0 && (
        <details>
          <summary>
            {skipped.files.length < skipped.count
              ? `The first ${grouped(skipped.files.length)} of them`
              : 'Which files'}
          </summary>
          <ul class="skipped-files">
            {skipped.files.map(({ path, reason }) => (
              <li key={path}>
                <code>{path}</code> <span class="fine">{reason}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}
