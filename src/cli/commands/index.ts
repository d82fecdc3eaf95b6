import type { CodeIndex } from '../../engine/code-index.ts';
import { removeIndex } from '../../engine/index-files.ts';
import type { Arguments } from '../arguments.ts';
import { openPlace } from '../opening.ts';
import { type Place, resolvePlace } from '../place.ts';
import { newRepositories, openToAdd, resolveWorkspace } from '../repositories.ts';
import { complain, note, type Surroundings } from '../surroundings.ts';
import { formatBytes, formatDuration, grouped, printable } from '../terminal.ts';
import { updateWithProgress } from '../updating.ts';

/** Builds an index or brings it up to date; of several directories or revisions, that of a workspace. */
export async function index(args: Arguments, around: Surroundings): Promise<number> {
  const workspace = resolveWorkspace(args, around);
  if (workspace) return indexWorkspace(workspace, args, around);
  const place = resolvePlace(args.positionals[0], args, around);
  if (place.below !== '') note(around, `indexing all of ${place.root}`);
  if (args.has('force')) removeIndex(place.indexFile);
  const opened = await openPlace(place, around, true);
  try {
    return await bringUpToDate(opened, place, args, around, []);
  } finally {
    opened.close();
  }
}

async function indexWorkspace(place: Place, args: Arguments, around: Surroundings): Promise<number> {
  const repositories = newRepositories(args.positionals, args, around);
  const wait = !args.has('no-wait');
  const { index: opened, added } =
    repositories.length > 0
      ? await openToAdd(place, repositories, around, wait)
      : { index: await openPlace(place, around, false), added: [] };
  try {
    if (args.has('force')) await opened.forgetFiles({ wait });
    return await bringUpToDate(opened, place, args, around, added);
  } finally {
    opened.close();
  }
}

/** `added`: what is new in a workspace. */
async function bringUpToDate(
  opened: CodeIndex,
  place: Place,
  args: Arguments,
  around: Surroundings,
  added: readonly string[],
): Promise<number> {
  const outcome = await updateWithProgress(opened, around, { delayMs: 0, wait: !args.has('no-wait') });
  if ('exitCode' in outcome) return outcome.exitCode;
  const { report } = outcome;
  const { root, indexFile, workspace } = place;
  if (args.has('json')) {
    const repositories = workspace ? { addedRepositories: added } : {};
    around.stdout.write(`${JSON.stringify({ root, indexFile, ...repositories, ...report }, null, 2)}\n`);
  } else if (!around.quiet) {
    if (added.length > 0)
      around.stdout.write(`added to the workspace ${workspace!.name}: ${printable(added.join(', '))}\n`);
    const changes = (['added', 'changed', 'moved', 'removed'] as const)
      .filter(name => report[name] > 0)
      .map(name => `${grouped(report[name])} ${name}`);
    const rate = report.elapsedMs > 0 ? (report.parsedBytes / report.elapsedMs) * 1000 : 0;
    const work =
      report.parsedBytes > 0
        ? `, ${formatBytes(report.parsedBytes)} at ${formatBytes(Math.round(rate))}/s`
        : '';
    around.stdout.write(
      `${grouped(report.files)} files indexed in ${formatDuration(report.elapsedMs)} (${changes.join(', ') || 'nothing had changed'}${work})\n`,
    );
    if (report.encoded > 0) around.stdout.write(`${grouped(report.encoded)} units encoded\n`);
    for (const line of report.notes) note(around, line);
    if (report.skipped > 0)
      around.stdout.write(`${grouped(report.skipped)} files left out, see: quarry status\n`);
  }
  if (report.files === 0) {
    complain(around, `0 of ${grouped(report.skipped)} files are searchable in ${root}`, 'see: quarry status');
    return 1;
  }
  return 0;
}
