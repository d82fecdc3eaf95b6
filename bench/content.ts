import { spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compact } from '../src/engine/indexing/compact.ts';
import { ContentSearch } from '../src/engine/searching/content/content-search.ts';
import { Prefilter } from '../src/engine/searching/content/prefilter.ts';
import { documentKey } from '../src/engine/sources/document-key.ts';
import { median } from '../src/evaluation/statistics.ts';
import type { Pattern } from '../src/query/ast.ts';
import type { CatalogFile } from '../src/store/catalog.ts';
import { trigramPart } from '../src/store/segment.ts';
import { SegmentBuilder } from '../src/store/segment-builder.ts';
import { IndexStore } from '../src/store/store.ts';
import { BenchError, runBench, say, shared } from './lib/command.ts';
import { milliseconds, number, table } from './lib/format.ts';
import { writeResults } from './lib/results.ts';
import { scratchDirectory } from './lib/scratch.ts';
import { type SourceFile, sizeOf, sourceFiles } from './lib/tree.ts';

const method =
  'The index has the trigrams of all files; they are not parsed, which makes no difference here. Each round asks every question in every way, in turn: ContentSearch in one process, its threads warm, reading the trigrams included; the same without trigrams, which reads every file; the same until there are twenty files; and ripgrep as a new process over the same tree, told to leave no file out and to count matches. Files are in the memory of the system. Ratios are medians of the ratios of single rounds.';

const questions: ReadonlyArray<{ name: string; pattern: Partial<Pattern> & { text: string } }> = [
  { name: 'rare literal', pattern: { text: 'heartbeatInterval' } },
  { name: 'common literal', pattern: { text: 'return' } },
  { name: 'literal in any case', pattern: { text: 'connectiontimeout', isCaseSensitive: false } },
  { name: 'whole word', pattern: { text: 'mutex', isWholeWord: true } },
  { name: 'expression with literals', pattern: { text: 'read\\w*(?:File|Stream)\\(', isRegex: true } },
  { name: 'alternatives', pattern: { text: 'deadlock|livelock|starvation', isRegex: true } },
  {
    name: 'expression in any case',
    pattern: { text: 'retry.{0,20}backoff', isRegex: true, isCaseSensitive: false },
  },
  { name: 'expression without literals', pattern: { text: '\\b[A-Z]{2}\\d{4}\\b', isRegex: true } },
];

/** Source bytes of a segment, as in indexing. */
const segmentBytes = 16 << 20;
const mostFirst = 20;

await runBench(
  {
    name: 'content',
    summary: 'Literals and regular expressions in contents, with trigrams and without, against ripgrep.',
    options: {
      tree: shared.tree,
      out: shared.out,
      rounds: { value: 'N', default: '5', help: 'measured rounds' },
      warmup: { value: 'N', default: '1', help: 'rounds before those' },
      rg: { value: 'FILE', default: 'rg', help: "ripgrep's program" },
    },
  },
  async options => {
    const root = options.directory('tree');
    const rounds = options.whole('rounds');
    const warmup = options.whole('warmup', 0);
    const rg = options.text('rg')!;
    const version = spawnSync(rg, ['--version'], { encoding: 'utf8' }).stdout?.split('\n')[0];
    if (version === undefined) throw new BenchError(`--rg ${rg}: no such program`);
    say('reading the tree');
    const files = await sourceFiles(root);
    say('indexing');
    const store = IndexStore.open(join(scratchDirectory(), 'index.quarry'), { create: true, root });
    const made = fill(store, root, files);
    const snapshot = store.read(view => view.snapshot());
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    const trigramBytes = store.bytesOfPart(trigramPart);
    const search = new ContentSearch();
    const numbers = snapshot.files.map((_, i) => i);
    const ask = async (pattern: Pattern, how: 'trigrams' | 'all' | 'first') => {
      const prefilter = how === 'all' ? undefined : store.read(() => new Prefilter(snapshot, [pattern]));
      const { found, looked } = await search.search({
        snapshot,
        sources: [{ name: '', prefix: '', directory: root }],
        patterns: [pattern],
        files: numbers,
        budgetMs: 600_000,
        ...(prefilter ? { prefilter } : {}),
        ...(how === 'first' ? { mostFiles: mostFirst } : {}),
      });
      return { files: found.size, looked };
    };
    const rows = questions.map(({ name, pattern }) => ({
      name,
      pattern: { isRegex: false, isCaseSensitive: true, isWholeWord: false, ...pattern },
      ms: { trigrams: [], all: [], first: [], ripgrep: [] } as Record<string, number[]>,
      found: {} as Record<string, number>,
      looked: 0,
    }));
    for (let round = -warmup; round < rounds; round++) {
      for (const row of rows) {
        for (const way of Object.keys(row.ms)) {
          const from = performance.now();
          let count: number;
          if (way === 'ripgrep') count = ripgrep(rg, root, row.pattern);
          else {
            const { files: found, looked } = await ask(row.pattern, way as 'all');
            count = found;
            if (way === 'trigrams') row.looked = looked;
          }
          row.found[way] = count;
          if (round >= 0) row.ms[way]!.push(performance.now() - from);
        }
      }
      if (round >= 0) say(`round ${round + 1} of ${rounds}`);
    }
    await search.close();
    store.close();
    const ratio = (row: (typeof rows)[number], way: string) =>
      median(row.ms[way]!.map((ms, i) => row.ms['ripgrep']![i]! / ms));
    const data = rows.map(row => ({
      ...row,
      p50: Object.fromEntries(Object.entries(row.ms).map(([way, ms]) => [way, median(ms)])),
      timesFaster: { trigrams: ratio(row, 'trigrams'), all: ratio(row, 'all'), first: ratio(row, 'first') },
    }));
    writeResults(
      {
        name: 'content',
        title: 'Literals and regular expressions in contents',
        method: `${method} ${version}. ${rounds} rounds after ${warmup}.`,
        tree: sizeOf(root, files),
        targets: [
          { what: 'trigrams / source bytes', value: trigramBytes / bytes, unit: '', atMost: 0.2 },
          {
            what: 'processor time of trigrams / source',
            value: made.collectMs / (bytes / 1e6),
            unit: 'ms/MB',
            atMost: 40,
          },
        ],
        data: { rounds, warmup, trigramBytes, ...made, questions: data },
        body: [
          table(
            [
              '',
              'files',
              'read',
              'with trigrams',
              `first ${mostFirst}`,
              'without',
              'ripgrep',
              'trigrams are faster by',
            ],
            data.map(({ name, found, looked, p50, timesFaster }) => [
              name,
              number(found['trigrams']!),
              number(looked),
              ...['trigrams', 'first', 'all', 'ripgrep'].map(way => milliseconds(p50[way]!)),
              number(timesFaster.trigrams),
            ]),
          ),
        ].join('\n'),
      },
      options,
    );
  },
);

