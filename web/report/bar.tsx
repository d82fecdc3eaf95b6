import type { ComponentChildren, JSX } from 'preact';
import { linkTo, type Place, type Theme } from './state.ts';

interface BarProps {
  /** What the page is about. */
  about: string;
  place: Place;
  theme: Theme;
  choose: (theme: Theme) => void;
  children?: ComponentChildren;
}

/** The bar on top of a page: a way past it, the name, the colours, and what else belongs there. */
export function Bar({ about, place, theme, choose, children }: BarProps): JSX.Element {
  return (
    <header class="bar">
      <a
        class="skip"
        href={linkTo(place, { at: 'content' })}
        onClick={event => {
          event.preventDefault();
          document.getElementById('content')?.focus();
        }}
      >
        Skip to content
      </a>
      <div class="inner">
        <p class="brand">
          <b>Quarry</b> {about}
        </p>
        <ThemeChoice theme={theme} choose={choose} />
      </div>
      {children}
    </header>
  );
}

function ThemeChoice({ theme, choose }: { theme: Theme; choose: (theme: Theme) => void }): JSX.Element {
  return (
    <fieldset class="theme">
      <legend class="hidden">Colours</legend>
      {(['auto', 'light', 'dark'] as const).map(one => (
        <label key={one}>
          <input type="radio" name="theme" checked={theme === one} onChange={() => choose(one)} />
          <span>{one === 'auto' ? 'Auto' : one === 'light' ? 'Light' : 'Dark'}</span>
        </label>
      ))}
    </fieldset>
  );
}
