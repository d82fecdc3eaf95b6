import { spawnSync } from 'node:child_process';
import { appendFileSync, lstatSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { median, quantile } from '../src/evaluation/statistics.ts';
import type { CodeIndex, UpdateReport } from '../src/index.ts';
import { build, builtIngest, builtLibrary } from './lib/built.ts';
import { BenchError, runBench, say, shared } from './lib/command.ts';
import { milliseconds, number, table } from './lib/format.ts';
import { writeResults } from './lib/results.ts';
import { scratchDirectory } from './lib/scratch.ts';
import { comment, type MadeFile, makeTree } from './lib/small-files.ts';
import { sizeOf, sourceFiles } from './lib/tree.ts';

const method =
  'The tree is made of copies of small files of the named one, each with a comment of its own so that none is the same as another. One process keeps the index open; every round runs a bare loop of readdir and lstat over the tree, `walkTree` (the same with all ignore rules) and an update with nothing changed three times each, in turn, then one update after each kind of change. "Extra" is the time over the median unchanged update of the same round. Medians over the rounds.';

/** Between a change and the update, so that time stamps can be trusted and nothing is read twice. */
const settleMs = 120;

interface Step {
  name: string;
  ms: number[];
  extra: number[];
  /** What the update of the last round did. */
  report?: UpdateReport;
}

await runBench(
  {
    name: 'update',
    summary: 'Updating an index: nothing changed, one file changed, a directory renamed, a branch switched.',
    options: {
      ...shared,
      files: { value: 'N', default: '10000', help: 'files of the tree that is made' },
      branch: { value: 'N', default: '50', help: 'files in which the two branches differ' },
      rounds: { value: 'N', default: '9', help: 'rounds' },
      workers: { value: 'N', default: '2', help: 'indexing threads' },
    },
  },
  async options => {
    const root = options.directory('tree');
    const rounds = options.whole('rounds');
    const workers = options.whole('workers');
    const count = options.whole('files');
    const differing = options.whole('branch');
    if (differing > count) throw new BenchError('--branch cannot be more than --files');
    build(options.has('no-build'));
    const { openIndex } = await builtLibrary();
    const { walkTree, gitUserFrom } = await builtIngest();
    const ignore = { user: gitUserFrom(process.env) };
    say('making the tree');
    const scratch = scratchDirectory();
    const tree = join(scratch, 'tree');
    const made = makeTree(root, await sourceFiles(root), count, tree);
    makeBranches(tree, made, differing);
    const size = {
      ...sizeOf(tree, await sourceFiles(tree)),
      name: `${count} files made of ${sizeOf(root, []).name}`,
    };
    await sleep(settleMs);
    say('indexing');
    const indexFile = join(scratch, 'index.quarry');
    const index = await openIndex(tree, { indexFile, workers });
    const first = await index.update();
    const folder = `${tree}/part-0`;

    const steps = new Map<string, Step>();
    const note = (name: string, ms: number, base: number, report?: UpdateReport) => {
      let step = steps.get(name);
      if (!step) steps.set(name, (step = { name, ms: [], extra: [] }));
      step.ms.push(ms);
      step.extra.push(ms - base);
      if (report) step.report = report;
    };
    for (let round = -1; round < rounds; round++) {
      // The first round warms up; its branch switch is the only one that has to parse.
      const warm = round < 0 ? ' (warm-up)' : '';
      await sleep(settleMs);
      const base: number[] = [];
      const unchanged = [
        async () => note(`readdir and lstat${warm}`, (await timed(async () => bareWalk(tree))).ms, 0),
        async () => note(`walkTree${warm}`, (await timed(() => walkTree(tree, { ignore }))).ms, 0),
        async () => {
          const { ms, report } = await updated(index);
          base.push(ms);
          note(`update, nothing changed${warm}`, ms, ms, report);
        },
      ];
      for (let turn = 0; turn < 9; turn++) await unchanged[(turn + round + 1) % 3]!();
      const unchangedMs = median(base);
      const changes: Array<[string, () => void]> = [
        ['one file changed', () => change(tree, made[((round + 1) * 17) % made.length]!, `round ${round}`)],
        ['folder renamed', () => renameSync(folder, `${tree}/renamed`)],
        ['folder named back', () => renameSync(`${tree}/renamed`, folder)],
        // Forced: the changed file of this round goes back to what was committed.
        [`branch switched, ${differing} files differ`, () => git(tree, 'checkout', '-q', '-f', 'other')],
        ['branch switched back', () => git(tree, 'checkout', '-q', '-f', 'main')],
      ];
      for (const [name, act] of changes) {
        act();
        await sleep(settleMs);
        const { ms, report } = await updated(index);
        note(name + warm, ms, unchangedMs, report);
      }
      say(`round ${round + 1} of ${rounds}: nothing changed ${milliseconds(unchangedMs)}`);
    }
    const { segments, units } = await index.status();
    index.close();

    const of = (name: string) => steps.get(name)!;
    const ratio = (to: string) => median(of('update, nothing changed').ms.map((ms, i) => ms / of(to).ms[i]!));
    const shown = [...steps.values()].filter(step => !step.name.endsWith('(warm-up)'));
    const cold = [...steps.values()].filter(step => /^branch.*warm-up/.test(step.name)).slice(0, 1);
    writeResults(
      {
        name: 'update',
        title: 'Bringing an index up to date',
        method: `${method} ${rounds} rounds after one, ${workers} threads.`,
        tree: size,
        targets: [
          { what: 'nothing changed / walkTree', value: ratio('walkTree'), unit: '', atMost: 1.5 },
          {
            what: 'nothing changed / readdir and lstat',
            value: ratio('readdir and lstat'),
            unit: '',
            atMost: 1.5,
          },
          {
            what: 'extra for one changed file',
            value: median(of('one file changed').extra),
            unit: 'ms',
            atMost: 150,
          },
        ],
        data: { rounds, workers, units, firstMs: first.elapsedMs, steps: [...steps.values()] },
        body: [
          table(
            ['', 'p50', 'max', 'extra p50', 'files read', 'moved', 'removed'],
            [...shown, ...cold].map(({ name, ms, extra, report }) => [
              name,
              milliseconds(median(ms)),
              milliseconds(quantile(ms, 1)),
              report ? milliseconds(median(extra)) : '',
              ...(report ? [report.added + report.changed, report.moved, report.removed] : ['', '', '']),
            ]),
          ),
          `Indexing it at first took ${milliseconds(first.elapsedMs)}; ${number(units)} units, ${segments} segments at the end. The largest times include the merging of segments that is due after some updates. A branch switched to for the first time is parsed (the last row), later its files are known by content.\n`,
        ].join('\n'),
      },
      options,
    );
  },
);

async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; value: T }> {
  const from = performance.now();
  const value = await work();
  return { ms: performance.now() - from, value };
}

