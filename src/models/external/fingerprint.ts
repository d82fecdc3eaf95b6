import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { QuarryError } from '../../core/errors.ts';

/** A file younger than this could change again without a new stamp, so its sum is not remembered. */
const youngMs = 3000;

/**
 * SHA-256 of a file, hex. The sum is remembered in the folder `remembered`, by path, size and time of change, so that
 * half a gigabyte is not read on every start; without a folder, or where it cannot be written, it is computed again.
 */
export async function hashFile(path: string, remembered?: string): Promise<string> {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (!stat) throw new QuarryError('not-found', `${path} does not exist`);
  const stamp = `${stat.size} ${stat.mtimeNs} ${stat.ctimeNs} ${stat.ino}`;
  const place = remembered && join(remembered, createHash('sha256').update(path).digest('hex').slice(0, 24));
  const known = place && recall(place, path, stamp);
  if (known) return known;
  const sum = await sha256(path);
  if (place && Date.now() - Number(stat.mtimeMs) > youngMs) remember(place, path, stamp, sum);
  return sum;
}

/** SHA-256 of a file, hex, read now; `kind` 'blob' gives git's name of the content, which is SHA-1. */
export async function sha256(path: string, kind: 'sha256' | 'blob' = 'sha256'): Promise<string> {
  const hash = createHash(kind === 'blob' ? 'sha1' : 'sha256');
  if (kind === 'blob') hash.update(`blob ${statSync(path).size}\0`);
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }))
      hash.update(chunk as Buffer);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new QuarryError('unreadable', `${path} cannot be read (${code})`, undefined, { cause });
  }
  return hash.digest('hex');
}

/** SHA-256 of a text, hex. */
export function hashText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function recall(place: string, path: string, stamp: string): string | undefined {
  try {
    const [name, then, sum] = readFileSync(place, 'utf8').split('\n');
    return name === path && then === stamp && /^[0-9a-f]{64}$/.test(sum!) ? sum : undefined;
  } catch {
    return undefined;
  }
}

function remember(place: string, path: string, stamp: string, sum: string): void {
  try {
    mkdirSync(join(place, '..'), { recursive: true });
    const temporary = `${place}.${process.pid}.tmp`;
    writeFileSync(temporary, `${path}\n${stamp}\n${sum}\n`);
    renameSync(temporary, place);
  } catch {
    // Nothing is lost but time.
  }
}
