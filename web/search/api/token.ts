/** The bearer token of this tab: asked for once, kept until the tab is closed. */

const key = 'quarry-token';

let token: string | undefined = stored();
let waiting:
  | { promise: Promise<string | undefined>; answer: (token: string | undefined) => void }
  | undefined;
let refused = false;
let changed: () => void = () => undefined;

function stored(): string | undefined {
  try {
    return sessionStorage.getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

export function currentToken(): string | undefined {
  return token;
}

/** What the dialog shows: whether it is open, and whether the last token was refused. */
export interface Asking {
  isOpen: boolean;
  wasRefused: boolean;
}

export function asking(): Asking {
  return { isOpen: waiting !== undefined, wasRefused: refused };
}

/** There is one dialog, so there is one listener. */
export function onAsking(listener: () => void): void {
  changed = listener;
}

/**
 * A token instead of the one that was refused; undefined if the person has none. All requests that are refused at the same
 * time wait for the same answer.
 */
export function askForToken(sent: string | undefined): Promise<string | undefined> {
  if (token !== sent) return Promise.resolve(token);
  if (!waiting) {
    refused = sent !== undefined;
    let answer!: (token: string | undefined) => void;
    const promise = new Promise<string | undefined>(resolve => {
      answer = resolve;
    });
    waiting = { promise, answer };
    changed();
  }
  return waiting.promise;
}

/** The person's answer; undefined closes the dialog without one. */
export function giveToken(given: string | undefined): void {
  if (given !== undefined) {
    token = given;
    try {
      sessionStorage.setItem(key, given);
    } catch {
      // Without storage the token lives as long as the page.
    }
  }
  waiting?.answer(given);
  waiting = undefined;
  changed();
}
