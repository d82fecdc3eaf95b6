// The index as a file on disk: its kind, size and permissions, and whether it may be deleted as an index.

import { accessSync, closeSync, constants, openSync, readSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { applicationId } from '../../store/container.ts';
import type { Diagnosis } from './diagnosis.ts';

/** Checks kind, permissions and size of the file; false when there is nothing to open. */
export function checkFile(indexFile: string, stats: Stats, diagnosis: Diagnosis): boolean {
  if (!stats.isFile()) {
    diagnosis.fail(`${indexFile} is not a file`);
    return false;
  }
  if (!may(indexFile, constants.R_OK)) {
    diagnosis.fail(`${indexFile} cannot be read: its permissions do not allow it`);
    return false;
  }
  if (!may(indexFile, constants.W_OK) || !may(dirname(indexFile), constants.W_OK))
    diagnosis.warn(`${indexFile} or its directory cannot be written: it cannot be updated`);
  else if ((stats.mode & 0o002) !== 0 && process.platform !== 'win32')
    diagnosis.warn(`${indexFile} can be written by every user of this machine`);
  else diagnosis.ok('the index file can be read and written');
  if (stats.size <= 1) {
    diagnosis.warn(`${indexFile} is empty: the next update fills it`);
    return false;
  }
  return true;
}

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

/** True if a file that cannot be opened as an index may be deleted as one: by its header, or by its name. */
export function looksLikeIndex(indexFile: string): boolean {
  if (indexFile.endsWith('.quarry')) return true;
  const header = Buffer.alloc(72);
  const file = openSync(indexFile, 'r');
  try {
    readSync(file, header, 0, 72, 0);
  } finally {
    closeSync(file);
  }
  return header.toString('latin1', 0, 15) === 'SQLite format 3' && header.readUInt32BE(68) === applicationId;
}
