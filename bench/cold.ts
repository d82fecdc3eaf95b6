import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { median, quantile } from '../src/evaluation/statistics.ts';
import { build, commandLine } from './lib/built.ts';
import { runChild } from './lib/child.ts';
import { BenchError, runBench, say, shared } from './lib/command.ts';
import { milliseconds, number, table } from './lib/format.ts';
import type { IndexInput, IndexOutcome } from './lib/index-child.ts';
import { commonQueries } from './lib/queries.ts';
import { writeResults } from './lib/results.ts';
import { scratchDirectory } from './lib/scratch.ts';
import { sizeOf, sourceFiles } from './lib/tree.ts';

const method =
  'Wall time of a process from its start to its end, started as `node dist/cli/main.js "query" TREE` with `--index` naming a temporary one, in turn with the same without looking at the tree (`--no-update`) and with a Node that does nothing. The index exists and is up to date. "Cold" means a new process: the disk cache is warm, and Node\'s compile cache is filled, as they are from the second search on.';

await runBench(
  {
    name: 'cold',
    summary:
      'Wall time of one search from the command line in a new process, against a Node that does nothing.',
    options: {
      ...shared,
      rounds: { value: 'N', default: '15', help: 'rounds; each runs every variant once' },
      workers: { value: 'N', default: '2', help: 'indexing threads' },
    },
  },
  async options => {
    const root = options.directory('tree');
    const rounds = options.whole('rounds');
    const workers = options.whole('workers');
    build(options.has('no-build'));
    say('reading the tree');
    const tree = sizeOf(root, await sourceFiles(root));
    const indexFile = join(scratchDirectory(), 'index.quarry');
    say('indexing');
    const indexed = await runChild<IndexOutcome>('index-child.ts', {
      tree: root,
      indexFile,
      workers,
    } satisfies IndexInput);

    const questions = commonQueries.filter(query => query.includes(' '));
    const quarry = (query: string, ...more: string[]) => [
      commandLine,
      query,
      root,
      '--index',
      indexFile,
      ...more,
    ];
    const variants: ReadonlyArray<{ name: string; args: (query: string) => string[] }> = [
      { name: 'node -e 0', args: () => ['-e', '0'] },
      { name: 'quarry "…"', args: query => quarry(query) },
      { name: 'quarry "…" --no-update', args: query => quarry(query, '--no-update') },
      { name: 'quarry "…" --json', args: query => quarry(query, '--json') },
    ];
    const times = variants.map((): number[] => []);
    for (let round = -2; round < rounds; round++) {
      const query = questions[(round + questions.length) % questions.length]!;
      variants.forEach(({ name, args }, i) => {
        const from = performance.now();
        const run = spawnSync(process.execPath, args(query), { encoding: 'utf8' });
        const ms = performance.now() - from;
        if (run.status !== 0 && run.status !== 1)
          throw new BenchError(`${name} ended with ${run.status ?? run.signal}\n${run.stderr}`);
        if (round >= 0) times[i]!.push(ms);
      });
    }

    const rows = variants.map(({ name }, i) => {
      const list = times[i]!;
      return { name, p50: median(list), p95: quantile(list, 0.95), max: Math.max(...list), runs: list };
    });
    const [node, search] = rows as [(typeof rows)[0], (typeof rows)[0]];
    writeResults(
      {
        name: 'cold',
        title: 'One search in a new process',
        method: `${method} ${rounds} rounds after 2.`,
        tree,
        targets: [
          {
            what: `quarry "…" at ${number(indexed.units)} units, p50`,
            value: search.p50,
            unit: 'ms',
            atMost: 350,
          },
        ],
        data: { rounds, units: indexed.units, variants: rows },
        body: table(
          ['', 'p50', 'p95', 'max', 'above Node alone'],
          rows.map(row => [
            `\`${row.name}\``,
            ...[row.p50, row.p95, row.max].map(milliseconds),
            row === node ? '' : milliseconds(row.p50 - node.p50),
          ]),
        ),
      },
      options,
    );
  },
);
