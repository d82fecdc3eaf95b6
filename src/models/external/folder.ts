import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { QuarryError } from '../../core/errors.ts';

/** A JSON object of unknown content. */
export type Json = Readonly<Record<string, unknown>>;

/** The files of a model that other tools have written. */
export interface ModelFolder {
  readonly directory: string;
  /** `onnx`: a network that onnxruntime runs. `static`: one vector per token, nothing to run. */
  readonly kind: 'onnx' | 'static';
  /** Absolute paths. */
  readonly model: string;
  readonly tokenizer: string;
}

/** Where the network may lie; the first that is there counts. */
export const onnxNames = [
  'model.onnx',
  'onnx/model.onnx',
  'onnx/model_quantized.onnx',
  'model_quantized.onnx',
] as const;

/** Where a table of token vectors and its tokenizer may lie: model2vec, sentence-transformers' StaticEmbedding. */
const staticFolders = ['', '0_StaticEmbedding'] as const;

/**
 * Finds model and tokenizer of a folder. `QuarryError`: 'not-found' if it is no folder or names what is missing,
 * 'format' for a network in several files.
 */
export function findModel(directory: string): ModelFolder {
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory())
    throw new QuarryError('not-found', `no such folder: ${directory}`, 'name a folder with a model');
  const part = isStatic(directory) ? staticPart(directory) : undefined;
  if (part !== undefined)
    return {
      directory,
      kind: 'static',
      model: join(directory, part, 'model.safetensors'),
      tokenizer: tokenizerOf(directory, part),
    };
  const model = findOnnx(directory);
  if (model !== undefined) {
    checkWhole(directory, model);
    return { directory, kind: 'onnx', model: join(directory, model), tokenizer: tokenizerOf(directory, '') };
  }
  const weights = existsSync(join(directory, 'model.safetensors'));
  throw new QuarryError(
    'not-found',
    weights
      ? `${directory}: has weights for PyTorch, but no model.onnx`
      : `${directory}: no model.onnx and no model.safetensors with token vectors`,
    'write one with: optimum-cli export onnx --model NAME FOLDER',
  );
}

/** Whether the settings of a folder say that its model is one vector per token. */
export function saysStatic(config: Json | undefined, modules: unknown): boolean {
  const architectures = Array.isArray(config?.['architectures']) ? config['architectures'] : [];
  if (config?.['model_type'] === 'model2vec' || architectures.includes('StaticModel')) return true;
  return moduleTypes(modules).some(type => type.type === 'StaticEmbedding');
}

/** The modules of a sentence-transformers model: last part of the type, and the folder of its settings. */
export function moduleTypes(modules: unknown): Array<{ type: string; path: string }> {
  if (!Array.isArray(modules)) return [];
  return modules.map((module: unknown) => {
    const { type, path } = (module ?? {}) as Json;
    return { type: String(type).split('.').at(-1)!, path: typeof path === 'string' ? path : '' };
  });
}

/** The content of a JSON file; undefined if there is none. `QuarryError` 'format' if it is not JSON. */
export function readJson(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new QuarryError('unreadable', `${path} cannot be read (${code})`, undefined, { cause });
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new QuarryError('format', `${path} is not JSON`, 'the file is damaged: fetch it again', { cause });
  }
}

/** The same for a file that must hold an object. */
export function readObject(path: string): Json | undefined {
  const value = readJson(path);
  if (value === undefined || (typeof value === 'object' && value !== null && !Array.isArray(value)))
    return value as Json | undefined;
  throw new QuarryError('format', `${path} holds no JSON object`);
}

function isStatic(directory: string): boolean {
  const config = readObject(join(directory, 'config.json'));
  if (saysStatic(config, readJson(join(directory, 'modules.json')))) return true;
  // Made by hand: a table without any settings.
  return config === undefined && findOnnx(directory) === undefined;
}

function staticPart(directory: string): string | undefined {
  return staticFolders.find(part => existsSync(join(directory, part, 'model.safetensors')));
}

function findOnnx(directory: string): string | undefined {
  const known = onnxNames.find(name => existsSync(join(directory, name)));
  if (known !== undefined) return known;
  // Hubs have many more names (`model_int8.onnx`, …); a folder with exactly one network is clear.
  const others = ['', 'onnx'].flatMap(part => {
    const folder = join(directory, part);
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
    return readdirSync(folder)
      .filter(name => name.endsWith('.onnx'))
      .map(name => join(part, name));
  });
  return others.length === 1 ? others[0] : undefined;
}

function tokenizerOf(directory: string, part: string): string {
  const found = [join(directory, part), directory]
    .map(folder => join(folder, 'tokenizer.json'))
    .find(path => existsSync(path));
  if (found !== undefined) return found;
  throw new QuarryError(
    'not-found',
    `${directory}: no tokenizer.json`,
    'vocab.txt alone is not enough: save the fast tokenizer beside the model',
  );
}

/** The runtime is given the bytes of one file, so weights beside it would not be found. */
function checkWhole(directory: string, model: string): void {
  const beside = [`${model}_data`, `${model}.data`].find(name => existsSync(join(directory, name)));
  if (beside === undefined) return;
  throw new QuarryError(
    'format',
    `${directory}: the weights lie in a second file, ${beside}, which is not read`,
    'use a quantised model, or save it as one file below 2 GB',
  );
}
