import type { Prepared } from './prepare.ts';

/** Texts of one batch, padded: four arrays of n · t elements, row-major. */
export interface Batch {
  readonly ids: Int32Array;
  readonly fields: Int32Array;
  readonly places: Int32Array;
  readonly weights: Float32Array;
}

/** Pads `n` texts to `t` tokens; longer ones are cut. `n` may be above the number of texts: the rest is empty rows. */
export function padded(texts: readonly Prepared[], n: number, t: number): Batch {
  const batch = {
    ids: new Int32Array(n * t),
    fields: new Int32Array(n * t),
    places: new Int32Array(n * t),
    weights: new Float32Array(n * t),
  };
  for (let i = 0; i < texts.length; i++) {
    const { ids, fields, weights } = texts[i]!;
    const length = Math.min(ids.length, t);
    const start = i * t;
    for (let j = 0; j < length; j++) {
      batch.ids[start + j] = ids[j]!;
      batch.fields[start + j] = fields[j]!;
      batch.places[start + j] = j;
      batch.weights[start + j] = weights[j]!;
    }
  }
  return batch;
}
