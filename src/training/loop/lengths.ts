/** Lengths that texts are padded to where an architecture names no others: each is a graph of its own. */
const usual = [16, 24, 32, 48, 64, 96, 128, 160, 192, 256];

/** Those below the most there can be, and the most itself; ascending. */
export function lengthsUpTo(most: number, steps: readonly number[] = usual): number[] {
  return [...steps.filter(length => length < most), most];
}
