import { sep } from 'node:path';
import type { Relevance } from './relevance.ts';
import type { ChangeSource, SourceListener } from './source.ts';

type Watcher = typeof import('@parcel/watcher');
type Subscription = Awaited<ReturnType<Watcher['subscribe']>>;
type Callback = Parameters<Watcher['subscribe']>[1];

/** Parts of a git directory that are written all the time and say nothing of the working tree. */
const gitNoise = ['objects', 'logs', 'lfs', 'modules', 'hooks'];

/** The system's events for whole trees (FSEvents, ReadDirectoryChangesW), by the optional package `@parcel/watcher`. */
export class NativeSource implements ChangeSource {
  readonly method = 'native';
  readonly #relevance: Relevance;
  readonly #listener: SourceListener;
  #subscriptions: Subscription[] | undefined;
  #closed = false;

  constructor(relevance: Relevance, listener: SourceListener) {
    this.#relevance = relevance;
    this.#listener = listener;
  }

  /** Throws if the package is not there, or cannot watch. */
  async sync(): Promise<void> {
    if (this.#subscriptions !== undefined || this.#closed) return;
    const { subscribe } = await import('@parcel/watcher');
    const { root, gitDirectories } = this.#relevance;
    const ignore = gitDirectories.flatMap(directory => gitNoise.map(name => `${directory}${sep}${name}`));
    const outside = gitDirectories.filter(directory => !directory.startsWith(root + sep));
    this.#subscriptions = [];
    for (const directory of [root, ...outside])
      this.#subscriptions.push(await subscribe(directory, this.#hear, { ignore }));
    if (this.#closed) await this.#leave();
  }

  invalidate(): void {
    // Every path is judged when it changes.
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#leave();
  }

  async #leave(): Promise<void> {
    const subscriptions = this.#subscriptions ?? [];
    this.#subscriptions = [];
    // One that is gone already cannot be ended, and need not be.
    await Promise.allSettled(subscriptions.map(one => one.unsubscribe()));
  }

  readonly #hear: Callback = (error, events) => {
    if (this.#closed) return;
    if (error) {
      // Dropped events are an error that ends nothing; anything else does.
      if (/re-?scan|dropped|overflow|too many/i.test(error.message)) this.#listener.changedSomewhere();
      else this.#listener.failed(error);
      return;
    }
    for (const { path, type } of events) this.#listener.changed(path, type === 'create');
  };
}
