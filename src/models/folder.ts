import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { QuarryError } from '../core/errors.ts';

/** Makes a folder in one step: it is there as a whole or not at all, an older one is replaced. */
export async function replaceFolder<T>(
  directory: string,
  write: (temporary: string) => Promise<T>,
): Promise<T> {
  const temporary = `${directory}.${process.pid}.tmp`;
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  try {
    const result = await write(temporary);
    await rm(directory, { recursive: true, force: true });
    await rename(temporary, directory);
    return result;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Hex SHA-256 of files of a folder, by name in order. */
export async function sumsOf(directory: string, names: readonly string[]): Promise<Record<string, string>> {
  const sums: Record<string, string> = {};
  for (const name of names.toSorted()) sums[name] = sumOf(await readFile(join(directory, name)));
  return sums;
}

/** The files of a folder, each checked against its SHA-256. Throws QuarryError `not-found`, `unreadable`, `corrupt`. */
export async function readChecked(
  directory: string,
  sums: Readonly<Record<string, string>>,
): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const [name, sum] of Object.entries(sums)) {
    const path = join(directory, name);
    const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
      throw new QuarryError(
        cause.code === 'ENOENT' ? 'not-found' : 'unreadable',
        `${path} cannot be read: ${cause.message}`,
        'get the model again',
        { cause },
      );
    });
    if (sumOf(bytes) !== sum)
      throw new QuarryError(
        'corrupt',
        `${path} is not the file its model was made with`,
        'get the model again',
      );
    files.set(name, bytes);
  }
  return files;
}

function sumOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
