import { accessSync, closeSync, constants, openSync, readSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { QuarryError, throwIfAborted } from '../../core/errors.ts';
import { type Catalog, emptyCatalog } from '../../store/catalog.ts';
import { buildPathIndex } from '../../store/path-index.ts';
import { applicationId, IndexStore, parseInfo } from '../../store/store.ts';
import { currentWriter, leaveWriter, takeWriter } from '../../store/writer-lock.ts';
import type { ModelSource } from '../encoding/model.ts';
import { removeCache } from '../encoding/vector-cache.ts';
import { isRevision, labelOf, readSources, workspaceOfRoot } from '../sources/source.ts';
import { checkCaches, checkModel } from './check-model.ts';
import { checkSegment, ensure } from './check-segment.ts';

/** One line about an index. `repair` says what `repair` would do about it; without it nothing is done. */
export interface Finding {
  severity: 'ok' | 'warning' | 'error';
  what: string;
  repair?: string;
}

export interface Examination {
  findings: Finding[];
  /** True when `repair` would change something. */
  repairable: boolean;
}

/** What is wrong, as what has to be done about it. */
interface Plan {
  /** The container cannot be trusted: the file goes, and the next update builds another one. */
  remove: boolean;
  /** Segments to delete, whether they are damaged or belong to nothing. */
  segments: Set<number>;
  /** The catalog to write instead of the stored one. */
  catalog: Catalog | undefined;
  /** The index over the paths does not fit the catalog. */
  paths: boolean;
  vacuum: boolean;
  /** Broken caches of vectors. */
  caches: string[];
}

export interface ExamineOptions {
  signal?: AbortSignal;
  /** The model in use, undefined for none; without the property it is not looked at. */
  model?: ModelSource | undefined;
}

interface Diagnosis {
  findings: Finding[];
  plan: Plan;
}

/** Free space below this many pages is not worth a line. */
const worthVacuum = 256;
/**
 * Checks an index file and everything in it, and says what `repair` would do. Changes nothing. Problems of the
 * index are findings; QuarryError `aborted` is thrown when the signal fires.
 */
export async function examine(
  indexFile: string,
  root: string,
  options: ExamineOptions = {},
): Promise<Examination> {
  const { findings } = await diagnose(indexFile, root, options.signal);
  if ('model' in options) await checkModel(options.model, teller(findings));
  return { findings, repairable: findings.some(finding => finding.repair !== undefined) };
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
    const { plan, findings } = await diagnose(indexFile, root, undefined);
    const own = findings.filter(finding => finding.repair !== undefined).map(finding => finding.repair!);
    if (plan.remove) {
      unlock(store);
      store = undefined;
      IndexStore.remove(indexFile);
    } else if (store) {
      if (plan.segments.size > 0 || plan.catalog || plan.paths) {
        // Without its key, the index over the paths is written again with the catalog.
        store.exclusive(db => db.exec("DELETE FROM meta WHERE key = 'paths'"));
        const catalog = plan.catalog ?? store.read(() => store!.catalog());
        store.commit({ remove: [...plan.segments], catalog: () => catalog });
      }
      if (plan.vacuum || plan.segments.size > 0) store.vacuum();
    }
    for (const file of plan.caches) removeCache(file);
    done.push(...own);
  } finally {
    unlock(store);
  }
  return { done };
}

/** Opens the index and takes the writer's place; undefined when it cannot be opened. */
function lock(indexFile: string, root: string, done: string[]): IndexStore | undefined {
  let store: IndexStore | undefined;
  try {
    store = openExisting(indexFile, root);
    if (!store) return undefined;
    const dead = deadWriter(store);
    const holder = takeWriter(store);
    if (holder) {
      throw new QuarryError(
        'busy',
        `process ${holder.pid} is updating the index`,
        'wait until it is done, then try again',
      );
    }
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
    if (store) leaveWriter(store);
  } catch {
    // The container is damaged: its writer row means nothing.
  }
  store?.close();
}

const freeWriter = "free the writer's place";

/** Undefined for a missing or an empty file (SQLite writes one byte into it), which `IndexStore.open` would fill. */
function openExisting(indexFile: string, root: string): IndexStore | undefined {
  if ((statSync(indexFile, { throwIfNoEntry: false })?.size ?? 0) <= 1) return undefined;
  return IndexStore.open(indexFile, { create: false, root });
}

/** The process that has the writer's place and lives no more. */
function deadWriter(store: IndexStore): number | undefined {
  const row = store.rows('SELECT pid FROM writer WHERE id = 1')[0];
  return row && !currentWriter(store) ? Number(row['pid']) : undefined;
}

