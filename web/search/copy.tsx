import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { announce } from './announce.tsx';

interface CopyProps {
  text: string;
  /** What is copied, as the button says it. */
  name: string;
  title?: string;
}

/** A button that puts a text on the clipboard, and says so. */
export function Copy({ text, name, title }: CopyProps): JSX.Element {
  const [said, setSaid] = useState('');
  useEffect(() => {
    if (!said) return;
    const timer = setTimeout(() => setSaid(''), 1500);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = async () => {
    const done = await copyText(text);
    setSaid(done ? 'Copied' : 'Not allowed');
    announce(done ? `Copied ${text}` : 'The browser does not allow copying');
  };
  return (
    <button type="button" class="quiet copy" title={title} onClick={() => void copy()}>
      {said || name}
    </button>
  );
}

/** The clipboard interface needs a secure address: over plain HTTP from elsewhere the old command still works. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    area.className = 'hidden';
    const before = document.activeElement as HTMLElement | null;
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    before?.focus();
    return done;
  }
}
