import type { JSX } from 'preact';
import type { Token } from '../../../src/service/api.ts';
import { colourClass } from './colours.ts';

/** A line in its colours. Text is only ever text: nothing in it is read as markup. */
export function Tokens({ tokens }: { tokens: readonly Token[] }): JSX.Element {
  return (
    <>
      {tokens.map((token, i) => {
        if (token.marked) return <mark key={i}>{token.text}</mark>;
        const name = colourClass(token.light, token.dark);
        return name ? (
          <span key={i} class={name}>
            {token.text}
          </span>
        ) : (
          token.text
        );
      })}
    </>
  );
}
