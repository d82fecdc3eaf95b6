// Two revisions in one run: search, indexing and a new process, in turn, as ratios.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { median, quantile } from '../src/evaluation/statistics.ts';
import { build, repository } from './lib/built.ts';
import { BenchError, type Options, runBench, say, shared } from './lib/command.ts';
import { megabytes, milliseconds, number, table } from './lib/format.ts';
import { commonQueries } from './lib/queries.ts';
import { writeResults } from './lib/results.ts';
import type { RevisionAnswer, RevisionCommand, RevisionSetup } from './lib/revision-child.ts';
import { scratchDirectory } from './lib/scratch.ts';
import { sizeOf, sourceFiles } from './lib/tree.ts';

const method =
  'This revision and the other one, each from its own built `dist/`, take turns; which one begins changes from round to round. Search: both have the index open that the other revision made, each in a process of its own, and answer the same query one after the other; a number is the median of five answers, after a round that does not count. Indexing: a new process and a new index each round. New process: `quarry "…" TREE` over an index that is up to date. Ratios are medians of the ratios of single rounds or queries, with the middle half beside them.';

/** A process with the library of one checkout. */
class RevisionProcess {
  private readonly child: ChildProcess;
  private readonly answers: AsyncIterator<string>;

  constructor(checkout: string, tree: string, indexFile: string, workers: number) {
    const script = fileURLToPath(new URL('lib/revision-child.ts', import.meta.url));
    this.child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.answers = createInterface({ input: this.child.stdout! })[Symbol.asyncIterator]();
    const library = join(checkout, 'dist/index.js');
    this.send({ library, tree, indexFile, workers } satisfies RevisionSetup);
  }

  async ask(command: RevisionCommand): Promise<RevisionAnswer> {
    this.send(command);
    const { value, done } = await this.answers.next();
    if (done) throw new BenchError(`the process ended with ${this.child.exitCode ?? this.child.signalCode}`);
    return JSON.parse(value) as RevisionAnswer;
  }

  end(): void {
    this.child.stdin!.end();
  }

  private send(message: unknown): void {
    this.child.stdin!.write(`${JSON.stringify(message)}\n`);
  }
}

/** What was measured once of both revisions: this one, and the other. */
interface Pair {
  ours: number;
  theirs: number;
}

interface Row {
  what: string;
  unit: 'ms' | 'bytes';
  pairs: Pair[];
}

await runBench(
  {
    name: 'revisions',
    summary: 'Two revisions in one run: search, indexing and a new process, in turn, as ratios.',
    options: {
      ...shared,
      against: { value: 'DIR', help: 'a built checkout of the other revision' },
      rounds: {
        value: 'N',
        default: '5',
        help: 'rounds of indexing; twice as many of searches, four times of new processes',
      },
      workers: { value: 'N', default: '2', help: 'indexing threads' },
    },
  },
  async options => {
    const root = options.directory('tree');
    const other = options.directory('against');
    if (!existsSync(join(other, 'dist/index.js'))) throw new BenchError('--against: build it first');
    build(options.has('no-build'));
    say('reading the tree');
    const tree = sizeOf(root, await sourceFiles(root));
    const checkouts = [repository, other] as const;
    const { rows, differing, units } = await measure(root, checkouts, options);
    const ratios = rows.map(({ pairs }) => pairs.map(({ ours, theirs }) => ours / theirs));
    writeResults(
      {
        name: 'revisions',
        title: `This revision against ${describe(other)}`,
        method,
        tree,
        targets: [],
        data: { against: describe(other), units, differing, rows },
        body: [
          table(
            ['', 'this', 'other', 'ratio', 'middle half'],
            rows.map(({ what, unit, pairs }, i) => {
              const show = unit === 'ms' ? milliseconds : megabytes;
              const list = ratios[i]!;
              return [
                what,
                show(median(pairs.map(pair => pair.ours))),
                show(median(pairs.map(pair => pair.theirs))),
                number(median(list)),
                `${number(quantile(list, 0.25))} … ${number(quantile(list, 0.75))}`,
              ];
            }),
          ),
          `\n${number(units)} units. Queries with different hits or scores: ${differing}.\n`,
        ].join(''),
      },
      options,
    );
  },
);

