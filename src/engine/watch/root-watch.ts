import { readFileSync, type Stats, statfsSync, statSync } from 'node:fs';
import { QuarryError } from '../../core/errors.ts';
import type { IgnoreOptions } from '../../ingest/index.ts';
import { DirectorySource } from './directories.ts';
import { NativeSource } from './native.ts';
import { longestPollMs, PollingSource } from './polling.ts';
import { Relevance } from './relevance.ts';
import type { ChangeSource, SourceListener, WatchMethod } from './source.ts';
import type { Turns } from './turns.ts';

/** How often it is looked whether a root is still there: no event tells of a folder above it that was moved. */
const presenceMs = 2000;

/** statfs types of file systems on which others write without our seeing an event. */
const remoteTypes: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB'],
  [0x01021997, '9p'],
  [0x65735546, 'FUSE'],
  [0x00c36400, 'Ceph'],
  [0x5346414f, 'AFS'],
  [0x786f4256, 'a shared folder of VirtualBox'],
]);

export interface RootOptions {
  ignore: IgnoreOptions;
  exclude: readonly string[];
  method: WatchMethod | undefined;
  pollMs: number;
  /** Lines for people. */
  onNote: (text: string) => void;
}

/** Watches one root, by whatever works, as often as it vanishes and comes back. */
export class RootWatch {
  readonly root: string;
  readonly #options: RootOptions;
  readonly #turns: Turns;
  #relevance: Relevance | undefined;
  #source: ChangeSource | undefined;
  /** Which directory the root is; undefined while there is none. */
  #identity: string | undefined;
  #presence: NodeJS.Timeout | undefined;
  #working: Promise<void> = Promise.resolve();
  #polls = false;
  #closed = false;

  /** `root`: absolute, links resolved. */
  constructor(root: string, options: RootOptions, turns: Turns) {
    this.root = root;
    this.#options = options;
    this.#turns = turns;
  }

  /** undefined while the root is gone. */
  get method(): WatchMethod | undefined {
    return this.#source?.method;
  }

  isHeld(): boolean {
    return this.#source !== undefined && (this.#relevance?.isHeld() ?? false);
  }

  /** Begins to watch. Throws QuarryError `not-found` and `unreadable` as reading the root does. */
  async open(): Promise<void> {
    this.#identity = identityOf(this.root);
    if (this.#identity === undefined) throw new QuarryError('not-found', `no such directory: ${this.root}`);
    await this.#begin();
    this.#lookAgain();
  }

  /** Follows the root and the directories in it to where they are now. */
  async sync(): Promise<void> {
    this.#working = this.#working.then(() => this.#follow());
    await this.#working;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#presence);
    await this.#source?.close();
    await this.#working;
    await this.#source?.close();
  }

  async #follow(): Promise<void> {
    if (this.#closed) return;
    const identity = identityOf(this.root);
    if (identity !== this.#identity) {
      const before = this.#identity;
      this.#identity = identity;
      await this.#source?.close();
      this.#source = undefined;
      if (identity === undefined) this.#options.onNote(`${this.root} is gone; waiting for it to come back`);
      else {
        if (before === undefined) this.#options.onNote(`${this.root} is back`);
        this.#turns.addEverything();
      }
    }
    if (identity === undefined) return;
    try {
      if (this.#source === undefined) await this.#begin();
      else await this.#source.sync();
    } catch (error) {
      if (identityOf(this.root) === identity) await this.#poll(error);
    }
  }

  #lookAgain(): void {
    if (this.#closed) return;
    this.#presence = setTimeout(() => {
      const same = identityOf(this.root) === this.#identity;
      void (same ? Promise.resolve() : this.sync()).finally(() => this.#lookAgain());
    }, presenceMs);
  }

  async #begin(): Promise<void> {
    const { ignore, exclude, method, onNote } = this.#options;
    this.#relevance = new Relevance(this.root, ignore, exclude);
    const remote = method === undefined && !this.#polls ? remoteTypeOf(this.root) : undefined;
    if (remote !== undefined) {
      const { pause } = this;
      onNote(`${this.root} is on ${remote}, which does not tell of every change; looking every ${pause}`);
      this.#polls = true;
    }
    if (this.#polls || method === 'polling') return this.#open(this.#pollingSource());
    const relevance = this.#relevance;
    // The package is used where the system watches whole trees: see `directories.ts`.
    const native = method === undefined ? /^(?:darwin|win32)$/.test(process.platform) : method === 'native';
    const Source = native ? NativeSource : DirectorySource;
    try {
      await this.#open(new Source(relevance, this.#listener));
    } catch (error) {
      if (identityOf(this.root) === undefined) throw error;
      await this.#poll(error);
    }
  }

  /** Falls back on looking again and again. */
  async #poll(error: unknown): Promise<void> {
    if (this.#closed) return;
    this.#options.onNote(
      `cannot watch ${this.root}: ${reasonOf(error)}; looking for changes every ${this.pause} instead`,
    );
    await this.#source?.close();
    this.#polls = true;
    await this.#open(this.#pollingSource());
    // Whatever happened between the two.
    this.#turns.addEverything();
  }

  get pause(): string {
    const { pollMs } = this.#options;
    return `${pollMs / 1000} to ${Math.max(pollMs, longestPollMs) / 1000} s`;
  }

  #pollingSource(): ChangeSource {
    const { ignore, pollMs } = this.#options;
    return new PollingSource(this.#relevance!, ignore, pollMs, this.#listener);
  }

  async #open(source: ChangeSource): Promise<void> {
    this.#source = source;
    try {
      await source.sync();
    } catch (error) {
      await source.close();
      this.#source = undefined;
      throw error;
    }
    if (this.#closed) await source.close();
  }

  readonly #listener: SourceListener = {
    changed: (path, isNew) => {
      const relevance = this.#relevance!;
      const meaning = relevance.meaningOf(path, isNew);
      if (meaning === 'rules') this.#reload();
      if (path === this.root && !relevance.isGitItself) this.#turns.addEverything();
      else if (meaning === 'lock') this.#turns.noteGit();
      else if (meaning !== 'none') this.#turns.add(path);
    },
    changedSomewhere: () => {
      if (this.#source?.method === 'polling') this.#reload();
      this.#turns.addEverything();
    },
    failed: error => {
      this.#working = this.#working.then(() => this.#poll(error));
    },
  };

  #reload(): void {
    try {
      this.#relevance!.reload();
    } catch {
      // The root is gone: `follow` finds out.
    }
    this.#source?.invalidate();
  }
}

function identityOf(root: string): string | undefined {
  let stats: Stats | undefined;
  try {
    stats = statSync(root, { throwIfNoEntry: false });
  } catch {
    // Not reachable, as if it were gone.
  }
  return stats?.isDirectory() ? `${stats.dev}:${stats.ino}` : undefined;
}

function remoteTypeOf(root: string): string | undefined {
  try {
    return remoteTypes.get(statfsSync(root).type >>> 0);
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC')
    return `no more directories can be watched (fs.inotify.max_user_watches${settingOf('max_user_watches')})`;
  if (code === 'EMFILE')
    return `no more watchers can be made (fs.inotify.max_user_instances${settingOf('max_user_instances')}, or open files)`;
  if (code === 'ERR_MODULE_NOT_FOUND') return 'the optional package @parcel/watcher is not installed';
  return String(message ?? error).split('\n', 1)[0]!;
}

function settingOf(name: string): string {
  try {
    return ` is ${readFileSync(`/proc/sys/fs/inotify/${name}`, 'utf8').trim()}`;
  } catch {
    return '';
  }
}
