// The largest of many scores, without sorting all of them.

/**
 * Puts the largest of `values[from, to)` that are not 0 into `kept`, in descending order, and returns how many they are: at
 * most as many as `kept` has room for. Nearly every value fails the first comparison.
 */
export function largest(values: Float32Array, from: number, to: number, kept: Float64Array): number {
  const room = kept.length;
  let count = 0;
  for (let v = from; v < to; v++) {
    const value = values[v]!;
    if (value === 0 || (count === room && value <= kept[room - 1]!)) continue;
    let i = count < room ? count++ : room - 1;
    while (i > 0 && kept[i - 1]! < value) {
      kept[i] = kept[i - 1]!;
      i--;
    }
    kept[i] = value;
  }
  return count;
}

/** A value that at least `n` and not many more of the first `length` values reach, by counting into buckets. */
export function nthLargest(values: Float32Array, length: number, n: number): number {
  let max = 0;
  for (let i = 0; i < length; i++) if (values[i]! > max) max = values[i]!;
  if (max === 0) return 0;
  const buckets = new Uint32Array(1025);
  const scale = 1024 / max;
  for (let i = 0; i < length; i++) buckets[(values[i]! * scale) | 0]!++;
  let reached = 0;
  for (let b = 1024; b > 0; b--) {
    reached += buckets[b]!;
    if (reached >= n) return b / scale;
  }
  return 0;
}
