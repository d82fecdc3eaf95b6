import { Random } from '../src/core/random.ts';
import { quantile } from '../src/evaluation/statistics.ts';
import {
  architectureById,
  encodeTower,
  initialWeights,
  type ModelShape,
  type Prepared,
  padded,
  tokenInputs,
} from '../src/models/index.ts';
import { cpuBackend, Graph, type Node, TrainingStep, type Weights } from '../src/tensor/index.ts';
import { lossOf } from '../src/training/dual/losses/registry.ts';
import { runBench, say, shared } from './lib/command.ts';
import { number, table } from './lib/format.ts';
import { writeResults } from './lib/results.ts';

const method =
  "Batches of random token ids, which a step cannot tell from real ones; queries of 24 tokens, units of 128. `kernels` is one run of the compiled graph, forward and backward, in onnxruntime, with the rows' gradients added up; `step` is what training does: padding a batch, dropout masks, that run, clipping and AdamW. Both in turn in one process, the first rounds only warm up; the ratio is that of the medians.";

/** Recipes by their encoder, and the batch that they train with. */
const cases = [
  { name: 'static', batch: 1024, sizes: {} },
  { name: 'transformer', batch: 64, sizes: { inner: 512 } },
] as const;

const vocabulary = 16_384;
const queryLength = 24;
const unitLength = 128;
const dropout = 0.1;

await runBench(
  {
    name: 'training',
    summary: 'Steps of training against the bare kernels: what the optimizer and the rest cost.',
    options: {
      out: shared.out,
      rounds: { value: 'N', default: '15', help: 'measured rounds' },
      warmup: { value: 'N', default: '4', help: 'rounds before those' },
      threads: { value: 'N', default: '2', help: 'threads of the kernels' },
    },
  },
  async options => {
    const [rounds, warmup] = [options.whole('rounds'), options.whole('warmup', 0)];
    const threads = options.whole('threads');
    const results: Array<{ name: string; batch: number; kernels: number; step: number; ratio: number }> = [];
    for (const { name, batch, sizes } of cases) {
      say(name);
      const measured = await measure(name, batch, sizes, { rounds, warmup, threads });
      results.push({ name, batch, ...measured });
    }
    writeResults(
      {
        name: 'training',
        title: 'Training: steps against bare kernels',
        method: `${method} ${rounds} rounds after ${warmup}, ${threads} threads.`,
        targets: results.map(({ name, ratio }) => ({
          what: `${name}: speed of a step as a share of the kernels'`,
          value: ratio,
          unit: '×',
          atLeast: 0.8,
        })),
        data: { rounds, warmup, threads, results },
        body: table(
          ['encoder', 'batch', 'kernels, pairs/s', 'steps, pairs/s', 'ratio'],
          results.map(one => [
            one.name,
            number(one.batch),
            number(Math.round((one.batch / one.kernels) * 1000)),
            number(Math.round((one.batch / one.step) * 1000)),
            one.ratio.toFixed(2),
          ]),
        ),
      },
      options,
    );
  },
);

async function measure(
  name: string,
  batch: number,
  sizes: Readonly<Record<string, number>>,
  { rounds, warmup, threads }: { rounds: number; warmup: number; threads: number },
): Promise<{ kernels: number; step: number; ratio: number }> {
  const architecture = architectureById(name);
  const shape: ModelShape = {
    architecture: name,
    vocabulary,
    dims: 256,
    towers: 'shared',
    preparation: architecture.preparation,
    sizes: { weighted: 0, ...architecture.sizes, ...sizes },
  };
  const weights: Weights = initialWeights(architecture, shape, 1);
  const build = (rate: number): Node => {
    const graph = new Graph();
    const query = tokenInputs(graph, batch, queryLength, 'query.');
    const unit = tokenInputs(graph, batch, unitLength, 'unit.');
    const pass = () => ({
      query: encodeTower(architecture, shape, 'query', query, rate),
      unit: encodeTower(architecture, shape, 'unit', unit, rate),
    });
    const { loss, spec } = lossOf({ kind: 'info-nce', symmetric: true });
    return loss.build({ ...pass(), again: pass }, spec);
  };
  // Without dropout, whose masks are fed from outside: the kernels have less to do, so the ratio is no better than it is.
  const kernels = await TrainingStep.compile(build(0), { threads });
  const backend = cpuBackend({ weights, build: () => build(dropout), threads, seed: 1 });
  const random = new Random(1);
  const text = (length: number): Prepared => ({
    ids: Int32Array.from({ length }, () => random.below(vocabulary)),
    fields: new Int32Array(length).fill(3),
    weights: new Float32Array(length).fill(1),
  });
  const texts = (length: number) => Array.from({ length: batch }, () => text(length));
  const times = { kernels: [] as number[], step: [] as number[] };
  const needed = new Set(['ids', 'fields', 'weights', ...(name === 'static' ? [] : ['places'])]);
  const feedsOf = (queries: readonly Prepared[], units: readonly Prepared[]) => {
    const sides = { query: padded(queries, batch, queryLength), unit: padded(units, batch, unitLength) };
    return Object.fromEntries(
      Object.entries(sides).flatMap(([side, arrays]) =>
        Object.entries(arrays)
          .filter(([input]) => needed.has(input))
          .map(([input, data]) => [`${side}.${input}`, data as Int32Array | Float32Array]),
      ),
    );
  };
  for (let round = -warmup; round < rounds; round++) {
    const [queries, units] = [texts(queryLength), texts(unitLength)];
    const ready = feedsOf(queries, units);
    let from = performance.now();
    await kernels.run(ready, weights);
    if (round >= 0) times.kernels.push(performance.now() - from);
    from = performance.now();
    await backend.step('one', feedsOf(queries, units), 1e-4);
    if (round >= 0) times.step.push(performance.now() - from);
  }
  await kernels.close();
  await backend.close();
  const [bare, whole] = [quantile(times.kernels, 0.5), quantile(times.step, 0.5)];
  return { kernels: bare, step: whole, ratio: bare / whole };
}
