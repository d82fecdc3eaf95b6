/** A part of the data: the rows whose slice has this value. */
export interface Part {
  slice: string;
  value: string;
  /** Indices of its rows, ascending. */
  rows: number[];
}

/**
 * The parts that slices divide rows into, slices and values in order of first occurrence. Rows without a slice are
 * in none of its parts. Slices with a single value are left out: they say nothing the total does not say.
 */
export function partsOf(rows: ReadonlyArray<Readonly<Record<string, string>> | undefined>): Part[] {
  const slices = new Map<string, Map<string, number[]>>();
  for (const [row, values] of rows.entries()) {
    for (const [slice, value] of Object.entries(values ?? {})) {
      const parts = slices.get(slice) ?? new Map<string, number[]>();
      slices.set(slice, parts);
      const part = parts.get(value);
      if (part) part.push(row);
      else parts.set(value, [row]);
    }
  }
  const found: Part[] = [];
  for (const [slice, parts] of slices) {
    if (parts.size < 2) continue;
    for (const [value, members] of parts) found.push({ slice, value, rows: members });
  }
  return found;
}
