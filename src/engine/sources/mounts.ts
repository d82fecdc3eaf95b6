import { realpathSync } from 'node:fs';
import { sep } from 'node:path';

/** Finds what a path belongs to by its prefix. No prefix may begin with another one. */
export class Mounts<T extends { prefix: string }> {
  readonly list: readonly T[];

  constructor(list: readonly T[]) {
    this.list = list.toSorted((a, b) => (a.prefix < b.prefix ? -1 : 1));
  }

  find(path: string): T | undefined {
    const { list } = this;
    let low = 0;
    let high = list.length - 1;
    // The last prefix that is not behind the path.
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (list[middle]!.prefix <= path) low = middle;
      else high = middle - 1;
    }
    const found = list[low];
    return found && path.startsWith(found.prefix) ? found : undefined;
  }
}

/** Whether a path (`/`) can name a file below a directory, whatever lies there: no way up, not absolute, not empty. */
export function isBelow(path: string): boolean {
  return !path.includes('\0') && path.split('/').every(part => part !== '' && part !== '.' && part !== '..');
}

/**
 * The real path of a file below a directory; undefined if there is none, or if links lead out of the directory. `directory`
 * is absolute.
 */
export function fileBelow(directory: string, path: string): string | undefined {
  if (!isBelow(path)) return undefined;
  try {
    const root = realpathSync.native(directory);
    const file = realpathSync.native(`${directory}/${path}`);
    return file.startsWith(root.endsWith(sep) ? root : root + sep) ? file : undefined;
  } catch {
    return undefined;
  }
}
