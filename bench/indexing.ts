import { join } from 'node:path';
import { median } from '../src/evaluation/statistics.ts';
import { build } from './lib/built.ts';
import { runChild } from './lib/child.ts';
import { BenchError, runBench, say, shared } from './lib/command.ts';
import { megabytes, number, table } from './lib/format.ts';
import type { IndexInput, IndexOutcome } from './lib/index-child.ts';
import type { ParseInput, ParseOutcome } from './lib/parse-child.ts';
import { writeResults } from './lib/results.ts';
import { removeIndex, scratchDirectory } from './lib/scratch.ts';
import { copyFiles, type SourceFile, sizeOf, sourceFiles } from './lib/tree.ts';

const method =
  'Both read the same copy of the files a tree-sitter grammar parses, contents that occur twice taken once, with the same number of worker threads and the same batches, each round in a new process and in turn. "Bare parse" reads, decodes and parses and throws the syntax trees away; "index" is `openIndex` and `update` into a new index: walk, parse, extract, write. Both include starting their threads. Times are medians over the rounds, the ratio is the median of the ratios of single rounds.';

await runBench(
  {
    name: 'indexing',
    summary:
      'Indexing from nothing against bare tree-sitter parsing of the same files: rates, index size, peak memory.',
    options: {
      ...shared,
      rounds: { value: 'N', default: '3', help: 'rounds of each' },
      workers: { value: 'N', default: '2', help: 'worker threads of each' },
    },
  },
  async options => {
    const root = options.directory('tree');
    const rounds = options.whole('rounds');
    const workers = options.whole('workers');
    build(options.has('no-build'));
    say('reading the tree');
    const files = once(await sourceFiles(root));
    if (files.length === 0) throw new BenchError('no file in the tree has a grammar');
    const tree = sizeOf(root, files);
    const scratch = scratchDirectory();
    const copy = join(scratch, 'tree');
    copyFiles(root, files, copy);

    const parseInput: ParseInput = {
      root: copy,
      workers,
      files: files.map(({ path, bytes, language }) => ({ path, bytes, language })),
    };
    const parsed: ParseOutcome[] = [];
    const indexed: IndexOutcome[] = [];
    for (let round = 0; round < rounds; round++) {
      const indexFile = join(scratch, 'index.quarry');
      const indexInput: IndexInput = { tree: copy, indexFile, workers };
      const bare = async () => parsed.push(await runChild<ParseOutcome>('parse-child.ts', parseInput));
      const full = async () => indexed.push(await runChild<IndexOutcome>('index-child.ts', indexInput));
      // Whoever comes second may find warmer caches: turns change.
      for (const step of round % 2 === 0 ? [bare, full] : [full, bare]) await step();
      removeIndex(indexFile);
      say(
        `round ${round + 1}: bare parse ${number(parsed[round]!.ms)} ms, index ${number(indexed[round]!.ms)} ms`,
      );
    }

    const last = indexed.at(-1)!;
    // Ignore files are not copied, so that a rule which takes files back in is lost.
    const missing = files.length - last.files;
    if (missing !== 0) say(`the index has ${last.files} files, the parser was given ${files.length}`);
    const bareMs = median(parsed.map(run => run.ms));
    const fullMs = median(indexed.map(run => run.ms));
    const ratio = median(parsed.map((run, i) => run.ms / indexed[i]!.ms));
    const peak = Math.max(...indexed.map(run => run.peakBytes));
    const rates = (ms: number) => ({
      ms,
      bytesPerSecond: (tree.bytes / ms) * 1000,
      linesPerSecond: (tree.lines / ms) * 1000,
      filesPerSecond: (tree.files / ms) * 1000,
    });
    const bare = rates(bareMs);
    const full = { ...rates(fullMs), unitsPerSecond: (last.units / fullMs) * 1000 };
    const row = (name: string, r: ReturnType<typeof rates>, units: string, memory: number) => [
      name,
      number(r.ms / 1000),
      number(r.bytesPerSecond / 1e6),
      number(r.linesPerSecond),
      number(r.filesPerSecond),
      units,
      megabytes(memory),
    ];
    writeResults(
      {
        name: 'indexing',
        title: 'Indexing against bare parsing',
        method: `${method} ${rounds} rounds, ${workers} threads.`,
        tree,
        targets: [
          { what: 'rate of indexing / rate of bare parsing', value: ratio, unit: '', atLeast: 0.6 },
          { what: 'units per second', value: full.unitsPerSecond, unit: '/s', atLeast: 3000 },
          {
            what: 'index bytes / source bytes',
            value: last.indexBytes / last.sourceBytes,
            unit: '',
            atMost: 0.6,
          },
          ...(tree.lines < 1_050_000
            ? [{ what: 'peak memory', value: peak / 1e6, unit: 'MB', atMost: 1000 }]
            : []),
        ],
        data: {
          rounds,
          workers,
          units: last.units,
          ratio,
          bare,
          full,
          peakBytes: peak,
          runs: { parsed, indexed },
        },
        body:
          table(
            ['', 'time, s', 'MB/s', 'lines/s', 'files/s', 'units/s', 'peak memory'],
            [
              row('bare parse', bare, '', Math.max(...parsed.map(run => run.peakBytes))),
              row('index', full, number(full.unitsPerSecond), peak),
            ],
          ) +
          `\n${number(last.units)} units; index ${megabytes(last.indexBytes)} for ${megabytes(last.sourceBytes)} of source in ${last.segments} segments; files the bare parser failed on: ${parsed.at(-1)!.failed}; files it was given that are not in the index: ${missing}. Ratios of single rounds: ${parsed.map((run, i) => number(run.ms / indexed[i]!.ms)).join(', ')}.\n`,
      },
      options,
    );
  },
);

/** Files with a grammar, contents that occur twice only once: the index parses those once as well. */
function once(files: readonly SourceFile[]): SourceFile[] {
  const seen = new Set<string>();
  return files.filter(({ parsed, hash, language }) => {
    const key = `${language} ${hash}`;
    if (!parsed || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