async function diagnose(
  indexFile: string,
  root: string,
  signal: AbortSignal | undefined,
): Promise<Diagnosis> {
  throwIfAborted(signal);
  const findings: Finding[] = [];
  const plan: Plan = {
    remove: false,
    segments: new Set(),
    catalog: undefined,
    paths: false,
    vacuum: false,
    caches: [],
  };
  const diagnosis = { findings, plan };
  const tell = teller(findings);
  const isTree = workspaceOfRoot(root) === undefined;
  if (isTree && !statSync(root, { throwIfNoEntry: false })?.isDirectory())
    tell('error', `the indexed directory ${root} is gone: searches show what was there`);
  const stats = statSync(indexFile, { throwIfNoEntry: false });
  if (!stats) {
    tell('warning', `there is no index at ${indexFile}: the next update makes one`);
    return diagnosis;
  }
  plan.caches = checkCaches(dirname(indexFile), tell);
  if (!checkFile(indexFile, stats, tell)) return diagnosis;

  let store: IndexStore | undefined;
  try {
    store = openExisting(indexFile, root);
    if (!store) return diagnosis;
    const opened = store;
    if (checkContainer(opened, root, tell)) {
      if (!isTree) checkSources(opened, tell);
      await opened.readSlowly(() => checkContent(opened, plan, tell, signal));
      checkHousekeeping(opened, plan, tell);
    } else if (findings.at(-1)?.repair !== undefined) plan.remove = true;
  } catch (error) {
    if (!(error instanceof QuarryError) || error.code === 'aborted') throw error;
    const { code, message } = error;
    if (code !== 'format' && code !== 'corrupt') tell('error', message);
    else if (code === 'format' || looksLikeOurs(indexFile)) {
      plan.remove = true;
      tell('error', message, startAfresh);
    } else tell('error', `${message}; it does not look like a Quarry index, so it is left alone`);
  } finally {
    store?.close();
  }
  return diagnosis;
}

/** The repositories of a workspace: where they should be. */
function checkSources(store: IndexStore, tell: Tell): void {
  const sources = readSources(store);
  for (const source of sources) {
    const place = isRevision(source) ? source.repository : source.directory;
    if (!statSync(place, { throwIfNoEntry: false })?.isDirectory())
      tell('warning', `${labelOf(source)}: ${place} is gone: searches show what was there`);
  }
  tell(
    'ok',
    `the index says which ${count(sources.length, 'repository or revision', 'repositories and revisions')} it holds`,
  );
}

function teller(findings: Finding[]): Tell {
  return (severity, what, cure) => {
    findings.push(cure === undefined ? { severity, what } : { severity, what, repair: cure });
  };
}

type Tell = (severity: Finding['severity'], what: string, cure?: string) => void;

const startAfresh = 'delete the index file: the next update builds it afresh';

/** False when there is nothing to open. */
function checkFile(indexFile: string, stats: Stats, tell: Tell): boolean {
  if (!stats.isFile()) {
    tell('error', `${indexFile} is not a file`);
    return false;
  }
  if (!may(indexFile, constants.R_OK)) {
    tell('error', `${indexFile} cannot be read: its permissions do not allow it`);
    return false;
  }
  if (!may(indexFile, constants.W_OK) || !may(dirname(indexFile), constants.W_OK))
    tell('warning', `${indexFile} or its directory cannot be written: it cannot be updated`);
  else if ((stats.mode & 0o002) !== 0 && process.platform !== 'win32')
    tell('warning', `${indexFile} can be written by every user of this machine`);
  else tell('ok', 'the index file can be read and written');
  if (stats.size <= 1) {
    tell('warning', `${indexFile} is empty: the next update fills it`);
    return false;
  }
  return true;
}

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

/** Whether a file that cannot be opened as an index may be deleted as one: by its header, or by its name. */
function looksLikeOurs(indexFile: string): boolean {
  if (indexFile.endsWith('.quarry')) return true;
  const header = Buffer.alloc(72);
  const file = openSync(indexFile, 'r');
  try {
    readSync(file, header, 0, 72, 0);
  } finally {
    closeSync(file);
  }
  return header.toString('latin1', 0, 15) === 'SQLite format 3' && header.readUInt32BE(68) === applicationId;
}

/** SQLite's own checks, the tables, and what the index says of itself. False when nothing more can be checked. */
function checkContainer(store: IndexStore, root: string, tell: Tell): boolean {
  for (const check of ['quick_check', 'integrity_check']) {
    const first = String(Object.values(store.rows(`PRAGMA ${check}(1)`)[0] ?? {})[0]);
    if (first === 'ok') continue;
    tell('error', `the container is damaged: ${first.replaceAll(/\s+/g, ' ')}`, startAfresh);
    return false;
  }
  const owner = store.getMeta('root');
  if (typeof owner !== 'string' || !Number.isInteger(store.getMeta('generation'))) {
    tell('error', 'the index does not say what it belongs to', startAfresh);
    return false;
  }
  if (owner !== root) {
    tell('error', `the index belongs to ${owner}, not to ${root}`);
    return false;
  }
  tell('ok', `the container is sound, format and root are right, generation ${store.generation()}`);
  return true;
}