/** Files with a match. */
function ripgrep(
  program: string,
  root: string,
  { text, isRegex, isCaseSensitive, isWholeWord }: Pattern,
): number {
  const flags = ['-uuu', '--no-messages', '--count', '--no-config', isCaseSensitive ? '-s' : '-i'];
  if (!isRegex) flags.push('-F');
  if (isWholeWord) flags.push('-w');
  const { stdout } = spawnSync(program, [...flags, '-e', text, '.'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return stdout.split('\n').length - 1;
}

/** Puts the files into an index without parsing them. Gives the milliseconds of the processor that making segments took with trigrams and without. */
function fill(
  store: IndexStore,
  root: string,
  files: readonly SourceFile[],
): { collectMs: number; plainMs: number } {
  const ways = [new SegmentBuilder({ trigrams: true }), new SegmentBuilder()];
  const ms = [0, 0];
  const catalog: CatalogFile[] = [];
  let batch: CatalogFile[] = [];
  const flush = () => {
    const segments = ways.map((builder, i) => {
      const from = cpuMs();
      const data = builder.finish();
      ms[i]! += cpuMs() - from;
      return data;
    });
    if (!segments[0]) return;
    const done = batch;
    batch = [];
    store.commit({
      add: [segments[0]],
      catalog: ([id]) => {
        for (const file of done) catalog.push({ ...file, segment: id! });
        const ordered = catalog.toSorted((a, b) => (a.path < b.path ? -1 : 1));
        return { files: ordered, skipped: [], complete: true, updatedAt: 1 };
      },
    });
  };
  for (const { path, bytes, language } of files) {
    const content = readFileSync(join(root, path));
    const document = {
      hash: documentKey(hash('sha256', content).slice(0, 32), language),
      language,
      text: content.toString('utf8').replace(/^\ufeff/, ''),
      bytes,
      outline: { units: [], comments: [], imports: [] },
    };
    const { pendingDocuments } = ways[0]!;
    for (const [i, builder] of ways.entries()) {
      const from = cpuMs();
      builder.add(document);
      ms[i]! += cpuMs() - from;
    }
    const stamps = { mtimeMs: 0, ctimeMs: 0, ino: 0 };
    batch.push({
      path,
      segment: 0,
      document: pendingDocuments,
      size: bytes,
      ...stamps,
      role: 'source',
      importers: 0,
    });
    if (ways[0]!.pendingBytes >= segmentBytes) flush();
  }
  flush();
  compact(store, () => undefined);
  return { collectMs: ms[0]! - ms[1]!, plainMs: ms[1]! };
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
