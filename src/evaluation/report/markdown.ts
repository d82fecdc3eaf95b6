import type { ExperimentResult, ReportData, SystemResult } from '../result.ts';
import {
  bestOf,
  countsOf,
  formatCount,
  formatDifference,
  formatMs,
  formatP,
  formatRange,
  formatScore,
  formatSize,
  poolSentence,
  slicesOf,
  starsExplained,
  starsOf,
} from './format.ts';

/** The report as GitHub-flavoured Markdown: tables, notes and where the data came from. */
export function markdownReport(reports: readonly ReportData[]): string {
  const results = reports.map(report => report.result);
  const parts = results.map(result => section(result, results.length > 1 ? '##' : '#'));
  if (results.length > 1) parts.unshift(overview(results));
  return `${parts.join('\n\n')}\n`;
}

function overview(results: readonly ExperimentResult[]): string {
  const systems = [...new Set(results.flatMap(result => result.systems.map(system => system.name)))];
  const rows = systems.map(name => [
    code(name),
    ...results.map(result => {
      const system = result.systems.find(one => one.name === name);
      const measure = result.measures[0] ?? '';
      if (!system) return '';
      return (
        emphasised(
          formatScore(system.measures[measure]),
          formatScore(system.measures[measure]) === bestOf(result.systems, measure),
        ) + literal(starsOf(system.p[measure]))
      );
    }),
  ]);
  const heads = results.map(result => `${text(result.title)}<br>${text(result.measures[0] ?? '')}`);
  return `# All data sets\n\n${table(['system', ...heads], rows)}\n\n${literal(starsExplained)}`;
}

function section(result: ExperimentResult, level: string): string {
  const parts = [
    `${level} ${text(result.title)}`,
    [
      `Data set ${code(result.dataset)}, split ${code(result.split)}: ${poolSentence(result)}.`,
      result.averaging === 'collections' && 'Totals are the mean of the means of the collections.',
      result.baseline !== null && `Baseline: ${code(result.baseline)}.`,
    ]
      .filter(Boolean)
      .join(' '),
    mainTable(result),
    literal(starsExplained),
  ];
  const add = (title: string, body: string) => body && parts.push(`${level}# ${title}`, body);
  add('Against the baseline', comparisons(result));
  add('Time and memory', costs(result));
  add('Thresholds', thresholds(result));
  for (const [slice, values] of slicesOf(result.systems)) {
    add(`By ${text(slice)}`, sliceTable(result, slice, values));
  }
  add('Systems', result.systems.map(systemLine).join('\n'));
  add('Notes', result.notes.map(note => `- ${text(note)}`).join('\n'));
  add('Where the data came from', provenance(result));
  return parts.join('\n\n');
}

function mainTable(result: ExperimentResult): string {
  const best = new Map(result.measures.map(measure => [measure, bestOf(result.systems, measure)]));
  const rows = result.systems.map(system => [
    named(system, result),
    ...result.measures.map(measure => {
      const value = formatScore(system.measures[measure]);
      const stars = literal(starsOf(system.p[measure]));
      const range = system.intervals[measure];
      return `${emphasised(value, value === best.get(measure))}${stars}${range ? ` (${formatRange(range)})` : ''}`;
    }),
  ]);
  return table(['system', ...result.measures.map(text)], rows);
}

function comparisons(result: ExperimentResult): string {
  const rows = result.systems.flatMap(system =>
    result.measures.flatMap(measure => {
      const comparison = system.comparisons[measure];
      if (!comparison) return [];
      return [
        [
          code(system.name),
          text(measure),
          `${formatDifference(comparison.difference)} (${formatRange(comparison.interval)})`,
          literal(formatP(comparison.pUncorrected)),
          literal(formatP(comparison.p)) + literal(starsOf(comparison.p)),
          countsOf(comparison),
        ],
      ];
    }),
  );
  if (rows.length === 0) return '';
  return table(['system', 'measure', 'difference', 'p, not corrected', 'p (Holm)', 'queries'], rows);
}

