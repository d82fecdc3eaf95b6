import type { ComponentChildren, JSX } from 'preact';
import { addressOf, type Go, type Place } from './place.ts';

interface LinkProps {
  place: Place;
  /** What is different where it leads. */
  to: Partial<Place>;
  go: Go;
  class?: string;
  title?: string;
  current?: 'true' | 'page' | undefined;
  label?: string;
  children: ComponentChildren;
}

/** A link within the page that can also be opened in a tab of its own. */
export function Link({ place, to, go, title, label, current, children, ...rest }: LinkProps): JSX.Element {
  return (
    <a
      class={rest.class}
      href={addressOf({ ...place, ...to })}
      title={title}
      aria-label={label}
      aria-current={current}
      onClick={event => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        go(to, 'push');
      }}
    >
      {children}
    </a>
  );
}
