import { throwIfAborted } from '../../core/errors.ts';
import type { IgnoreOptions } from '../../ingest/index.ts';
import { realDirectory } from '../settings/locate.ts';
import { RootWatch } from './root-watch.ts';
import type { WatchMethod } from './source.ts';
import { type ChangeBatch, Turns } from './turns.ts';

export interface WatchOptions {
  /** Called with one batch at a time. What it throws goes to `onError`, and the watch goes on. */
  onChange: (batch: ChangeBatch) => void | Promise<void>;
  onError?: (error: unknown) => void;
  /** Lines for people: why there is polling, a root that is gone or back. */
  onNote?: (text: string) => void;
  /** What does not belong to a tree never wakes anything. Default: what the rules of the tree alone leave out. */
  ignore?: IgnoreOptions | ((root: string) => IgnoreOptions);
  /** Absolute paths, with all below them, whose changes never count, such as an index inside the tree. */
  exclude?: readonly string[];
  /** Milliseconds without an event after which a change is complete. Default 200. */
  quietMs?: number;
  /** Milliseconds after its first event when a change is dealt with at the latest, unless git is at work. Default 2000. */
  mostMs?: number;
  /** Shortest pause between two looks when there are no events, milliseconds. Default 2000. */
  pollMs?: number;
  /** Default: what suits the system and the file system of each root. */
  method?: WatchMethod;
  /** Ends the watch as `close` does. */
  signal?: AbortSignal;
}

/** A watch of one or several trees. */
export interface TreeWatch extends AsyncDisposable {
  /** How each root is watched; undefined while it is gone. */
  methods(): ReadonlyMap<string, WatchMethod | undefined>;
  /** Has `onChange` called with `everything`, at once if it is not running. */
  trigger(): void;
  /** Ends the watch, after the `onChange` that is running. */
  close(): Promise<void>;
}

/**
 * Calls `onChange` after files of trees were changed, created, renamed or removed, after ignore rules changed, and when git's
 * HEAD or refs moved. A batch ends when it is quiet; a checkout or rebase is one change: as long as git holds its lock it is
 * waited for. The root may vanish and come back. Resolves when all roots are watched. Throws QuarryError `not-found`, `usage`
 * or `unreadable` for a root that is no readable directory, `aborted`.
 */
export async function watchTree(
  roots: string | readonly string[],
  options: WatchOptions,
): Promise<TreeWatch> {
  const { signal, onChange, onError = () => undefined, onNote = () => undefined } = options;
  throwIfAborted(signal);
  const ignoreOf = (root: string) =>
    typeof options.ignore === 'function' ? options.ignore(root) : (options.ignore ?? {});
  const watches: RootWatch[] = [];
  const isGone = (path: string) =>
    watches.some(one => one.method === undefined && (path === one.root || path.startsWith(`${one.root}/`)));
  const turns = new Turns({
    quietMs: options.quietMs ?? 200,
    mostMs: options.mostMs ?? 2000,
    isHeld: () => watches.some(one => one.isHeld()),
    prepare: async () => {
      for (const one of watches) await one.sync();
    },
    // A tree that is gone keeps its index: it may be a disk that is not mounted.
    accept: ({ paths }) => {
      if (watches.every(one => one.method === undefined)) return undefined;
      if (paths === 'everything') return { paths };
      const left = paths.filter(path => !isGone(path));
      return left.length === 0 ? undefined : { paths: left };
    },
    onChange,
    onError,
  });
  const settings = {
    exclude: options.exclude ?? [],
    method: options.method,
    pollMs: options.pollMs ?? 2000,
    onNote,
  };
  for (const root of new Set([roots].flat().map(realDirectory)))
    watches.push(new RootWatch(root, { ...settings, ignore: ignoreOf(root) }, turns));
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= (async () => {
      signal?.removeEventListener('abort', close);
      const ended = turns.close();
      await Promise.all(watches.map(one => one.close()));
      await ended;
    })();
    return closing;
  };
  signal?.addEventListener('abort', close, { once: true });
  try {
    await Promise.all(watches.map(one => one.open()));
    throwIfAborted(signal);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    methods: () => new Map(watches.map(one => [one.root, one.method])),
    trigger: () => turns.addEverything(true),
    close,
    [Symbol.asyncDispose]: close,
  };
}
