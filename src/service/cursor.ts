import { hash } from 'node:crypto';
import { QuarryError } from '../core/errors.ts';

/** What a cursor belongs to: all that decides which files an answer has, and in which order. */
export interface CursorScope {
  query: string;
  /** Options as they count, defaults filled in. */
  options: Readonly<Record<string, string | number | undefined>>;
}

/** Where the next page begins, and the generation that the pages before it are from. */
interface CursorPosition {
  generation: number;
  /** Files before it. */
  offset: number;
}

/** Text that a client gives back as it is. It says what it belongs to; there is nothing secret in it. */
export function cursorOf(scope: CursorScope, { generation, offset }: CursorPosition): string {
  return Buffer.from(`1.${keyOf(scope)}.${generation}.${offset}`).toString('base64url');
}

/** Throws QuarryError `usage` for what is no cursor, or one of another query. */
export function readCursor(scope: CursorScope, cursor: string): CursorPosition {
  const text = cursor.length > 200 ? '' : Buffer.from(cursor, 'base64url').toString('latin1');
  const match = /^1\.([0-9a-f]{16})\.(\d{1,15})\.(\d{1,4})$/.exec(text);
  if (!match) throw new QuarryError('usage', 'the cursor is damaged', 'search again without one');
  if (match[1] !== keyOf(scope))
    throw new QuarryError(
      'usage',
      'the cursor belongs to another query or other options',
      'give it with the same query, limit, perFile, mode and rerank, or search again without one',
    );
  return { generation: Number(match[2]), offset: Number(match[3]) };
}

function keyOf({ query, options }: CursorScope): string {
  return hash('sha256', JSON.stringify([query, Object.entries(options)])).slice(0, 16);
}
