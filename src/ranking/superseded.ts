/** Directories in which a project keeps what it had before. */
const formerly = /^(?:deprecated|legacy|old|compat|v\d+)$/i;
const anyFormerly = /(?:^|\/)(?:deprecated|legacy|old|compat|v\d+)\//i;

/**
 * Whether a path is an older copy of another: it goes through a directory such as `v1` or `legacy`, and without that
 * directory it is a path of the tree as well. `has` tells what is one.
 */
export function isSuperseded(path: string, has: (path: string) => boolean): boolean {
  if (!anyFormerly.test(path)) return false;
  const parts = path.split('/');
  for (let i = 0; i < parts.length - 1; i++)
    if (formerly.test(parts[i]!) && has([...parts.slice(0, i), ...parts.slice(i + 1)].join('/'))) return true;
  return false;
}
