import { throwIfAborted } from '../../core/errors.ts';
import type { WatchMethod } from './source.ts';
import type { ChangeBatch } from './turns.ts';
import { type TreeWatch, type WatchOptions, watchTree } from './watch-tree.ts';

/** What is kept fresh: an index, or a service that queues the updates of one. */
export interface Updatable<T> {
  update(options: { signal: AbortSignal }): Promise<T>;
}

export interface KeepFreshOptions<T> extends Omit<WatchOptions, 'onChange'> {
  roots: string | readonly string[];
  /** Called after every update, the first one included. */
  onUpdate?: (report: T, batch: ChangeBatch) => void;
  /** Whether to update as soon as the trees are watched. Default true. */
  first?: boolean;
  /** Milliseconds after which a failed update is tried again; doubles with every failure, up to five minutes. Default 5000. */
  retryMs?: number;
}

export interface FreshState {
  phase: 'watching' | 'updating' | 'closed';
  /** Per root; undefined while it is gone. */
  methods: ReadonlyMap<string, WatchMethod | undefined>;
  /** Updates that ended well. */
  updates: number;
  /** Milliseconds since the epoch when the last one did. */
  updatedAt?: number;
  /** Why the last update failed; absent after one that did not. */
  error?: unknown;
}

export interface KeptFresh extends AsyncDisposable {
  state(): FreshState;
  /** Stops a running update and ends the watch. */
  close(): Promise<void>;
}

const longestRetryMs = 300_000;

/**
 * Updates an index whenever its trees change, until it is closed or the signal fires. An update compares all files with the
 * index, so an event only says that there is something to do. Updates that fail are reported and tried again. Throws as
 * `watchTree` does.
 */
export async function followTrees<T>(
  index: Updatable<T>,
  { roots, onUpdate, first = true, retryMs = 5000, ...options }: KeepFreshOptions<T>,
): Promise<KeptFresh> {
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const state: Pick<FreshState, 'phase' | 'updates' | 'updatedAt' | 'error'> = {
    phase: 'watching',
    updates: 0,
  };
  let failures = 0;
  let retry: NodeJS.Timeout | undefined;
  let watch: TreeWatch | undefined;
  const onChange = async (batch: ChangeBatch): Promise<void> => {
    clearTimeout(retry);
    state.phase = 'updating';
    try {
      const report = await index.update({ signal });
      throwIfAborted(signal);
      failures = 0;
      state.updates++;
      state.updatedAt = Date.now();
      delete state.error;
      onUpdate?.(report, batch);
    } catch (error) {
      // Stopped on request.
      if (signal.aborted) return;
      state.error = error;
      retry = setTimeout(() => watch?.trigger(), Math.min(retryMs * 2 ** failures++, longestRetryMs));
      throw error;
    } finally {
      state.phase = 'watching';
    }
  };
  watch = await watchTree(roots, { ...options, signal, onChange });
  const opened = watch;
  const close = async (): Promise<void> => {
    stop.abort();
    clearTimeout(retry);
    await opened.close();
    clearTimeout(retry);
  };
  if (first) opened.trigger();
  return {
    state: () => ({ ...state, ...(signal.aborted ? { phase: 'closed' } : {}), methods: opened.methods() }),
    close,
    [Symbol.asyncDispose]: close,
  };
}
