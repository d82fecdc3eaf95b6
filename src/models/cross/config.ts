import { createHash } from 'node:crypto';
import { QuarryError } from '../../core/errors.ts';
import { preparationVersion } from '../prepare.ts';
import type { CrossShape } from './network.ts';

export const rerankerFormat = 'quarry-reranker-1';

/** How scores become probabilities: 1 / (1 + exp(-(slope · score + offset))) (Platt 1999). */
export interface Calibration {
  readonly slope: number;
  readonly offset: number;
}

/** `config.json` of a cross-encoder's folder. */
export interface RerankerConfig extends CrossShape {
  readonly format: typeof rerankerFormat;
  readonly id: string;
  readonly precision: 'fp32' | 'int8';
  /** τ that the network's output is divided by, so that scores are logits as in training. */
  readonly temperature: number;
  readonly calibration: Calibration;
  readonly preparationVersion: number;
  /** Hex SHA-256 of the files beside this one, by name. */
  readonly files: Readonly<Record<string, string>>;
  readonly fingerprint: string;
}

/** Hash of all that decides a score. */
export function rerankerFingerprint(
  files: Readonly<Record<string, string>>,
  { preparation, sizes }: CrossShape,
  temperature: number,
): string {
  const { kind, query, name, doc, code } = preparation;
  const all = [rerankerFormat, preparationVersion, Object.entries(files), kind, query, name, doc, code];
  return createHash('sha256')
    .update(JSON.stringify([...all, Object.entries(sizes).toSorted(), temperature]))
    .digest('hex')
    .slice(0, 32);
}

/** Throws QuarryError `corrupt`, `format`. */
export function parseRerankerConfig(text: string, file: string): RerankerConfig {
  let data: Partial<RerankerConfig> | null;
  try {
    data = JSON.parse(text) as Partial<RerankerConfig> | null;
  } catch (error) {
    throw new QuarryError('corrupt', `${file}: not JSON: ${(error as Error).message}`, 'get the model again');
  }
  const format: unknown = data?.format;
  if (format !== rerankerFormat)
    throw new QuarryError(
      'format',
      `${file} is ${typeof format === 'string' ? `of the format ${format}` : 'no re-ranker'}`,
      `this version reads ${rerankerFormat}`,
    );
  const config = data as RerankerConfig;
  const isWhole =
    typeof config.id === 'string' &&
    typeof config.fingerprint === 'string' &&
    Number.isInteger(config.dims) &&
    Number.isInteger(config.vocabulary) &&
    config.temperature > 0 &&
    typeof config.preparation === 'object' &&
    typeof config.sizes === 'object' &&
    typeof config.calibration === 'object' &&
    typeof config.files === 'object';
  if (!isWhole) throw new QuarryError('corrupt', `${file}: fields are missing`, 'get the model again');
  if (config.preparationVersion !== preparationVersion)
    throw new QuarryError(
      'format',
      `${file}: texts are prepared in another way by this version`,
      'get a re-ranker made for this version, or train one',
    );
  return config;
}
