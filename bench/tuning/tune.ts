import { writeFileSync } from 'node:fs';
import { openEncoder } from '../../src/models/index.ts';
import { BenchError, runBench, say } from '../lib/command.ts';
import { score } from '../lib/format.ts';
import { byDataset, crossCheck, current, fitNumbers, objective, type Setting } from './fit.ts';
import { loadTasks } from './tasks.ts';

await runBench(
  {
    name: 'tuning/tune',
    summary:
      "Fits the ranking's numbers to development splits: the public repository queries and CoSQA dev, docstrings kept and\n" +
      'removed; every set counts the same. Then the sets are dealt into folds and each fold is scored with numbers fitted\n' +
      'to the others: the difference is what the fitting is worth elsewhere. Test splits are never read.',
    options: {
      data: { value: 'DIR', help: 'folder with repo-queries/ and cosqa/' },
      repos: { value: 'DIR', help: 'checkouts by name' },
      model: { value: 'DIR', help: 'fit hybrid search with this model; without it, search by words' },
      sets: { value: 'A,B', help: 'only these of repo-queries, cosqa, cosqa-nodoc' },
      folds: { value: 'N', default: '5', help: 'folds of the cross-check; 0 leaves it out' },
      passes: { value: 'N', default: '2', help: 'passes over all numbers' },
      only: { value: 'A,B', help: 'only these numbers, e.g. bm25f.k1,weights.path' },
      save: { value: 'FILE', help: 'write what was found as JSON' },
    },
  },
  async options => {
    const rounds = options.whole('passes');
    const names = options.text('only')?.split(',');
    const unknown = names?.find(name => current[name] === undefined);
    if (unknown !== undefined)
      throw new BenchError(
        `--only: no such number: ${unknown}; there are ${Object.keys(current).join(', ')}`,
      );
    const model = options.text('model');
    const encoder = model === undefined ? undefined : await openEncoder(model);
    const chosen = options.text('sets')?.split(',');
    const all = await loadTasks(options.directory('data'), options.directory('repos'), encoder, task =>
      say(`${task.name}: ${task.queries.length} queries, ${task.candidates} candidates`),
    );
    const tasks = all.filter(task => !chosen || chosen.includes(task.dataset));
    if (tasks.length === 0) throw new BenchError('--sets: none of repo-queries, cosqa, cosqa-nodoc');
    const whole = fitNumbers(tasks, rounds, names);
    report('current', current, tasks);
    report('fitted ', whole, tasks);
    for (const [name, value] of Object.entries(whole))
      if (value !== current[name]) console.log(`  ${name} ${current[name]} -> ${value}`);
    const folds = options.whole('folds', 0);
    const check =
      folds < 2
        ? undefined
        : crossCheck(tasks, { folds, rounds, ...(names ? { names } : {}) }, fold =>
            console.log(`fold: current ${score(fold.current)}, left out ${score(fold.leftOut)}`),
          );
    if (check) console.log(`all folds: current ${score(check.current)}, left out ${score(check.leftOut)}`);
    const file = options.text('save');
    if (file !== undefined) writeFileSync(file, `${JSON.stringify({ fitted: whole, check }, null, 1)}\n`);
  },
);

function report(name: string, setting: Setting, tasks: Parameters<typeof byDataset>[0]): void {
  const parts = Object.entries(byDataset(tasks, setting)).map(
    ([dataset, value]) => `${dataset} ${score(value)}`,
  );
  console.log(`${name} ${score(objective(tasks, setting))}: ${parts.join(', ')}`);
}
