// The index as a store: its container and what it belongs to, its sources, its writer and free space.

import { statSync } from 'node:fs';
import { isWorthVacuum } from '../../store/container.ts';
import type { IndexStore } from '../../store/store.ts';
import { isRevision, labelOf, readSources } from '../sources/source.ts';
import { count, type Diagnosis } from './diagnosis.ts';

/** The step of a repair that takes the place of a dead writer. */
export const freeWriter = "free the writer's place";

/** SQLite's own checks, and what the index says of itself. False when nothing more can be checked. */
export function checkContainer(store: IndexStore, root: string, diagnosis: Diagnosis): boolean {
  const damage = store.damage();
  if (damage !== undefined) {
    diagnosis.giveUp(`the container is damaged: ${damage.replaceAll(/\s+/g, ' ')}`);
    return false;
  }
  const identity = store.identity();
  if (!identity) {
    diagnosis.giveUp('the index does not say what it belongs to');
    return false;
  }
  if (identity.root !== root) {
    diagnosis.fail(`the index belongs to ${identity.root}, not to ${root}`);
    return false;
  }
  diagnosis.ok(`the container is sound, format and root are right, generation ${identity.generation}`);
  return true;
}

/** The repositories of a workspace: whether they still are where they should be. */
export function checkSources(store: IndexStore, diagnosis: Diagnosis): void {
  const sources = store.read(readSources);
  for (const source of sources) {
    const place = isRevision(source) ? source.repository : source.directory;
    if (!statSync(place, { throwIfNoEntry: false })?.isDirectory())
      diagnosis.warn(`${labelOf(source)}: ${place} is gone: searches show what was there`);
  }
  diagnosis.ok(
    `the index says which ${count(sources.length, 'repository or revision', 'repositories and revisions')} it holds`,
  );
}

/** The writer's place and the space in the file. */
export function checkHousekeeping(store: IndexStore, diagnosis: Diagnosis): void {
  const dead = store.writer.deadHolder();
  const writer = store.writer.holder();
  if (dead !== undefined) diagnosis.warn(`process ${dead} was updating the index and is gone`, freeWriter);
  else if (writer && writer.pid !== process.pid) diagnosis.ok(`process ${writer.pid} is updating the index`);
  const space = store.space();
  const megabytes = (pages: number) => `${((pages * space.pageSize) / 2 ** 20).toFixed(1)} MB`;
  const state = `${megabytes(space.free)} of the file's ${megabytes(space.pages)} are free`;
  if (isWorthVacuum(space)) {
    diagnosis.plan.vacuum = true;
    diagnosis.warn(state, 'give the free space back');
  } else diagnosis.ok(state);
}
