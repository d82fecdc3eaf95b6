/** The tensor runtime: graphs, gradients, training and export. Knows nothing of code. */
export { type Gradient, gradients } from './autodiff.ts';
export {
  type BackendOptions,
  type BackendState,
  type BackendStep,
  cpuBackend,
  type TrainingBackend,
} from './backend.ts';
export { type Checkpoint, checkShapes, loadCheckpoint, saveCheckpoint } from './checkpoint.ts';
export { attention, type GraphAttentionWeights, graphAttention, masked } from './composites/attention.ts';
export { conv1d, dropout, linear } from './composites/layers.ts';
export {
  binaryCrossEntropy,
  crossEntropy,
  type InfoNceOptions,
  infoNce,
  logSoftmax,
  logSumExp,
  marginLoss,
} from './composites/losses.ts';
export { type LstmWeights, lstm } from './composites/lstm.ts';
export { attentionPool, maskedMax, maskedMean, weightedSum } from './composites/pooling.ts';
export { cosine, cosines, euclidean, l2Normalise } from './composites/similarity.ts';
export { DropoutMasks, dropoutLayers } from './dropout-masks.ts';
export {
  compareModels,
  type Difference,
  type ExportOptions,
  exportDynamicModel,
  exportModel,
} from './export.ts';
export { type Dtype, Graph, type Node, reachable } from './graph.ts';
export {
  constantOf,
  type Initialiser,
  initialise,
  kaiming,
  normal,
  uniform,
  type Weight,
  type Weights,
  xavier,
} from './initialise.ts';
export { type OpenBackendOptions, openBackend } from './open-backend.ts';
export { AdamW, type AdamWOptions, type OptimizerState } from './optimizer.ts';
export {
  abs,
  add,
  div,
  erf,
  exp,
  gelu,
  leakyRelu,
  log,
  mul,
  neg,
  type Operand,
  relu,
  sigmoid,
  sign,
  sqrt,
  stopGradient,
  sub,
  tanh,
} from './primitives/elementwise.ts';
export { gather, oneHot } from './primitives/gather.ts';
export { layerNorm } from './primitives/layer-norm.ts';
export { expand, reshape, sum, swapLast, transpose } from './primitives/layout.ts';
export { matmul } from './primitives/matmul.ts';
export { concat, pad, slice } from './primitives/pieces.ts';
export { max, mean } from './primitives/reduce.ts';
export { softmax } from './primitives/softmax.ts';
export { type QuantiseOptions, quantiseMatrix } from './quantise.ts';
export { addUpRows, clipByGlobalNorm, type Gradients, type Rows } from './row-gradients.ts';
export { readTensorFile, type Stored, type TensorFile, writeTensorFile } from './safetensors.ts';
export { constantRate, cosineDecay, linearDecay, type Schedule, warmUp } from './schedule.ts';
export {
  compile,
  type Device,
  type Elements,
  Program,
  type ProgramOptions,
  type Signature,
  type Value,
} from './session.ts';
export { type Shape, sizeOf } from './shape.ts';
export { type StepResult, TrainingStep, type TrainingStepOptions } from './training-step.ts';
export { type Availability, webgpuAvailable } from './webgpu.ts';
