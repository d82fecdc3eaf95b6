import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { QuarryError } from '../../core/errors.ts';
import { readConfig } from '../../models/index.ts';
import { loadCheckpoint, readTensorFile, type Weights } from '../../tensor/index.ts';
import { readTokenizer, type Tokenizer } from '../../text/index.ts';

/** Weights to start from, with the tokenizer they belong to. */
export interface Initial {
  weights: Weights;
  tokenizer: Tokenizer;
}

/**
 * Reads what a training can start from: the directory of another run (its best weights), or the folder of a static
 * model, whose table is enough. Throws QuarryError `not-found`, `usage` for a model that only its run can be taken from.
 */
export async function readInitial(directory: string): Promise<Initial> {
  const best = join(directory, 'best.safetensors');
  if (existsSync(best)) {
    const tokenizer = await readTokenizer(join(directory, 'tokenizer.json'));
    return { weights: (await loadCheckpoint(best)).weights, tokenizer };
  }
  const config = existsSync(directory) ? await readConfig(directory) : undefined;
  if (!config)
    throw new QuarryError(
      'not-found',
      `${directory} is neither a run of quarry train nor a model`,
      'name the directory given to --out, or a folder with a config.json',
    );
  if (config.runtime !== 'table')
    throw new QuarryError(
      'usage',
      `${directory}: the weights of ${config.architecture} models are baked into their graph`,
      'start from the run they come from, or from a static model',
    );
  const { arrays } = await readTensorFile(join(directory, 'model.safetensors'));
  const weights: Weights = new Map();
  for (const [name, { shape, data }] of arrays) {
    if (data instanceof Float32Array) weights.set(name, { shape, data });
    if (!(data instanceof Int8Array)) continue;
    const scales = arrays.get(name.replace(/tokens$/, 'scales'))!.data;
    const d = shape[1]!;
    weights.set(name, { shape, data: Float32Array.from(data, (x, i) => x * scales[Math.floor(i / d)]!) });
  }
  return { weights, tokenizer: await readTokenizer(join(directory, 'tokenizer.json')) };
}
