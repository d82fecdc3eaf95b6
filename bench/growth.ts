import { join } from 'node:path';
import { median } from '../src/evaluation/statistics.ts';
import { build } from './lib/built.ts';
import { runChild } from './lib/child.ts';
import { BenchError, runBench, say, shared } from './lib/command.ts';
import { megabytes, milliseconds, number, table } from './lib/format.ts';
import type { IndexInput, IndexOutcome } from './lib/index-child.ts';
import { logLogPlot } from './lib/plot.ts';
import { commonQueries } from './lib/queries.ts';
import { type Target, writeResults } from './lib/results.ts';
import { removeIndex, scratchDirectory } from './lib/scratch.ts';
import { copyFiles, type SourceFile, scattered, sizeOf, sourceFiles, type TreeSize } from './lib/tree.ts';

const method =
  'Every sample is the beginning of one list of files, so a bigger one contains the smaller ones; the order is by a hash of the path. Each run is a process of its own that opens a new index, updates it and then searches. Rounds go over all sizes in turn. Times are medians; memory is the most any round had resident before its first search, index threads included.';

interface Sample {
  size: TreeSize;
  directory: string;
  runs: IndexOutcome[];
}

await runBench(
  {
    name: 'growth',
    summary: 'How indexing time, memory, index size and search time grow with the tree.',
    options: {
      ...shared,
      sizes: { value: 'A,B,…', default: '10000,30000,100000,300000,1000000', help: 'lines of the samples' },
      rounds: { value: 'N', default: '3', help: 'rounds' },
      workers: { value: 'N', default: '2', help: 'worker threads' },
    },
  },
  async options => {
    const root = options.directory('tree');
    const rounds = options.whole('rounds');
    const workers = options.whole('workers');
    const sizes = options.wholes('sizes').sort((a, b) => a - b);
    build(options.has('no-build'));
    say('reading the tree');
    const files = await sourceFiles(root);
    const tree = sizeOf(root, files);
    const scratch = scratchDirectory();
    const samples = nested(scattered(files), sizes).map((chosen, i): Sample => {
      const directory = join(scratch, `sample-${i}`);
      copyFiles(root, chosen, directory);
      return { size: sizeOf(root, chosen), directory, runs: [] };
    });
    if (samples.length === 0)
      throw new BenchError(`the tree has ${tree.lines} lines, less than the smallest size`);
    const left = sizes.filter(size => size > tree.lines);
    if (left.length > 0) say(`the tree has ${tree.lines} lines: left out ${left.join(', ')}`);

    const indexFile = join(scratch, 'index.quarry');
    for (let round = 0; round < rounds; round++) {
      for (const { size, directory, runs } of samples) {
        const input: IndexInput = { tree: directory, indexFile, workers, queries: [...commonQueries] };
        const run = await runChild<IndexOutcome>('index-child.ts', input);
        removeIndex(indexFile);
        runs.push(run);
        say(
          `round ${round + 1}, ${number(size.lines)} lines: ${milliseconds(run.ms)}, ${megabytes(run.peakBytes)}`,
        );
      }
    }

    const rows = samples.map(({ size, runs }) => ({
      ...size,
      units: runs[0]!.units,
      indexMs: median(runs.map(run => run.ms)),
      peakBytes: Math.max(...runs.map(run => run.peakBytes)),
      indexBytes: runs.at(-1)!.indexBytes,
      searchP50: median(runs.map(run => run.searchP50!)),
      runs,
    }));
    const targets: Target[] = rows
      .filter(row => row.lines >= 950_000 && row.lines < 1_100_000)
      .map(row => ({
        what: `peak memory at ${number(row.lines)} lines`,
        value: row.peakBytes / 1e6,
        unit: 'MB',
        atMost: 1000,
      }));
    writeResults(
      {
        name: 'growth',
        title: 'Growth of time and memory with the tree',
        method: `${method} ${rounds} rounds, ${workers} threads.`,
        tree,
        targets,
        data: { rounds, workers, rows },
        body: table(
          [
            'lines',
            'files',
            'units',
            'source',
            'index time',
            'lines/s',
            'peak memory',
            'index',
            'index / source',
            'search p50',
          ],
          rows.map(row => [
            number(row.lines),
            number(row.files),
            number(row.units),
            megabytes(row.bytes),
            milliseconds(row.indexMs),
            number((row.lines / row.indexMs) * 1000),
            megabytes(row.peakBytes),
            megabytes(row.indexBytes),
            number(row.indexBytes / row.bytes),
            milliseconds(row.searchP50),
          ]),
        ),
        svg: logLogPlot('Indexing time and memory by lines of source', [
          {
            title: `Time to index from nothing, ${workers} threads`,
            x: 'lines of source',
            y: 'seconds',
            series: [
              { name: 'index time', look: 'a', points: rows.map(row => [row.lines, row.indexMs / 1000]) },
            ],
            proportional: true,
            format: value => `${number(value)} s`,
          },
          {
            title: 'Peak memory and index size',
            x: 'lines of source',
            y: 'megabytes',
            series: [
              { name: 'peak memory', look: 'a', points: rows.map(row => [row.lines, row.peakBytes / 1e6]) },
              { name: 'index file', look: 'b', points: rows.map(row => [row.lines, row.indexBytes / 1e6]) },
            ],
            limit: { value: 1000, name: 'limit at one million lines: 1 GB' },
            format: value => `${number(value)} MB`,
          },
        ]),
      },
      options,
    );
  },
);

/** For every size the tree reaches, the shortest beginning of the list with that many lines. */
function nested(files: readonly SourceFile[], sizes: readonly number[]): SourceFile[][] {
  const samples: SourceFile[][] = [];
  let lines = 0;
  files.forEach((file, i) => {
    lines += file.lines;
    while (samples.length < sizes.length && lines >= sizes[samples.length]!)
      samples.push(files.slice(0, i + 1));
  });
  return samples;
}
