import type { Comparison, Range, SystemResult } from '../result.ts';

/** Numbers as every form of a report writes them: terminal, Markdown and page. */

const none = '–';

function known(value: number | null | undefined): value is number {
  return value !== null && value !== undefined && Number.isFinite(value);
}

/** A measure: `.812`, `1.000`, `−.040`; above 1 with three significant digits; `–` for what is not known. */
export function formatScore(value: number | null | undefined): string {
  if (!known(value)) return none;
  const size = Math.abs(value);
  const text = size <= 1 ? size.toFixed(3).replace(/^0/, '') : size.toPrecision(Math.max(3, digits(size)));
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

function digits(size: number): number {
  return Math.min(15, Math.floor(Math.log10(size)) + 1);
}

/** A difference, always signed: `+.040`, `−.012`, `.000`. */
export function formatDifference(value: number | null | undefined): string {
  const text = formatScore(value);
  return known(value) && value > 0 && Number(text) !== 0 ? `+${text}` : text;
}

/** `.790–.834`; with a negative end `−.01 to .02`, because a dash beside a minus cannot be read. */
export function formatRange(range: Range | undefined): string {
  if (!range) return none;
  const [low, high] = range.map(formatScore);
  return range[0] < 0 || range[1] < 0 ? `${low} to ${high}` : `${low}–${high}`;
}

/** `±.022`: the larger side, as intervals need not be symmetric. */
export function formatHalf(value: number | undefined, range: Range | undefined): string {
  if (!known(value) || !range) return '';
  return `±${formatScore(Math.max(value - range[0], range[1] - value, 0))}`;
}

/** A p value: `.031`, `< .001`. */
export function formatP(p: number | null | undefined): string {
  if (!known(p)) return none;
  return p < 0.001 ? '< .001' : formatScore(p);
}

/** `***` below .001, `**` below .01, `*` below .05. */
export function starsOf(p: number | undefined): string {
  if (!known(p) || p >= 0.05) return '';
  return p < 0.001 ? '***' : p < 0.01 ? '**' : '*';
}

export const starsExplained: string =
  '* p < .05, ** p < .01, *** p < .001 against the baseline: paired randomisation test, two-sided, corrected by ' +
  'Holm’s method over the systems. Intervals are 95 % bootstrap intervals.';

/** Milliseconds: `0.84 ms`, `12 ms`, `4.2 s`, `3 min 5 s`. */
export function formatMs(ms: number | null | undefined): string {
  if (!known(ms)) return none;
  if (ms < 9.95) return `${ms < 0.995 ? ms.toFixed(2) : ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 ? `${minutes} min ${seconds % 60} s` : `${minutes} min`;
  return minutes % 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${minutes / 60} h`;
}

/** Bytes: `940 B`, `4.2 MB`. */
export function formatSize(bytes: number | null | undefined): string {
  if (!known(bytes)) return none;
  let value = bytes;
  let unit = 'B';
  for (const next of ['kB', 'MB', 'GB', 'TB']) {
    if (Math.abs(value) < 999.5) break;
    value /= 1000;
    unit = next;
  }
  return `${unit !== 'B' && Math.abs(value) < 9.95 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}

/** `1234567` → `1,234,567`. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** The highest value that is shown, per measure; several systems can have it. */
export function bestOf(systems: readonly SystemResult[], measure: string): string | undefined {
  const values = systems.map(system => system.measures[measure]).filter(known);
  return values.length > 1 ? formatScore(Math.max(...values)) : undefined;
}

/** What was measured, in words: `561 queries, pools of 1,000 candidates`. */
export function poolSentence(result: {
  queries: number;
  pool: number;
  pools: { collections: number; smallest: number; median: number; largest: number };
  task: string;
}): string {
  if (result.task === 'classification') return `${formatCount(result.queries)} labelled pairs`;
  const { collections, smallest, median, largest } = result.pools;
  const pool = `pool of ${formatCount(result.pool)} candidates per query`;
  if (collections <= 1) return `${formatCount(result.queries)} queries, ${pool}`;
  const range =
    smallest === largest
      ? ''
      : ` on average (${formatCount(smallest)} to ${formatCount(largest)}, median ${formatCount(median)})`;
  return `${formatCount(result.queries)} queries in ${formatCount(collections)} collections, ${pool}${range}`;
}

/** How a comparison went by single queries: `120 won, 300 tied, 40 lost`. */
export function countsOf(comparison: Comparison): string {
  const { wins, ties, losses } = comparison;
  return `${formatCount(wins)} won, ${formatCount(ties)} tied, ${formatCount(losses)} lost`;
}

/** Slices of all systems in the order they come, with the values of each. */
export function slicesOf(systems: readonly SystemResult[]): Map<string, string[]> {
  const slices = new Map<string, string[]>();
  for (const system of systems) {
    for (const { slice, value } of system.slices) {
      const values = slices.get(slice) ?? [];
      if (!values.includes(value)) values.push(value);
      slices.set(slice, values);
    }
  }
  return slices;
}
