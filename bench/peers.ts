import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { BenchError, runBench, say, shared } from './lib/command.ts';
import { score, table } from './lib/format.ts';
import { writeResults } from './lib/results.ts';
import { bootstrap, mean } from './lib/statistics.ts';
import { loadTasks, ndcg10, type RepositoryTask } from './quality/repository-queries.ts';

/** Installed by hand where the floor is wanted. */
const ripgrep = 'rg';

const method =
  'What a literal search is worth on the repository queries: `rg` for each word of a query of at least three letters, ignoring case; files are ranked by how many of the words they contain, then by the number of matching lines, then by path. NDCG@10 per file, mean over repositories, 95 % bootstrap interval over queries.';

await runBench(
  {
    name: 'peers',
    summary:
      'A literal search with ripgrep on the repository queries: the floor under the numbers of quality/report.',
    options: {
      data: { value: 'DIR', default: '../shared/data/repo-queries', help: 'the repository queries' },
      repos: { value: 'DIR', help: 'checkouts by name' },
      out: shared.out,
    },
  },
  async options => {
    if (spawnSync(ripgrep, ['--version']).status !== 0)
      throw new BenchError('rg is needed (Debian: apt-get install ripgrep)');
    const repos = options.directory('repos');
    const rows = loadTasks(options.directory('data')).map(task => {
      const scores = literal(task, join(repos, task.name, task.root ?? ''));
      say(`${task.name.padEnd(20)} ${score(mean(scores))}`);
      return { repository: task.name, scores };
    });
    const all = bootstrap(rows.map(row => row.scores));
    writeResults(
      {
        name: 'peers',
        title: 'A literal search on the repository queries',
        method,
        targets: [],
        data: { ripgrep: all, rows },
        body: table(
          ['', 'NDCG@10, file', '95 %'],
          [['ripgrep', score(all.mean), `${score(all.low)} … ${score(all.high)}`]],
        ),
      },
      options,
    );
  },
);

function literal(task: RepositoryTask, directory: string): number[] {
  const prefix = task.root ? `${task.root}/` : '';
  const known = new Map<string, Map<string, number>>();
  const countsOf = (word: string) => {
    let counts = known.get(word);
    if (!counts) known.set(word, (counts = matchingLines(word, directory)));
    return counts;
  };
  return task.queries.map(({ query, targets }) => {
    const words = new Set(query.toLowerCase().match(/[\p{L}\p{N}_]{3,}/gu) ?? []);
    const files = new Map<string, { words: number; lines: number }>();
    for (const word of words) {
      for (const [path, lines] of countsOf(word)) {
        const file = files.get(path);
        if (file) {
          file.words++;
          file.lines += lines;
        } else files.set(path, { words: 1, lines });
      }
    }
    const ranked = [...files].sort(
      ([a, x], [b, y]) => y.words - x.words || y.lines - x.lines || (a < b ? -1 : 1),
    );
    return ndcg10(
      ranked.map(([path]) => prefix + path),
      targets,
    );
  });
}

/** Lines that contain a word, by file. */
function matchingLines(word: string, directory: string): Map<string, number> {
  const args = [
    '--count',
    '--null',
    '--no-ignore',
    '--hidden',
    '--ignore-case',
    '--fixed-strings',
    '--',
    word,
    '.',
  ];
  const run = spawnSync(ripgrep, args, { cwd: directory, encoding: 'utf8', maxBuffer: 1 << 28 });
  // 1: nothing found; 2 with output: some file could not be read.
  if (run.error) throw run.error;
  return new Map(
    run.stdout
      .split('\n')
      .filter(line => line !== '')
      .map(line => {
        const [path, count] = line.split('\0') as [string, string];
        return [path.replace(/^\.\//, ''), Number(count)];
      }),
  );
}