async function measure(
  tree: string,
  checkouts: readonly [string, string],
  options: Options,
): Promise<{ rows: Row[]; differing: number; units: number }> {
  const rounds = options.whole('rounds');
  const workers = options.whole('workers');
  // A directory of its own for each index: beside it lies the cache of its vectors.
  let files: string[] = [];
  const indexing: Row = { what: 'indexing, vectors included', unit: 'ms', pairs: [] };
  const memory: Row = { what: 'memory of indexing at its peak', unit: 'bytes', pairs: [] };
  let units = 0;
  for (let round = 0; round < rounds; round++) {
    say(`indexing, round ${round + 1} of ${rounds}`);
    files = checkouts.map(() => join(scratchDirectory(), 'index.quarry'));
    const answers = await inTurn(round, async side => {
      const process = new RevisionProcess(checkouts[side], tree, files[side]!, workers);
      const answer = await process.ask({ do: 'index' });
      process.end();
      return answer;
    });
    units = answers[0].units;
    indexing.pairs.push({ ours: answers[0].ms, theirs: answers[1].ms });
    memory.pairs.push({ ours: answers[0].peakBytes, theirs: answers[1].peakBytes });
  }
  const searches = await measureSearches(tree, checkouts, files[1]!, rounds * 2);
  const started = await measureStarts(tree, checkouts, files, rounds * 4);
  return { rows: [...searches.rows, ...started, indexing, memory], differing: searches.differing, units };
}

async function measureSearches(
  tree: string,
  checkouts: readonly [string, string],
  file: string,
  rounds: number,
): Promise<{ rows: Row[]; differing: number }> {
  const processes = checkouts.map(checkout => new RevisionProcess(checkout, tree, file, 1));
  const rows: Row[] = [];
  let differing = 0;
  for (const mode of ['hybrid', 'lexical'] as const) {
    const row: Row = { what: `search in an open process, ${mode}`, unit: 'ms', pairs: [] };
    for (let round = -1; round < rounds; round++) {
      say(`searching ${mode}, round ${round + 1} of ${rounds}`);
      for (const [i, query] of commonQueries.entries()) {
        const [ours, theirs] = await inTurn(round + i, side =>
          processes[side]!.ask({ do: 'search', query, mode, times: 5 }),
        );
        if (round >= 0) row.pairs.push({ ours: ours.ms, theirs: theirs.ms });
        else if (ours.hits.join('\n') !== theirs.hits.join('\n')) differing++;
      }
    }
    rows.push(row);
  }
  for (const process of processes) process.end();
  return { rows, differing };
}

async function measureStarts(
  tree: string,
  checkouts: readonly [string, string],
  files: readonly string[],
  rounds: number,
): Promise<Row[]> {
  const variants = [
    { what: 'new process', flags: [] },
    { what: 'new process, by words', flags: ['--mode', 'lexical'] },
    { what: 'new process, without the look for changes', flags: ['--no-update'] },
  ];
  const rows: Row[] = variants.map(({ what }) => ({ what, unit: 'ms', pairs: [] }));
  const questions = commonQueries.filter(query => query.includes(' '));
  say('starting new processes');
  for (let round = -2; round < rounds; round++) {
    const query = questions[(round + questions.length) % questions.length]!;
    for (const [i, { flags }] of variants.entries()) {
      const [ours, theirs] = await inTurn(round + i, async side => {
        const command = [
          join(checkouts[side], 'dist/cli/main.js'),
          query,
          tree,
          '--index',
          files[side]!,
          ...flags,
        ];
        const from = performance.now();
        const { status, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
        if (status !== 0 && status !== 1) throw new BenchError(`quarry ended with ${status}\n${stderr}`);
        return performance.now() - from;
      });
      if (round >= 0) rows[i]!.pairs.push({ ours, theirs });
    }
  }
  return rows;
}

/** Both sides one after the other; which one begins changes with the round. */
async function inTurn<T>(round: number, work: (side: 0 | 1) => Promise<T>): Promise<[T, T]> {
  if (round % 2 === 0) {
    const ours = await work(0);
    return [ours, await work(1)];
  }
  const theirs = await work(1);
  return [await work(0), theirs];
}

function describe(checkout: string): string {
  const head = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: checkout, encoding: 'utf8' });
  return head.status === 0 ? `revision ${head.stdout.trim()}` : 'another revision';
}
