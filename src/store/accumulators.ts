// The sums of one query over one segment, in buffers that are used again by the next query.

/** Sums per window and per document. */
export interface Accumulators {
  windows: Float32Array;
  /** Per document: words found, best window, sum over windows. */
  words: Uint32Array;
  best: Float32Array;
  sum: Float32Array;
  /** Documents with evidence, in order of arrival, and how many they are. */
  touched: Int32Array;
  touchedCount: number;
  /** Per document 1 if it is among `touched`. */
  seen: Uint8Array;
}

/** Buffers for a segment of so many windows and documents. */
export function newAccumulators(windows: number, documents: number): Accumulators {
  return {
    windows: new Float32Array(windows),
    words: new Uint32Array(documents),
    best: new Float32Array(documents),
    sum: new Float32Array(documents),
    touched: new Int32Array(documents),
    touchedCount: 0,
    seen: new Uint8Array(documents),
  };
}

/** Makes them ready for the next query. */
export function clearAccumulators(acc: Accumulators): void {
  // Most documents are untouched by most queries, but a fill of the windows is still faster than a walk.
  acc.windows.fill(0);
  for (let i = 0; i < acc.touchedCount; i++) {
    const doc = acc.touched[i]!;
    acc.seen[doc] = 0;
    acc.words[doc] = 0;
    acc.best[doc] = 0;
    acc.sum[doc] = 0;
  }
  acc.touchedCount = 0;
}
