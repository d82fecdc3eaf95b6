import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../src/evaluation/statistics.ts';
import { openIndex } from '../src/library.ts';
import { runBench, say, shared } from './lib/command.ts';
import { milliseconds, number, table } from './lib/format.ts';
import { writeResults } from './lib/results.ts';
import { scratchDirectory } from './lib/scratch.ts';
import { sizeOf, sourceFiles } from './lib/tree.ts';

const method =
  'A new index with vectors, in one process; the cache of vectors is empty. While it is being built the same question is asked four times a second: the first answer is the first search that finds anything, with as many files as are in the index by then.';

await runBench(
  {
    name: 'first-answer',
    summary: 'How long a tree nobody has indexed keeps one waiting: for the first answer, and for all of it.',
    options: {
      ...shared,
      rounds: { value: 'N', default: '3', help: 'rounds; each builds a new index' },
      query: { value: 'TEXT', default: 'retry with backoff', help: 'what is asked' },
    },
  },
  async options => {
    const root = options.directory('tree');
    const query = options.text('query') ?? 'retry with backoff';
    say('reading the tree');
    const tree = sizeOf(root, await sourceFiles(root));
    const runs: Array<{ first: number; filesThen: number; all: number; units: number }> = [];
    for (let round = 0; round < options.whole('rounds'); round++) {
      say(`round ${round + 1}`);
      // The cache of vectors lies beside the index.
      using index = await openIndex(root, {
        indexFile: join(scratchDirectory(), `round-${round}`, 'index.quarry'),
      });
      const begun = performance.now();
      const run = { first: Number.NaN, filesThen: 0, all: 0, units: 0 };
      let isOver = false;
      const update = index.update().finally(() => {
        isOver = true;
      });
      while (!isOver && Number.isNaN(run.first)) {
        await sleep(250);
        const { hits } = await index.search(query);
        if (hits.length === 0) continue;
        run.first = performance.now() - begun;
        run.filesThen = (await index.status({ model: false })).files;
      }
      await update;
      run.all = performance.now() - begun;
      run.units = (await index.status({ model: false })).units;
      runs.push(run);
    }
    const of = (pick: (run: (typeof runs)[0]) => number) => median(runs.map(pick));
    writeResults(
      {
        name: 'first-answer',
        title: 'The first answer of a new index',
        method,
        tree,
        targets: [
          {
            what: `first answer, ${number(of(run => run.units))} units`,
            value: of(run => run.first),
            unit: 'ms',
            atMost: 60_000,
          },
        ],
        data: { query, runs },
        body: table(
          ['', 'median'],
          [
            ['first answer', milliseconds(of(run => run.first))],
            ['files by then', number(of(run => run.filesThen))],
            ['everything, with vectors', milliseconds(of(run => run.all))],
          ],
        ),
      },
      options,
    );
  },
);
