import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exportDynamicModel, Graph, type Weights } from '../../tensor/index.ts';
import { formatTokenizer, type Tokenizer } from '../../text/index.ts';
import { tokenInputs } from '../architecture.ts';
import { configFile, tokenizerFile } from '../config.ts';
import { replaceFolder, sumsOf } from '../folder.ts';
import { preparationVersion } from '../prepare.ts';
import { type Calibration, type RerankerConfig, rerankerFingerprint, rerankerFormat } from './config.ts';
import { type CrossShape, crossScores } from './network.ts';

export const rerankerFile = 'model.onnx';

export interface WriteRerankerOptions {
  id: string;
  precision: 'fp32' | 'int8';
  /** τ of the training. */
  temperature: number;
  calibration: Calibration;
  /** Text of the card, `README.md`. */
  card?: string;
}

/** Writes a folder that `openReranker` reads, in one step: a plain `.onnx` of free sizes, the tokenizer, `config.json`. */
export async function writeReranker(
  directory: string,
  shape: CrossShape,
  weights: Weights,
  tokenizer: Tokenizer,
  { card, ...rest }: WriteRerankerOptions,
): Promise<RerankerConfig> {
  return replaceFolder(directory, async temporary => {
    await writeFile(join(temporary, tokenizerFile), formatTokenizer(tokenizer));
    await writeFile(join(temporary, rerankerFile), onnxOf(shape, weights, rest.precision));
    const files = await sumsOf(temporary, [tokenizerFile, rerankerFile]);
    const config: RerankerConfig = {
      format: rerankerFormat,
      ...shape,
      ...rest,
      preparationVersion,
      files,
      fingerprint: rerankerFingerprint(files, shape, rest.temperature),
    };
    await writeFile(join(temporary, configFile), `${JSON.stringify(config, null, 2)}\n`);
    if (card !== undefined) await writeFile(join(temporary, 'README.md'), card);
    return config;
  });
}

function onnxOf(shape: CrossShape, weights: Weights, precision: 'fp32' | 'int8'): Uint8Array {
  const build = ({ n, s, t }: Readonly<Record<string, number>>) => {
    const graph = new Graph();
    const query = tokenInputs(graph, n!, s!, 'query.');
    const unit = tokenInputs(graph, n!, t!, 'unit.');
    const parameter = (name: string) => graph.parameter(name, weights.get(name)!.shape);
    return { scores: crossScores(shape, { query, unit, parameter, dropout: 0 }) };
  };
  return exportDynamicModel(build, ['n', 's', 't'], weights, { quantise: precision === 'int8' });
}
