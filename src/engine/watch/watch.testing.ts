import { setTimeout as sleep } from 'node:timers/promises';
import type { ChangeBatch } from './turns.ts';

/** Waits until something is so, however long a busy machine takes. */
export async function until(what: string, test: () => boolean, mostMs: number = 45_000): Promise<void> {
  const end = performance.now() + mostMs;
  while (!test()) {
    if (performance.now() > end) throw new Error(`waited in vain: ${what}`);
    await sleep(20);
  }
}

/** The batches a watch has handed on. */
export class Recorded {
  readonly batches: ChangeBatch[] = [];
  readonly notes: string[] = [];
  readonly errors: unknown[] = [];

  readonly onChange = (batch: ChangeBatch): void => {
    this.batches.push(batch);
  };
  readonly onNote = (text: string): void => {
    this.notes.push(text);
  };
  readonly onError = (error: unknown): void => {
    this.errors.push(error);
  };

  /** Whether a path is in some batch, by its ending, or one of them is about everything. */
  has(ending: string): boolean {
    return this.batches.some(
      ({ paths }) => paths === 'everything' || paths.some(path => path.endsWith(`/${ending}`)),
    );
  }

  /** Forgets all batches. */
  clear(): void {
    this.batches.length = 0;
  }
}
