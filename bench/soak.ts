import { appendFileSync, cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile, Random } from '../src/evaluation/statistics.ts';
import { build } from './lib/built.ts';
import { runBench, say, shared } from './lib/command.ts';
import { megabytes, milliseconds, number, table } from './lib/format.ts';
import { asWords, openLoop } from './lib/load.ts';
import { commonQueries, sampledQueries } from './lib/queries.ts';
import { writeResults } from './lib/results.ts';
import { scratchDirectory } from './lib/scratch.ts';
import { startServed } from './lib/served.ts';
import { sizeOf, sourceFiles } from './lib/tree.ts';

const method =
  'A copy of the tree is served by `quarry serve`, which follows its changes. From the start – while the first index is being built – requests come at a fixed rate (open loop, latency from the moment a request was due), and every few seconds some files are changed and some are made. Memory is that of the server; the index is updated by a process of its own, which ends after each update.';

interface Minute {
  minute: number;
  answers: number;
  p50: number;
  p99: number;
  memory: number;
  generation: number;
}

await runBench(
  {
    name: 'soak',
    summary: 'Minutes of searches while files change: memory, failures, latency.',
    options: {
      ...shared,
      minutes: { value: 'N', default: '10', help: 'how long' },
      rate: { value: 'N', default: '50', help: 'requests a second' },
      'change-every': { value: 'S', default: '5', help: 'seconds between two changes' },
      memory: { value: 'MB', default: '1024', help: 'ceiling of the server' },
      seed: { value: 'N', default: '1', help: 'of queries and changes' },
    },
  },
  async options => {
    const source = options.directory('tree');
    const minutes = options.whole('minutes');
    const rate = options.whole('rate');
    const everyMs = options.whole('change-every') * 1000;
    const ceiling = options.whole('memory');
    const seed = options.whole('seed', 0);
    build(options.has('no-build'));
    say('copying the tree');
    const scratch = scratchDirectory();
    const root = join(scratch, 'tree');
    cpSync(source, root, {
      recursive: true,
      filter: path => !/[/\\](?:\.git|node_modules)(?:[/\\]|$)/.test(path),
    });
    const files = await sourceFiles(root);
    const random = new Random(seed);
    const asked = [...commonQueries, ...(await sampledQueries(root, files, 2000, seed))];
    const queries = random.shuffled(asked.map(asWords).filter(text => text !== ''));
    const server = await startServed(root, join(scratch, 'index.quarry'), [
      '--concurrency',
      '1000',
      '--memory',
      String(ceiling),
    ]);
    let isOver = false;
    let changes = 0;
    const changing = (async () => {
      while (!isOver) {
        await sleep(everyMs);
        for (let i = 0; i < 5; i++) {
          const { path } = files[random.below(files.length)]!;
          appendFileSync(join(root, path), `\n// touched ${changes}\n`);
        }
        writeFileSync(join(root, `made-${changes}.ts`), `export function madeInSoak${changes}() {}\n`);
        changes++;
      }
    })();
    const timeline: Minute[] = [];
    const failures: Record<string, number> = {};
    let next = 0;
    for (let minute = 1; minute <= minutes; minute++) {
      const latencies: number[] = [];
      const step = await openLoop({
        url: `${server.url}/v1/search`,
        rate,
        seconds: 60,
        body: () => ({ query: queries[next++ % queries.length]! }),
        onAnswer: ms => latencies.push(ms),
      });
      for (const [what, count] of Object.entries(step.failures))
        failures[what] = (failures[what] ?? 0) + count;
      const generation = await server.metric('quarry_index_generation');
      const { p50, p99 } = step;
      timeline.push({ minute, answers: latencies.length, p50, p99, memory: server.memory().now, generation });
      say(`minute ${minute}: p50 ${milliseconds(p50)}, p99 ${milliseconds(p99)}, generation ${generation}`);
    }
    isOver = true;
    await changing;
    const { peak } = server.memory();
    const code = await server.stop();
    const failed = Object.values(failures).reduce((sum, count) => sum + count, 0);
    writeResults(
      {
        name: 'soak',
        title: 'Serving while files change',
        method: `${method} ${minutes} minutes, ${rate} requests/s, a change every ${everyMs / 1000} s, ceiling ${ceiling} MB, seed ${seed}.`,
        tree: sizeOf(root, files),
        targets: [
          { what: 'failed requests', value: failed, unit: '', atMost: 0 },
          { what: 'peak memory of the server', value: peak / 2 ** 20, unit: 'MiB', atMost: ceiling },
        ],
        data: { minutes, rate, changes, failures, timeline, peakBytes: peak, exitCode: code },
        body: [
          `${changes} changes, ${number(timeline.at(-1)?.generation ?? 0)} generations, ${failed} failed requests, exit code ${code}. Peak memory of the server ${megabytes(peak)}.\n`,
          table(
            ['minute', 'answers', 'p50', 'p99', 'memory', 'generation'],
            timeline.map(one => [
              one.minute,
              one.answers,
              milliseconds(one.p50),
              milliseconds(one.p99),
              megabytes(one.memory),
              one.generation,
            ]),
          ),
          `Median of the minutes: p50 ${milliseconds(medianOf(timeline.map(({ p50 }) => p50)))}, p99 ${milliseconds(medianOf(timeline.map(({ p99 }) => p99)))}.\n`,
        ].join('\n'),
      },
      options,
    );
  },
);

function medianOf(list: readonly number[]): number {
  return quantile(list, 0.5);
}
