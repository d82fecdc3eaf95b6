import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { PlainTable } from '../table.tsx';

export interface Numbers {
  head: readonly string[];
  rows: ReadonlyArray<readonly string[]>;
}

interface FigureProps {
  title: string;
  /** What is to be seen, for those who do not see it. */
  label: string;
  /** Draws for a width in pixels. */
  draw: (width: number) => Element;
  /** What `draw` depends on besides the width; drawn again when one of them is another. Always as many. */
  inputs: readonly unknown[];
  /** The numbers behind the plot. */
  numbers: Numbers;
  note?: string;
}

/** Width of an element in whole pixels, 0 before it is laid out. */
export function useWidth(): [{ current: HTMLDivElement | null }, number] {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const measure = () => setWidth(Math.floor(element.clientWidth));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, width];
}

/** A plot with its title, and its numbers in a table to open. */
export function Figure({ title, label, draw, inputs, numbers, note }: FigureProps): JSX.Element {
  const [ref, width] = useWidth();
  useEffect(() => {
    if (width === 0) return;
    ref.current?.replaceChildren(described(draw(width), label));
  }, [width, label, ...inputs]);
  return (
    <figure>
      <figcaption>
        <h3>{title}</h3>
        {note && <p class="fine">{note}</p>}
      </figcaption>
      <div class="plot" ref={ref} />
      <NumbersOf title={title} numbers={numbers} />
    </figure>
  );
}

export function NumbersOf({ title, numbers }: { title: string; numbers: Numbers }): JSX.Element {
  const [open, setOpen] = useState(false);
  return (
    <details onToggle={event => setOpen(event.currentTarget.open)}>
      <summary>
        Numbers<span class="hidden"> of: {title}</span>
      </summary>
      {open && <PlainTable caption={title} head={numbers.head} rows={numbers.rows} />}
    </details>
  );
}

/** A plot is one picture with one text; its parts would be read as a heap of numbers. */
export function described(plot: Element, label: string): Element {
  plot.setAttribute('role', 'img');
  plot.setAttribute('aria-label', label);
  for (const part of plot.querySelectorAll('[aria-label], [aria-description]')) {
    part.removeAttribute('aria-label');
    part.removeAttribute('aria-description');
  }
  return plot;
}

/** Text cut to so many characters. */
export function short(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

/** Pixels that labels of a vertical axis take, at most `most`. */
export function labelWidth(labels: readonly string[], most: number): number {
  return Math.min(most, 16 + Math.max(0, ...labels.map(label => label.length * 6.6)));
}

/** Style of every plot. */
export const small: { fontSize: string; fontVariant: string } = {
  fontSize: '12px',
  fontVariant: 'tabular-nums',
};

/** What appears at the pointer. */
export const tip: { lineHeight: number; fontSize: number } = { lineHeight: 1.35, fontSize: 12 };
