import { QuarryError } from '../core/errors.ts';

/** Turns errors of SQLite and the file system into the project's own, with advice. */
export function translate(error: unknown, file: string): unknown {
  if (error instanceof QuarryError) return error;
  const { code, errcode, message } = error as { code?: string; errcode?: number; message?: string };
  const cause = { cause: error };
  const primary = (errcode ?? 0) & 0xff;
  if (code === 'ENOSPC' || primary === 13)
    return new QuarryError(
      'no-space',
      `no space left for the index ${file}`,
      'free some disk space; nothing was lost',
      cause,
    );
  if (primary === 5 || primary === 6)
    return new QuarryError('busy', 'another process is writing to the index', 'try again in a moment', cause);
  // 1: a table or column is missing; 522: the file ends too early; 11 and 26: SQLite found damage.
  const incomplete = primary === 1 && /^no such (table|column)/.test(message ?? '');
  if (incomplete || primary === 11 || primary === 26 || errcode === 522 || error instanceof RangeError)
    return new QuarryError(
      'corrupt',
      `the index ${file} is damaged: ${message}`,
      'run `quarry doctor` to look, `quarry clear` to start afresh',
      cause,
    );
  if (
    code === 'EACCES' ||
    code === 'EEXIST' ||
    code === 'ENOTDIR' ||
    code === 'EPERM' ||
    code === 'EROFS' ||
    primary === 14 ||
    primary === 8 ||
    primary === 10
  )
    return new QuarryError(
      'unreadable',
      `cannot open the index ${file}: ${message}`,
      'choose another place with --index or QUARRY_INDEX_DIR',
      cause,
    );
  return error;
}
