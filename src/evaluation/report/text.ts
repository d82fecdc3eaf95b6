import type { ExperimentResult, ReportData, SystemResult } from '../result.ts';
import {
  bestOf,
  formatHalf,
  formatMs,
  formatRange,
  formatScore,
  formatSize,
  poolSentence,
  slicesOf,
  starsOf,
} from './format.ts';

/** Text attributes of a terminal; each returns its text as it is where there is no colour. */
export interface TextStyle {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
}

export interface TextReportOptions {
  /** Columns of the terminal. */
  width: number;
  style: TextStyle;
}

/** A cell: text, and how it is painted once its place is known. */
interface Cell {
  text: string;
  paint?: (text: string) => string;
}

type Intervals = 'range' | 'half';

/** The report for a terminal: tables that fit into its width where they can, notes below. Ends with a newline. */
export function textReport(reports: readonly ReportData[], options: TextReportOptions): string {
  const parts = reports.map(report => section(report.result, options));
  if (reports.length > 1)
    parts.push(
      overview(
        reports.map(report => report.result),
        options,
      ),
    );
  return parts.join('\n');
}

function section(result: ExperimentResult, { width, style }: TextReportOptions): string {
  const average = result.averaging === 'collections' ? '; mean of the means of the collections' : '';
  const lines = [
    `${style.bold(clean(result.title))} ${style.dim(`(${clean(result.dataset)}, ${clean(result.split)})`)}`,
    ...wrapped(poolSentence(result) + average, width, ''),
    '',
    ...mainTables(result, width, style),
  ];
  if (result.systems.some(system => Object.values(system.p).some(p => starsOf(p)))) {
    const stars = '* p < .05, ** p < .01, *** p < .001 against the baseline (Holm); 95 % intervals';
    lines.push(...wrapped(stars, width, '').map(style.dim));
  }
  for (const [slice, values] of slicesOf(result.systems)) {
    lines.push('', ...sliceTables(result, slice, values, width, style));
  }
  if (result.systems.some(system => system.thresholds?.length)) {
    lines.push('', ...thresholdTables(result, width, style));
  }
  if (result.notes.length > 0) {
    lines.push('', ...result.notes.flatMap(note => wrapped(clean(note), width, '- ')));
  }
  return `${lines.join('\n')}\n`;
}

function mainTables(result: ExperimentResult, width: number, style: TextStyle): string[] {
  const systems = result.systems;
  const head: Cell[] = [{ text: 'system' }, ...systems.map(system => nameCell(system, result, style))];
  const measures = (intervals: Intervals) =>
    result.measures.map(measure => {
      const best = bestOf(systems, measure);
      // Stars take the same columns in every row: numbers stay below each other, and the head above them.
      const stars = Math.max(0, ...systems.map(system => starsOf(system.p[measure]).length));
      return [
        { text: clean(measure) + ' '.repeat(stars) },
        ...systems.map(system => measureCell(system, measure, { best, intervals, stars }, style)),
      ];
    });
  const costs: Cell[][] = [];
  const cost = (
    name: string,
    value: (system: SystemResult) => number | null | undefined,
    show = formatMs,
  ) => {
    if (systems.every(system => value(system) == null)) return;
    costs.push([{ text: name }, ...systems.map(system => ({ text: show(value(system)) }))]);
  };
  cost('p50', system => system.latencyMs?.p50);
  cost('p95', system => system.latencyMs?.p95);
  cost('index', system => system.indexMs);
  cost('memory', system => system.memoryBytes, formatSize);
  for (const intervals of ['range', 'half'] as const) {
    const columns = [...measures(intervals), ...costs];
    if (widthOfColumns([head, ...columns]) <= width) return grid([head, ...columns], style);
  }
  // Too wide for one table: measures over as many tables as it takes, and costs in one of their own.
  const lines: string[] = [];
  for (const group of [packed(head, measures('half'), width), packed(head, costs, width)].flat()) {
    if (lines.length > 0) lines.push('');
    lines.push(...grid([head, ...group], style));
  }
  return lines;
}

/** Columns in groups that fit beside the head; a column that fits nowhere has a group of its own. */
function packed(head: readonly Cell[], columns: ReadonlyArray<readonly Cell[]>, width: number): Cell[][][] {
  const groups: Cell[][][] = [];
  for (const column of columns) {
    const last = groups.at(-1);
    if (last && widthOfColumns([head, ...last, column]) <= width) last.push([...column]);
    else groups.push([[...column]]);
  }
  return groups;
}

function measureCell(
  system: SystemResult,
  measure: string,
  { best, intervals, stars }: { best: string | undefined; intervals: Intervals; stars: number },
  style: TextStyle,
): Cell {
  const value = formatScore(system.measures[measure]);
  const range = system.intervals[measure];
  const half = formatHalf(system.measures[measure], range);
  const interval = range === undefined ? '' : ` ${intervals === 'range' ? formatRange(range) : half}`;
  const marks = starsOf(system.p[measure]).padEnd(stars);
  const difference = system.comparisons[measure]?.difference ?? 0;
  return {
    text: value + interval + marks,
    paint: placed => {
      const space = placed.slice(0, placed.length - value.length - interval.length - marks.length);
      const painted = difference < 0 ? style.red(marks) : style.green(marks);
      return space + (value === best ? style.bold(value) : value) + style.dim(interval) + painted;
    },
  };
}

