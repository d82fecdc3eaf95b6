import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { StatusAnswer } from '../../../src/service/api.ts';
import {
  hasValue,
  operatorsOf,
  withOperator,
  withoutOperator,
  withoutValue,
  withValue,
} from '../query/operators.ts';

interface SuggestionsProps {
  query: string;
  status: StatusAnswer;
  change: (query: string) => void;
}

/** What the search could be narrowed to, of what is in the index. */
export function Suggestions({ query, status, change }: SuggestionsProps): JSX.Element {
  return (
    <>
      {groupsOf(status).map(group => (
        <GroupView key={group.name} group={group} query={query} change={change} />
      ))}
      <TestsChip query={query} change={change} />
    </>
  );
}

interface Group {
  legend: string;
  /** Of the operator. */
  name: string;
  values: string[];
  /** Shown before "more" is asked for. */
  first: number;
}

const kinds = ['function', 'method', 'class', 'interface', 'struct', 'enum', 'type', 'constant', 'section'];

function groupsOf({ languages, repositories }: StatusAnswer): Group[] {
  const byUnits = [...languages].sort((a, b) => b.units - a.units || b.files - a.files);
  // One chip for a repository, however many revisions of it are indexed.
  const names = [...new Set(repositories.map(({ name }) => name))];
  const groups: Group[] = [
    { legend: 'Language', name: 'lang', values: byUnits.map(({ language }) => language), first: 5 },
    { legend: 'Repository', name: 'repo', values: names, first: 4 },
    { legend: 'Kind', name: 'kind', values: kinds, first: 3 },
  ];
  return groups.filter(({ values }) => values.length > 1);
}

interface GroupProps {
  group: Group;
  query: string;
  change: (query: string) => void;
}

function GroupView({ group: { legend, name, values, first }, query, change }: GroupProps): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  const hidden = values.length - first;
  const shown = isOpen ? values : values.filter((value, i) => i < first || hasValue(query, name, value));
  return (
    <fieldset class="group">
      <legend>{legend}</legend>
      {shown.map(value => {
        const isOn = hasValue(query, name, value);
        return (
          <button
            key={value}
            type="button"
            class="chip"
            aria-pressed={isOn}
            title={`${name}:${value}`}
            onClick={() => change(isOn ? withoutValue(query, name, value) : withValue(query, name, value))}
          >
            {value}
          </button>
        );
      })}
      {hidden > 0 && (
        <button
          type="button"
          class="chip more"
          aria-expanded={isOpen}
          aria-label={isOpen ? `${legend}: fewer` : `${legend}: ${hidden} more`}
          onClick={() => setOpen(!isOpen)}
        >
          {isOpen ? 'fewer' : `+${hidden}`}
        </button>
      )}
    </fieldset>
  );
}

const withoutTests = '-is:test';

function TestsChip({ query, change }: Omit<GroupProps, 'group'>): JSX.Element {
  const one = operatorsOf(query).find(({ text }) => text === withoutTests);
  return (
    <button
      type="button"
      class="chip"
      aria-pressed={one !== undefined}
      title={withoutTests}
      onClick={() => change(one ? withoutOperator(query, one) : withOperator(query, withoutTests))}
    >
      without tests
    </button>
  );
}
