import type { JSX } from 'preact';
import type { StatusAnswer } from '../../../src/service/api.ts';
import { Icon } from '../icons.tsx';
import { type Operator, operatorsOf, withoutOperator } from '../query/operators.ts';
import { Suggestions } from './suggestions.tsx';

interface ChipsProps {
  query: string;
  status: StatusAnswer | undefined;
  change: (query: string) => void;
}

/** What narrows the search now, and what could. */
export function Chips({ query, status, change }: ChipsProps): JSX.Element {
  const operators = operatorsOf(query);
  return (
    <div class="chips">
      {operators.length > 0 && (
        <ul class="active" aria-label="Filters of this search">
          {operators.map(one => (
            <li key={`${one.start} ${one.text}`}>
              <Active operator={one} remove={() => change(withoutOperator(query, one))} />
            </li>
          ))}
        </ul>
      )}
      {status && <Suggestions query={query} status={status} change={change} />}
    </div>
  );
}

function Active({ operator, remove }: { operator: Operator; remove: () => void }): JSX.Element {
  const { isNegated, text, name, value } = operator;
  return (
    <button
      type="button"
      class={isNegated ? 'chip on not' : 'chip on'}
      aria-label={`Remove ${text}`}
      title={`Remove ${text}`}
      onClick={remove}
    >
      <span class="operator">
        {isNegated && '−'}
        {name}:
      </span>
      {value}
      <Icon name="close" />
    </button>
  );
}
