import { createHash } from 'node:crypto';
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IgnoreOptions } from '../../ingest/index.ts';
import { walkTree } from '../../ingest/index.ts';
import type { Relevance } from './relevance.ts';
import type { ChangeSource, SourceListener } from './source.ts';

/** Longest pause between two looks at a tree in which nothing happens, milliseconds. */
export const longestPollMs = 30_000;

/** Looking takes at most this share of the time. */
const lookShare = 0.1;

/** Looks at the stamps of all files again and again; for file systems and systems without events. */
export class PollingSource implements ChangeSource {
  readonly method = 'polling';
  readonly #relevance: Relevance;
  readonly #ignore: IgnoreOptions;
  readonly #listener: SourceListener;
  readonly #pollMs: number;
  readonly #stop = new AbortController();
  #known: string | undefined;
  #loop: Promise<void> | undefined;

  /** `pollMs`: the shortest pause; it grows while nothing happens. */
  constructor(relevance: Relevance, ignore: IgnoreOptions, pollMs: number, listener: SourceListener) {
    this.#relevance = relevance;
    this.#ignore = ignore;
    this.#pollMs = pollMs;
    this.#listener = listener;
  }

  async sync(): Promise<void> {
    if (this.#loop !== undefined) return;
    this.#known = await this.#look();
    this.#loop = this.#run();
  }

  invalidate(): void {
    // Every path is judged when it changes.
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    let pause = this.#pollMs;
    while (!signal.aborted) {
      try {
        await sleep(pause, undefined, { signal });
        const begun = performance.now();
        const found = await this.#look();
        const took = performance.now() - begun;
        if (found === this.#known) pause = Math.min(pause * 1.5, Math.max(longestPollMs, this.#pollMs));
        else {
          this.#known = found;
          pause = this.#pollMs;
          this.#listener.changedSomewhere();
        }
        pause = Math.max(pause, took / lookShare);
      } catch {
        // Stopped, or the root cannot be read at the moment; whether it is gone is looked after elsewhere.
        pause = Math.max(pause, this.#pollMs);
      }
    }
  }

  /** A digest of the stamps of everything that counts. Throws QuarryError as the walk does. */
  async #look(): Promise<string> {
    const { signal } = this.#stop;
    const { root, isGitItself } = this.#relevance;
    const { files } = isGitItself ? { files: [] } : await walkTree(root, { ignore: this.#ignore, signal });
    const digest = createHash('sha1');
    for (const { path, size, mtimeMs, ctimeMs, ino } of files) {
      if (this.#relevance.excludes(join(root, path))) continue;
      digest.update(`${path}\0${size}\0${mtimeMs}\0${ctimeMs}\0${ino}\n`);
    }
    for (const directory of this.#relevance.gitDirectories)
      for (const name of ['HEAD', 'packed-refs', 'refs', 'reftable'])
        stampsOf(join(directory, name), line => digest.update(line));
    return digest.digest('hex');
  }
}

function stampsOf(path: string, add: (line: string) => void): void {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return;
  add(`${path}\0${stats.size}\0${stats.mtimeMs}\n`);
  if (!stats.isDirectory()) return;
  for (const name of readdirSync(path).sort()) stampsOf(join(path, name), add);
}
