import type { UpdateReport } from '../core/progress.ts';
import type { IndexStore } from '../index/store.ts';
import type { UpdateOptions, UpdateSettings } from './update/options.ts';
import { UpdateRun } from './update/run.ts';

export type { UpdateOptions } from './update/options.ts';

/** Brings an index up to date with its sources. One per process and index at a time. */
export async function updateIndex(
  store: IndexStore,
  settings: UpdateSettings,
  options: UpdateOptions,
): Promise<UpdateReport> {
  return new UpdateRun(store, settings, options).start();
}
