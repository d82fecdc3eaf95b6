import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { RerankCandidate } from '../src/core/reranker.ts';
import { readUnits } from '../src/engine/indexing/read-units.ts';
import { quantile, Random } from '../src/evaluation/statistics.ts';
import type { SearchOptions } from '../src/index.ts';
import { openReranker } from '../src/models/cross/open.ts';
import { modelPlaces, resolveModel } from '../src/models/library/locate.ts';
import { openEncoder } from '../src/models/open.ts';
import { quantiseRows } from '../src/store/vectors/rows.ts';
import { VectorTable } from '../src/store/vectors/table.ts';
import { TopRows } from '../src/store/vectors/top.ts';
import { build, builtLibrary } from './lib/built.ts';
import { runChild } from './lib/child.ts';
import { runBench, say, shared } from './lib/command.ts';
import { megabytes, milliseconds, number, table } from './lib/format.ts';
import type { IndexInput, IndexOutcome } from './lib/index-child.ts';
import { peakMemory } from './lib/machine.ts';
import { commonQueries, sampledQueries } from './lib/queries.ts';
import { type Target, writeResults } from './lib/results.ts';
import { scratchDirectory } from './lib/scratch.ts';
import { sizeOf, sourceFiles } from './lib/tree.ts';

const method =
  'First, whole searches through the library, as in the benchmark `search`, with so many of the first files put in order by the cross-encoder in its worker thread; the part of re-ranking is what the search itself reports. Then R2PS Table V on units of the same tree: the dual encoder alone (query encoded, all vectors compared, the hundred best kept), the cascade (the same, and the best k read with the query) and the cross-encoder over everything. Ways are asked in turn in every round; the cross-encoder over everything is asked once for each size.';

const cascadeDepths = [10, 20];

await runBench(
  {
    name: 'reranking',
    summary:
      'What re-ranking costs: by number of candidates, and against a dual encoder and a cross-encoder alone.',
    options: {
      ...shared,
      reranker: { value: 'NAME', default: 'reranker', help: 'the cross-encoder' },
      model: { value: 'NAME', default: 'static', help: 'the dual encoder' },
      top: { value: 'N,N', default: '5,10,20,50', help: 'files to put in order' },
      sizes: { value: 'N,N', default: '1000,10000,100000', help: 'units of the second part' },
      rounds: { value: 'N', default: '8', help: 'measured rounds' },
      warmup: { value: 'N', default: '2', help: 'rounds before those' },
      sampled: { value: 'N', default: '30', help: 'queries sampled from the tree, besides the general ones' },
    },
  },
  async options => {
    const root = options.directory('tree');
    const [rounds, warmup] = [options.whole('rounds'), options.whole('warmup', 0)];
    build(options.has('no-build'));
    say('reading the tree');
    const files = await sourceFiles(root);
    const sampled = await sampledQueries(root, files, options.whole('sampled', 0), 1);
    const queries = [...new Set([...commonQueries, ...sampled])];
    const places = modelPlaces(process.env);
    const [reranker, model] = [options.text('reranker')!, options.text('model')!].map(name =>
      resolveModel(name, places),
    ) as [string, string];
    const whole = await wholeSearches({
      root,
      reranker,
      model,
      queries,
      rounds,
      warmup,
      top: options.wholes('top'),
    });
    const parts = await tableFive({ root, reranker, model, queries, sizes: options.wholes('sizes') });
    const twenty = whole.ways.find(({ top }) => top === 20);
    const targets: Target[] = twenty
      ? [
          { what: 're-ranking 20 candidates, p50', value: twenty.rerankP50, unit: 'ms', atMost: 40 },
          {
            what: `whole search at ${number(whole.units)} units, 20 re-ranked, p50`,
            value: twenty.p50,
            unit: 'ms',
            atMost: 60,
          },
        ]
      : [];
    writeResults(
      {
        name: 'reranking',
        title: 'Re-ranking by a cross-encoder',
        method,
        tree: sizeOf(root, files),
        targets,
        data: { whole, parts },
        body: [
          `## Whole searches, ${number(whole.units)} units\n`,
          table(
            ['files re-ranked', 'p50', 'p95', 'of it re-ranking, p50', 'p95'],
            whole.ways.map(({ top, p50, p95, rerankP50, rerankP95 }) => [
              top === 0 ? 'none' : top,
              milliseconds(p50),
              milliseconds(p95),
              top === 0 ? '–' : milliseconds(rerankP50),
              top === 0 ? '–' : milliseconds(rerankP95),
            ]),
          ),
          '## Dual encoder, cascade, cross-encoder over everything\n',
          table(
            ['units', 'way', 'p50', 'memory of vectors', 'most memory of the process so far'],
            parts.map(({ units, way, p50, bytes, peak }) => [
              number(units),
              way,
              milliseconds(p50),
              megabytes(bytes),
              megabytes(peak),
            ]),
          ),
        ].join('\n'),
      },
      options,
    );
  },
);

