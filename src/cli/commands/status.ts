import type { IndexStatus } from '../../core/progress.ts';
import { type SkipReason, skipReasons } from '../../core/source.ts';
import type { Arguments } from '../arguments.ts';
import { openPlace } from '../opening.ts';
import { resolvePlace } from '../place.ts';
import type { Surroundings } from '../surroundings.ts';
import { formatBytes, formatDuration, grouped, printable, type Style, table } from '../terminal.ts';
import { repositoryTable } from './repos.ts';

/** Says what an index holds and what it does not; never changes anything. */
export async function status(args: Arguments, around: Surroundings): Promise<number> {
  const place = resolvePlace(args.positionals[0], args, around);
  const index = await openPlace(place, around, false);
  try {
    const found = await index.status();
    if (args.has('json')) around.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
    else around.stdout.write(formatStatus(found, args.has('skipped'), around.style, Date.now()));
    return 0;
  } finally {
    index.close();
  }
}

const pathsPerReason = 3;
/** Reasons that do not keep a file out: it is searchable all the same. */
const partial: ReadonlySet<SkipReason> = new Set(['deadline', 'nesting', 'grammar', 'encoding']);

/** The status for people. `now` in milliseconds since the epoch. */
export function formatStatus(found: IndexStatus, all: boolean, style: Style, now: number): string {
  const { bold } = style;
  const out = found.skipped.filter(({ reason }) => !partial.has(reason)).length;
  // While the index is incomplete nobody knows how many files there will be.
  const coverage = found.complete
    ? `${grouped(found.files)} of ${grouped(found.files + out)} files`
    : `${grouped(found.files)} files so far`;
  const rows = [
    ['root', printable(found.root)],
    [
      'index',
      `${printable(found.indexFile)} (${formatBytes(found.indexBytes)}, ${ratio(found)} of the source)`,
    ],
    ['state', stateOf(found, now)],
    ['searchable', `${coverage}, ${grouped(found.units)} units, ${formatBytes(found.sourceBytes)}`],
    [
      'roles',
      Object.entries(found.roles)
        .sort((a, b) => b[1] - a[1])
        .map(([role, n]) => `${grouped(n)} ${role}`)
        .join(', '),
    ],
  ];
  if (found.model) {
    const { id, fingerprint, encodedUnits, totalUnits } = found.model;
    const share = encodedUnits === totalUnits ? 'all' : `${grouped(encodedUnits)} of ${grouped(totalUnits)}`;
    rows.push(['model', `${printable(id)} (${fingerprint.slice(0, 12)}), ${share} units encoded`]);
  } else rows.push(['model', found.notes[0] ?? 'none: search is by words only']);
  if (found.writer) {
    const { pid, host, since } = found.writer;
    rows.push(['writer', `process ${pid} on ${printable(host)}, for ${formatDuration(now - since)}`]);
  }
  let text = table(rows.filter(([, value]) => value !== ''));
  const [repositories, ...list] = repositoryTable(found.repositories ?? [])
    .trimEnd()
    .split('\n');
  if (list.length > 0) text += `\n${bold(repositories!)}\n${list.join('\n')}\n`;
  if (found.languages.length > 0) {
    const body = found.languages.map(({ language, files, units }) => [language, files, units]);
    const [head, ...rest] = table([['language', 'files', 'units'], ...body])
      .trimEnd()
      .split('\n');
    text += `\n${bold(head!)}\n${rest.join('\n')}\n`;
  }
  return text + skippedPart(found, all, style);
}

function stateOf(found: IndexStatus, now: number): string {
  const generation = `generation ${grouped(found.generation)}, format ${found.formatVersion}`;
  if (found.complete && found.updatedAt !== undefined)
    return `complete, ${formatDuration(Math.max(0, now - found.updatedAt))} old, ${generation}`;
  const why = found.writer
    ? 'is being written'
    : 'the last run was interrupted, the next one goes on from there';
  return `incomplete: ${why}; ${generation}`;
}

function ratio({ indexBytes, sourceBytes }: IndexStatus): string {
  return sourceBytes === 0 ? '–' : `${Math.round((indexBytes / sourceBytes) * 100)} %`;
}

function skippedPart({ skipped }: IndexStatus, all: boolean, style: Style): string {
  if (skipped.length === 0) return '';
  const groups = Map.groupBy(skipped, ({ reason }) => reason);
  let text = '';
  for (const searchable of [false, true]) {
    const part = [...groups].filter(([reason]) => partial.has(reason) === searchable);
    if (part.length === 0) continue;
    text += `\n${style.bold(searchable ? 'searchable in part' : 'not searchable')}\n`;
    for (const [reason, files] of part.sort((a, b) => b[1].length - a[1].length)) {
      text += `${grouped(files.length)} ${style.dim('×')} ${skipReasons[reason]}\n`;
      const shown = all ? files : files.slice(0, pathsPerReason);
      for (const { path, detail } of shown)
        text += `    ${printable(path)}${detail ? style.dim(`  ${printable(detail)}`) : ''}\n`;
      if (shown.length < files.length)
        text += style.dim(`    and ${grouped(files.length - shown.length)} more: quarry status --skipped\n`);
    }
  }
  return text;
}
