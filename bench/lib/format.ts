/** About three significant digits, thousands grouped, no exponent; whole numbers stay whole. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size >= 100 || Number.isInteger(value)) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

export function megabytes(bytes: number): string {
  return `${number(bytes / 1e6)} MB`;
}

export function milliseconds(ms: number): string {
  return ms >= 10_000 ? `${number(ms / 1000)} s` : `${number(ms)} ms`;
}

/** A score between 0 and 1, without the leading zero. */
export function score(value: number): string {
  return Number.isFinite(value) ? value.toFixed(3).replace(/^(-?)0\./, '$1.') : '–';
}

/** A Markdown table; columns after the first are aligned to the right. */
export function table(head: readonly string[], rows: ReadonlyArray<readonly (string | number)[]>): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |\n`;
  const rule = head.map((_, i) => (i === 0 ? '---' : '---:'));
  return line(head) + line(rule) + rows.map(line).join('');
}
