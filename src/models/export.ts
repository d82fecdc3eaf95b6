import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { QuarryError } from '../core/errors.ts';
import { exportDynamicModel, Graph, l2Normalise, type Weights, writeTensorFile } from '../tensor/index.ts';
import type { Tokenizer } from '../text/index.ts';
import { formatTokenizer } from '../text/index.ts';
import { encodeTower, type ModelShape, type Side, tokenInputs } from './architecture.ts';
import {
  configFile,
  fingerprintOf,
  longestOf,
  type ModelConfig,
  modelFormat,
  type StudentConfig,
  studentFiles,
  tableFile,
  tokenizerFile,
} from './config.ts';
import { readChecked, replaceFolder, sumsOf } from './folder.ts';
import { readConfig } from './open.ts';
import { preparationVersion } from './prepare.ts';
import { architectureById } from './registry.ts';

export interface WriteModelOptions {
  id: string;
  precision: 'fp32' | 'int8';
  /** Text of the card, `README.md`. */
  card?: string;
}

/**
 * Writes a folder that `openEncoder` reads, in one step: the folder is there as a whole or not at all, an older one is
 * replaced. A static model is a table (`model.safetensors`); any other is a plain `.onnx`, with the table beside it for late
 * interaction.
 */
export async function writeModel(
  directory: string,
  shape: ModelShape,
  weights: Weights,
  tokenizer: Tokenizer,
  options: WriteModelOptions,
): Promise<ModelConfig> {
  return replaceFolder(directory, async temporary => {
    const names = [tokenizerFile];
    await writeFile(join(temporary, tokenizerFile), formatTokenizer(tokenizer));
    const architecture = architectureById(shape.architecture);
    const table = tableOf(weights);
    if (architecture.isTable || hasLate(table)) {
      await writeTable(join(temporary, tableFile), shape, table, options.precision);
      names.push(tableFile);
    }
    if (!architecture.isTable) {
      const write = async (name: string, side: Side) => {
        await writeFile(join(temporary, name), onnxOf(shape, side, weights, options.precision));
        names.push(name);
      };
      await write('model.onnx', 'unit');
      if (shape.towers === 'separate') await write('query.onnx', 'query');
    }
    const files = await sumsOf(temporary, names);
    const config: ModelConfig = {
      format: modelFormat,
      id: options.id,
      ...shape,
      precision: options.precision,
      runtime: architecture.isTable ? 'table' : 'onnx',
      fixedLength: architecture.isUnrolled ? longestOf(shape) : 0,
      preparationVersion,
      files,
      fingerprint: fingerprintOf(files, tokenizer.fingerprint, shape),
    };
    await writeFile(join(temporary, configFile), `${JSON.stringify(config, null, 2)}\n`);
    if (options.card !== undefined) await writeFile(join(temporary, 'README.md'), options.card);
    return config;
  });
}

/**
 * Writes the folder of a model with another query tower, in one step: the model's own files stay as they are, and so does its
 * fingerprint. `shape` and `weights` are the student's; its towers are `shared`, for it is one tower.
 */
export async function writeStudent(
  teacher: string,
  directory: string,
  shape: ModelShape,
  weights: Weights,
  { id, precision, card }: WriteModelOptions,
): Promise<ModelConfig> {
  const config = await readConfig(teacher);
  if (!config) throw new QuarryError('usage', `${teacher} is no model of quarry train`);
  const files = await readChecked(teacher, config.files);
  return replaceFolder(directory, async temporary => {
    for (const [name, bytes] of files) await writeFile(join(temporary, name), bytes);
    const architecture = architectureById(shape.architecture);
    const runtime = architecture.isTable ? 'table' : 'onnx';
    const name = studentFiles[runtime];
    if (architecture.isTable) await writeTable(join(temporary, name), shape, tableOf(weights), precision);
    else await writeFile(join(temporary, name), onnxOf(shape, 'query', weights, precision));
    const student: StudentConfig = {
      id,
      architecture: shape.architecture,
      sizes: shape.sizes,
      preparation: shape.preparation,
      precision,
      runtime,
      fixedLength: architecture.isUnrolled ? longestOf(shape) : 0,
      preparationVersion,
      files: await sumsOf(temporary, [name]),
    };
    const whole: ModelConfig = { ...config, student };
    await writeFile(join(temporary, configFile), `${JSON.stringify(whole, null, 2)}\n`);
    const text = card ?? (await readFile(join(teacher, 'README.md'), 'utf8').catch(() => undefined));
    if (text !== undefined) await writeFile(join(temporary, 'README.md'), text);
    return whole;
  });
}

function onnxOf(shape: ModelShape, side: Side, weights: Weights, precision: 'fp32' | 'int8'): Uint8Array {
  const architecture = architectureById(shape.architecture);
  const build = (n: number, t: number) => ({
    vectors: l2Normalise(encodeTower(architecture, shape, side, tokenInputs(new Graph(), n, t))),
  });
  const options = { quantise: precision === 'int8' };
  const longest = longestOf(shape);
  return architecture.isUnrolled
    ? exportDynamicModel(({ n }) => build(n!, longest), ['n'], weights, options)
    : exportDynamicModel(({ n, t }) => build(n!, t!), ['n', 't'], weights, options);
}

/** The weights that make vectors of single tokens. */
function tableOf(weights: Weights): Weights {
  return new Map([...weights].filter(([name]) => /^(query\.|unit\.)?(tokens|gates|dimensions)$/.test(name)));
}

/** Not every architecture says how much a token counts. */
function hasLate(table: Weights): boolean {
  return [...table.keys()].some(name => name.endsWith('gates'));
}

async function writeTable(
  path: string,
  { vocabulary, dims }: ModelShape,
  weights: Weights,
  precision: 'fp32' | 'int8',
): Promise<void> {
  const arrays: Parameters<typeof writeTensorFile>[1]['arrays'] = new Map();
  for (const [name, { shape, data: raw }] of weights) {
    if (name.endsWith('dimensions')) continue;
    const factors = weights.get(name.replace(/tokens$/, 'dimensions'))?.data;
    const data = name.endsWith('tokens') && factors ? raw.map((x, i) => x * factors[i % dims]!) : raw;
    if (precision === 'fp32' || !name.endsWith('tokens')) {
      arrays.set(name, { shape, data });
      continue;
    }
    const rows = new Int8Array(data.length);
    const scales = new Float32Array(vocabulary);
    for (let v = 0; v < vocabulary; v++) {
      let largest = 0;
      for (let k = v * dims; k < (v + 1) * dims; k++) largest = Math.max(largest, Math.abs(data[k]!));
      const scale = largest / 127;
      scales[v] = scale;
      if (scale > 0) for (let k = v * dims; k < (v + 1) * dims; k++) rows[k] = Math.round(data[k]! / scale);
    }
    arrays.set(name, { shape, data: rows });
    arrays.set(name.replace(/tokens$/, 'scales'), { shape: [vocabulary], data: scales });
  }
  await writeTensorFile(path, { arrays, metadata: { format: modelFormat } });
}
