/** Models of others: a folder with `model.onnx` or token vectors, and a Hugging Face `tokenizer.json`. */
export { type ExternalEncoderOptions, openExternalEncoder } from './open.ts';
export type { Pooling } from './preparation.ts';
