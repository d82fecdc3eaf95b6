import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { quantile, Random } from '../src/evaluation/statistics.ts';
import type { SearchOptions } from '../src/index.ts';
import { build, builtLibrary } from './lib/built.ts';
import { runChild } from './lib/child.ts';
import { runBench, say, shared } from './lib/command.ts';
import { megabytes, milliseconds, number, table } from './lib/format.ts';
import { Fts5 } from './lib/fts5.ts';
import type { IndexInput, IndexOutcome } from './lib/index-child.ts';
import { peakMemory } from './lib/machine.ts';
import { commonQueries, sampledQueries, wordCount } from './lib/queries.ts';
import { writeResults } from './lib/results.ts';
import { scratchDirectory } from './lib/scratch.ts';
import { sizeOf, sourceFiles } from './lib/tree.ts';

const method =
  'One process opens an index that another one has built and searches it through the library; time is taken around `search`, so analysis, ranking, the look at the files of the results and all garbage collection count. Queries: general programming questions and names, and names, names as words and first sentences of documentation sampled from the tree itself. Every round asks every query in every way once, in random order; the first rounds only warm up.';

/** Ways to ask. */
const ways: ReadonlyArray<{ name: string; options: SearchOptions }> = [
  { name: 'words and meaning, 10 files', options: {} },
  { name: 'by words', options: { mode: 'lexical' } },
  { name: 'by meaning', options: { mode: 'dense' } },
  { name: 'limit 100', options: { limit: 100 } },
  { name: 'perFile 3', options: { perFile: 3 } },
  { name: 'kinds function and method', options: { filter: { kinds: ['function', 'method'] } } },
  {
    name: 'roles without tests',
    options: { filter: { roles: ['source', 'docs', 'generated', 'vendored'] } },
  },
  { name: 'path glob **/*e*/**', options: { filter: { paths: ['**/*e*/**'] } } },
];

/** Queries by length: up to so many words. */
const lengths = [
  { name: '1 word', most: 1 },
  { name: '2–3 words', most: 3 },
  { name: '4–6 words', most: 6 },
  { name: '7 and more', most: Number.POSITIVE_INFINITY },
];

const lengthOf = (query: string) => lengths.find(({ most }) => wordCount(query) <= most)!.name;