function costs(result: ExperimentResult): string {
  const rows = result.systems.map(system => [
    named(system, result),
    formatMs(system.latencyMs?.p50),
    formatMs(system.latencyMs?.p95),
    formatMs(system.indexMs),
    formatSize(system.memoryBytes),
  ]);
  return table(['system', 'latency p50', 'latency p95', 'index time', 'memory'], rows);
}

function thresholds(result: ExperimentResult): string {
  const rows = result.systems.flatMap(system =>
    (system.thresholds ?? []).map(({ rule, threshold, measures }) => [
      code(system.name),
      text(rule),
      String(Number(threshold.toPrecision(4))),
      ...result.measures.map(measure => formatScore(measures[measure])),
    ]),
  );
  if (rows.length === 0) return '';
  return table(['system', 'rule', 'threshold', ...result.measures.map(text)], rows);
}

function sliceTable(result: ExperimentResult, slice: string, values: readonly string[]): string {
  const measure = result.measures[0] ?? '';
  const rows = values.map(value => {
    const found = result.systems.map(system =>
      system.slices.find(one => one.slice === slice && one.value === value),
    );
    return [
      text(value),
      formatCount(found.find(one => one)?.queries ?? 0),
      ...found.map(one =>
        one?.intervals[measure]
          ? `${formatScore(one.measures[measure])} (${formatRange(one.intervals[measure])})`
          : formatScore(one?.measures[measure]),
      ),
    ];
  });
  if (result.systems.some(system => system.meansOver[slice])) {
    rows.push([
      '*mean of these*',
      '',
      ...result.systems.map(system => formatScore(system.meansOver[slice]?.[measure])),
    ]);
  }
  const heads = result.systems.map(system => code(system.name));
  return `${text(measure)}:\n\n${table([text(slice), 'queries', ...heads], rows)}`;
}

function systemLine(system: SystemResult): string {
  const parameters = Object.entries(system.parameters)
    .map(([name, value]) => `${name} = ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
  const cached = system.cached ? ' (lists from the cache)' : '';
  return `- ${code(system.name)}: ${text(system.title)}${parameters ? `; ${text(parameters)}` : ''}${cached}`;
}

function provenance(result: ExperimentResult): string {
  const { made } = result;
  const lines = [`Licence: ${text(result.licence)}. Source: ${text(result.source)}`];
  if (result.files.length > 0) {
    lines.push(
      table(
        ['file', 'rows', 'left out', 'bytes', 'SHA-256'],
        result.files.map(file => [
          code(file.path),
          formatCount(file.rows),
          formatCount(file.skipped),
          formatCount(file.bytes),
          code(file.sha256),
        ]),
      ),
    );
  }
  lines.push(
    `Made by Quarry ${text(made.quarry)} (code ${code(made.code)}) with Node ${text(made.node)}, seed ${made.seed}, ` +
      `on ${text(made.machine)}, ${text(made.at)}.`,
  );
  return lines.join('\n\n');
}

function named(system: SystemResult, result: ExperimentResult): string {
  return system.name === result.baseline ? `${code(system.name)} (baseline)` : code(system.name);
}

function emphasised(value: string, best: boolean): string {
  return best ? `**${value}**` : value;
}

function table(head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(head),
    line(head.map((_, i) => (i === 0 ? '---' : '---:'))),
    ...rows.map(row => line(row)),
  ].join('\n');
}

/** Text from data on one line, with no meaning as Markdown or HTML. */
function text(value: string): string {
  return literal(value.replace(/\s+/g, ' ').trim());
}

function literal(value: string): string {
  return value
    .replace(/[\\`*_[\]|~#]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;');
}

/** A name as code. A pipe ends a cell even there, and a backquote ends the code, so the fence is longer than any run. */
function code(value: string): string {
  const flat = value.replace(/\s+/g, ' ').trim();
  if (flat === '') return '';
  const longest = Math.max(0, ...[...flat.matchAll(/`+/g)].map(run => run[0].length));
  const fence = '`'.repeat(longest + 1);
  const space = longest > 0 ? ' ' : '';
  return `${fence}${space}${flat.replaceAll('|', '\\|')}${space}${fence}`;
}
