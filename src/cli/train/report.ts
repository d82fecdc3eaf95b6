import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { QuarryError } from '../../core/errors.ts';
import { runFiles } from '../../training/loop/run-files.ts';
import { readRun, trainingReport } from '../../training/report.ts';
import type { Arguments } from '../arguments.ts';
import { writeWhole } from '../evaluation/outputs.ts';
import { note, type Surroundings } from '../surroundings.ts';
import { shown } from './summary.ts';

/** `quarry train report DIR…`: one page over some runs. */
export function reportRuns(args: Arguments, around: Surroundings): number {
  const directories = args.positionals.slice(1).map(path => resolve(around.cwd, path));
  if (directories.length === 0)
    throw new QuarryError('usage', 'report on which runs?', 'name the directories given to --out');
  const out = args.text('out');
  if (out === undefined && directories.length > 1)
    throw new QuarryError(
      'usage',
      'where should the report be? give --out FILE',
      'for example --out report.html',
    );
  const file = out === undefined ? join(directories[0]!, runFiles.report) : resolve(around.cwd, out);
  writeWhole(file, trainingReport(directories.flatMap(runsOf).map(directory => readRun(directory))));
  around.stdout.write(`${shown(file, around)}\n`);
  return 0;
}

/** A run that distils is those of its students, each in a folder of its own. */
function runsOf(directory: string): string[] {
  if (existsSync(join(directory, runFiles.log)) || !existsSync(directory)) return [directory];
  const inside = readdirSync(directory)
    .sort()
    .map(name => join(directory, name))
    .filter(path => existsSync(join(path, runFiles.log)));
  return inside.length > 0 ? inside : [directory];
}

/** The report beside a run that has ended. A page that was not built costs no run. */
export function writeRunReport(directory: string, around: Surroundings): void {
  const file = join(directory, runFiles.report);
  try {
    const runs = runsOf(directory).filter(run => existsSync(join(run, runFiles.log)));
    if (runs.length === 0) return;
    writeWhole(file, trainingReport(runs.map(run => readRun(run))));
    note(around, `wrote ${shown(file, around)}`);
  } catch (error) {
    if (!(error instanceof QuarryError)) throw error;
    note(around, `no report: ${error.message}${error.hint === undefined ? '' : ` (${error.hint})`}`);
  }
}
