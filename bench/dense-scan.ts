import { setImmediate } from 'node:timers/promises';
import { Random } from '../src/core/random.ts';
import { quantile } from '../src/evaluation/statistics.ts';
import { strideOf, type VectorRows } from '../src/store/vectors/rows.ts';
import { PlainChunk, VectorTable } from '../src/store/vectors/table.ts';
import { TopRows } from '../src/store/vectors/top.ts';
import { runBench, say, shared } from './lib/command.ts';
import { megabytes, milliseconds, number, table } from './lib/format.ts';
import { writeResults } from './lib/results.ts';

const method =
  'Rows of random int8 numbers, which the scan cannot tell from vectors of code, in one process. A search is the scan of all rows plus the hundred best with mean and deviation; the hundred are also taken with a filter that keeps every tenth row. Ways are asked in turn, in every round with another query; the first rounds only warm up.';

await runBench(
  {
    name: 'dense-scan',
    summary: 'The exact scan of int8 vectors: WebAssembly SIMD against the plain loop.',
    options: {
      out: shared.out,
      rows: { value: 'N,N', default: '100000,1000000', help: 'how many rows' },
      dims: { value: 'N', default: '256', help: 'numbers per row' },
      rounds: { value: 'N', default: '60', help: 'measured rounds' },
      warmup: { value: 'N', default: '10', help: 'rounds before those' },
    },
  },
  async options => {
    const dims = options.whole('dims');
    const rounds = options.whole('rounds');
    const warmup = options.whole('warmup', 0);
    const results: Array<{ rows: number; way: string; p50: number; p95: number }> = [];
    let consumed = 0;
    for (const count of options.wholes('rows')) {
      say(`${number(count)} rows`);
      const random = new Random(count);
      const rows = randomRows(random, count, dims);
      const wasm = new VectorTable(rows);
      const plain = new PlainChunk(rows);
      const search = (query: Float32Array, accept?: (row: number) => boolean) => {
        const top = new TopRows(100);
        top.add(wasm.scan(query), wasm.counted, 0, accept);
        return top.best()[0]!.score + top.deviation;
      };
      const ways: Record<string, (query: Float32Array) => number> = {
        scan: query => wasm.scan(query)[0]!,
        search: query => search(query),
        'search with a filter': query => search(query, row => row % 10 === 0),
        'plain loop': query => {
          plain.scan(query);
          return plain.scores[0]!;
        },
      };
      const times = new Map(Object.keys(ways).map(way => [way, [] as number[]]));
      for (let round = -warmup; round < rounds; round++) {
        const query = Float32Array.from({ length: dims }, () => random.normal() / Math.sqrt(dims));
        for (const [way, run] of Object.entries(ways)) {
          // The plain loop is slow and steady: a third of the rounds tells as much.
          if (way === 'plain loop' && round % 3 !== 0) continue;
          const from = performance.now();
          consumed += run(query);
          if (round >= 0) times.get(way)!.push(performance.now() - from);
        }
        await setImmediate();
      }
      for (const [way, list] of times)
        results.push({ rows: count, way, p50: quantile(list, 0.5), p95: quantile(list, 0.95) });
    }
    const target = results.find(one => one.rows === 100_000 && one.way === 'search');
    writeResults(
      {
        name: 'dense-scan',
        title: 'Exact scan of int8 vectors',
        method: `${method} ${rounds} rounds after ${warmup}.`,
        targets: target
          ? [{ what: `p50 at 100,000 rows of ${dims}`, value: target.p50, unit: 'ms', atMost: 2 }]
          : [],
        data: { dims, rounds, warmup, results, consumed },
        body: table(
          ['rows', 'size', '', 'p50', 'p95'],
          results.map(one => [
            number(one.rows),
            megabytes(one.rows * (strideOf(dims) + 4)),
            one.way,
            milliseconds(one.p50),
            milliseconds(one.p95),
          ]),
        ),
      },
      options,
    );
  },
);

function randomRows(random: Random, count: number, dims: number): VectorRows {
  const stride = strideOf(dims);
  const data = new Int8Array(count * stride);
  for (let r = 0; r < count; r++)
    for (let i = 0; i < dims; i++) data[r * stride + i] = (random.bits() & 0xff) - 128 || 1;
  const scales = new Float32Array(count).fill(1 / 127 / Math.sqrt(dims));
  return { count, dims, terms: 0, scales, data, termIds: new Uint16Array(0) };
}
