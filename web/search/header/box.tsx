import type { JSX, RefObject } from 'preact';
import { Icon } from '../icons.tsx';

interface BoxProps {
  query: string;
  box: RefObject<HTMLInputElement | null>;
  hasProblem: boolean;
  type: (query: string) => void;
  /** Enter: search now, and go on among the results. */
  enter: () => void;
  down: () => void;
}

/** The query as text. It is the truth: chips only show and change it. */
export function Box({ query, box, hasProblem, type, enter, down }: BoxProps): JSX.Element {
  return (
    <search>
      <form
        class="box"
        onSubmit={event => {
          event.preventDefault();
          enter();
        }}
      >
        <Icon name="search" />
        <input
          ref={box}
          type="search"
          aria-label="Search code"
          placeholder="What does the code do?"
          value={query}
          autocomplete="off"
          autocapitalize="off"
          autocorrect="off"
          spellcheck={false}
          maxLength={2000}
          autofocus
          enterkeyhint="search"
          aria-invalid={hasProblem}
          aria-describedby={hasProblem ? 'problem' : undefined}
          onInput={event => type(event.currentTarget.value)}
          onKeyDown={event => {
            if (event.isComposing) return;
            if (event.key === 'ArrowDown') {
              event.preventDefault();
              down();
            } else if (event.key === 'Escape') {
              // Chromium would clear the box.
              event.preventDefault();
              if (event.currentTarget.value === '') event.currentTarget.blur();
              else event.currentTarget.select();
            }
          }}
        />
        <span class="key" aria-hidden="true">
          /
        </span>
      </form>
    </search>
  );
}