async function updated(index: CodeIndex): Promise<{ ms: number; report: UpdateReport }> {
  const { ms, value } = await timed(() => index.update());
  return { ms, report: value };
}

/** Lists and stats everything below a directory but `.git`; gives the number of files. */
function bareWalk(directory: string): number {
  let files = 0;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory()) files += entry.name === '.git' ? 0 : bareWalk(path);
    else if (lstatSync(path).isFile()) files++;
  }
  return files;
}

function change(tree: string, { path, language }: MadeFile, text: string): void {
  appendFileSync(join(tree, path), comment(language, text));
}

/** Two branches, `main` and `other`; the latter changes `count` files spread over the tree. */
function makeBranches(tree: string, made: readonly MadeFile[], count: number): void {
  git(tree, 'init', '-q', '-b', 'main');
  git(tree, 'add', '-A', '-f');
  git(tree, 'commit', '-q', '-m', 'all');
  git(tree, 'checkout', '-q', '-b', 'other');
  for (let i = 0; i < count; i++) change(tree, made[Math.floor((i * made.length) / count)]!, 'other branch');
  git(tree, 'commit', '-q', '-a', '-m', 'other');
  git(tree, 'checkout', '-q', 'main');
}

function git(tree: string, ...args: string[]): void {
  const user = [
    '-c',
    'user.name=bench',
    '-c',
    'user.email=bench@localhost',
    '-c',
    'gc.auto=0',
    '-c',
    'core.hooksPath=/dev/null',
  ];
  const run = spawnSync('git', [...user, ...args], { cwd: tree, encoding: 'utf8' });
  if (run.status !== 0) throw new BenchError(`git ${args[0]} failed: ${run.error?.message ?? run.stderr}`);
}
