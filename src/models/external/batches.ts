/** Rows of one run: indices of the texts, longest first. */
export interface Batch {
  readonly rows: readonly number[];
  /** Tokens of the longest: what the others are padded to. */
  readonly tokens: number;
}

/**
 * Texts of similar length together, so that little is padding: each batch has at most `most` tokens with its padding (or
 * one text) and at most `rows` texts. Texts without tokens are in no batch.
 */
export function batchesOf(lengths: readonly number[], most: number, rows: number): Batch[] {
  const order = [...lengths.keys()]
    .filter(row => lengths[row]! > 0)
    .sort((a, b) => lengths[b]! - lengths[a]!);
  const batches: Batch[] = [];
  for (let at = 0; at < order.length; ) {
    const tokens = lengths[order[at]!]!;
    const size = Math.max(1, Math.min(rows, Math.floor(most / tokens)));
    batches.push({ rows: order.slice(at, at + size), tokens });
    at += size;
  }
  return batches;
}
