import { basename } from 'node:path';
import type { IndexStatus, UpdateProgress } from '../core/progress.ts';
import type { StatusAnswer } from './api.ts';
import { indexState } from './index-state.ts';
import type { Updates } from './updating/updates.ts';

/** Skipped files that are listed; the others are counted. */
const mostSkipped = 1000;

/** What callers are told of an index, all of it. */
export function statusAnswer(status: IndexStatus, updates: Updates, version: string): StatusAnswer {
  const reasons: Record<string, number> = {};
  for (const { reason } of status.skipped) reasons[reason] = (reasons[reason] ?? 0) + 1;
  const notes = [...status.notes];
  if (updates.failure) notes.push(`the last update failed: ${updates.failure.message}`);
  if (!status.complete && !updates.isRunning && !updates.failure && status.files > 0)
    notes.push('the last update was interrupted: the next one goes on from there');
  const update = updateOf(updates);
  return {
    version,
    index: indexState(status, updates),
    generation: status.generation,
    ...(status.updatedAt === undefined ? {} : { updatedAt: status.updatedAt }),
    indexBytes: status.indexBytes,
    sourceBytes: status.sourceBytes,
    ...(status.model
      ? {
          model: {
            id: status.model.id,
            encodedUnits: status.model.encodedUnits,
            totalUnits: status.model.totalUnits,
          },
        }
      : {}),
    repositories: repositoriesOf(status),
    languages: status.languages,
    roles: status.roles,
    skipped: {
      count: status.skipped.length,
      reasons,
      files: status.skipped.slice(0, mostSkipped).map(({ path, reason }) => ({ path, reason })),
    },
    ...(update ? { update } : {}),
    notes,
  };
}

/** The index of one tree is one repository. */
function repositoriesOf({ repositories, root, files }: IndexStatus): StatusAnswer['repositories'] {
  if (!repositories) return [{ name: basename(root), directory: root, files }];
  return repositories.map(one => ({
    name: one.name,
    ...(one.revision === undefined ? {} : { revision: one.revision }),
    ...(one.directory === undefined ? {} : { directory: one.directory }),
    files: one.files,
    ...(one.commit === undefined ? {} : { commit: one.commit }),
  }));
}

function updateOf(updates: Updates): StatusAnswer['update'] {
  if (!updates.isRunning) return undefined;
  const { progress, queued } = updates;
  if (!progress) return { phase: 'start', done: 0, total: 0, queued };
  const [done, total] = countsOf(progress);
  const phase = progress.waitingFor === undefined ? progress.phase : `waiting for ${progress.waitingFor}`;
  return {
    phase,
    done,
    total,
    ...(progress.etaMs === undefined ? {} : { etaMs: Math.round(progress.etaMs) }),
    queued,
  };
}

function countsOf(progress: UpdateProgress): [done: number, total: number] {
  if (progress.phase === 'encode') return [progress.encodeDone ?? 0, progress.encodeTotal ?? 0];
  return [progress.filesDone, progress.filesTotal];
}
