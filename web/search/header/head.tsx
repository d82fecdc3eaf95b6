import type { JSX, RefObject } from 'preact';
import { Icon } from '../icons.tsx';
import type { Place } from '../place.ts';
import { StatusPill } from '../status/pill.tsx';
import type { Known } from '../status/use-status.ts';
import { themes, useTheme } from '../theme.ts';
import { Box } from './box.tsx';
import { Chips } from './chips.tsx';

interface HeadProps {
  place: Place;
  known: Known;
  box: RefObject<HTMLInputElement | null>;
  hasProblem: boolean;
  isPending: boolean;
  type: (query: string) => void;
  enter: () => void;
  down: () => void;
  /** Another query, not typed. */
  change: (query: string) => void;
  setRerank: (on: boolean) => void;
  openStatus: () => void;
  openKeys: () => void;
}

/** The box, what narrows the search, and the page's own switches. */
export function Head(props: HeadProps): JSX.Element {
  const { place, known, change } = props;
  return (
    <header class={props.isPending ? 'head pending' : 'head'}>
      <div class="top">
        <h1>
          <a href="./">Quarry</a>
        </h1>
        <Box
          query={place.q}
          box={props.box}
          hasProblem={props.hasProblem}
          type={props.type}
          enter={props.enter}
          down={props.down}
        />
        <div class="tools">
          <label
            class="switch"
            title="A cross-encoder reads the first results once more: better order, a little slower"
          >
            <input
              type="checkbox"
              role="switch"
              aria-checked={place.rerank === true}
              checked={place.rerank === true}
              onChange={event => props.setRerank(event.currentTarget.checked)}
            />
            <span>Re-rank</span>
          </label>
          <StatusPill known={known} open={props.openStatus} />
          <ThemeButton />
          <button
            type="button"
            class="icon-button"
            aria-label="Keys"
            title="Keys (?)"
            onClick={props.openKeys}
          >
            <Icon name="keys" />
          </button>
        </div>
      </div>
      <Chips query={place.q} status={known.status} change={change} />
    </header>
  );
}

function ThemeButton(): JSX.Element {
  const [theme, setTheme] = useTheme();
  const next = themes[(themes.indexOf(theme) + 1) % themes.length]!;
  const text = `Theme: ${theme}. Change to ${next}`;
  return (
    <button type="button" class="icon-button" aria-label={text} title={text} onClick={() => setTheme(next)}>
      <Icon name={theme} />
    </button>
  );
}
