/** Encoders: how texts become vectors. Opening needs nothing of training. */
export {
  type Architecture,
  encodeTower,
  initialWeights,
  type ModelShape,
  type Side,
  type TokenInputs,
  tokenInputs,
  weightShapes,
} from './architecture.ts';
export { type Batch, padded } from './batch.ts';
export { longestOf, type ModelConfig } from './config.ts';
export { type WriteModelOptions, writeModel } from './export.ts';
export { type OpenEncoderOptions, openEncoder, readConfig } from './open.ts';
export { fields, type Preparation, type Prepared, Preparer } from './prepare.ts';
export { architectureById, architectures } from './registry.ts';
