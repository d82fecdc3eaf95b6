import { QuarryError } from '../core/errors.ts';

export interface Narrowing {
  /** A folder, file or glob; '' for none. */
  path: string;
  languages: readonly string[];
}

/**
 * A query in the query language that also keeps to a path and languages. `shift` is how many characters stand before the query's own.
 * The filters come first, so that a quote which is not closed cannot swallow them. Throws QuarryError `usage`.
 */
export function narrowed(query: string, { path, languages }: Narrowing): { text: string; shift: number } {
  const filters: string[] = [];
  if (path !== '') filters.push(`path:${quoted(path)}`);
  if (languages.length > 0) filters.push(`lang:${languages.map(languageName).join(',')}`);
  if (filters.length === 0) return { text: query, shift: 0 };
  const before = `${filters.join(' ')} `;
  // Of `a or b` the filters would only be part of the first branch.
  if (!/(?:^|[\s)])or(?=[\s(]|$)/i.test(query)) return { text: before + query, shift: before.length };
  checkGroups(query);
  return { text: `${before}(${query})`, shift: before.length + 1 };
}

/** A parenthesis that closes too early would end the group that is put around the query. */
function checkGroups(query: string): void {
  let depth = 0;
  for (const { 0: token, index } of query.matchAll(/"(?:[^"\\]|\\.)*"|\\.|[()]/gs)) {
    if (token === '(') depth++;
    else if (token === ')' && --depth < 0)
      throw new QuarryError(
        'usage',
        `query, column ${index + 1}: no parenthesis is open here`,
        'remove it, or put the text in quotes',
      );
  }
}

/** The error of a narrowed query, with the column where it is in the query as it was given. */
export function unshifted(error: unknown, shift: number): unknown {
  if (!(error instanceof QuarryError) || shift === 0) return error;
  const match = /^query, column (\d+)(.*)$/s.exec(error.message);
  if (!match) return error;
  const column = Math.max(1, Number(match[1]) - shift);
  return new QuarryError(error.code, `query, column ${column}${match[2]}`, error.hint, { cause: error });
}

function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}

function languageName(name: string): string {
  if (/^[\w+#.-]{1,40}$/.test(name)) return name;
  throw new QuarryError(
    'usage',
    `not a language: ${JSON.stringify(name.slice(0, 60))}`,
    'for example typescript, py, go',
  );
}
