import { copyFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { quantile, Random } from '../src/evaluation/statistics.ts';
import { build, builtLibrary } from './lib/built.ts';
import { runChild } from './lib/child.ts';
import { runBench, say, shared } from './lib/command.ts';
import { megabytes, milliseconds, number, table } from './lib/format.ts';
import type { IndexInput, IndexOutcome } from './lib/index-child.ts';
import { asWords, type LoadResult, openLoop } from './lib/load.ts';
import { commonQueries, sampledQueries } from './lib/queries.ts';
import { writeResults } from './lib/results.ts';
import { scratchDirectory } from './lib/scratch.ts';
import { startServed } from './lib/served.ts';
import { sizeOf, sourceFiles } from './lib/tree.ts';

const method =
  'Open loop: `quarry serve` runs in a process of its own; this process sends POST /v1/search at a fixed rate, whether or not earlier requests have been answered, and counts latency from the moment a request was due to the last byte of its answer (10 files, 3 places each, snippets of 8 lines). Queries: general programming questions, and names, names as words and first sentences of documentation sampled from the tree; operators in them are left out, and they come round so rarely that the server does not have them any more. The plain search is `index.search` of the library in this process, one after the other, with the same queries and options, before the load and after it.';

interface Plain {
  p50: number;
  p95: number;
  p99: number;
}

await runBench(
  {
    name: 'serve',
    summary: 'Latency and throughput of POST /v1/search by requests a second, up to saturation.',
    options: {
      ...shared,
      index: { value: 'FILE', help: 'use a copy of this index of the tree instead of making one' },
      rates: { value: 'A,B', default: '10,25,50,100,200,400', help: 'requests a second' },
      seconds: { value: 'N', default: '20', help: 'at each rate' },
      sampled: {
        value: 'N',
        default: '3000',
        help: 'queries sampled from the tree, besides the general ones',
      },
      seed: { value: 'N', default: '1', help: 'of sampling and shuffling' },
      workers: { value: 'N', default: '2', help: 'indexing threads' },
    },
  },
  async options => {
    const root = options.directory('tree');
    const seconds = options.whole('seconds');
    const rates = options.wholes('rates');
    const seed = options.whole('seed', 0);
    build(options.has('no-build'));
    say('reading the tree');
    const files = await sourceFiles(root);
    const sampled = await sampledQueries(root, files, options.whole('sampled', 0), seed);
    const words = [...commonQueries, ...sampled].map(asWords).filter(text => text !== '');
    const queries = new Random(seed).shuffled([...new Set(words)]);
    const indexFile = join(scratchDirectory(), 'index.quarry');
    const given = options.text('index');
    if (given === undefined) {
      say('indexing');
      const workers = options.whole('workers');
      await runChild<IndexOutcome>('index-child.ts', { tree: root, indexFile, workers } satisfies IndexInput);
    } else copyFileSync(resolve(given), indexFile);

    const { openIndex } = await builtLibrary();
    const index = await openIndex(root, { indexFile, create: false });
    const { units } = await index.status();
    let next = 0;
    const query = () => queries[next++ % queries.length]!;
    const plainly = async (rounds: number): Promise<Plain> => {
      const ms: number[] = [];
      for (let i = 0; i < rounds; i++) {
        const from = performance.now();
        await index.search(query(), { perFile: 3 });
        ms.push(performance.now() - from);
      }
      return { p50: quantile(ms, 0.5), p95: quantile(ms, 0.95), p99: quantile(ms, 0.99) };
    };
    await plainly(100);
    say('plain search');
    const before = await plainly(400);

    const server = await startServed(root, indexFile, [
      '--no-update',
      '--concurrency',
      '1000',
      '--deadline',
      '30000',
    ]);
    const url = `${server.url}/v1/search`;
    const body = () => ({ query: query() });
    await openLoop({ url, rate: 20, seconds: 5, body });
    const steps: LoadResult[] = [];
    for (const rate of rates) {
      say(`${rate} requests/s`);
      const step = await openLoop({ url, rate, seconds, body });
      steps.push(step);
      // Saturated: what is beyond says only how long the queue is.
      if (step.throughput < rate * 0.8) break;
    }
    const { peak } = server.memory();
    const lag = await server.metric('nodejs_eventloop_lag_p99_seconds');
    const code = await server.stop();
    say('plain search');
    const after = await plainly(400);
    index.close();

    const target = steps.find(step => step.rate === 50);
    const best = Math.max(...steps.map(step => step.throughput));
    const plainRow = (name: string, { p50, p95, p99 }: Plain) => [
      name,
      ...[p50, p95, p99].map(milliseconds),
      '–',
      '–',
      '–',
    ];
    writeResults(
      {
        name: 'serve',
        title: 'POST /v1/search under load',
        method: `${method} ${seconds} s at each rate, seed ${seed}, ${number(queries.length)} queries.`,
        tree: sizeOf(root, files),
        targets: target
          ? [
              { what: `p50 at 50/s, ${number(units)} units`, value: target.p50, unit: 'ms', atMost: 10 },
              { what: `p99 at 50/s, ${number(units)} units`, value: target.p99, unit: 'ms', atMost: 50 },
            ]
          : [],
        data: { seconds, seed, units, plain: { before, after }, steps, peakBytes: peak, exitCode: code },
        body: [
          `${number(units)} units. Most answers a second: ${number(best)}. Peak memory of the server: ${megabytes(peak)}. Lag of its event loop, p99 of the last step: ${milliseconds(lag * 1000)}.\n`,
          table(
            ['', 'p50', 'p95', 'p99', 'max', 'answers/s', 'failed'],
            [
              plainRow('plain search before', before),
              ...steps.map(step => [
                `${step.rate}/s`,
                ...[step.p50, step.p95, step.p99, step.max].map(milliseconds),
                number(step.throughput),
                failuresOf(step),
              ]),
              plainRow('plain search after', after),
            ],
          ),
        ].join('\n'),
      },
      options,
    );
  },
);

function failuresOf({ failures }: LoadResult): string {
  const list = Object.entries(failures).map(([status, count]) => `${count} × ${status}`);
  return list.length === 0 ? '0' : list.join(', ');
}
