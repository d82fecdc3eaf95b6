import { setTimeout as sleep } from 'node:timers/promises';
import { QuarryError, throwIfAborted } from '../../core/errors.ts';
import type { IndexStore } from '../../store/store.ts';

export interface TurnOptions {
  signal?: AbortSignal | undefined;
  /** Wait for another process that writes (default), or throw QuarryError `busy`. */
  wait?: boolean | undefined;
  /** Called again and again with who is waited for, and once with undefined. */
  onWait?: (who: string | undefined) => void;
}

/** Does something as the only writer of an index. */
export async function asWriter<T>(
  store: IndexStore,
  { signal, wait, onWait }: TurnOptions,
  work: () => T | Promise<T>,
): Promise<T> {
  for (;;) {
    throwIfAborted(signal);
    const writer = store.writer.take();
    if (!writer) break;
    const who = `process ${writer.pid}${writer.host === '' ? '' : ` on ${writer.host}`}`;
    if (wait === false)
      throw new QuarryError(
        'busy',
        `${who} is updating the index`,
        'searches work meanwhile; try again later',
      );
    onWait?.(who);
    await sleep(200);
  }
  onWait?.(undefined);
  const heart = setInterval(() => store.writer.beat(), 20_000);
  heart.unref();
  try {
    return await work();
  } finally {
    clearInterval(heart);
    store.writer.leave();
  }
}
