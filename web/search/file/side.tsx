import type { JSX } from 'preact';
import type { FileAnswer } from '../../../src/service/api.ts';
import type { Go, Lines, Place } from '../place.ts';
import { unitAt } from './lines.ts';
import { Outline } from './outline.tsx';
import { Related } from './related.tsx';
import { Uses } from './uses.tsx';

export const tabs = ['outline', 'related', 'uses'] as const;
export type Tab = (typeof tabs)[number];

const names: Record<Tab, string> = { outline: 'Outline', related: 'Related', uses: 'Uses' };

interface SideProps {
  answer: FileAnswer;
  lines: Lines | undefined;
  tab: Tab;
  choose: (tab: Tab) => void;
  place: Place;
  go: Go;
}

/** Beside the text: its outline, and what belongs to the selected unit elsewhere. */
export function Side({ answer, lines, tab, choose, place, go }: SideProps): JSX.Element {
  const current = lines ? unitAt(answer.outline, lines[0]) : -1;
  const unit = answer.outline[current];
  const pressed = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length]!;
    choose(next);
    document.getElementById(`tab-${next}`)?.focus();
  };
  return (
    <div class="side">
      <div class="tabs" role="tablist" aria-label="About this file" onKeyDown={pressed}>
        {tabs.map(one => (
          <button
            key={one}
            id={`tab-${one}`}
            type="button"
            role="tab"
            aria-selected={one === tab}
            aria-controls="side-panel"
            tabIndex={one === tab ? 0 : -1}
            onClick={() => choose(one)}
          >
            {names[one]}
          </button>
        ))}
      </div>
      <div class="panel" id="side-panel" role="tabpanel" aria-labelledby={`tab-${tab}`}>
        {tab === 'outline' && <Outline outline={answer.outline} current={current} place={place} go={go} />}
        {tab === 'related' && (
          <>
            <p class="about">To {unit ? <code>{unit.symbol}</code> : `line ${lines?.[0] ?? 1}`}, elsewhere</p>
            <Related path={answer.path} line={unit?.firstLine ?? lines?.[0] ?? 1} place={place} go={go} />
          </>
        )}
        {tab === 'uses' &&
          (unit ? (
            <>
              <p class="about">
                Of <code>{unit.name}</code>
              </p>
              <Uses name={unit.name} place={place} go={go} />
            </>
          ) : (
            <p class="fine">Select a line inside a symbol.</p>
          ))}
      </div>
    </div>
  );
}