interface Part {
  root: string;
  reranker: string;
  model: string;
  queries: readonly string[];
}

async function wholeSearches({
  root,
  reranker,
  model,
  queries,
  rounds,
  warmup,
  top,
}: Part & { rounds: number; warmup: number; top: readonly number[] }): Promise<{
  units: number;
  ways: Array<{ top: number; p50: number; p95: number; rerankP50: number; rerankP95: number }>;
}> {
  const indexFile = join(scratchDirectory(), 'index.quarry');
  say('indexing');
  const indexed = await runChild<IndexOutcome>('index-child.ts', {
    tree: root,
    indexFile,
    workers: 2,
  } satisfies IndexInput);
  const { openIndex } = await builtLibrary();
  const index = await openIndex(root, { indexFile, create: false, model, reranker });
  const ways = [0, ...top];
  const times = new Map(ways.map(way => [way, [] as Array<{ ms: number; rerank: number }>]));
  const random = new Random(1);
  const jobs = queries.flatMap(query => ways.map(way => ({ query, way })));
  for (let round = -warmup; round < rounds; round++) {
    for (const { query, way } of random.shuffled(jobs)) {
      const how: SearchOptions = way === 0 ? { rerank: false } : { rerank: way, rerankBudgetMs: 60_000 };
      const from = performance.now();
      const { rerank } = await index.search(query, how);
      const ms = performance.now() - from;
      // A query that finds one file has nothing to put in order.
      if (round >= 0 && (way === 0 || rerank?.used))
        times.get(way)!.push({ ms, rerank: rerank?.tookMs ?? 0 });
    }
    await setImmediate();
    if (round >= 0) say(`round ${round + 1} of ${rounds}`);
  }
  index.close();
  return {
    units: indexed.units,
    ways: ways.map(way => {
      const list = times.get(way)!;
      const of = (pick: (one: (typeof list)[number]) => number, q: number) => quantile(list.map(pick), q);
      return {
        top: way,
        p50: of(({ ms }) => ms, 0.5),
        p95: of(({ ms }) => ms, 0.95),
        rerankP50: of(({ rerank }) => rerank, 0.5),
        rerankP95: of(({ rerank }) => rerank, 0.95),
      };
    }),
  };
}

async function tableFive({
  root,
  reranker: rerankerFolder,
  model,
  queries,
  sizes,
}: Part & { sizes: readonly number[] }): Promise<
  Array<{ units: number; way: string; p50: number; bytes: number; peak: number }>
> {
  say('reading units');
  const units: RerankCandidate[] = [];
  for await (const file of readUnits(root, undefined)) {
    for (const { qualifiedName, doc, code, language } of file.units)
      units.push({ name: qualifiedName, doc, code: code.slice(0, 4000), language, path: file.path });
  }
  const shuffled = new Random(1).shuffled(units);
  const encoder = await openEncoder(model);
  const reranker = await openReranker(rerankerFolder, 2);
  const results = [];
  for (const size of sizes) {
    const some = shuffled.slice(0, size);
    if (some.length < size) {
      say(`the tree has only ${number(some.length)} units: ${number(size)} are left out`);
      continue;
    }
    say(`${number(size)} units`);
    const vectors = new Float32Array(size * encoder.dims);
    for (let at = 0; at < size; at += 512)
      vectors.set(await encoder.encodeUnits(some.slice(at, at + 512)), at * encoder.dims);
    const rows = quantiseRows(vectors, encoder.dims);
    const vectorTable = new VectorTable(rows);
    const bytes = rows.data.byteLength + rows.scales.byteLength;
    const dual = async (query: string) => {
      const best = new TopRows(100);
      best.add(vectorTable.scan(await encoder.encodeQueries([query])), vectorTable.counted, 0, undefined);
      return best.best().sort((a, b) => b.score - a.score);
    };
    const ways: Array<{ way: string; ask: (query: string) => Promise<unknown>; times: number[] }> = [
      { way: 'dual encoder', ask: dual, times: [] },
      ...cascadeDepths.map(k => ({
        way: `cascade, k = ${k}`,
        ask: async (query: string) => {
          const found = await dual(query);
          return reranker.score(
            query,
            found.slice(0, k).map(({ row }) => some[row]!),
          );
        },
        times: [],
      })),
    ];
    for (const [i, query] of queries.entries()) {
      for (const { ask, times } of ways) {
        const from = performance.now();
        await ask(query);
        // The first ones warm up.
        if (i >= 3) times.push(performance.now() - from);
      }
    }
    const from = performance.now();
    await reranker.score(queries[0]!, some);
    const all = performance.now() - from;
    for (const { way, times } of ways)
      results.push({ units: size, way, p50: quantile(times, 0.5), bytes, peak: peakMemory() });
    results.push({
      units: size,
      way: 'cross-encoder over everything',
      p50: all,
      bytes: 0,
      peak: peakMemory(),
    });
  }
  await encoder.close();
  await reranker.close();
  return results;
}
