import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made = new Set<string>();
let watching = false;

/** A temporary directory that is removed when the process ends, Ctrl-C included. */
export function scratchDirectory(): string {
  if (!watching) {
    watching = true;
    process.on('exit', () => {
      for (const directory of made) rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
    });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));
  }
  const directory = mkdtempSync(join(tmpdir(), 'quarry-bench-'));
  made.add(directory);
  return directory;
}

/** Removes an index file with all that SQLite keeps beside it. */
export function removeIndex(file: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(file + suffix, { force: true });
}
