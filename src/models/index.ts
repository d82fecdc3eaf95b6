/** Encoders: how texts become vectors. Opening needs nothing of training. */
export {
  type Architecture,
  encodeTower,
  initialWeights,
  type ModelShape,
  type Side,
  type TokenInputs,
  tokenInputs,
} from './architecture.ts';
export { type Batch, padded } from './batch.ts';
export { longestOf, type ModelConfig } from './config.ts';
export type { Calibration, RerankerConfig } from './cross/config.ts';
export { type WriteRerankerOptions, writeReranker } from './cross/export.ts';
export { type CrossShape, crossScores, crossSizes, crossWeights } from './cross/network.ts';
export { pairText } from './cross/pair-text.ts';
export { type WriteModelOptions, writeModel, writeStudent } from './export.ts';
export { type OpenEncoderOptions, openEncoder, readConfig } from './open.ts';
export { fields, type Preparation, type Prepared, Preparer } from './prepare.ts';
export { architectureById, architectures } from './registry.ts';
