import { createWriteStream, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runBench, say, shared } from '../lib/command.ts';
import { number, score, table } from '../lib/format.ts';
import { writeResults } from '../lib/results.ts';
import { bootstrap, type Interval, mean } from '../lib/statistics.ts';
import { type CrossCheck, crossCheck } from './fit.ts';
import {
  bm25Ranks,
  loadCosqa,
  loadThirtySeconds,
  type Pool,
  quarryRanks,
  stemmedTerms,
} from './pool-retrieval.ts';
import {
  askAll,
  type Miss,
  meanOverLanguages,
  type Prepared,
  prepareRepositories,
  type Reading,
  type Row,
  slice,
} from './repositories.ts';

const method =
  'Repository queries: NDCG@10 with gain 1 for every relevant and secondary file, mean over repositories; intervals are 95 % bootstrap intervals over the queries of each repository. Results are files, the best place of each: "file" is that list, in which no path occurs twice, so it is the list as returned (raw) as well. The two other readings ask for three places of each file and give every place a rank: "folded" reads downwards, a file\'s further places below its best one, "by score" sorts all places. Pools: mean reciprocal rank over the whole pool, ties counted against the system, Quarry and BM25 (k1 1.2, b .75, split identifiers, one field), plain and with stems, on the same snippets; intervals are of the paired differences. "Quoted" is the plain BM25 that the README of the data gives, made by other hands; the target is the better of the two plain ones.';

const readings: ReadonlyArray<[Reading, string]> = [
  ['file', 'file = raw, as returned'],
  ['folded', 'raw, three places per file, folded'],
  ['merged', 'raw, three places per file, by score'],
];

await runBench(
  {
    name: 'quality/report',
    summary: 'Ranking quality on repository queries, CoSQA and 30 seconds of code, beside plain BM25.',
    options: {
      data: { value: 'DIR', default: '../shared/data/repo-queries', help: 'the repository queries' },
      repos: { value: 'DIR', help: 'checkouts by name; without it only the pools are measured' },
      pools: { value: 'DIR', help: 'folder with cosqa/ and thirty_seconds/; default: the one above --data' },
      split: { value: 'NAME', default: 'test', help: 'split of CoSQA: test, or dev while working' },
      only: { value: 'NAME', help: 'only this repository, no pools, nothing written' },
      misses: { help: 'print queries below .7 with what came instead' },
      rows: { value: 'DIR', help: 'write one JSON line per query there' },
      'cross-check': {
        help: 'also score each fifth of the repositories with numbers fitted to the others (minutes)',
      },
      out: shared.out,
    },
  },
  async options => {
    const data = options.directory('data');
    const only = options.text('only');
    const split = options.text('split') === 'dev' ? 'dev' : 'test';
    const rows: Row[] = [];
    const prepared: Prepared[] = [];
    if (options.text('repos') !== undefined) {
      const onMiss = options.has('misses') ? printMiss : undefined;
      for await (const one of prepareRepositories(data, options.directory('repos'), only)) {
        const own = askAll(one, onMiss);
        rows.push(...own);
        if (options.has('cross-check')) prepared.push(one);
        say(`${one.task.name.padEnd(20)} ${score(slice('', own).mean)}`);
      }
    }
    if (only !== undefined) return;
    const check = prepared.length > 0 ? crossCheck(prepared, { folds: 5, rounds: 2 }, sayFold) : undefined;
    const pools = options.text('pools') === undefined ? resolve(data, '..') : options.directory('pools');
    const compared: Compared[] = [];
    for (const pool of [
      loadCosqa(pools, split, true),
      loadCosqa(pools, split, false),
      loadThirtySeconds(pools),
    ]) {
      compared.push(await comparePool(pool));
      say(`${pool.name}: ${score(compared.at(-1)!.quarry)}`);
    }
    const rowsTo = options.text('rows');
    if (rowsTo !== undefined) writeRows(rowsTo, rows, compared);

    const means = readings.map(([reading, name]) => ({
      ...slice(name, rows, reading),
      languages: meanOverLanguages(rows, reading),
    }));
    const slices = slicesOf(rows);
    const typescript = slices.find(one => one.name === 'typescript');
    writeResults(
      {
        name: 'quality',
        title: 'Ranking quality',
        method,
        targets: [
          ...(rows.length > 0
            ? [
                { what: 'repository queries, file', value: means[0]!.mean, unit: '', atLeast: 0.88 },
                {
                  what: 'repository queries, raw (the same list)',
                  value: means[0]!.mean,
                  unit: '',
                  atLeast: 0.86,
                },
                ...(typescript
                  ? [{ what: 'TypeScript', value: typescript.mean, unit: '', atLeast: 0.8 }]
                  : []),
              ]
            : []),
          ...compared.map(one => ({
            what: `${one.name}: MRR, against plain BM25`,
            value: one.quarry,
            unit: '',
            atLeast: Math.max(one.plain, one.quoted ?? 0),
          })),
        ],
        data: {
          means,
          slices,
          crossCheck: check,
          pools: compared.map(one => ({ ...one, rows: undefined })),
        },
        body: [
          ...(rows.length > 0 ? repositoryTables(means, slices) : []),
          '## Pools (MRR)\n',
          table(
            [
              'pool',
              'queries',
              'Quarry',
              'plain BM25',
              'quoted',
              'difference to plain',
              'BM25 with stems',
              'difference',
            ],
            compared.map(one => [
              one.name,
              number(one.queries),
              score(one.quarry),
              score(one.plain),
              score(one.quoted ?? Number.NaN),
              difference(one.overPlain),
              score(one.stemmed),
              difference(one.overStemmed),
            ]),
          ),
          ...(check ? [crossCheckText(check)] : []),
        ].join('\n'),
      },
      options,
    );
  },
);

