import { existsSync, readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { QuarryError } from '../../core/errors.ts';
import { RunCache } from '../../evaluation/cache.ts';
import type { Dataset } from '../../evaluation/dataset.ts';
import { withPools } from '../../evaluation/datasets/pools.ts';
import { datasetLoader } from '../../evaluation/datasets/registry.ts';
import { evaluateDataset } from '../../evaluation/evaluate.ts';
import { type DatasetSpec, splitDataset } from '../../evaluation/experiment.ts';
import { compareGolden, goldenOf, goldenText, parseGolden } from '../../evaluation/golden.ts';
import { textReport } from '../../evaluation/report/text.ts';
import type { ReportData } from '../../evaluation/result.ts';
import type { System } from '../../evaluation/system.ts';
import { production } from '../../experiments/code.ts';
import { datasetHost } from '../../experiments/host.ts';
import { systemsOf } from '../../experiments/systems.ts';
import type { Arguments } from '../arguments.ts';
import { listEverything } from '../evaluation/list.ts';
import { writeOutputs, writeWhole } from '../evaluation/outputs.ts';
import { type EvaluationPlan, planEvaluation } from '../evaluation/plan.ts';
import { type EvaluationView, evaluationView } from '../evaluation/progress.ts';
import { worstQueries } from '../evaluation/worst.ts';
import { stoppable } from '../stoppable.ts';
import { complain, note, type Surroundings } from '../surroundings.ts';
import { grouped, terminalWidth } from '../terminal.ts';

/** Malformed rows that are named one by one. */
const namedRows = 5;

/** Measures systems on data sets. Exit code 1 when golden ranks fell. */
export async function evaluate(args: Arguments, around: Surroundings): Promise<number> {
  if (args.has('list')) {
    around.stdout.write(listEverything(args.has('json'), around));
    return 0;
  }
  const plan = planEvaluation(args, around);
  const systems = systemsOf(plan.experiment.systems);
  checkBaseline(plan, systems);
  // Everything is opened before anything is run, so that a mistyped name does not cost an hour.
  for (const { dataset } of plan.experiment.datasets) datasetLoader(splitDataset(dataset).id);
  const view = evaluationView(around);
  const outcome = await stoppable(async signal => {
    const reports: ReportData[] = [];
    for (const spec of plan.experiment.datasets) {
      reports.push(await runOne(spec, plan, systems, view, around, signal));
      view.end();
      if (!plan.json) {
        if (reports.length > 1) around.stdout.write('\n');
        show(reports.slice(-1), plan, around);
      }
    }
    return reports;
  }).finally(() => view.end());
  if ('exitCode' in outcome) {
    complain(
      around,
      'stopped',
      plan.cacheDirectory === undefined
        ? 'nothing was kept, because of --no-cache'
        : 'what was finished is kept; the next run goes on from there',
    );
    return outcome.exitCode;
  }
  const reports = outcome.value;
  for (const file of writeOutputs(reports, plan.outputs)) note(around, `wrote ${shown(file, around)}`);
  if (plan.json) {
    const results = reports.map(report => report.result);
    const document = results.length === 1 ? results[0] : { results };
    around.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  }
  return plan.golden ? checkGolden(reports[0]!, plan.golden, around) : 0;
}

async function runOne(
  spec: DatasetSpec,
  plan: EvaluationPlan,
  systems: readonly System[],
  view: EvaluationView,
  around: Surroundings,
  signal: AbortSignal,
): Promise<ReportData> {
  let skipped = 0;
  const dataset = await openDataset(spec, plan, around, signal, message => {
    if (++skipped <= namedRows) {
      view.end();
      complain(around, `left out ${message}`);
    }
  });
  const { experiment, latency, cacheDirectory } = plan;
  const cache = cacheDirectory === undefined ? undefined : new RunCache(cacheDirectory);
  const report = await evaluateDataset({
    dataset,
    systems,
    seed: experiment.seed,
    latency,
    made: production(around.version()),
    signal,
    cache,
    onProgress: progress => view.step(progress),
    ...(experiment.measures ? { measures: experiment.measures } : {}),
    ...(experiment.baseline === undefined ? {} : { baseline: experiment.baseline }),
  });
  if (cache?.problem !== undefined)
    note(around, `runs are not kept, the next evaluation starts anew: ${cache.problem}`);
  if (skipped > namedRows) note(around, `${grouped(skipped)} malformed rows were left out in all`);
  return report;
}

async function openDataset(
  spec: DatasetSpec,
  plan: EvaluationPlan,
  around: Surroundings,
  signal: AbortSignal,
  onSkipped: (message: string) => void,
): Promise<Dataset> {
  const { id, path } = splitDataset(spec.dataset);
  const loader = datasetLoader(id);
  if (loader.needs === 'path' && (path === undefined || path === ''))
    throw new QuarryError('usage', `${id} needs a path`, `for example: quarry eval ${id}:some/path`);
  if (loader.needs === 'repos' && plan.repos === undefined)
    throw new QuarryError('usage', `${id} needs checkouts: --repos DIR`, loader.source);
  const { split, protocol, first, kinds } = spec;
  const dataset = await loader.open({
    data: plan.data,
    strict: plan.strict,
    host: datasetHost,
    signal,
    onSkipped,
    ...(path === undefined ? {} : { path: resolve(around.cwd, path) }),
    ...(plan.repos === undefined ? {} : { repos: plan.repos }),
    ...(split === undefined ? {} : { split }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(first === undefined ? {} : { first }),
    ...(kinds === undefined ? {} : { kinds }),
  });
  if (spec.pool === undefined) return dataset;
  if (dataset.task !== 'retrieval')
    throw new QuarryError('usage', `${id} is classification: it has no pools`, 'leave --pool out');
  return withPools(dataset, spec.pool, plan.experiment.seed);
}

function checkBaseline({ experiment }: EvaluationPlan, systems: readonly System[]): void {
  const { baseline } = experiment;
  if (baseline === undefined || systems.some(system => system.name === baseline)) return;
  throw new QuarryError(
    'usage',
    `the baseline ${baseline} is not among the systems`,
    `systems: ${systems.map(system => system.name).join(', ')}`,
  );
}

function show(reports: readonly ReportData[], plan: EvaluationPlan, around: Surroundings): void {
  const width = terminalWidth(around.stdout) ?? 120;
  around.stdout.write(textReport(reports, { width, style: around.style }));
  if (plan.worst > 0)
    for (const report of reports) around.stdout.write(worstQueries(report, plan.worst, around));
}

/** Compares with the golden ranks of before, and writes those of now unless a measure fell without a reason. */
function checkGolden(
  report: ReportData,
  { file, accept }: NonNullable<EvaluationPlan['golden']>,
  around: Surroundings,
): number {
  const name = shown(file, around);
  const before = existsSync(file) ? parseGolden(readFileSync(file, 'utf8'), name) : undefined;
  const after = goldenOf(report, before?.history);
  if (before) {
    const { drops, moved, queries, same } = compareGolden(before, after);
    if (same) {
      note(around, `${name}: the ranks are as before`);
      return 0;
    }
    for (const line of moved) note(around, line);
    for (const line of queries.slice(0, 20)) note(around, `  ${line}`);
    if (queries.length > 20) note(around, `  and ${queries.length - 20} more`);
    if (drops.length > 0 && accept === undefined) {
      complain(
        around,
        `${name}: ${drops.length} measures fell: ${drops.join('; ')}`,
        'if that is meant: --accept "why"',
      );
      return 1;
    }
    const today = new Date().toISOString().slice(0, 10);
    if (moved.length > 0)
      after.history.unshift(`${today} ${moved.join('; ')}${accept === undefined ? '' : `: ${accept}`}`);
  }
  writeWhole(file, goldenText(after));
  note(around, before ? `${name}: written, look at the diff and commit it` : `wrote ${name}`);
  return 0;
}

function shown(file: string, { cwd }: Surroundings): string {
  const path = relative(cwd, file);
  return path.startsWith('..') ? file : path;
}
