import { setImmediate } from 'node:timers/promises';
import { mean, median, quantile, Random } from '../src/evaluation/statistics.ts';
import { modelPlaces, resolveModel } from '../src/models/library/locate.ts';
import { openEncoder } from '../src/models/open.ts';
import { runBench, say, shared } from './lib/command.ts';
import { milliseconds, number, table } from './lib/format.ts';
import { commonQueries } from './lib/queries.ts';
import { writeResults } from './lib/results.ts';

const method =
  'One query at a time through each encoder, tokenizing included, on one native thread. Every round asks every query of every encoder once, in random order; the first rounds only warm up. The time of a query is the median of its rounds; encoders are compared with the first one by these, query by query: mean reduction and paired t-test, whose p comes from the normal distribution, as there are over fifty queries.';

await runBench(
  {
    name: 'query-encoding',
    summary: 'What it costs to encode a query: towers of different depth side by side (SPENCER, Table 5).',
    options: {
      out: shared.out,
      models: {
        value: 'A,B',
        default: 'transformer,static',
        help: 'models, runs or folders; the first is the baseline',
      },
      rounds: { value: 'N', default: '60', help: 'measured rounds' },
      warmup: { value: 'N', default: '10', help: 'rounds before those' },
    },
  },
  async options => {
    const places = modelPlaces(process.env);
    const names = options.text('models')!.split(',');
    const encoders = await Promise.all(
      names.map(async name => ({ name, encoder: await openEncoder(resolveModel(name, places)) })),
    );
    const random = new Random(1);
    const times = new Map(names.map(name => [name, new Map<string, number[]>()]));
    const jobs = encoders.flatMap(one => commonQueries.map(query => ({ ...one, query })));
    const [rounds, warmup] = [options.whole('rounds'), options.whole('warmup', 0)];
    for (let round = -warmup; round < rounds; round++) {
      for (const { name, encoder, query } of random.shuffled(jobs)) {
        const from = performance.now();
        await encoder.encodeQueries([query]);
        const ms = performance.now() - from;
        if (round < 0) continue;
        const own = times.get(name)!;
        const list = own.get(query);
        if (list) list.push(ms);
        else own.set(query, [ms]);
      }
      await setImmediate();
    }
    for (const { encoder } of encoders) await encoder.close();
    say(`${number(rounds)} rounds of ${number(commonQueries.length)} queries`);
    const medians = (name: string) => commonQueries.map(query => median(times.get(name)!.get(query)!));
    const baseline = medians(names[0]!);
    const rows = names.map(name => {
      const own = medians(name);
      const all = [...times.get(name)!.values()].flat();
      const reductions = own.map((ms, i) => 1 - ms / baseline[i]!);
      return {
        name,
        p50: quantile(all, 0.5),
        p95: quantile(all, 0.95),
        reduction: mean(reductions),
        ...pairedT(own, baseline),
      };
    });
    writeResults(
      {
        name: 'query-encoding',
        title: 'Encoding a query',
        method,
        targets: rows.slice(1).map(({ name, reduction }) => ({
          what: `time saved by ${name}`,
          value: reduction * 100,
          unit: '%',
          atLeast: 70,
        })),
        data: { rows },
        body: table(
          ['tower', 'p50', 'p95', `saved against ${names[0]}`, 't', 'p'],
          rows.map(({ name, p50, p95, reduction, t, p }, i) => [
            name,
            milliseconds(p50),
            milliseconds(p95),
            i === 0 ? '–' : `${number(reduction * 100)} %`,
            i === 0 ? '–' : number(t),
            i === 0 ? '–' : p < 0.001 ? '< .001' : p.toFixed(3),
          ]),
        ),
      },
      options,
    );
  },
);

/** Paired t-test of two lists of times. */
function pairedT(a: readonly number[], b: readonly number[]): { t: number; p: number } {
  const differences = a.map((value, i) => value - b[i]!);
  const middle = mean(differences);
  const variance = differences.reduce((sum, x) => sum + (x - middle) ** 2, 0) / (differences.length - 1);
  const t = variance > 0 ? middle / Math.sqrt(variance / differences.length) : 0;
  return { t, p: 2 * (1 - normalBelow(Math.abs(t))) };
}

/** Share of the standard normal distribution below z ≥ 0 (Abramowitz and Stegun 26.2.17). */
function normalBelow(z: number): number {
  const k = 1 / (1 + 0.2316419 * z);
  const tail =
    k * (0.31938153 + k * (-0.356563782 + k * (1.781477937 + k * (-1.821255978 + k * 1.330274429))));
  return 1 - (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * tail;
}
