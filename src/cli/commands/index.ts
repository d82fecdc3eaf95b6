import { openIndex } from '../../engine/code-index.ts';
import { openOptionsOf } from '../../engine/config.ts';
import { removeIndex } from '../../engine/index-files.ts';
import type { Arguments } from '../arguments.ts';
import { resolvePlace } from '../place.ts';
import { complain, note, type Surroundings } from '../surroundings.ts';
import { formatBytes, formatDuration, grouped } from '../terminal.ts';
import { updateWithProgress } from '../updating.ts';

/** Builds an index or brings it up to date. */
export async function index(args: Arguments, around: Surroundings): Promise<number> {
  const place = resolvePlace(args.positionals[0], args, around);
  if (place.below !== '') note(around, `indexing all of ${place.root}`);
  if (args.has('force')) removeIndex(place.indexFile);
  const opened = await openIndex(place.root, {
    ...openOptionsOf(place.settings, around.env),
    indexFile: place.indexFile,
  });
  try {
    const outcome = await updateWithProgress(opened, around, { delayMs: 0, wait: !args.has('no-wait') });
    if ('exitCode' in outcome) return outcome.exitCode;
    const { report } = outcome;
    if (args.has('json')) {
      const { root, indexFile } = place;
      around.stdout.write(`${JSON.stringify({ root, indexFile, ...report }, null, 2)}\n`);
    } else if (!around.quiet) {
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
      complain(
        around,
        `0 of ${grouped(report.skipped)} files are searchable in ${place.root}`,
        'see: quarry status',
      );
      return 1;
    }
    return 0;
  } finally {
    opened.close();
  }
}