await runBench(
  {
    name: 'search',
    summary: 'Search latency inside one process: by length of the query, with filters, with more results.',
    options: {
      ...shared,
      rounds: { value: 'N', default: '15', help: 'measured rounds' },
      warmup: { value: 'N', default: '3', help: 'rounds before those' },
      sampled: { value: 'N', default: '60', help: 'queries sampled from the tree, besides the general ones' },
      seed: { value: 'N', default: '1', help: 'of sampling and shuffling' },
      workers: { value: 'N', default: '2', help: 'indexing threads' },
      fts5: { help: "also ask SQLite's FTS5 over the same windows, in turn" },
    },
  },
  async options => {
    const root = options.directory('tree');
    const rounds = options.whole('rounds');
    const warmup = options.whole('warmup', 0);
    const seed = options.whole('seed', 0);
    const workers = options.whole('workers');
    const sampled = options.whole('sampled', 0);
    build(options.has('no-build'));
    say('reading the tree');
    const files = await sourceFiles(root);
    const queries = [...new Set([...commonQueries, ...(await sampledQueries(root, files, sampled, seed))])];
    const indexFile = join(scratchDirectory(), 'index.quarry');
    say('indexing');
    const indexed = await runChild<IndexOutcome>('index-child.ts', {
      tree: root,
      indexFile,
      workers,
    } satisfies IndexInput);

    const { openIndex } = await builtLibrary();
    const begun = performance.now();
    const index = await openIndex(root, { indexFile, create: false });
    await index.search('first');
    const firstMs = performance.now() - begun;
    if (options.has('fts5')) say('filling FTS5');
    const fts5 = options.has('fts5') ? await Fts5.over(root, files) : undefined;

    const times = new Map<string, Array<{ query: string; ms: number }>>();
    const random = new Random(seed);
    const asks = ways.map(({ name, options: how }) => ({
      name,
      ask: (query: string) => index.search(query, how),
    }));
    const all = [
      ...asks,
      ...(fts5 ? [{ name: 'FTS5', ask: async (query: string) => fts5.search(query) }] : []),
    ];
    const jobs = queries.flatMap(query => all.map(way => ({ query, ...way })));
    for (let round = -warmup; round < rounds; round++) {
      for (const { name, query, ask } of random.shuffled(jobs)) {
        const from = performance.now();
        await ask(query);
        const ms = performance.now() - from;
        if (round < 0) continue;
        const list = times.get(name);
        if (list) list.push({ query, ms });
        else times.set(name, [{ query, ms }]);
      }
      // Signals and garbage collection get their turn outside of what is timed.
      await setImmediate();
      if (round >= 0) say(`round ${round + 1} of ${rounds}`);
    }
    const memory = peakMemory();
    index.close();
    fts5?.close();

    const plain = times.get(ways[0]!.name)!;
    const summary = (name: string, list: ReadonlyArray<{ query: string; ms: number }>) => {
      const ms = list.map(one => one.ms);
      const asked = new Set(list.map(one => one.query)).size;
      return {
        name,
        queries: asked,
        p50: quantile(ms, 0.5),
        p95: quantile(ms, 0.95),
        p99: quantile(ms, 0.99),
        max: Math.max(...ms),
      };
    };
    const byWay = [...times].map(([name, list]) => summary(name, list));
    const words = byWay.find(way => way.name === 'by words')!;
    const units = number(indexed.units);
    const byLength = [...Map.groupBy(plain, ({ query }) => lengthOf(query))].map(([name, list]) =>
      summary(name, list),
    );
    byLength.sort(
      (a, b) => lengths.findIndex(l => l.name === a.name) - lengths.findIndex(l => l.name === b.name),
    );
    const slowest = [...Map.groupBy(plain, one => one.query)]
      .map(([query, list]) => ({
        query,
        p50: quantile(
          list.map(one => one.ms),
          0.5,
        ),
      }))
      .sort((a, b) => b.p50 - a.p50);
    const head = ['', 'queries', 'p50', 'p95', 'p99', 'max'];
    const row = (s: ReturnType<typeof summary>) => [
      s.name,
      s.queries,
      ...[s.p50, s.p95, s.p99, s.max].map(milliseconds),
    ];
    const whole = summary('', plain);
    writeResults(
      {
        name: 'search',
        title: 'Search latency in one process',
        method: `${method} ${rounds} rounds after ${warmup}, seed ${seed}.`,
        tree: sizeOf(root, files),
        targets: [
          { what: `words and meaning, p50 at ${units} units`, value: whole.p50, unit: 'ms', atMost: 6 },
          { what: `by words, p50 at ${units} units`, value: words.p50, unit: 'ms', atMost: 2 },
          { what: `by words, p95 at ${units} units`, value: words.p95, unit: 'ms', atMost: 5 },
        ],
        data: {
          rounds,
          warmup,
          seed,
          units: indexed.units,
          firstMs,
          peakBytes: memory,
          byWay,
          byLength,
          queries: slowest,
        },
        body: [
          `${number(indexed.units)} units, ${queries.length} queries. Opening the index and the first search: ${milliseconds(firstMs)}. Peak memory of the searching process: ${megabytes(memory)}${fts5 ? ', FTS5 with it' : ''}.\n`,
          '## By length of the query (plain)\n',
          table(head, byLength.map(row)),
          '## By way of asking\n',
          table(head, byWay.map(row)),
          ...(fts5
            ? [
                `FTS5: the ten best of ${number(fts5.rows)} windows by bm25, any of the words; no files, no signals, no definitions.\n`,
              ]
            : []),
          '## Slowest queries (plain, p50)\n',
          table(
            ['query', 'p50'],
            slowest.slice(0, 8).map(one => [one.query.replaceAll('|', '\\|'), milliseconds(one.p50)]),
          ),
        ].join('\n'),
      },
      options,
    );
  },
);
