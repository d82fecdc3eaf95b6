import { Random } from '../../src/core/random.ts';
import { bm25f, candidateFiles, hybrid, weights } from '../../src/engine/settings/parameters.ts';
import { openEncoder } from '../../src/models/index.ts';
import { runBench, say } from '../lib/command.ts';
import { loadTasks } from './tasks.ts';

/** Foreign questions per repository. */
const foreignEach = 40;

/** What a search says of its first hit, and whether the question was meant for that repository. */
interface Asked {
  own: boolean;
  coverage: number;
  z: number;
}

await runBench(
  {
    name: 'tuning/confidence',
    summary:
      'How sure can a search be that nothing answers? Asks every repository its own questions and those of others, and\n' +
      'prints for thresholds of coverage and z-score how many of both would get "none". Development data only.',
    options: {
      data: { value: 'DIR', help: 'folder with repo-queries/ and cosqa/' },
      repos: { value: 'DIR', help: 'checkouts by name' },
      model: { value: 'DIR', help: 'the encoder' },
    },
  },
  async options => {
    const encoder = await openEncoder(options.directory('model'));
    const all = await loadTasks(options.directory('data'), options.directory('repos'), encoder, task =>
      say(task.name),
    );
    const tasks = all.filter(task => task.dataset === 'repo-queries');
    const random = new Random(1);
    const asked: Asked[] = [];
    for (const task of tasks) {
      const others = tasks.filter(other => other !== task).flatMap(other => other.queries);
      const foreign = random.shuffled(others).slice(0, foreignEach);
      for (const [own, queries] of [
        [true, task.queries],
        [false, foreign],
      ] as const) {
        const vectors = await encoder.encodeQueries(queries.map(query => query.text));
        for (const [i, { text }] of queries.entries()) {
          const vector = vectors.subarray(i * encoder.dims, (i + 1) * encoder.dims);
          const dense = { index: task.dense!.index, vector, parameters: hybrid, only: false };
          const settings = { limit: 1, perFile: 1, parameters: bm25f, weights, candidates: candidateFiles };
          const { coverage, z } = task.retriever.retrieve(text, { ...settings, dense });
          asked.push({ own, coverage, z: z ?? 0 });
        }
      }
    }
    const share = (own: boolean, is: (one: Asked) => boolean) => {
      const some = asked.filter(one => one.own === own);
      return `${((some.filter(is).length / some.length) * 100).toFixed(1)} %`.padStart(7);
    };
    for (const quantile of [0.01, 0.05, 0.25, 0.5, 0.75, 0.95]) {
      const at = (own: boolean, of: (one: Asked) => number) => {
        const values = asked
          .filter(one => one.own === own)
          .map(of)
          .sort((a, b) => a - b);
        return values[Math.floor(quantile * values.length)]!.toFixed(2);
      };
      console.log(
        `quantile ${quantile}: own coverage ${at(true, a => a.coverage)} z ${at(true, a => a.z)}, ` +
          `foreign coverage ${at(false, a => a.coverage)} z ${at(false, a => a.z)}`,
      );
    }
    for (const coverage of [0.3, 0.4, 0.5, 0.6, 0.7])
      for (const z of [2.5, 3, 3.5, 4, 4.5, 5]) {
        const isNone = (one: Asked) => one.coverage < coverage && one.z < z;
        console.log(
          `none below coverage ${coverage} and z ${z}: own ${share(true, isNone)}, foreign ${share(false, isNone)}`,
        );
      }
  },
);
