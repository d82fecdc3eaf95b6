import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Host, run } from '../../src/cli/run.ts';
import { Scratch } from './scratch.ts';

const folder: string = resolve(import.meta.dirname, '..');

/** Questions on the pinned code base with the files that answer them, and the unit where one does. */
export const questionsFile: string = join(folder, 'golden/questions.jsonl');

/** What `quarry eval --golden` found when the ranking was last changed. */
export const ranksFile: string = join(folder, 'golden/ranks.txt');

/** The pinned code base as a tree. It lies in text files, sections headed `-- path --`. */
export function goldenTree(): Scratch {
  const scratch = new Scratch();
  const fixtures = join(folder, 'fixtures/golden');
  for (const name of readdirSync(fixtures)) {
    const [, ...parts] = readFileSync(join(fixtures, name), 'utf8').split(/^-- (\S+) --\n/m);
    for (let i = 0; i < parts.length; i += 2) scratch.write(parts[i]!, parts[i + 1]!);
  }
  return scratch;
}

/** Runs `quarry eval --golden` on the pinned code base; gives the exit code. */
export async function evaluateGolden(
  file: string,
  flags: readonly string[],
  streams: Pick<Host, 'stdout' | 'stderr'>,
): Promise<number> {
  using tree = goldenTree();
  const argv = [
    'eval',
    `questions:${questionsFile}`,
    `--repos=${tree.root}`,
    '--systems=bm25,lexical',
    '--no-latency',
    '--no-cache',
    `--golden=${file}`,
    ...flags,
  ];
  // Awaited here: the tree goes when this function returns.
  return await run(argv, { env: {}, cwd: () => folder, stdin: process.stdin, ...streams });
}
