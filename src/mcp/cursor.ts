import { createHash } from 'node:crypto';
import { QuarryError } from '../core/errors.ts';

/**
 * Where the next answer of a search begins: a page of the service, and how many of its hits have been shown already. The page
 * alone would not do, because an answer may end in the middle of one when its tokens are spent.
 */
export interface Position {
  /** Cursor of the service; undefined for its first page. */
  page: string | undefined;
  /** Hits of that page that were shown. */
  skip: number;
  /** Hits per page. */
  limit: number;
}

/** A short digest of what a cursor belongs to. */
function digestOf(search: unknown): string {
  return createHash('sha256').update(JSON.stringify(search)).digest('hex').slice(0, 6);
}

/** Text for an agent to hand back; `search` is what the cursor is good for. */
export function writeCursor({ page, skip, limit }: Position, search: unknown): string {
  return `${digestOf(search)}.${limit}.${skip}.${page ?? ''}`;
}

/** Throws QuarryError `usage` for what is no cursor, and for one of another search. */
export function readCursor(text: string, search: unknown): Position {
  const match = /^([0-9a-f]{6})\.(\d{1,3})\.(\d{1,3})\.(.*)$/s.exec(text);
  const again = 'leave cursor out to start from the beginning';
  if (!match) throw new QuarryError('usage', `not a cursor: ${JSON.stringify(text.slice(0, 60))}`, again);
  const [, digest, limit, skip, page] = match;
  if (digest !== digestOf(search))
    throw new QuarryError(
      'usage',
      'this cursor belongs to another search',
      `repeat query, path and languages as they were, or ${again}`,
    );
  return { page: page === '' ? undefined : page, skip: Number(skip), limit: Number(limit) };
}
