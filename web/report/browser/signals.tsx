import type { JSX } from 'preact';
import type { PageItem, PageWanted } from '../../../src/evaluation/report/payload.ts';
import { formatNumber } from './number.ts';

type Signal = NonNullable<PageItem['signals']>[number];

/** What a score is made of, as small bars; all items of a list on one scale. */
export function Signals({ signals, widest }: { signals: readonly Signal[]; widest: number }): JSX.Element {
  return (
    <dl class="signals">
      {signals.map(([name, value, detail], i) => (
        <div key={i}>
          <dt>{name}</dt>
          <dd>
            <Bar value={value} widest={widest} />
            <span class="amount">{formatNumber(value)}</span>
            {detail && <span class="why">{detail}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Bar({ value, widest }: { value: number; widest: number }): JSX.Element {
  const share = Math.min(1, Math.abs(value) / widest) * 100;
  return (
    <span class="track" aria-hidden="true">
      <span class={value < 0 ? 'minus' : 'plus'} style={{ width: `${Math.max(1, share)}%` }} />
    </span>
  );
}

interface DecidedProps {
  list: readonly PageItem[];
  wanted: readonly PageWanted[];
  /** Index of the system the list is of. */
  system: number;
}

/** Why the first wrong result is above the best wanted one: the difference of their signals. */
export function Decided({ list, wanted, system }: DecidedProps): JSX.Element | null {
  const right = list.findIndex(item => (item.grade ?? 0) > 0);
  const wrong = list.findIndex(item => !((item.grade ?? 0) > 0));
  if (list.length === 0) return null;
  if (right < 0) {
    const ranks = wanted.flatMap(one => one.ranks[system] ?? []);
    return (
      <p class="decided">
        {ranks.length === 0
          ? 'No wanted candidate was returned.'
          : `No wanted candidate is among the first ${list.length}; the best one has rank ${Math.min(...ranks)}.`}
      </p>
    );
  }
  if (wrong < 0 || right < wrong) return <p class="decided good">A wanted candidate comes first.</p>;
  const differences = differencesOf(list[wrong]!.signals, list[right]!.signals);
  if (!differences) {
    return (
      <p class="decided">
        The best wanted candidate has place {right + 1}
        {list[right]!.score === list[wrong]!.score ? ', with the same score as the first.' : '.'}
      </p>
    );
  }
  const widest = Math.max(1e-9, ...differences.map(one => Math.abs(one.value)));
  return (
    <div class="decided">
      <p>
        Place {wrong + 1} (wrong) is above place {right + 1} (wanted) by{' '}
        <b>{formatNumber(list[wrong]!.score - list[right]!.score)}</b>. What decided, wrong minus wanted:
      </p>
      <dl class="signals both">
        {differences.map(({ name, value }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <span class="track" aria-hidden="true">
                <span
                  class={value < 0 ? 'minus' : 'plus'}
                  style={{ width: `${Math.max(1, (Math.abs(value) / widest) * 50)}%` }}
                />
              </span>
              <span class="amount">
                {value > 0 ? '+' : ''}
                {formatNumber(value)}
              </span>
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

/** Wrong minus right by name, largest first; undefined if a list says nothing of its signals. */
function differencesOf(
  wrong: readonly Signal[] | undefined,
  right: readonly Signal[] | undefined,
): Array<{ name: string; value: number }> | undefined {
  if (!wrong || !right) return undefined;
  const sums = new Map<string, number>();
  for (const [name, value] of wrong) sums.set(name, (sums.get(name) ?? 0) + value);
  for (const [name, value] of right) sums.set(name, (sums.get(name) ?? 0) - value);
  return [...sums]
    .map(([name, value]) => ({ name, value }))
    .filter(one => Math.abs(one.value) > 1e-9)
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
}
