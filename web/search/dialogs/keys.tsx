import type { JSX } from 'preact';
import { Dialog } from './dialog.tsx';

const keys: ReadonlyArray<
  readonly [where: string, list: ReadonlyArray<readonly [keys: string, does: string]>]
> = [
  [
    'Everywhere',
    [
      ['/', 'to the search box'],
      ['?', 'these keys'],
      ['s', 'index status'],
      ['Esc', 'close what is open'],
    ],
  ],
  [
    'Results',
    [
      ['j ↓', 'next result'],
      ['k ↑', 'previous result'],
      ['Enter o', 'open the file'],
      ['w', 'why this result'],
      ['m', 'more places of this file'],
      ['y', 'copy path and lines'],
    ],
  ],
  [
    'File',
    [
      ['j ↓', 'next line'],
      ['k ↑', 'previous line'],
      ['Shift ↓ ↑', 'select more lines'],
      [']', 'next symbol'],
      ['[', 'previous symbol'],
      ['r', 'related code'],
      ['u', 'uses of the symbol'],
      ['y', 'copy path and lines'],
    ],
  ],
];

/** All keys of the page. */
export function KeysDialog({ close }: { close: () => void }): JSX.Element {
  return (
    <Dialog title="Keys" class="keys" close={close}>
      {keys.map(([where, list]) => (
        <section key={where}>
          <h3>{where}</h3>
          <dl>
            {list.map(([names, does]) => (
              <div key={names}>
                <dt>
                  {names.split(' ').map(name => (
                    <kbd key={name}>{name}</kbd>
                  ))}
                </dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Dialog>
  );
}
