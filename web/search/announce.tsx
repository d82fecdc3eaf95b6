import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

let say: (text: string) => void = () => undefined;

/** Says something to screen readers when what they say at the moment is done. */
export function announce(text: string): void {
  say(text);
}

/** While one types, only the last of many announcements is worth hearing. */
const pauseMs = 500;

/** Where announcements go; the page has one. */
export function Announcer(): JSX.Element {
  const [text, setText] = useState('');
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    say = next => {
      clearTimeout(timer);
      timer = setTimeout(() => setText(next), pauseMs);
    };
    return () => clearTimeout(timer);
  }, []);
  return (
    <div class="hidden" role="status" aria-live="polite">
      {text}
    </div>
  );
}
