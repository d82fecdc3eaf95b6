import { availableParallelism } from 'node:os';
import type { Mounts } from '../sources/mounts.ts';
import { isRevision, type Source, type SourceEntry } from '../sources/source.ts';
import type { SourceWork } from './compare.ts';
import { BlobTwins, type Draft, type Part } from './draft.ts';
import type { WorkerSetup } from './messages.ts';
import type { UpdateSettings } from './options.ts';
import type { Tracker } from './tracker.ts';
import { WorkerPool } from './worker-pool.ts';

/** Source bytes a worker collects before it hands a segment over: bounds memory and what a kill can lose. */
const flushBytes = 16 << 20;
const flushMs = 15_000;
/** The first is handed over sooner: whoever waits for the first answer of a new index waits for this. */
const firstFlushMs = 3000;

/**
 * Sources of one name are read one after the other, so that what one has is known when the next one is read. Of different ones
 * those with little to read go together: threads are started once for them.
 */
const filesTogether = 256;

export interface Extraction {
  draft: Draft;
  tracker: Tracker;
  mounts: Mounts<Source>;
  settings: UpdateSettings;
  encode: WorkerSetup['encode'];
  signal: AbortSignal | undefined;
}

/** Reads what has to be read. Commits on the way; gives what is left to be committed. */
export async function extract(work: readonly SourceWork[], extraction: Extraction): Promise<Part[]> {
  const { draft, tracker, signal } = extraction;
  const { maxFileBytes } = extraction.settings;
  const { progress } = tracker;
  progress.phase = 'extract';
  progress.filesTotal = work.reduce((sum, { entries }) => sum + entries.length, 0);
  progress.bytesTotal = work
    .flatMap(({ entries }) => entries)
    .reduce((sum, { size }) => sum + Math.min(size, maxFileBytes), 0);
  draft.begin();
  let parts: Part[] = [];
  for (const group of together(work)) {
    if (signal?.aborted) break;
    if (parts.length > 0) draft.commit(parts, false);
    const entries = withoutTwins(group, extraction);
    parts = entries.length > 0 ? await readAll(entries, extraction) : [];
  }
  return parts;
}

function together(work: readonly SourceWork[]): SourceWork[][] {
  const groups: SourceWork[][] = [];
  let files = Number.POSITIVE_INFINITY;
  for (const one of work) {
    files += one.entries.length;
    const isOther = groups.at(-1)?.every(({ source }) => source.name !== one.source.name);
    if (files <= filesTogether && isOther) groups.at(-1)!.push(one);
    else {
      groups.push([one]);
      files = one.entries.length;
    }
  }
  return groups;
}

/** What has to be read after all: not what another revision has under the same path. */
function withoutTwins(group: readonly SourceWork[], { draft, mounts, tracker }: Extraction): SourceEntry[] {
  let twins: BlobTwins | undefined;
  const { progress } = tracker;
  return group.flatMap(({ source, entries }) => {
    if (!isRevision(source)) return entries;
    const known = (twins ??= new BlobTwins(draft.files.values(), mounts));
    return entries.filter(entry => {
      const twin = known.of(entry, source);
      if (!twin) return true;
      draft.adopt(entry, twin);
      progress.filesDone++;
      progress.bytesDone += entry.size;
      return false;
    });
  });
}

async function readAll(entries: readonly SourceEntry[], extraction: Extraction): Promise<Part[]> {
  const { draft, tracker, mounts, settings, encode, signal } = extraction;
  const { progress } = tracker;
  const { maxFileBytes, deadlineMs } = settings;
  let parts: Part[] = [];
  let lastCommit = performance.now();
  const pool = new WorkerPool(
    {
      setup: {
        sources: mounts.list,
        maxFileBytes,
        deadlineMs,
        known: draft.knownKeys(),
        ...(encode ? { encode } : {}),
      },
      workers: settings.workers ?? Math.min(availableParallelism(), 16),
      flushBytes,
      flushMs,
      firstFlushMs,
      signal,
      onNote: note => tracker.note(note),
      onResults: results => {
        for (const result of results) {
          progress.filesDone++;
          progress.bytesDone += Math.min(result.entry.size, maxFileBytes);
          if ('key' in result) progress.units += result.units;
        }
        tracker.tell();
      },
      onSegment: (data, results) => {
        parts.push({ data, results });
        // The last segments arrive together: they go into the final commit.
        const last = progress.filesDone >= progress.filesTotal;
        if (last || performance.now() - lastCommit < 1000) return;
        draft.commit(parts, false);
        parts = [];
        lastCommit = performance.now();
      },
    },
    entries,
  );
  await pool.run();
  return parts;
}
