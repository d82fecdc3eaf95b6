import type { JSX } from 'preact';
import type { Data } from './data.ts';

/** Colours of systems, as set in the style sheet for light and dark. */
const colours = 10;

/** Symbols of Plot by slot: systems differ in shape as well, for eyes and printers without colour. */
export const symbols = [
  'circle',
  'square',
  'triangle',
  'diamond',
  'star',
  'cross',
  'wye',
  'plus',
  'times',
  'asterisk',
] as const;

const paths = [
  <circle key="0" r="4" />,
  <rect key="1" x="-3.6" y="-3.6" width="7.2" height="7.2" />,
  <path key="2" d="M0,-5 4.6,3.4 -4.6,3.4Z" />,
  <path key="3" d="M0,-5.2 3.9,0 0,5.2 -3.9,0Z" />,
  <path key="4" d="M0,-5.4 1.3,-1.7 5.1,-1.7 2,0.7 3.2,4.4 0,2.1 -3.2,4.4 -2,0.7 -5.1,-1.7 -1.3,-1.7Z" />,
  <path key="5" d="M-1.5,-4.6H1.5V-1.5H4.6V1.5H1.5V4.6H-1.5V1.5H-4.6V-1.5H-1.5Z" />,
  <path key="6" d="M-1.4,5V1L-4.6,-1.2 -3.2,-3.6 0,-1.6 3.2,-3.6 4.6,-1.2 1.4,1V5Z" />,
  <path key="7" d="M-4.6,0H4.6M0,-4.6V4.6" />,
  <path key="8" d="M-3.6,-3.6 3.6,3.6M-3.6,3.6 3.6,-3.6" />,
  <path key="9" d="M0,-4.8V4.8M-4.2,-2.4 4.2,2.4M-4.2,2.4 4.2,-2.4" />,
];

export function slotOf(data: Data, name: string): number {
  return data.slots.get(name) ?? 0;
}

/** CSS colour of a system. */
export function colourOf(data: Data, name: string): string {
  return `var(--s${slotOf(data, name) % colours})`;
}

export function symbolOf(data: Data, name: string): (typeof symbols)[number] {
  return symbols[slotOf(data, name) % symbols.length]!;
}

/** Colour and shape of a system beside its name. */
export function Mark({ data, name }: { data: Data; name: string }): JSX.Element {
  const colour = colourOf(data, name);
  const slot = slotOf(data, name) % paths.length;
  return (
    <svg
      class="mark"
      viewBox="-6 -6 12 12"
      aria-hidden="true"
      style={{ fill: slot > 6 ? 'none' : colour, stroke: colour }}
    >
      {paths[slot]}
    </svg>
  );
}
