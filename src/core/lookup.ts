// Finds an entry of a registry by its id, or says which ids there are.

import { QuarryError } from './errors.ts';
import { nearest } from './nearest.ts';

/** How `unknownId` words its message. */
export interface UnknownIdWording {
  /** The first half of the message; default `there is no WHAT "ID"`. */
  message?: string;
  /** The hint where no id is near; default lists them all. */
  hint?: string;
}

/**
 * The entry whose `id` is the one asked for. Throws QuarryError `usage` whose hint names the nearest id, or lists all of
 * them where none is near.
 */
export function byId<T extends { readonly id: string }>(
  entries: readonly T[],
  id: string,
  what: string,
  wording?: UnknownIdWording,
): T {
  const found = entries.find(entry => entry.id === id);
  if (found) return found;
  throw unknownId(
    id,
    entries.map(entry => entry.id),
    what,
    wording,
  );
}

/** The error `usage` for an id that is not among `known`: its hint names the nearest, or lists all of them. */
export function unknownId(
  id: string,
  known: readonly string[],
  what: string,
  { message = `there is no ${what} ${JSON.stringify(id)}`, hint }: UnknownIdWording = {},
): QuarryError {
  const near = nearest(id, known);
  const listed = hint ?? `there are ${known.join(', ')}`;
  return new QuarryError('usage', message, near === undefined ? listed : `did you mean ${near}?`);
}
