import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Encoder } from '../core/encoder.ts';
import { QuarryError } from '../core/errors.ts';
import { parseTokenizer } from '../text/index.ts';
import {
  configFile,
  fingerprintOf,
  type ModelConfig,
  parseConfig,
  tableFile,
  tokenizerFile,
} from './config.ts';
import { Preparer, preparationVersion } from './prepare.ts';

export interface OpenEncoderOptions {
  /** Threads of the native runtime; default 1. */
  threads?: number;
}

/**
 * Opens the model in a folder: one of ours (`config.json` with a `format`), or any ONNX model with a `tokenizer.json`.
 * Every file is checked against its SHA-256. Throws QuarryError: `not-found` for a missing folder or file; `unsupported` for
 * a missing native runtime where one is needed; `corrupt` for a file that was changed or does not fit; `format` for a
 * model of another version.
 */
export async function openEncoder(directory: string, options: OpenEncoderOptions = {}): Promise<Encoder> {
  const config = await readConfig(directory);
  if (!config) {
    const { openExternalEncoder } = await import('./external/index.ts');
    return openExternalEncoder(directory, options);
  }
  const files = new Map<string, Buffer>();
  for (const [name, sum] of Object.entries(config.files)) {
    const path = join(directory, name);
    const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
      throw new QuarryError(
        cause.code === 'ENOENT' ? 'not-found' : 'unreadable',
        `${path} cannot be read: ${cause.message}`,
        'get the model again',
        { cause },
      );
    });
    if (createHash('sha256').update(bytes).digest('hex') !== sum)
      throw new QuarryError(
        'corrupt',
        `${path} is not the file its model was made with`,
        'get the model again',
      );
    files.set(name, bytes);
  }
  const file = (name: string) => {
    const bytes = files.get(name);
    if (!bytes) throw new QuarryError('corrupt', `${join(directory, configFile)} names no ${name}`);
    return bytes;
  };
  const tokenizer = parseTokenizer(file(tokenizerFile).toString('utf8'), join(directory, tokenizerFile));
  if (tokenizer.vocabularySize !== config.vocabulary)
    throw new QuarryError(
      'corrupt',
      `${directory}: the tokenizer has ${tokenizer.vocabularySize} tokens, the model ${config.vocabulary}`,
      'they belong to different models: get the model again',
    );
  if (fingerprintOf(config.files, tokenizer.fingerprint, config) !== config.fingerprint)
    throw new QuarryError(
      'corrupt',
      `${directory}: the fingerprint is not that of the files`,
      'get the model again',
    );
  const preparer = new Preparer(tokenizer, config.preparation);
  const [{ readTables }, { parseTensorFile }] = await Promise.all([
    import('./token-table.ts'),
    import('../tensor/safetensors.ts'),
  ]);
  const tables = () => {
    const path = join(directory, tableFile);
    return readTables(config, parseTensorFile(file(tableFile), path), path);
  };
  if (config.runtime === 'table') {
    const { StaticEncoder } = await import('./static-encoder.ts');
    return new StaticEncoder(config, preparer, tables());
  }
  const [{ GraphEncoder }, { Program }] = await Promise.all([
    import('./graph-encoder.ts'),
    import('../tensor/session.ts'),
  ]);
  const threads = options.threads ?? 1;
  const open = (name: string) => Program.open(file(name), { threads });
  const query = await open(config.towers === 'shared' ? 'model.onnx' : 'query.onnx');
  const unit = config.towers === 'shared' ? query : await open('model.onnx');
  return new GraphEncoder(config, preparer, { query, unit }, files.has(tableFile) ? tables() : undefined);
}

/** The configuration of one of our models; undefined for a folder with another kind of model. */
export async function readConfig(directory: string): Promise<ModelConfig | undefined> {
  const path = join(directory, configFile);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new QuarryError('unreadable', `${path} cannot be read: ${(cause as Error).message}`, undefined, {
      cause,
    });
  }
  const config = parseConfig(text, path);
  if (config && config.preparationVersion !== preparationVersion)
    throw new QuarryError(
      'format',
      `${path}: texts are prepared in another way by this version`,
      'get a model made for this version, or train one',
    );
  return config;
}
