import { indexFilesIn, removeCaches, removeIndex } from '../../engine/index-files.ts';
import type { Arguments } from '../arguments.ts';
import { resolvePlace, resolveUser } from '../place.ts';
import { note, type Surroundings } from '../surroundings.ts';
import { formatBytes, grouped } from '../terminal.ts';

/** Removes one index, or all in the index directory with the cache of vectors that they share. */
export async function clear(args: Arguments, around: Surroundings): Promise<number> {
  // A workspace is a list that somebody made: only one that is named goes.
  const path = args.positionals[0] ?? (args.has('index') || args.has('workspace') ? undefined : '.');
  const files = args.has('all')
    ? indexFilesIn(resolveUser(around).indexDirectory)
    : [resolvePlace(path, args, around).indexFile];
  const removed = files.map(removeIndex).filter(one => one !== undefined);
  const caches = args.has('all') ? removeCaches(resolveUser(around).indexDirectory) : [];
  const bytes = removed.reduce((sum, one) => sum + one.bytes, 0);
  if (args.has('json')) around.stdout.write(`${JSON.stringify({ removed, bytes, caches }, null, 2)}\n`);
  else if (removed.length === 0 && caches.length === 0)
    note(around, args.has('all') ? 'there are no indexes' : `no index at ${files[0]}`);
  else {
    for (const one of [...removed, ...caches])
      around.stdout.write(`removed ${one.file} (${formatBytes(one.bytes)})\n`);
    if (removed.length > 1)
      around.stdout.write(`${grouped(removed.length)} indexes, ${formatBytes(bytes)} in all\n`);
  }
  return 0;
}
