import type { ComponentChildren, JSX } from 'preact';

/** A place that scrolls by itself, within reach of the keyboard, so that the page never scrolls sideways. */
export function Scroller({ label, children }: { label: string; children: ComponentChildren }): JSX.Element {
  return (
    // biome-ignore lint/a11y/useSemanticElements: it is no form, and a landmark for every piece of code is too many.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard cannot scroll what has no place in the tab order.
    <div class="scroll" tabIndex={0} role="group" aria-label={label}>
      {children}
    </div>
  );
}
