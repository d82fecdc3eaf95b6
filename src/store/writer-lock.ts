import { readFileSync, realpathSync } from 'node:fs';
import { hostname } from 'node:os';
import type { IndexStore } from './store.ts';

/** Who is writing. `since` is in milliseconds since the epoch. */
export interface Writer {
  pid: number;
  host: string;
  since: number;
}

/** A writer on another machine counts as gone when it has not shown a sign of life for this long. */
const remoteTimeoutMs = 120_000;

/** What this process writes to: the row in the file cannot tell two updates of one process apart. */
const own: Map<IndexStore, { file: string; since: number }> = new Map();

/**
 * Takes the writer's place for this process, or tells who has it. A dead holder is replaced: its process is gone,
 * or its number now belongs to a process that started at another time.
 */
export function takeWriter(store: IndexStore): Writer | undefined {
  const file = realFile(store.file);
  for (const held of own.values()) {
    if (held.file === file) return { pid: process.pid, host: hostname(), since: held.since };
  }
  const holder = store.exclusive(db => {
    const row = db.prepare('SELECT pid, host, started, since, beat FROM writer WHERE id = 1').get();
    const now = Date.now();
    if (row) {
      const held = row as unknown as {
        pid: number;
        host: string;
        started: string;
        since: number;
        beat: number;
      };
      const mine = held.pid === process.pid && held.host === hostname();
      if (!mine && isAlive(held, now)) return { pid: held.pid, host: held.host, since: held.since };
    }
    db.prepare(
      'INSERT OR REPLACE INTO writer (id, pid, host, started, since, beat) VALUES (1, ?, ?, ?, ?, ?)',
    ).run(process.pid, hostname(), startOf(process.pid), now, now);
    return undefined;
  });
  if (!holder) own.set(store, { file, since: Date.now() });
  return holder;
}

/** Who holds the writer's place, if somebody alive does. */
export function currentWriter(store: IndexStore): Writer | undefined {
  const row = store.rows('SELECT pid, host, started, since, beat FROM writer WHERE id = 1')[0];
  if (!row) return undefined;
  const held = row as unknown as { pid: number; host: string; started: string; since: number; beat: number };
  return isAlive(held, Date.now()) ? { pid: held.pid, host: held.host, since: held.since } : undefined;
}

/** A sign of life, for writers on other machines that share the file. */
export function beat(store: IndexStore): void {
  store.exclusive(db =>
    db.prepare('UPDATE writer SET beat = ? WHERE id = 1 AND pid = ?').run(Date.now(), process.pid),
  );
}

export function leaveWriter(store: IndexStore): void {
  own.delete(store);
  store.exclusive(db =>
    db.prepare('DELETE FROM writer WHERE pid = ? AND host = ?').run(process.pid, hostname()),
  );
}

function realFile(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file; // Cleared by somebody while it is open here.
  }
}

function isAlive(held: { pid: number; host: string; started: string; beat: number }, now: number): boolean {
  if (held.host !== hostname()) return now - held.beat < remoteTimeoutMs;
  try {
    process.kill(held.pid, 0);
  } catch (error) {
    // EPERM: it lives, but belongs to somebody else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const started = startOf(held.pid);
  return started === '' || held.started === '' || started === held.started;
}

/** When a process started, in the kernel's clock ticks; empty where the system does not tell. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
