import type { EncodedUnits, Encoder, UnitText } from '../../core/encoder.ts';
import { type LateQuery, LateScorer } from '../../store/vectors/late.ts';
import type { RowShape } from '../../store/vectors/rows.ts';

export type { LateQuery, LateScorer };

/** What compares queries with units' terms, if the encoder has late interaction. */
export function lateScorerOf({ late }: Pick<Encoder, 'late'>): LateScorer | undefined {
  return late && new LateScorer(late);
}

/** What has to do with units: an encoder, or one that several share. */
export interface UnitEncoder extends RowShape {
  readonly fingerprint: string;
  encode(units: readonly UnitText[], signal?: AbortSignal): Promise<UnitVectors>;
}

/** Vectors, with terms if the encoder has such. */
export type UnitVectors = Pick<EncodedUnits, 'vectors'> & Partial<EncodedUnits>;

/** What the rows of an encoder are made of. */
export function rowShapeOf({ dims, late }: Pick<Encoder, 'dims' | 'late'>): RowShape {
  return { dims, terms: late?.terms ?? 0 };
}

/** An encoder as a maker of rows. */
export function unitEncoderOf(encoder: Encoder): UnitEncoder {
  return {
    ...rowShapeOf(encoder),
    fingerprint: encoder.fingerprint,
    encode: (units, signal) => encodeUnits(encoder, units, signal),
  };
}

/** Vectors of units, with their terms where the encoder has such. */
export async function encodeUnits(
  encoder: Encoder,
  units: readonly UnitText[],
  signal?: AbortSignal,
): Promise<UnitVectors> {
  return encoder.late
    ? encoder.late.encodeUnits(units, signal)
    : { vectors: await encoder.encodeUnits(units, signal) };
}
