import { useEffect, useRef } from 'preact/hooks';

export type Keys = Record<string, (event: KeyboardEvent) => boolean | undefined>;

/** Whether keys are text where the focus is. */
function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches('textarea, select, input:not([type="checkbox"])'))
  );
}

/**
 * Keys of the whole page, by what `event.key` says. They rest while one types, but for Escape, and while a dialog is open. A
 * handler returns false if it did nothing with the key.
 */
export function useKeys(keys: Keys): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (isTyping(event.target) || document.querySelector('dialog[open]')) return;
      const handle = Object.hasOwn(latest.current, event.key) ? latest.current[event.key] : undefined;
      if (handle && handle(event) !== false) event.preventDefault();
    };
    document.addEventListener('keydown', pressed);
    return () => document.removeEventListener('keydown', pressed);
  }, []);
}

function hits(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>('.hit-link')];
}

/** The result that has the focus, or has something in it that has. */
export function focusedHit(): HTMLElement | undefined {
  return document.activeElement?.closest<HTMLElement>('.hit') ?? undefined;
}

/** Moves the focus among results. From elsewhere it goes to the open one, or to the first; false if there are none. */
export function moveHit(step: 1 | -1): boolean {
  const all = hits();
  const here = focusedHit()?.querySelector<HTMLElement>('.hit-link');
  const at = here ? all.indexOf(here) : -1;
  const open = all.findIndex(link => link.getAttribute('aria-current') === 'true');
  const next = at >= 0 ? at + step : Math.max(0, open);
  if (next < 0) {
    document.querySelector<HTMLInputElement>('input[type="search"]')?.focus();
    return true;
  }
  const link = all[Math.min(next, all.length - 1)];
  if (!link) return false;
  link.focus({ preventScroll: true });
  link.closest('.hit')!.scrollIntoView({ block: 'nearest' });
  return true;
}

/** Presses a control inside the focused result; false if there is none. */
export function pressInHit(selector: string): boolean {
  const control = focusedHit()?.querySelector<HTMLElement>(selector);
  control?.click();
  return control !== undefined && control !== null;
}
