/** A score on a scale of the system's own. */
export function formatNumber(value: number): string {
  return String(Number(value.toPrecision(3))).replace('-', '−');
}