interface Compared {
  name: string;
  queries: number;
  quarry: number;
  plain: number;
  stemmed: number;
  quoted: number | undefined;
  /** Paired differences. */
  overPlain: Interval;
  overStemmed: Interval;
  rows: Array<{ query: string; quarry: number; plain: number; stemmed: number }>;
}

async function comparePool(pool: Pool): Promise<Compared> {
  const quarry = await quarryRanks(pool);
  const plain = bm25Ranks(pool);
  const stemmed = bm25Ranks(pool, stemmedTerms);
  return {
    name: pool.name,
    queries: quarry.length,
    quarry: mean(quarry),
    plain: mean(plain),
    stemmed: mean(stemmed),
    quoted: pool.quoted,
    overPlain: bootstrap([quarry.map((rank, i) => rank - plain[i]!)]),
    overStemmed: bootstrap([quarry.map((rank, i) => rank - stemmed[i]!)]),
    rows: pool.queries.map(({ text }, i) => ({
      query: text,
      quarry: quarry[i]!,
      plain: plain[i]!,
      stemmed: stemmed[i]!,
    })),
  };
}

function slicesOf(rows: readonly Row[]): ReturnType<typeof slice>[] {
  const by = (key: 'category' | 'language' | 'repository') =>
    [...Map.groupBy(rows, row => row[key])]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, list]) => slice(name, list));
  const part = (name: string, pick: (row: Row) => boolean) => slice(name, rows.filter(pick));
  return [
    ...by('category'),
    part('no target’s file stem in the query', row => !row.stem),
    part('a target’s file stem in the query', row => row.stem),
    part('repositories where one file answers less than half', row => row.spread),
    ...by('language'),
    ...by('repository').map(one => ({ ...one, name: `repository ${one.name}` })),
  ];
}

function repositoryTables(
  means: ReadonlyArray<ReturnType<typeof slice> & { languages: number }>,
  slices: ReadonlyArray<ReturnType<typeof slice>>,
): string[] {
  return [
    `## Repository queries (NDCG@10)\n`,
    `${means[0]!.queries} queries on ${means[0]!.repositories} repositories.\n`,
    table(
      ['reading', 'mean over repositories', '95 %', 'mean over languages'],
      means.map(one => [one.name, score(one.mean), interval(one), score(one.languages)]),
    ),
    table(
      ['slice (file)', 'queries', 'repositories', 'mean', '95 %'],
      slices.map(one => [one.name, one.queries, one.repositories, score(one.mean), interval(one)]),
    ),
  ];
}

function interval({ low, high }: Interval): string {
  return `${score(low)} … ${score(high)}`;
}

function difference(value: Interval): string {
  return `${score(value.mean)} (${interval(value)})`;
}

function crossCheckText({ current, leftOut, folds }: CrossCheck): string {
  return `## Leaving repositories out\n\nNumbers of the ranking fitted to four fifths of the repositories and scored on the fifth: ${score(leftOut)}; the product's numbers on the same: ${score(current)}. By fold: ${folds.map(fold => `${score(fold.leftOut)} (${score(fold.current)})`).join(', ')}.\n`;
}

function sayFold(fold: CrossCheck['folds'][number]): void {
  say(
    `left out ${fold.repositories.join(' ')}: ${score(fold.leftOut)}, current numbers ${score(fold.current)}`,
  );
}

function printMiss({ row, targets, prefix, hits }: Miss): void {
  console.log(
    `${score(row.file)} [${row.repository}, ${row.category}] ${row.query}\n   want ${targets.join(' ')}`,
  );
  for (const { score: value, path, qualifiedName, signals } of hits.slice(0, 4)) {
    const parts = signals.map(signal => `${signal.name}=${signal.value.toFixed(2)}`).join(' ');
    console.log(`   ${value.toFixed(3)} ${prefix}${path} ${qualifiedName}  ${parts}`);
  }
}

function writeRows(directory: string, rows: readonly Row[], compared: readonly Compared[]): void {
  mkdirSync(directory, { recursive: true });
  const write = (file: string, list: readonly object[]) =>
    createWriteStream(join(directory, file)).end(list.map(one => `${JSON.stringify(one)}\n`).join(''));
  write('repository-queries.jsonl', rows);
  for (const pool of compared) write(`${pool.name.replace(/\W+/g, '-')}.jsonl`, pool.rows);
}
