import { createHash } from 'node:crypto';
import { QuarryError } from '../core/errors.ts';
import type { ModelShape } from './architecture.ts';
import { preparationVersion } from './prepare.ts';

export const modelFormat = 'quarry-encoder-1';
/** Raise when units get other terms than before; see `LateInteraction`. */
const termsVersion = 1;

export const configFile = 'config.json';
export const tokenizerFile = 'tokenizer.json';
/** Token vectors and how much each counts: all of a static model, and what others need for late interaction. */
export const tableFile = 'model.safetensors';
/** The distilled query tower: a table, or a network. */
export const studentFiles = { table: 'student.safetensors', onnx: 'student.onnx' } as const;

/** `config.json` of a model's folder. */
export interface ModelConfig extends ModelShape {
  readonly format: typeof modelFormat;
  /** What people call the model. */
  readonly id: string;
  readonly precision: 'fp32' | 'int8';
  /** What encodes: rows of a table added up (`model.safetensors`), or onnxruntime (`model.onnx`). */
  readonly runtime: 'table' | 'onnx';
  /** Every text is padded to so many tokens; 0: as needed. */
  readonly fixedLength: number;
  /** `preparationVersion` when it was trained. */
  readonly preparationVersion: number;
  /** Hex SHA-256 of the files beside this one, by name. */
  readonly files: Readonly<Record<string, string>>;
  /** Hex; equal exactly if vectors can be compared. */
  readonly fingerprint: string;
  /** A distilled query tower in place of the model's own; not part of the fingerprint, for vectors of units are the same. */
  readonly student?: StudentConfig;
}

/** What a student may differ in from its teacher: everything but the length of a vector and the tokenizer. */
export interface StudentConfig
  extends Pick<ModelShape, 'architecture' | 'sizes' | 'preparation'>,
    Pick<ModelConfig, 'precision' | 'runtime' | 'fixedLength' | 'preparationVersion'> {
  /** What people call it. */
  readonly id: string;
  /** Hex SHA-256 of its own files, by name. */
  readonly files: Readonly<Record<string, string>>;
}

/** Undefined if the folder holds a model of another kind. Throws QuarryError `corrupt`, `format`, `usage` for a re-ranker. */
export function parseConfig(text: string, file: string): ModelConfig | undefined {
  let data: Partial<ModelConfig> | null;
  try {
    data = JSON.parse(text) as Partial<ModelConfig> | null;
  } catch (error) {
    throw new QuarryError('corrupt', `${file}: not JSON: ${(error as Error).message}`);
  }
  const format: unknown = data?.format;
  if (typeof format === 'string' && format.startsWith('quarry-reranker-'))
    throw new QuarryError(
      'usage',
      `${file} belongs to a re-ranker, which makes no vectors`,
      'name it as --reranker, and another folder as --model',
    );
  if (typeof format !== 'string' || !format.startsWith('quarry-encoder-')) return undefined;
  if (format !== modelFormat)
    throw new QuarryError(
      'format',
      `${file} is of the format ${format}`,
      `this version reads ${modelFormat}`,
    );
  const config = data as ModelConfig;
  const isWhole =
    typeof config.id === 'string' &&
    typeof config.architecture === 'string' &&
    typeof config.fingerprint === 'string' &&
    (config.runtime === 'table' || config.runtime === 'onnx') &&
    Number.isInteger(config.dims) &&
    Number.isInteger(config.vocabulary) &&
    typeof config.preparation === 'object' &&
    typeof config.sizes === 'object' &&
    typeof config.files === 'object';
  if (!isWhole) throw new QuarryError('corrupt', `${file}: fields are missing`, 'get the model again');
  return config;
}

/** Hash of all that decides a vector. */
export function fingerprintOf(
  files: Readonly<Record<string, string>>,
  tokenizer: string,
  shape: ModelShape,
): string {
  const { architecture, dims, towers, preparation, sizes } = shape;
  const weights = Object.entries(files).filter(([name]) => name !== tokenizerFile);
  return createHash('sha256')
    .update(
      JSON.stringify([
        modelFormat,
        preparationVersion,
        weights,
        tokenizer,
        architecture,
        dims,
        towers,
        preparation.kind,
        preparation.query,
        preparation.name,
        preparation.doc,
        preparation.code,
        Object.entries(sizes).sort(),
        // What the terms of units are, for models that have such.
        ...(tableFile in files ? [`terms ${termsVersion}`] : []),
      ]),
    )
    .digest('hex');
}

/** Tokens of the longest text there can be. */
export function longestOf({ preparation: { query, name, doc, code } }: ModelShape): number {
  return Math.max(query, name + doc + code);
}
