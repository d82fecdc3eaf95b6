import { writeFileSync } from 'node:fs';
import { runBench } from '../lib/command.ts';
import { score } from '../lib/format.ts';
import { crossCheck, current, fitNumbers, meanOver } from './fit.ts';
import { type Prepared, prepareRepositories } from './repositories.ts';

await runBench(
  {
    name: 'quality/tune',
    summary:
      'Coordinate search over the numbers of the ranking on the public repository queries, and a cross-check: the\n' +
      'repositories are dealt into folds, each fold is scored with numbers chosen on the others. The difference is\n' +
      'what fitting to single repositories is worth.',
    options: {
      data: { value: 'DIR', help: 'the repository queries' },
      repos: { value: 'DIR', help: 'checkouts by name' },
      folds: { value: 'N', default: '5', help: 'folds of the cross-check' },
      passes: { value: 'N', default: '2', help: 'passes over all numbers' },
      save: { value: 'FILE', help: 'write the numbers fitted to all repositories' },
    },
  },
  async options => {
    const prepared: Prepared[] = await Array.fromAsync(
      prepareRepositories(options.directory('data'), options.directory('repos')),
    );
    const rounds = options.whole('passes');
    const whole = fitNumbers(prepared, rounds);
    console.log(
      'fitted on all',
      score(meanOver(prepared, whole)),
      'current',
      score(meanOver(prepared, current)),
    );
    console.log(JSON.stringify(whole, null, 1));
    const file = options.text('save');
    if (file !== undefined) writeFileSync(file, JSON.stringify(whole, null, 1));
    const { leftOut } = crossCheck(prepared, { folds: options.whole('folds', 2), rounds }, fold =>
      console.log('fold', score(fold.leftOut), 'current', score(fold.current), fold.repositories.join(' ')),
    );
    console.log('left out', score(leftOut));
  },
);