function nameCell(system: SystemResult, result: ExperimentResult, style: TextStyle): Cell {
  const name = clean(system.name);
  if (system.name !== result.baseline) return { text: name, paint: style.cyan };
  return {
    text: `${name} (baseline)`,
    paint: text =>
      style.cyan(name) + style.dim(text.slice(name.length).trimEnd()) + text.slice(text.trimEnd().length),
  };
}

function sliceTables(
  result: ExperimentResult,
  slice: string,
  values: readonly string[],
  width: number,
  style: TextStyle,
): string[] {
  const measure = result.measures[0] ?? '';
  const macro = result.systems.some(system => system.meansOver[slice]);
  const of = (system: SystemResult, value: string) =>
    system.slices.find(one => one.slice === slice && one.value === value);
  const head: Cell[] = [
    { text: `${clean(slice)} (${clean(measure)})` },
    ...values.map(value => ({ text: clean(value) })),
    ...(macro ? [{ text: 'mean of these', paint: style.dim }] : []),
  ];
  const counts: Cell[] = [
    { text: 'queries' },
    ...values.map(value => ({
      text: String(result.systems.map(system => of(system, value)?.queries).find(n => n !== undefined) ?? 0),
      paint: style.dim,
    })),
    ...(macro ? [{ text: '' }] : []),
  ];
  const columns = result.systems.map(system => [
    { text: clean(system.name) },
    ...values.map(value => {
      const found = of(system, value);
      const mean = found?.measures[measure];
      return { text: `${formatScore(mean)} ${formatHalf(mean, found?.intervals[measure])}`.trimEnd() };
    }),
    ...(macro ? [{ text: formatScore(system.meansOver[slice]?.[measure]) }] : []),
  ]);
  return packed(head, [counts, ...columns], width).flatMap((group, i) => [
    ...(i > 0 ? [''] : []),
    ...grid([head, ...group], style),
  ]);
}

function thresholdTables(result: ExperimentResult, width: number, style: TextStyle): string[] {
  const rows = result.systems.flatMap(system => (system.thresholds ?? []).map(one => ({ system, ...one })));
  const head: Cell[] = [
    { text: 'threshold by rule' },
    ...rows.map(row => ({ text: `${clean(row.system.name)}: ${clean(row.rule)}` })),
  ];
  const columns: Cell[][] = [
    [{ text: 'threshold' }, ...rows.map(row => ({ text: String(Number(row.threshold.toPrecision(4))) }))],
    ...result.measures.map(measure => [
      { text: clean(measure) },
      ...rows.map(row => ({ text: formatScore(row.measures[measure]) })),
    ]),
  ];
  return packed(head, columns, width).flatMap(group => grid([head, ...group], style));
}

function overview(results: readonly ExperimentResult[], { width, style }: TextReportOptions): string {
  const names = [...new Set(results.flatMap(result => result.systems.map(system => system.name)))];
  const head: Cell[] = [
    { text: 'all data sets' },
    ...names.map(name => ({ text: clean(name), paint: style.cyan })),
  ];
  const columns = results.map(result => {
    const measure = result.measures[0] ?? '';
    const best = bestOf(result.systems, measure);
    return [
      { text: `${clean(result.dataset)} ${clean(measure)}` },
      ...names.map(name => {
        const system = result.systems.find(one => one.name === name);
        const value = system ? formatScore(system.measures[measure]) : '';
        return {
          text: system ? `${value} ${starsOf(system.p[measure]).padEnd(3)}` : '',
          ...(value !== '' && value === best && { paint: style.bold }),
        };
      }),
    ];
  });
  const lines = packed(head, columns, width).flatMap((group, i) => [
    ...(i > 0 ? [''] : []),
    ...grid([head, ...group], style),
  ]);
  return `${lines.join('\n')}\n`;
}

function columnWidth(column: readonly Cell[]): number {
  return Math.max(...column.map(cell => cell.text.length));
}

function widthOfColumns(columns: ReadonlyArray<readonly Cell[]>): number {
  return columns.reduce((sum, column) => sum + columnWidth(column) + 2, -2);
}

/** Lines of a table given by columns: the first one to the left, the others to the right, their heads dim. */
function grid(columns: ReadonlyArray<readonly Cell[]>, style: TextStyle): string[] {
  const widths = columns.map(columnWidth);
  return columns[0]!.map((_, r) => {
    const cells = columns.map((column, c) => {
      const { text, paint } = column[r] ?? { text: '' };
      const placed = c === 0 ? text.padEnd(widths[c]!) : text.padStart(widths[c]!);
      return r === 0 ? style.dim(placed) : paint ? paint(placed) : placed;
    });
    return cells.join('  ').trimEnd();
  });
}

function wrapped(text: string, width: number, bullet: string): string[] {
  const lines: string[] = [];
  let line = bullet;
  for (const word of text.split(' ')) {
    const glue = line === '' || line === bullet || line.trim() === '' ? '' : ' ';
    if (line.length + glue.length + word.length > width && line.trim() !== bullet.trim()) {
      lines.push(line);
      line = ' '.repeat(bullet.length) + word;
    } else line += glue + word;
  }
  lines.push(line);
  return lines;
}

/** Text from data on one line; what could drive a terminal becomes a visible mark. */
function clean(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '\ufffd');
}
