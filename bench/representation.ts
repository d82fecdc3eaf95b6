import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { UnitText } from '../src/core/encoder.ts';
import { datasetLoader } from '../src/evaluation/datasets/registry.ts';
import { splitDataset } from '../src/evaluation/experiment.ts';
import { measureRepresentation, type RepresentationReport } from '../src/evaluation/representation.ts';
import { CandidateUnits } from '../src/experiments/candidate-units.ts';
import { datasetHost } from '../src/experiments/host.ts';
import { openEncoder } from '../src/models/index.ts';
import { BenchError, runBench, say } from './lib/command.ts';
import { score, table } from './lib/format.ts';

interface Pair {
  query: string;
  unit: UnitText;
}

await runBench(
  {
    name: 'representation',
    summary:
      'How encoders fill their space: similarity of queries with their own code and with all others, alignment and\n' +
      'uniformity (Wang & Isola 2020), on pairs of a data set. What Chen 2025 compares losses by in Table 4.',
    options: {
      models: { value: 'A,B', help: 'directories of models, e.g. runs/static,runs/static-euclidean' },
      dataset: { value: 'NAME', default: 'corpus:corpus', help: 'a data set as quarry eval names it' },
      split: { value: 'NAME', help: 'default: that of the data set' },
      data: { value: 'DIR', help: 'folder with one folder per data set' },
      pairs: { value: 'N', default: '1000', help: 'the first so many pairs; the time grows with the square' },
      save: { value: 'FILE', help: 'write the numbers as JSON' },
    },
  },
  async options => {
    const models = (options.text('models') ?? '').split(',').filter(name => name !== '');
    if (models.length === 0) throw new BenchError('--models A,B is needed');
    const data = options.text('data') === undefined ? undefined : options.directory('data');
    const pairs = await readPairs(
      options.text('dataset')!,
      options.text('split'),
      data,
      options.whole('pairs', 2),
    );
    say(`${pairs.length} pairs`);
    const reports: Array<RepresentationReport & { model: string }> = [];
    for (const model of models) {
      const encoder = await openEncoder(resolve(model));
      try {
        const queries = await encoder.encodeQueries(pairs.map(({ query }) => query));
        const codes = await encoder.encodeUnits(pairs.map(({ unit }) => unit));
        reports.push({ model, ...measureRepresentation({ queries, codes, dims: encoder.dims }) });
      } finally {
        await encoder.close();
      }
    }
    const head = ['model', 'positive', 'negative', 'separation', 'alignment', 'uniformity'];
    const rows = reports.map(report => [
      report.model,
      score(report.meanPositive),
      score(report.meanNegative),
      report.separation.toFixed(2),
      score(report.alignment),
      report.uniformity.toFixed(2),
    ]);
    process.stdout.write(table(head, rows));
    const file = options.text('save');
    if (file !== undefined) writeFileSync(file, `${JSON.stringify(reports, null, 1)}\n`);
  },
);

/** Queries with the first code that answers each; a code belongs to one query only, for it is a negative of all others. */
async function readPairs(
  name: string,
  split: string | undefined,
  data: string | undefined,
  most: number,
): Promise<Pair[]> {
  const { id, path } = splitDataset(name);
  const dataset = await datasetLoader(id).open({
    data,
    host: datasetHost,
    ...(path === undefined ? {} : { path: resolve(path) }),
    ...(split === undefined ? {} : { split }),
  });
  if (dataset.task !== 'retrieval') throw new BenchError(`${id} is classification: it has no pairs`);
  const pairs: Pair[] = [];
  for await (const collection of dataset.collections()) {
    const units = await CandidateUnits.create('outline', false);
    const asked = new Map<string, string>();
    for (const { text, judgments } of collection.queries) {
      const code = Object.entries(judgments).find(([, grade]) => grade > 0)?.[0];
      if (code !== undefined && !asked.has(code)) asked.set(code, text);
    }
    for await (const candidate of collection.candidates()) {
      const query = asked.get(candidate.id);
      if (query === undefined || pairs.length >= most) continue;
      pairs.push({ query, unit: (await units.of(candidate))[0]!.text });
    }
    units.dispose();
    if (pairs.length >= most) break;
  }
  return pairs;
}
