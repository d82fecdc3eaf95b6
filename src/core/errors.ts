/**
 * The one class of expected failures. Front ends map `code` to an exit status or an HTTP status; the core never
 * does. `message` is one line that says what happened, `hint` what to do about it.
 */
export type ErrorCode =
  | 'usage' // bad flag, bad option, bad query
  | 'not-found' // path or index does not exist
  | 'unsupported' // this machine cannot do it: no native runtime
  | 'unreadable' // permission or I/O error
  | 'busy' // another process writes and the caller did not want to wait
  | 'format' // index of another format version
  | 'corrupt' // index damaged
  | 'no-space' // disk full
  | 'aborted'; // the caller's AbortSignal fired

export class QuarryError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, hint?: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'QuarryError';
    this.code = code;
    this.hint = hint;
  }
}

/** The error of work that a caller's signal has stopped. */
export function abortedBy(signal?: AbortSignal): QuarryError {
  return new QuarryError('aborted', 'stopped', undefined, signal && { cause: signal.reason });
}

/** Throws `QuarryError('aborted')` if the signal has fired. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortedBy(signal);
}
