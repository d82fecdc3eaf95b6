import { Buffer } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** Larger files are not taken for ignore files or git settings. */
const maxBytes = 16 * 1024 * 1024;

/**
 * The bytes of a small regular file as a byte string; `undefined` if there is none, it cannot be read, is not a
 * regular file or is larger than 16 MiB. `followLink: false` also refuses symbolic links, as git does for ignore
 * files inside a tree.
 */
export function readSmallFile(path: string, followLink: boolean): string | undefined {
  // Absent on Windows, where neither links nor pipes can be met this way.
  const flags =
    constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (followLink ? 0 : (constants.O_NOFOLLOW ?? 0));
  let file: number;
  try {
    file = openSync(path, flags);
  } catch {
    return undefined;
  }
  try {
    const stats = fstatSync(file);
    if (!stats.isFile() || stats.size > maxBytes) return undefined;
    const buffer = Buffer.allocUnsafe(stats.size);
    let length = 0;
    while (length < buffer.length) {
      const read = readSync(file, buffer, length, buffer.length - length, null);
      if (read === 0) break;
      length += read;
    }
    return buffer.toString('latin1', 0, length);
  } catch {
    return undefined;
  } finally {
    closeSync(file);
  }
}
