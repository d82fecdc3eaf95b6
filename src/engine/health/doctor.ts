// Examines an index file from the disk up, and repairs what can be: `quarry doctor`.

import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { QuarryError, throwIfAborted } from '../../core/errors.ts';
import { IndexStore } from '../../store/store.ts';
import type { ModelSource } from '../encoding/model.ts';
import { removeCache } from '../encoding/vector-cache.ts';
import { workspaceOfRoot } from '../sources/source.ts';
import { checkContent } from './check-content.ts';
import { checkFile, looksLikeIndex } from './check-file.ts';
import { checkCaches, tryModel } from './check-model.ts';
import { checkContainer, checkHousekeeping, checkSources, freeWriter } from './check-store.ts';
import { Diagnosis, type Finding, type RepairPlan } from './diagnosis.ts';

/** The findings about an index. */
export interface Examination {
  findings: Finding[];
  /** True when `repair` would change something. */
  repairable: boolean;
}

/** How an index is examined. */
export interface ExamineOptions {
  signal?: AbortSignal;
  /** The model in use, undefined for search by words; without the property no model is tried. */
  model?: ModelSource | undefined;
}

/**
 * Checks an index file and everything in it, and says what `repair` would do. Changes nothing. Problems of the
 * index are findings; QuarryError `aborted` is thrown when the signal fires.
 */
export async function examine(
  indexFile: string,
  root: string,
  options: ExamineOptions = {},
): Promise<Examination> {
  const diagnosis = await diagnose(indexFile, root, options.signal);
  if ('model' in options) await tryModel(options.model, diagnosis);
  return { findings: diagnosis.findings, repairable: diagnosis.repairs.length > 0 };
}

/**
 * Does what the findings of `examine` announce. What is dropped is read again at the next update; every change is
 * one transaction. Throws QuarryError `busy` while another process writes.
 */
export async function repair(indexFile: string, root: string): Promise<{ done: string[] }> {
  const done: string[] = [];
  let store: IndexStore | undefined;
  try {
    store = lock(indexFile, root, done);
    const { plan, repairs } = await diagnose(indexFile, root, undefined);
    if (plan.remove) {
      unlock(store);
      store = undefined;
      IndexStore.remove(indexFile);
    } else if (store) carryOut(plan, store);
    for (const file of plan.caches) removeCache(file);
    done.push(...repairs);
  } finally {
    unlock(store);
  }
  return { done };
}

function carryOut({ segments, catalog, paths, vacuum }: RepairPlan, store: IndexStore): void {
  if (segments.size > 0 || catalog || paths)
    store.commit({
      remove: [...segments],
      catalog: (_, view) => catalog ?? view.catalog(),
      rebuildPaths: true,
    });
  if (vacuum || segments.size > 0) store.vacuum();
}

/** Opens the index and takes the writer's place; undefined when it cannot be opened. */
function lock(indexFile: string, root: string, done: string[]): IndexStore | undefined {
  let store: IndexStore | undefined;
  try {
    store = openExisting(indexFile, root);
    if (!store) return undefined;
    const dead = store.writer.deadHolder();
    const holder = store.writer.take();
    if (holder)
      throw new QuarryError(
        'busy',
        `process ${holder.pid} is updating the index`,
        'wait until it is done, then try again',
      );
    if (dead !== undefined) done.push(freeWriter);
    return store;
  } catch (error) {
    store?.close();
    if (error instanceof QuarryError && (error.code === 'corrupt' || error.code === 'format'))
      return undefined;
    throw error;
  }
}

function unlock(store: IndexStore | undefined): void {
  try {
    store?.writer.leave();
  } catch {
    // The container is damaged: its writer row means nothing.
  }
  store?.close();
}

/** Undefined for a missing or an empty file (SQLite writes one byte into it), which `IndexStore.open` would fill. */
function openExisting(indexFile: string, root: string): IndexStore | undefined {
  if ((statSync(indexFile, { throwIfNoEntry: false })?.size ?? 0) <= 1) return undefined;
  return IndexStore.open(indexFile, { create: false, root });
}

/** All checks, from the file on disk to its content; later ones only where the earlier ones leave something to check. */
async function diagnose(
  indexFile: string,
  root: string,
  signal: AbortSignal | undefined,
): Promise<Diagnosis> {
  throwIfAborted(signal);
  const diagnosis = new Diagnosis();
  const isTree = workspaceOfRoot(root) === undefined;
  if (isTree && !statSync(root, { throwIfNoEntry: false })?.isDirectory())
    diagnosis.fail(`the indexed directory ${root} is gone: searches show what was there`);
  const stats = statSync(indexFile, { throwIfNoEntry: false });
  if (!stats) {
    diagnosis.warn(`there is no index at ${indexFile}: the next update makes one`);
    return diagnosis;
  }
  diagnosis.plan.caches = checkCaches(dirname(indexFile), diagnosis);
  if (!checkFile(indexFile, stats, diagnosis)) return diagnosis;

  let store: IndexStore | undefined;
  try {
    store = openExisting(indexFile, root);
    if (!store || !checkContainer(store, root, diagnosis)) return diagnosis;
    if (!isTree) checkSources(store, diagnosis);
    await store.readSlowly(view => checkContent(view, diagnosis, signal));
    checkHousekeeping(store, diagnosis);
  } catch (error) {
    if (!(error instanceof QuarryError) || error.code === 'aborted') throw error;
    const { code, message } = error;
    if (code !== 'format' && code !== 'corrupt') diagnosis.fail(message);
    else if (code === 'format' || looksLikeIndex(indexFile)) diagnosis.giveUp(message);
    else diagnosis.fail(`${message}; it does not look like a Quarry index, so it is left alone`);
  } finally {
    store?.close();
  }
  return diagnosis;
}