/** Every segment, then the catalog over them. */
async function checkContent(
  store: IndexStore,
  plan: Plan,
  tell: Tell,
  signal: AbortSignal | undefined,
): Promise<void> {
  const problems = new Map<number, string>();
  const documents = new Map<number, number>();
  const rows = store.rows('SELECT id, info, crc FROM segments ORDER BY id');
  for (const row of rows) {
    const id = Number(row['id']);
    try {
      const info = parseInfo(row);
      await checkSegment(store, id, info, signal);
      documents.set(id, info.documents);
    } catch (error) {
      if (!isDamage(error)) throw error;
      problems.set(id, (error as Error).message);
      plan.segments.add(id);
    }
  }

  let catalog: Catalog | undefined;
  try {
    catalog = store.catalog();
    for (let i = 1; i < catalog.files.length; i++) {
      if (!(catalog.files[i - 1]!.path < catalog.files[i]!.path))
        throw new RangeError('its paths are not in order');
    }
  } catch (error) {
    if (!isDamage(error)) throw error;
    tell(
      'error',
      `the catalog cannot be read: ${(error as Error).message}`,
      'make an empty catalog: the next update looks at every file again, and parses only what is not in a segment',
    );
    catalog = undefined;
    plan.catalog = emptyCatalog;
  }
  const files = catalog?.files ?? [];
  for (const [id, problem] of problems) {
    const lost = files.filter(file => file.segment === id).length;
    tell(
      'error',
      `segment ${id} is damaged: ${problem}`,
      `drop segment ${id} and its ${count(lost, 'file')}: they are read again at the next update`,
    );
  }
  const homeless = files.filter(
    file => !problems.has(file.segment) && !(file.document < (documents.get(file.segment) ?? 0)),
  );
  if (homeless.length > 0) {
    tell(
      'error',
      `${count(homeless.length, 'file')} of the catalog have no content, such as ${homeless[0]!.path}`,
      `drop ${count(homeless.length, 'file')} from the catalog: they are read again at the next update`,
    );
  }
  if (catalog && (problems.size > 0 || homeless.length > 0)) {
    const kept = catalog.files.filter(file => file.document < (documents.get(file.segment) ?? 0));
    plan.catalog = { ...catalog, files: kept, complete: false, updatedAt: 0 };
  }
  if (problems.size === 0)
    tell(
      'ok',
      `${count(rows.length, 'segment')} with ${count(sum(documents.values()), 'document')} can be read`,
    );
  if (catalog && homeless.length === 0 && problems.size === 0)
    tell('ok', `the catalog's ${count(files.length, 'file')} all have their content`);

  if (catalog) checkPaths(store, catalog, plan, tell);

  const orphans = store
    .rows(
      'SELECT DISTINCT segment FROM pages WHERE segment <> 0 AND segment NOT IN (SELECT id FROM segments)',
    )
    .map(row => Number(row['segment']));
  if (orphans.length > 0) {
    for (const id of orphans) plan.segments.add(id);
    tell(
      'warning',
      `${count(orphans.length, 'segment')} left pages behind`,
      `delete the pages that belong to nothing`,
    );
  }
  if (catalog && !catalog.complete) {
    tell(
      'warning',
      store.generation() === 0
        ? 'nothing has been indexed yet'
        : 'the last update was not finished: the next one goes on from there',
    );
  }
}

function checkPaths(store: IndexStore, catalog: Catalog, plan: Plan, tell: Tell): void {
  const expected = buildPathIndex(catalog.files.map(file => file.path));
  try {
    const stored = store.pathIndex();
    for (const part of ['dictionary', 'postings'] as const) {
      const same = Buffer.compare(stored[part], expected[part]) === 0;
      ensure(same, `its ${part} does not fit the catalog`);
    }
    tell('ok', 'the index over the paths fits the catalog');
  } catch (error) {
    if (!isDamage(error)) throw error;
    plan.paths = true;
    tell(
      'error',
      `the index over the paths is damaged: ${(error as Error).message}`,
      'make the index over the paths again',
    );
  }
}

/** The writer's place and the space in the file. */
function checkHousekeeping(store: IndexStore, plan: Plan, tell: Tell): void {
  const dead = deadWriter(store);
  const writer = currentWriter(store);
  if (dead !== undefined) tell('warning', `process ${dead} was updating the index and is gone`, freeWriter);
  else if (writer && writer.pid !== process.pid) tell('ok', `process ${writer.pid} is updating the index`);
  const { pages, free, pageSize } = store.space();
  const megabytes = (n: number) => `${((n * pageSize) / 2 ** 20).toFixed(1)} MB`;
  const state = `${megabytes(free)} of the file's ${megabytes(pages)} are free`;
  if (free * 4 > pages && free > worthVacuum) {
    plan.vacuum = true;
    tell('warning', state, 'give the free space back');
  } else tell('ok', state);
}

/** Damage found while decoding, as opposed to trouble with reading the file. */
function isDamage(error: unknown): boolean {
  return error instanceof RangeError;
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function count(n: number, noun: string, nouns: string = `${noun}s`): string {
  return `${n} ${n === 1 ? noun : nouns}`;
}
