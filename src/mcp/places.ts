import { isAbsolute, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { QuarryError } from '../core/errors.ts';
import type { Service } from '../service/api.ts';

/** A stretch of lines, 1-based and inclusive; an end that is absent is that of the file. */
export interface LineRange {
  first: number;
  last: number | undefined;
}

/** Reads `10-80`, `10`, `10-`, `-80`, `L10-L80`, `10:80`. Throws QuarryError `usage`. */
export function parseLines(text: string): LineRange {
  const match = /^\s*(?:(?:lines?\s*)?L?(\d{1,9}))?\s*(?:([-–:,]|\.\.)\s*(?:L?(\d{1,9}))?)?\s*$/i.exec(text);
  const [, from, dash, to] = match ?? [];
  const expected = 'write lines as "10-80", "10" or "10-"';
  if (!match || (from === undefined && to === undefined))
    throw new QuarryError('usage', `not a range of lines: ${JSON.stringify(text.slice(0, 60))}`, expected);
  const first = from === undefined ? 1 : Number(from);
  const last = to === undefined ? (dash === undefined ? first : undefined) : Number(to);
  if (first < 1 || (last !== undefined && last < first))
    throw new QuarryError('usage', `no such lines: ${text.trim()}`, expected);
  return { first, last };
}

/** A path as it stands in answers may carry its lines: `src/a.ts:10-80`. */
export function splitPlace(path: string): { path: string; lines: string | undefined } {
  const match = /^(.+?):(\d+(?:-\d*)?)$/s.exec(path.trim());
  return match ? { path: match[1]!, lines: match[2] } : { path: path.trim(), lines: undefined };
}

/**
 * A path as the service knows it. Agents also give absolute paths, URIs, `./` and backslashes. Throws QuarryError `usage` for a path
 * that leads out of what is indexed. An empty result is the whole tree.
 */
export async function servedPath(path: string, service: Service, signal: AbortSignal): Promise<string> {
  let wanted = path.trim();
  if (wanted.startsWith('file://')) {
    try {
      wanted = fileURLToPath(wanted);
    } catch {
      throw new QuarryError('usage', `not a path: ${wanted.slice(0, 200)}`, 'give it as in the answers');
    }
  }
  if (isAbsolute(wanted)) {
    const { repositories } = await service.status(signal);
    const inside = repositories.flatMap(({ name, directory }) => {
      if (directory === undefined) return [];
      const below = relative(directory, wanted);
      if (below === '..' || below.startsWith(`..${sep}`) || isAbsolute(below)) return [];
      return [repositories.length > 1 ? posix.join(name, below.replaceAll('\\', '/')) : below];
    });
    if (inside.length === 0)
      throw new QuarryError(
        'usage',
        `${wanted.slice(0, 200)} is not inside what is indexed`,
        'give paths as in the answers, relative to the root; see index_status',
      );
    wanted = inside[0]!;
  }
  const plain = posix.normalize(wanted.replaceAll('\\', '/'));
  if (plain === '..' || plain.startsWith('../'))
    throw new QuarryError(
      'usage',
      `${wanted.slice(0, 200)} leads out of what is indexed`,
      'give paths as in the answers, relative to the root',
    );
  return plain === '.' ? '' : plain.replace(/^\/+|\/+$/g, '');
}
