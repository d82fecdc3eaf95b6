import type { CorpusInfo } from '../../training/corpus/corpus.ts';
import { corpusSplits, pairKinds } from '../../training/corpus/pair.ts';
import type { Surroundings } from '../surroundings.ts';
import { formatBytes, grouped, printable, table } from '../terminal.ts';

/** Reasons of the filters that are shown. */
const mostReasons = 12;

/** Tables of a corpus: languages by kind, sources, what was left out, evaluation sets. */
export function statsText(info: CorpusInfo, { style }: Pick<Surroundings, 'style'>): string {
  const { counts, shards } = info;
  const bytes = shards.reduce((sum, shard) => sum + shard.bytes, 0);
  const splits = corpusSplits.map(split => `${split} ${grouped(counts.split[split] ?? 0)}`).join(', ');
  const parts = [
    `${grouped(info.pairs)} pairs (${splits}) in ${shards.length} shards, ${formatBytes(bytes)}\n`,
    section('pairs by language and kind', languageTable(info), style),
    section('sources', sourceTable(info), style),
    section('left out while mining', reasonTable(info), style),
    section(
      'removed afterwards',
      entries(info.removed).map(([what, count]) => [what, grouped(count)]),
      style,
    ),
  ];
  if (info.decontamination) {
    const { repositories, sets, unavailable } = info.decontamination;
    const rows = sets.map(({ set, codes, queries, removed }) => [
      set,
      ...[codes, queries, removed.code, removed.nearCode, removed.query].map(grouped),
    ]);
    const title = `evaluation data (${grouped(repositories)} repositories refused by name)`;
    parts.push(
      section(title, [['set', 'codes', 'queries', 'equal code', 'near code', 'equal query'], ...rows], style),
    );
    if (unavailable.length > 0)
      parts.push(
        section(
          'not looked at',
          unavailable.map(({ set, reason }) => [set, printable(reason)]),
          style,
        ),
      );
  } else parts.push('\nevaluation data were not looked at\n');
  return parts.join('');
}

function section(title: string, rows: string[][], style: Surroundings['style']): string {
  return rows.length === 0 ? '' : `\n${style.bold(title)}\n${table(rows, '  ')}`;
}

function languageTable({ counts }: CorpusInfo): string[][] {
  const rows = entries(counts.language).map(([language, count]) => [
    language,
    ...pairKinds.map(kind => grouped(counts.languageKind[`${language} ${kind}`] ?? 0)),
    grouped(count),
  ]);
  const total = [
    'all',
    ...pairKinds.map(kind => grouped(counts.kind[kind] ?? 0)),
    grouped(sum(counts.language)),
  ];
  return rows.length === 0 ? [] : [['language', ...pairKinds, 'all'], ...rows, total];
}

function sourceTable({ sources }: CorpusInfo): string[][] {
  const rows = sources.map(({ name, licence, split, files, units, mined, kept }) => [
    printable(name),
    printable(licence),
    split,
    ...[files, units, sum(mined), sum(kept)].map(grouped),
  ]);
  return [['source', 'licence', 'split', 'files', 'units', 'mined', 'kept'], ...rows];
}

function reasonTable({ sources }: CorpusInfo): string[][] {
  const counts: Record<string, number> = {};
  for (const { dropped } of sources)
    for (const [reason, count] of Object.entries(dropped)) counts[reason] = (counts[reason] ?? 0) + count;
  return entries(counts)
    .slice(0, mostReasons)
    .map(([reason, count]) => [reason, grouped(count)]);
}

/** The biggest first. */
function entries(counts: Readonly<Record<string, number>>): Array<[string, number]> {
  return Object.entries(counts).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
