import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { type Asking, asking, giveToken, onAsking } from '../api/token.ts';
import { Dialog } from './dialog.tsx';

/** Asks for the bearer token when the server wants one. */
export function TokenDialog(): JSX.Element | null {
  const [{ isOpen, wasRefused }, setAsking] = useState<Asking>(asking);
  useEffect(() => {
    onAsking(() => setAsking(asking()));
    setAsking(asking());
  }, []);
  if (!isOpen) return null;
  return (
    <Dialog title="This server wants a token" class="token" close={() => giveToken(undefined)}>
      <form
        onSubmit={event => {
          event.preventDefault();
          const text = new FormData(event.currentTarget).get('token');
          const token = typeof text === 'string' ? text.trim() : '';
          if (token) giveToken(token);
        }}
      >
        {wasRefused && (
          <p class="trouble" role="alert">
            The server did not accept that token.
          </p>
        )}
        <label>
          Token
          <input
            name="token"
            type="password"
            autocomplete="off"
            pattern="[!-~]+"
            title="Letters, digits and signs, without blanks"
            required
            autofocus
          />
        </label>
        <p class="fine">It stays in this tab and goes to this server only.</p>
        <button type="submit" class="main-button">
          Continue
        </button>
      </form>
    </Dialog>
  );
}
