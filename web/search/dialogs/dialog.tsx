import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Icon } from '../icons.tsx';

interface DialogProps {
  title: string;
  close: () => void;
  class?: string;
  children: ComponentChildren;
}

/** A dialog in front of the page. Esc and a click beside it close it; the focus goes back to where it was. */
export function Dialog({ title, close, children, ...rest }: DialogProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const own = dialog.current!;
    own.showModal();
    return () => {
      // When it was closed the browser has done that, and the focus may be elsewhere by now.
      if (own.contains(document.activeElement)) before?.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={rest.class}
      aria-label={title}
      onClose={close}
      onClick={event => {
        if (event.target === event.currentTarget) event.currentTarget.close();
      }}
      onKeyDown={event => event.stopPropagation()}
    >
      <div class="inside">
        <header>
          <h2>{title}</h2>
          <button
            type="button"
            class="icon-button"
            aria-label="Close"
            onClick={() => dialog.current!.close()}
          >
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
